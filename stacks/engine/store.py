"""The state on disk: written whole and atomically, checked when read, with generations to fall back on.

    <directory>/state.json            the current state
    <directory>/state.previous.json   the write before it
    <directory>/history/000041.json   the state with which an operation began; the last 20 are kept

A file is ``{"version":3,"provdc":{"serial":N,"sha256":"…"},"deployment":`` on its first line, then Pulumi's deployment
and a closing brace: valid JSON, valid for ``pulumi stack import``. The digest covers the serial and everything after
the first line, the first line must match letter by letter: no byte can change unseen. Imports deployment.py.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stacks.engine.deployment import faults
from stacks.engine.errors import Code, StateError

GENERATIONS = 20
_HEAD = '{{"version":3,"provdc":{{"serial":{serial},"sha256":"{digest}"}},"deployment":\n'
_HEAD_PATTERN = re.compile(rb'\{"version":3,"provdc":\{"serial":(\d+),"sha256":"([0-9a-f]{64})"\},"deployment":\n')


@dataclass(frozen=True, slots=True)
class Loaded:
    """A state that was read and found good.

    ``raw`` is the deployment object, None for a stack without state. ``notes`` tell the user about files that were
    found damaged; ``recovered`` is True when an older generation had to stand in.
    """

    raw: dict[str, Any] | None
    serial: int = 0
    notes: tuple[str, ...] = ()
    recovered: bool = False


class Store:
    """The files of one stack's state. Whoever saves must hold the stack's lock."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.path = directory / "state.json"
        self.previous = directory / "state.previous.json"
        self.history = directory / "history"
        self._serial = 0

    def generations(self) -> list[Path]:
        """List the kept generations, newest first."""
        return sorted(self.history.glob("[0-9]*.json"), reverse=True)

    def load(self) -> Loaded:
        """Read the current state, or the newest good generation when it is damaged.

        Raises
        ------
        StateError
            E-STATE-002 when there are state files and none of them is good: an empty state never replaces them.
        """
        notes: list[str] = []
        candidates = [self.path, self.previous, *self.generations()]
        if not any(path.exists() for path in candidates):
            return Loaded(None)
        for path in candidates:
            try:
                raw, serial = parse(path.read_bytes())
            except FileNotFoundError:
                if path == self.path:
                    notes.append(f"{path} is missing")
                continue
            except (OSError, ValueError) as error:
                notes.append(f"{path} is damaged: {error}")
                continue
            self._serial = max(serial, self._highest_serial())
            if path != self.path:
                notes.append(f"going on from {path}, serial {serial}; every resource is read again before any change")
            return Loaded(raw, serial, tuple(notes), recovered=path != self.path)
        raise StateError(
            Code.NO_GOOD_STATE,
            "no good state is left: " + "; ".join(notes),
            f"restore {self.path} from a backup; to give the stack up for good, remove {self.directory}",
        )

    def save(self, deployment: str) -> None:
        """Write a deployment as the new current state: temporary file, fsync, rename, fsync of the directory.

        Raises
        ------
        StateError
            E-STATE-004 when the disk refuses; the state before stays as it was.
        """
        self._serial += 1
        with _writing(self.directory):
            self.directory.mkdir(parents=True, exist_ok=True)
            if self.path.exists():
                beside = self.directory / "previous.tmp"
                beside.unlink(missing_ok=True)
                os.link(self.path, beside)
                beside.replace(self.previous)
            write_durably(self.path, render(deployment, self._serial))

    def keep_generation(self) -> None:
        """Copy the current state into the history and drop what is older than the last 20."""
        try:
            content = self.path.read_bytes()
            _, serial = parse(content)
        except (OSError, ValueError):
            return  # nothing good to keep: load() has told the user
        target = self.history / f"{serial:06d}.json"
        with _writing(self.directory):
            if not target.exists():
                self.history.mkdir(exist_ok=True)
                write_durably(target, content)
            for old in self.generations()[GENERATIONS:]:
                old.unlink(missing_ok=True)

    def set_damaged_aside(self) -> None:
        """Keep a damaged current file for inspection, where no later write touches it."""
        with _writing(self.directory), suppress(FileNotFoundError):
            self.path.replace(self.directory / f"damaged-{self._serial:06d}.json")

    def _highest_serial(self) -> int:
        """Return the highest serial that any file's name or first line claims, so that none is used twice."""
        highest = max((int(path.stem) for path in self.generations()), default=0)
        for path in (self.path, self.previous):
            with suppress(OSError):
                if head := _HEAD_PATTERN.match(path.read_bytes()[:200]):
                    highest = max(highest, int(head[1]))
        return highest


@contextmanager
def _writing(directory: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise not_writable(directory, error) from error


def not_writable(directory: Path, error: OSError) -> StateError:
    """Say that the disk refuses to keep the state."""
    return StateError(
        Code.NOT_WRITABLE,
        f"the state cannot be written to {directory}: {error.strerror}",
        "make room or give write access, then run again: what was done is found again by name",
    )


def render(deployment: str, serial: int) -> bytes:
    """Put the checked first line before a deployment."""
    body = f"{deployment}\n}}\n".encode()
    return _HEAD.format(serial=serial, digest=_digest(serial, body)).encode() + body


def parse(content: bytes) -> tuple[dict[str, Any], int]:
    """Read a state file: the deployment object and its serial.

    Raises
    ------
    ValueError
        The file is cut short, altered, or holds a snapshot that cannot be.
    """
    head = _HEAD_PATTERN.match(content)
    if head is None:
        message = "its first line is not that of a state" if content else "it is empty"
        raise ValueError(message)
    serial, body = int(head[1]), content[head.end() :]
    if _digest(serial, body) != head[2].decode():
        message = "its content does not match its digest"
        raise ValueError(message)
    raw: dict[str, Any] = json.loads(content)["deployment"]
    if found := faults(raw):
        raise ValueError("; ".join(found[:3]))
    return raw, serial


def _digest(serial: int, body: bytes) -> str:
    return hashlib.sha256(f"{serial}\n".encode() + body).hexdigest()


def write_durably(path: Path, content: bytes) -> None:
    """Write a file so that after a power cut it is wholly the old or wholly the new one."""
    temporary = path.with_name(path.name + ".tmp")
    with temporary.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    directory = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
