"""A machine is adopted, started, woken or made anew, whichever is right; a sweep takes ours and nothing else."""

import json
from typing import Any

import pytest

from stacks.lab import machine
from stacks.lab.machine import Container, bring_up, sweep

CONTAINER = Container("s", "s-mail", "mail", "localhost/base:1", 512, 1024, {"/repo": "/srv/mirror"}, "/home/x")


def found(status: str, digest: str = CONTAINER.digest) -> dict[str, Any]:
    return {
        "Config": {"Labels": {"provdc.owner": "/home/x", "provdc.digest": digest}},
        "State": {"Status": status, "Running": status == "running"},
    }


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was done, in order; `podman` is answered with its own name."""
    calls: list[str] = []

    def podman(*argv: str, **_: object) -> str:
        calls.append(argv[0])
        return "ssh-ed25519 K\n"

    monkeypatch.setattr(machine, "podman", podman)
    monkeypatch.setattr(machine, "wait_for_others", lambda _: None)
    monkeypatch.setattr(machine, "wire", lambda *_, **__: calls.append("wire"))
    monkeypatch.setattr(machine, "remove_namespace", lambda name: calls.append(f"remove {name}"))
    return calls


@pytest.mark.parametrize(
    ("was", "then"),
    [
        (None, ["wire", "run", "exec"]),
        (found("running"), ["wire", "exec"]),
        (found("exited"), ["wire", "start", "exec"]),
        (found("created"), ["wire", "start", "exec"]),
        (found("paused"), ["wire", "unpause", "exec"]),
        (found("dead"), ["wire", "rm", "run", "exec"]),
        (found("running", digest="of another image"), ["wire", "rm", "run", "exec"]),
    ],
    ids=["none", "runs", "stopped", "created", "paused", "dead", "other"],
)
def test_what_is_there_decides_what_is_done(
    was: dict[str, Any] | None, then: list[str], done: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine, "inspect", lambda _: was)
    assert bring_up(CONTAINER, [], "ssh-ed25519 A") == "ssh-ed25519 K"
    assert done == then


def test_everything_a_container_is_made_of_is_in_its_digest() -> None:
    others = [
        Container("t", "s-mail", "mail", "localhost/base:1", 512, 1024, {"/repo": "/srv/mirror"}, "/home/x"),
        Container("s", "s-mail", "mail", "localhost/base:2", 512, 1024, {"/repo": "/srv/mirror"}, "/home/x"),
        Container("s", "s-mail", "mail", "localhost/base:1", 256, 1024, {"/repo": "/srv/mirror"}, "/home/x"),
        Container("s", "s-mail", "mail", "localhost/base:1", 512, 2048, {"/repo": "/srv/mirror"}, "/home/x"),
        Container("s", "s-mail", "mail", "localhost/base:1", 512, 1024, {}, "/home/x"),
        Container("s", "s-mail", "mail", "localhost/base:1", 512, 1024, {"/repo": "/srv/mirror"}, "/home/y"),
    ]
    assert len({one.digest for one in (CONTAINER, *others)}) == 7


def test_a_sweep_takes_ours_and_nothing_else(done: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [
        {"Names": ["s-mail"], "Labels": {"provdc.stack": "s", "provdc.owner": "/home/x"}},
        {"Names": ["s-theirs"], "Labels": {"provdc.stack": "s", "provdc.owner": "/home/y"}},
        {"Names": ["s2-mail"], "Labels": {"provdc.stack": "s2", "provdc.owner": "/home/x"}},
        {"Names": ["other"], "Labels": None},
    ]

    def podman(*argv: str, **_: object) -> str:
        if argv[0] == "rm":
            done.append(f"rm {argv[-1]}")
        return json.dumps(rows)

    monkeypatch.setattr(machine, "podman", podman)
    monkeypatch.setattr(machine, "inspect", lambda _: None)
    monkeypatch.setattr(machine, "namespaces", lambda: ["other", "s", "s-mail", "s-old", "s-theirs", "s2", "s2-mail"])
    assert sweep("s", "/home/x") == ["s", "s-mail", "s-old"]
    assert done == ["rm s-old", "remove s-old", "rm s-mail", "remove s-mail", "rm s", "remove s"]
