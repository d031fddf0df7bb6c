"""Providers whose objects are JSON files in a directory: everything they do can be seen, counted and broken.

Behaviour is steered from the inputs: ``fail`` names calls that raise, ``kill`` names points (``create.before``,
``create.after``, …) at which the engine's process is killed once, ``sleep`` seconds last each call. A line of
``calls.log`` tells of each call.
"""

import json
import os
import signal
import time
from pathlib import Path
from typing import Any

import pulumi
from pulumi.dynamic import (
    CheckFailure,
    CheckResult,
    CreateResult,
    DiffResult,
    ReadResult,
    Resource,
    ResourceProvider,
    UpdateResult,
)


def note(props: dict[str, Any], call: str) -> None:
    with (Path(props["directory"]) / "calls.log").open("a") as log:
        log.write(f"{call} {props['name']}\n")


def act(props: dict[str, Any], point: str) -> None:
    """Sleep, fail or kill, as the inputs say."""
    call, _, side = point.partition(".")
    if side == "before":
        note(props, call)
        time.sleep(props.get("sleep") or 0)
        if call in (props.get("fail") or []):
            message = f"{call} of {props['name']} fails as asked, password {props.get('password')}"
            raise RuntimeError(message)
    if point in (props.get("kill") or []):
        marker = Path(props["directory"]) / f"killed-{props['name']}-{point}"
        if not marker.exists():
            marker.touch()
            os.kill(os.getppid(), signal.SIGKILL)
            time.sleep(30)


def file_of(props: dict[str, Any]) -> Path:
    return Path(props["directory"]) / f"{props['name']}.object"


class FileProvider(ResourceProvider):
    serialize_as_secret_always = False

    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        wrong = [CheckFailure("size", "must not be negative")] if (news.get("size") or 0) == -1 else []
        return CheckResult(news, wrong)

    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        steering = {"__provider", "fail", "kill", "sleep", "directory"}
        keys = [key for key in (olds.keys() | news.keys()) - steering if olds.get(key) != news.get(key)]
        replaces = sorted({"name", "kind"} & set(keys))
        return DiffResult(
            changes=bool(keys),
            replaces=replaces,
            delete_before_replace=bool(news.get("delete_first")) and bool(replaces),
        )

    def create(self, props: dict[str, Any]) -> CreateResult:
        act(props, "create.before")
        self.write(props)
        act(props, "create.after")
        return CreateResult(file_of(props).name, props)

    def update(self, _id: str, _olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        act(news, "update.before")
        self.write(news)
        act(news, "update.after")
        return UpdateResult(news)

    def delete(self, id_: str, props: dict[str, Any]) -> None:
        act(props, "delete.before")
        (Path(props["directory"]) / id_).unlink(missing_ok=True)
        act(props, "delete.after")

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        act(props, "read.before")
        path = Path(props["directory"]) / (id_ or file_of(props).name)
        if not path.exists():
            return ReadResult(None, {})
        return ReadResult(path.name, {**props, **json.loads(path.read_text())})

    def write(self, props: dict[str, Any]) -> None:
        kept = {key: props[key] for key in ("size", "kind", "link") if key in props}
        file_of(props).write_text(json.dumps(kept, sort_keys=True))


class FileObject(Resource):
    """A file; ``size`` updates it, ``kind`` and ``name`` replace it, ``link`` makes it depend on another."""

    size: pulumi.Output[Any]
    name: pulumi.Output[str]
    kind: pulumi.Output[str]
    link: pulumi.Output[Any]
    password: pulumi.Output[Any]

    def __init__(self, name: str, directory: str, opts: pulumi.ResourceOptions | None = None, /, **props: Any) -> None:
        defaults = {"directory": directory, "name": name, "size": 1, "kind": "plain", "link": None}
        super().__init__(FileProvider(), name, {**defaults, **props}, opts)
