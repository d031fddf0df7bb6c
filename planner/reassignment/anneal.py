"""Annealing that takes as long as it may: levels of temperature, paced by the clock or by counted steps.

T falls geometrically; while it is hot, a move costs κ T more ("cling"): a process has many places to be away and one to
be at home, and chance alone would keep most of them away, where they hold transient resources twice. The price λ of
exceeded capacity starts low, so that what is large finds its place through what is in the way, and rises: its floor
with falling temperature, and where capacity stays exceeded, level by level. In the last levels it only rises.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from planner.limits import Watch
from planner.reassignment import kernel
from planner.reassignment.books import Given, opened
from planner.reassignment.problem import Estate, Floats, Integers

COLDEST = 0.3
"""No temperature is lower: costs are whole."""
LEVELS = 1000
CHUNK = 20_000
"""Steps between two looks at the clock."""
STEP_S = 4e-7
"""About how long a step takes: how many levels are worth while, not a measurement."""
SHIFTS, SWAPS, PASSES = 0.1, 0.5, 0.2
"""Shares of steps that move one process, swap two, pass one on; the rest are rings of three."""
UP, DOWN = 1.05, 0.99
"""What λ is multiplied by from level to level where capacity is exceeded, and where it is not."""
CEILING = 1e4
"""Greatest λ, in weights of the load."""
SOFT, HARD = (2.0, 10.0), (10.0, 300.0)
"""Least λ of the first and of the last level of each part."""
SHARE = 0.8
"""Of the levels, of the soft part."""
WARM = 0.04
"""Temperature at which the hard part begins, of the first; its second half cools until nothing is accepted."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """How hot it begins, how dear moves are, how long it takes."""

    hot: float
    """First temperature, of the median weight of what a process needs."""
    cold: float
    """Last temperature of the soft part, of the first."""
    cling: float
    """κ."""
    seconds: float
    steps: int | None = None
    """Instead of seconds."""


def scale(estate: Estate) -> float:
    """Return the median weight of what a process needs."""
    return max(1.0, float(np.median(estate.requirement @ estate.load_weight)))


MISSED = 0.1
"""Unit of μ, of the median weight of what a process needs."""


def units(estate: Estate, width: int) -> Floats:
    """Return the unit of λ of every resource, its weight or the mean one, and that of μ."""
    weight = estate.load_weight.astype(np.float64)
    found = np.zeros(width + 1)
    found[-1] = MISSED * scale(estate)
    found[: len(weight)] = np.where(weight > 0, weight, max(1.0, float(weight.mean())))
    return found


def anneal(
    estate: Estate, given: Given, machine: Integers, seed: int, schedule: Schedule, watch: Watch
) -> tuple[Integers, Integers]:
    """Anneal from an assignment; return the best that keeps all hard constraints, and the last, which may not fit.

    The same seed and the same steps of every level give the same answer.
    """
    books = opened(estate, given, machine, seed)
    unit, base, began = units(estate, books.room.shape[1]), scale(estate), watch.seconds
    hot = max(COLDEST, schedule.hot * base)
    cold = max(COLDEST, schedule.cold * hot)
    planned = schedule.steps if schedule.steps is not None else int(schedule.seconds / STEP_S)
    levels = max(2, min(LEVELS, planned // CHUNK))
    soft = max(1, round(SHARE * levels))
    hard = levels - soft
    temperatures = (
        *np.geomspace(hot, cold, soft),
        *np.geomspace(max(cold, WARM * hot), cold, hard - hard // 2),
        *np.geomspace(cold, COLDEST, hard // 2),
    )
    floors = (*np.geomspace(*SOFT, soft), *np.geomspace(*HARD, hard))
    for level, (temperature, floor) in enumerate(zip(temperatures, floors, strict=True)):
        kernel.weigh(given, books, unit, UP, DOWN if level < soft else 1.0, floor, CEILING)
        for chunk in _chunks(schedule, levels, level, began, watch):
            kernel.anneal(given, books, temperature, schedule.cling * temperature, chunk, SHIFTS, SWAPS, PASSES)
        if watch.over:
            break
    return books.best[:-1].copy(), books.machine[:-1].copy()


def _chunks(schedule: Schedule, levels: int, level: int, began: float, watch: Watch) -> Iterator[int]:
    """Yield how many steps to make next, until the level has had its share of the steps or of the time."""
    if schedule.steps is not None:
        left = schedule.steps * (level + 1) // levels - schedule.steps * level // levels
        while left > 0 and not watch.over:
            yield min(CHUNK, left)
            left -= CHUNK
        return
    ends = began + schedule.seconds * (level + 1) / levels
    while watch.seconds < ends and not watch.over:
        yield CHUNK
