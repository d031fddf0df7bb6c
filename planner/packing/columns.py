"""Column generation: the linear relaxation over all patterns, and the bound that it proves.

    hosts ≥ ⌈ Σ_i π_i·N_i / v* ⌉,     v* = max_a Σ_i π_i·a_i over all patterns a                        (Farley, 1990)

π are the relaxation's duals scaled to whole numbers, v* is exact or a proved ceiling (knapsack.py, filling.py),
and the division is rounded up in whole numbers: the bound holds whatever the linear solver's precision was. Any packing
on K hosts uses only patterns of  π·a ≥ π·N - (K-1)·v* : what planner.packing.patterns enumerates.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from planner.limits import Watch
from planner.packing.knapsack import MOST_CELLS, Knapsack
from planner.packing.problem import Problem, Whole
from planner.packing.relaxation import Real, Relaxation

ONE = 1 << 32
"""What a whole host is worth."""
NEW_COLUMNS = 30
MOST_ROUNDS = 1000
MOST_TAKES = 1 << 26
MOST_UNPROVED = 4
"""Dear pricings at their limit one after the other: the rest of the time is for packings."""
SHAKES, SHAKE = 12, 1e-3


@dataclass(frozen=True, slots=True, eq=False)
class Prices:
    """A worth of each kind, and the most that any host can hold of it."""

    value: Whole
    most: int

    def bound(self, counts: Whole) -> int:
        """Return the hosts that these prices prove."""
        return -(-self.worth(counts) // self.most) if self.most else 0

    def worth(self, counts: Whole) -> int:
        """Return the value of all workloads, exact."""
        return sum(v * n for v, n in zip(self.value.tolist(), counts.tolist(), strict=True))

    def least(self, counts: Whole, hosts: int) -> int:
        """Return the value that every host has in any packing on so many hosts."""
        return self.worth(counts) - (hosts - 1) * self.most


class _Solver(Protocol):
    @property
    def dear(self) -> bool: ...

    def best(self, value: Whole, above: int, columns: int) -> tuple[int | None, list[Whole]]: ...

    def quick(self, value: Whole, above: int, columns: int) -> list[Whole]: ...


def _filling(problem: Problem) -> _Solver:
    from planner.packing.filling import Filling  # a second of imports, spared where a table does

    return Filling(problem)


class Pricing:
    """Finds patterns worth more than a host, exactly: by table where it fits into memory, else as a whole program."""

    def __init__(self, problem: Problem) -> None:
        cells = Knapsack.cells(problem)
        bundles = int(sum(int(m).bit_length() for m in problem.most))
        self.cheap = cells <= MOST_CELLS and cells * bundles <= MOST_TAKES
        self._solver: _Solver = Knapsack(problem) if self.cheap else _filling(problem)

    def better(self, value: Whole) -> tuple[int | None, list[Whole]]:
        """Return a proved ceiling of all patterns' values, None when not proved, and patterns worth over `ONE`."""
        return self._solver.best(value, ONE, NEW_COLUMNS)

    @property
    def dear(self) -> bool:
        """Whether proofs have taken long."""
        return self._solver.dear

    def some(self, value: Whole) -> list[Whole]:
        """Return patterns worth over `ONE`, found without proof; perhaps none."""
        return self._solver.quick(value, ONE, NEW_COLUMNS)


@dataclass(slots=True)
class Generated:
    """The relaxation at its optimum, or where the limits ended it."""

    relaxation: Relaxation
    pricing: Pricing
    prices: list[Prices]
    """Those that proved the largest bounds, the best first."""
    value: float
    """Of the relaxation."""

    def bound(self, counts: Whole) -> int:
        """Return the largest proved bound."""
        return max((prices.bound(counts) for prices in self.prices), default=0)


def whole_prices(duals: Real) -> Whole:
    """Return duals as whole parts of `ONE`, rounded down, not negative."""
    return np.floor(np.clip(duals, 0.0, 4.0) * ONE).astype(np.int64)


def generate(problem: Problem, start: Sequence[Whole], watch: Watch, enough: int, known: int = 0) -> Generated:
    """Solve the relaxation.

    Parameters
    ----------
    problem
        Every kind fits on a host.
    start
        Patterns that cover everything.
    watch
        Ends the rounds.
    enough
        Hosts of a packing that is known: a bound of as many ends the rounds.
    known
        A bound that is known: dear proofs end when the relaxation cannot prove more.

    """
    relaxation, pricing = Relaxation(problem.counts), Pricing(problem)
    relaxation.add(start)
    found, unproved = Generated(relaxation, pricing, [], float(enough)), 0
    for _ in range(MOST_ROUNDS):
        value = relaxation.solve()
        if value is None:
            break
        found.value = value
        worth = whole_prices(relaxation.duals)
        if pricing.dear and relaxation.add(pricing.some(worth)) and not watch.over:
            continue
        ceiling, better = pricing.better(worth)
        fresh = relaxation.add(better)
        if ceiling is not None:
            _keep(found, Prices(worth, ceiling), problem.counts)
        unproved = 0 if ceiling is not None else unproved + 1
        if not fresh or watch.over or found.bound(problem.counts) >= enough or unproved >= MOST_UNPROVED:
            break
        if value <= known and pricing.dear:
            break
    return found


def inner(problem: Problem, found: Generated, watch: Watch) -> None:
    """Put prices first that lie inside the optimal ones: fewer patterns are worth nearly a host under them.

    Optimal duals are many. The demands are shaken by a seeded draw, the relaxation solved again, its duals averaged:
    the bound of an average is at least the average of the bounds.
    """
    if watch.over or found.relaxation.solve() is None:
        return
    draw = np.random.default_rng(watch.limits.seed)
    base = problem.counts.astype(float)
    collected = [whole_prices(found.relaxation.duals)]
    for _ in range(SHAKES):
        found.relaxation.demand(base * (1 + SHAKE * draw.random(problem.kinds)))
        for _ in range(MOST_ROUNDS):
            if watch.over or found.relaxation.solve() is None:
                break
            worth = whole_prices(found.relaxation.duals)
            ceiling, better = found.pricing.better(worth)
            if not found.relaxation.add(better):
                if ceiling is not None:
                    collected.append(np.floor(worth * (ONE / max(ONE, ceiling))).astype(np.int64))
                break
    found.relaxation.demand(base)
    found.relaxation.solve()
    mean = np.sum(collected, axis=0) // len(collected)
    ceiling, better = found.pricing.better(mean)
    found.relaxation.add(better)
    if ceiling is not None:
        found.prices.insert(0, Prices(mean, ceiling))


def _keep(found: Generated, prices: Prices, counts: Whole, most: int = 4) -> None:
    found.prices.append(prices)
    found.prices.sort(key=lambda p: -p.worth(counts) / p.most if p.most else 0.0)
    del found.prices[most:]
