"""What happens while machines are configured, and what came of it. Imports nothing of ours."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Outcome = Literal["ok", "changed", "skipped", "failed", "unreachable"]


@dataclass(frozen=True, slots=True)
class PlayStarted:
    """A play begins."""

    play: str


@dataclass(frozen=True, slots=True)
class TaskDone:
    """One task has ended on one machine."""

    host: str
    task: str
    outcome: Outcome


Event = PlayStarted | TaskDone
Listener = Callable[[Event], None]


@dataclass(frozen=True, slots=True)
class Change:
    """A task that changed a machine, or would have in check mode."""

    host: str
    task: str
    difference: str
    """Unified text, empty where a task tells none or its content is secret."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A task that failed, or a machine that could not be reached."""

    host: str
    task: str
    message: str


@dataclass(frozen=True, slots=True)
class HostRecap:
    """Numbers of tasks on one machine."""

    ok: int
    changed: int
    skipped: int
    failed: int


@dataclass(frozen=True, slots=True)
class Configured:
    """What one run of the playbooks did."""

    recap: dict[str, HostRecap]
    """Machine → numbers, in natural order of the inventory."""
    changes: tuple[Change, ...]
    """Sorted by machine, in the order of the run."""
    seconds: float
    check: bool
    """True when nothing was touched: `changes` are those that a run would make."""

    @property
    def changed(self) -> int:
        """Number of changed tasks; 0 when everything was right already."""
        return len(self.changes)


class PlaybookError(Exception):
    """Configuration failed: `E-PLAY-NNN  what`, and a hint."""

    def __init__(self, code: str, what: str, hint: str, failures: tuple[Failure, ...] = ()) -> None:
        self.code = code
        self.what = what
        self.hint = hint
        self.failures = failures
        super().__init__(f"{code}  {what}\n    hint: {hint}")
