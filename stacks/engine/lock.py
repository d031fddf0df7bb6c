"""One writer per stack. Imports store.py, errors.py.

The lock is the kernel's (``flock``): it ends with its owner whatever the manner of death, so a stale lock cannot
exist on this machine and two racers cannot both win. The file's text says who holds it, and is emptied, never
removed, on release: an unlinked lock file could be locked twice.
"""

from __future__ import annotations

import fcntl
import getpass
import json
import os
import socket
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any

from stacks.engine.deployment import timestamp
from stacks.engine.errors import Code, StateError
from stacks.engine.store import not_writable


class Lock:
    """Context manager that holds a stack's lock.

    After entering, ``note`` tells of an owner that died without releasing; it is empty otherwise.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.note = ""
        self._descriptor = -1

    def __enter__(self) -> Lock:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise not_writable(self.path.parent, error) from error
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise _held(_read(descriptor)) from None
            left = _read(descriptor)
            _refuse_other_host(left)
            if left:
                self.note = f"the lock of {_describe(left)} was left behind by a process that died; taken over"
            owner = {
                "user": getpass.getuser(),
                "host": socket.gethostname(),
                "pid": os.getpid(),
                "started": process_start(os.getpid()),
                "since": timestamp(),
            }
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, json.dumps(owner).encode(), 0)
        except BaseException:
            os.close(descriptor)
            raise
        self._descriptor = descriptor
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        os.ftruncate(self._descriptor, 0)
        os.close(self._descriptor)
        self._descriptor = -1


def break_lock(path: Path) -> str:
    """Clear a lock that another machine left behind on a shared file system; return whose it was.

    Raises
    ------
    StateError
        E-STATE-001 when its owner lives on this machine.
    """
    with suppress(FileNotFoundError):
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise _held(_read(descriptor)) from None
            left = _read(descriptor)
            os.ftruncate(descriptor, 0)
            return _describe(left) if left else ""
        finally:
            os.close(descriptor)
    return ""


def process_start(pid: int) -> int:
    """Return when a process started, in clock ticks since boot: with the pid it names a process for good."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])
    except (OSError, IndexError, ValueError):
        return 0


def _read(descriptor: int) -> dict[str, Any]:
    with suppress(ValueError):
        owner = json.loads(os.pread(descriptor, 4096, 0) or b"{}")
        return owner if isinstance(owner, dict) else {}
    return {"user": "unknown"}


def _describe(owner: dict[str, Any]) -> str:
    return (
        f"{owner.get('user', '?')}@{owner.get('host', '?')} pid {owner.get('pid', '?')} since {owner.get('since', '?')}"
    )


def _refuse_other_host(owner: dict[str, Any]) -> None:
    """Refuse a lock of another machine: whether its owner lives cannot be known from here."""
    if owner.get("host", socket.gethostname()) != socket.gethostname():
        raise _held(owner)


def _held(owner: dict[str, Any]) -> StateError:
    elsewhere = owner.get("host", socket.gethostname()) != socket.gethostname()
    return StateError(
        Code.LOCKED,
        f"the stack is in use by {_describe(owner)}",
        "make sure that process has ended on its machine, then unlock the stack"
        if elsewhere
        else "wait until it has ended, or stop it with Ctrl-C: it then finishes its running steps",
    )
