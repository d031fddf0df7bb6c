r"""Columns of capacity: what can be bought on each link, as variables of a linear program.

Where a link has few useful capacities they become steps, bought in order:

$$u_e = e_0 + \sum_k (C_{ek} - C_{e,k-1})\,z_{ek} \qquad z_{ek} \le z_{e,k-1} \qquad z_{ek}\in\{0,1\}$$

$C_{e1} < C_{e2} < \dots$ are the capacities that no combination of modules beats in both size and cost (Dahl and Stoer,
*INFORMS Journal on Computing* 10, 1998). Else each module is a whole number,

$$u_e = e_0 + \sum_m c_m y_{em} \qquad 0 \le y_{em} \le \lceil D / c_m \rceil \qquad y_{em} \le \lceil
D/c_m\rceil\,x_e$$

with an opening $x_e\in\{0,1\}$ where there is a fixed charge. $D$: the most traffic that is alive in any state; no link
ever carries more, since a flow that passes a link twice can be cut short. $e_0$: capacity already there.
"""

import heapq
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.survivable.instance import Instance, Link, Module

MOST_STEPS = 24
"""Links with more useful capacities than this keep whole numbers of modules."""
DEAR = 3.0
MOST_MIXED = 200
"""Modules of the larger kind in a mixture of two."""
TINY = 1e-9
Row = tuple[int, float, int, float, float, bool, int]
"""Link, size, step before, cost, bound, whole, opening."""


@dataclass(frozen=True)
class Columns:
    """Variables, links in order. C columns."""

    link: NDArray[np.intp]
    """C: whose."""
    size: NDArray[np.float64]
    """C: capacity of one module; of a step the capacity reached with it; of an opening 0; of linear capacity 1."""
    before: NDArray[np.intp]
    """C: the step before, -1 if none."""
    cost: NDArray[np.float64]
    """C."""
    most: NDArray[np.float64]
    """C: upper bound."""
    whole: NDArray[np.bool_]
    """C: whole number."""
    opening: NDArray[np.intp]
    """C: the opening that must be bought first, -1 if none."""

    @property
    def count(self) -> int:
        """Number of columns."""
        return len(self.link)

    def gain(self) -> NDArray[np.float64]:
        """Return C: capacity that one unit of each column adds."""
        held = np.where(self.before >= 0, self.size[self.before], 0.0)
        gained: NDArray[np.float64] = self.size - held
        return gained

    def openings(self) -> NDArray[np.bool_]:
        """Return C: whether a column opens a link: a fixed charge, or a first step much dearer than the second."""
        opens = np.zeros(self.count, dtype=bool)
        opens[self.opening[self.opening >= 0]] = True
        second = np.flatnonzero(self.before >= 0)
        first = self.before[second]
        dear = (self.before[first] < 0) & (self.cost[first] >= DEAR * self.cost[second])
        opens[first[dear]] = True
        return opens

    def capacity(self, values: NDArray[np.float64], links: int) -> NDArray[np.float64]:
        """Return L: capacity bought on each link."""
        return np.bincount(self.link, weights=self.gain() * values, minlength=links)


@dataclass(frozen=True, slots=True)
class Step:
    """One useful combination of modules."""

    capacity: float
    cost: float
    bundle: tuple[int, ...]
    """How many of each module."""


def frontier(modules: tuple[Module, ...], needed: float, most: int | None = None) -> list[Step] | None:
    """Return the useful combinations, capacity and cost rising, up to one that holds `needed`.

    None when there are more than `most`. A capacity above `needed` counts as `needed`.
    """
    useful: list[Step] = []
    queue: list[tuple[float, float, tuple[int, ...]]] = [(0.0, 0.0, (0,) * len(modules))]
    while queue:
        cost, negative, bundle = heapq.heappop(queue)
        if any(bundle):
            if useful and -negative <= min(useful[-1].capacity, needed) + TINY:
                continue
            held = sum(count * module.capacity for count, module in zip(bundle, modules, strict=True))
            useful.append(Step(held, cost, bundle))
            if -negative >= needed - TINY:
                break
            if most is not None and len(useful) > most:
                return None
        for kind, module in enumerate(modules):
            if module.capacity > 0:
                more = (*bundle[:kind], bundle[kind] + 1, *bundle[kind + 1 :])
                heapq.heappush(queue, (cost + module.cost, -min(module.capacity - negative, needed), more))
    return useful


