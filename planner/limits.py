"""How long a solve may take, how it tells where it is, how it is stopped.

Solvers stop by deterministic measures (`effort`); the wall clock is only a safety net, and what it cuts short says so.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from threading import Event
from typing import Literal

ShouldStop = Callable[[], bool]


def never() -> bool:
    """Do not stop."""
    return False


@dataclass(frozen=True, slots=True)
class Progress:
    """One step of a solve, for progress bars and logs; never written into a plan."""

    part: Literal["network", "datacentre", "years", "checker"]
    phase: str
    """What is being done, in the words of docs/models."""
    incumbent: float | None
    """Best answer so far, VND of present value; None before the first."""
    bound: float | None
    """No answer is cheaper; None before the first bound."""
    gap: float | None
    """(incumbent - bound) / incumbent."""
    seconds: float
    """Since the solve began."""


Report = Callable[[Progress], None]


def silent(event: Progress) -> None:
    """Report nothing."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one solve.

    `time_limit_s` is wall clock over all parts, far above what the deterministic limits take, so that a slow computer
    gives the same plan; `effort` multiplies the deterministic limits; `should_stop` is asked
    often and from any thread.
    """

    time_limit_s: float = 300.0
    seed: int = 1
    effort: float = 1.0
    should_stop: ShouldStop = never

    def until(self, done: Event) -> "Limits":
        """Return the same limits for something that is also to stop when it is not needed any more."""
        return replace(self, should_stop=lambda: done.is_set() or self.should_stop())


@dataclass(frozen=True, slots=True)
class Watch:
    """The wall clock of one solve; `cut_short` is to be recorded by whoever acts on `over`."""

    limits: Limits
    started: float = field(default_factory=time.monotonic)

    @property
    def seconds(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self.started

    @property
    def left_s(self) -> float:
        """Seconds left, at least 0."""
        return max(0.0, self.limits.time_limit_s - self.seconds)

    @property
    def over(self) -> bool:
        """Whether to stop now and keep the best."""
        return self.left_s <= 0 or self.limits.should_stop()


def gap(objective: float | None, bound: float | None) -> float | None:
    """Relative gap of an incumbent and a bound: 0 when both are 0, None when either is unknown.

    >>> gap(200.0, 150.0)
    0.25
    >>> gap(0.0, 0.0)
    0.0
    """
    if objective is None or bound is None:
        return None
    return 0.0 if objective == bound else max(0.0, (objective - bound) / abs(objective)) if objective else None