def choices(modules: tuple[Module, ...], needed: float) -> list[Step]:
    """Return the single modules that no other beats, capacity and cost rising, up to one that holds `needed`."""
    useful: list[Step] = []
    for kind, module in unbeaten(modules):
        bundle = tuple(int(other == kind) for other in range(len(modules)))
        useful.append(Step(module.capacity, module.cost, bundle))
        if module.capacity >= needed - TINY:
            break
    return useful


def unbeaten(modules: tuple[Module, ...]) -> list[tuple[int, Module]]:
    """Return (place, module) of the modules that no other beats in both size and cost, smallest first."""
    kept: list[tuple[int, Module]] = []
    for kind, module in sorted(enumerate(modules), key=lambda pair: (pair[1].cost, -pair[1].capacity, pair[0])):
        if module.capacity > 0 and (not kept or module.capacity > kept[-1][1].capacity):
            kept.append((kind, module))
    return kept


def elementary(modules: tuple[Module, ...]) -> list[Module]:
    """Return the modules, smallest first, that no other and no mixture of two kept ones beats in both size and cost."""
    kept: list[Module] = []
    for _, module in unbeaten(modules):
        if not any(_mixes(one, other, module) for at, one in enumerate(kept) for other in kept[at:]):
            kept.append(module)
    return kept


def _mixes(one: Module, other: Module, module: Module) -> bool:
    """Whether some of two smaller modules hold as much as another at no higher price."""
    most = math.ceil(module.capacity / other.capacity - TINY)
    for count in range(min(most, MOST_MIXED) + 1):
        rest = math.ceil(max(0.0, module.capacity - count * other.capacity) / one.capacity - TINY)
        if count * other.cost + rest * one.cost <= module.cost + TINY:
            return True
    return False


def steps(link: Link, instance: Instance, needed: float, most: int | None = MOST_STEPS) -> list[Step] | None:
    """Return what is worth buying on a link, or None when that is too much to list."""
    wanted = needed - link.existing
    if wanted <= TINY:
        return []
    if instance.sizing == "explicit":
        return choices(link.modules, wanted)
    return frontier(link.modules, wanted, most)


def columns(instance: Instance, needed: float, most: int = MOST_STEPS) -> Columns:
    """Return the columns of an instance; `needed` is the most that any link can usefully carry.

    Links with more than `most` useful capacities keep whole numbers of modules.
    """
    rows: list[Row] = []
    for index, link in enumerate(instance.links):
        _add(rows, index, link, instance, needed, most)
    table = list(zip(*rows, strict=True)) if rows else [()] * 7
    return Columns(
        link=np.array(table[0], dtype=np.intp),
        size=np.array(table[1], dtype=np.float64),
        before=np.array(table[2], dtype=np.intp),
        cost=np.array(table[3], dtype=np.float64),
        most=np.array(table[4], dtype=np.float64),
        whole=np.array(table[5], dtype=bool),
        opening=np.array(table[6], dtype=np.intp),
    )


def _add(rows: list[Row], index: int, link: Link, instance: Instance, needed: float, most_steps: int) -> None:
    wanted = needed - link.existing
    if instance.sizing == "linear":
        if link.unit_cost is not None and wanted > TINY:
            opening = _opening(rows, index, link)
            rows.append((index, 1.0, -1, link.unit_cost, wanted, False, opening))
        return
    useful = steps(link, instance, needed, most_steps)
    if useful is None:
        opening = _opening(rows, index, link)
        kinds = elementary(link.modules)
        for place, module in enumerate(kinds):
            most = float(most_useful(module, kinds[place + 1 :], wanted))
            rows.append((index, module.capacity, -1, module.cost, most, True, opening))
        return
    before, paid = -1, -link.fixed_charge
    for step in useful:
        rows.append((index, step.capacity, before, step.cost - paid, 1.0, True, -1))
        before, paid = len(rows) - 1, step.cost


def most_useful(module: Module, larger: list[Module], wanted: float) -> int:
    """Return how many of a module are worth having: fewer than what a larger one replaces at no higher price.

    Every design turns into one within these numbers by such exchanges, of which each leaves fewer of the smallest
    module that it touches; hence they end.
    """
    most = math.ceil(wanted / module.capacity - TINY)
    for other in larger:
        enough = math.ceil(other.cost / module.cost - TINY) if module.cost > 0 else most + 1
        if enough * module.capacity <= other.capacity + TINY:
            most = min(most, max(0, enough - 1))
    return most


def _opening(rows: list[Row], index: int, link: Link) -> int:
    if link.fixed_charge <= 0:
        return -1
    rows.append((index, 0.0, -1, link.fixed_charge, 1.0, True, -1))
    return len(rows) - 1
