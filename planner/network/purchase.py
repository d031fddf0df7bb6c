"""What modules to buy for a link that must carry a given load: the cheapest whole numbers of each kind.

    min  Σ_m c_m(n_m)   with   Σ_m C_m · n_m ≥ C,   0 ≤ n_m ≤ N_m, whole          (purchase)

n_m  modules of kind m bought      C_m  capacity of one, Mbit/s      N_m  most that the link can hold
C    capacity needed, Mbit/s       c_m  present value of n_m modules: one-off if not leased already, lease for all
A link has a handful of kinds, so all undominated choices are listed once (Dantzig 1957, the knapsack's Pareto front).
"""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

from planner.money import Money
from topology.model import CandidateLink, ModuleChoice

KBPS = 1000
KEPT = 20_000
"""Fronts that are kept: many links offer the same modules, and a network is solved again with few of them changed."""


@dataclass(frozen=True, slots=True)
class Purchase:
    """Whole numbers of modules for one link."""

    counts: tuple[int, ...]
    """In the order of the link's modules."""
    capacity_kbps: int
    """Each way."""
    one_off_vnd: int
    """Of the modules not leased already."""
    monthly_vnd: int
    """Of all modules."""
    cost_vnd: int
    """Present value."""


def price(module: ModuleChoice, count: int) -> tuple[int, int]:
    """Return (one-off, monthly) VND of `count` modules: what is leased already is not paid for again."""
    return module.one_off_vnd * max(0, count - module.existing), module.monthly_vnd * count


def whole_kbps(module: ModuleChoice) -> int:
    """Capacity of one module in whole kbit/s."""
    return round(module.capacity_mbps * KBPS)


def _worth_trying(modules: tuple[ModuleChoice, ...], enough_kbps: int) -> Iterator[tuple[int, ...]]:
    """Give the numbers of modules that can be undominated: a module that is enough stands alone."""
    small = [
        range((0 if whole_kbps(m) >= enough_kbps else min(m.max_count, -(-enough_kbps // whole_kbps(m)))) + 1)
        for m in modules
    ]
    yield from (counts for counts in product(*small) if any(counts))
    for place, module in enumerate(modules):
        if whole_kbps(module) >= enough_kbps and module.max_count:
            yield tuple(int(place == other) for other in range(len(modules)))


def frontier(link: CandidateLink, money: Money, enough_kbps: int) -> tuple[Purchase, ...]:
    """List the undominated purchases by capacity, up to the first that carries `enough_kbps`.

    A purchase is dominated if another one costs no more and carries at least as much; ties go to the fewest modules.
    """
    return _frontier(link.modules, money, enough_kbps)


@lru_cache(maxsize=KEPT)
def _frontier(modules: tuple[ModuleChoice, ...], money: Money, enough_kbps: int) -> tuple[Purchase, ...]:
    purchases = []
    for counts in _worth_trying(modules, enough_kbps):
        payments = [price(module, count) for module, count in zip(modules, counts, strict=True)]
        one_off, monthly = sum(p[0] for p in payments), sum(p[1] for p in payments)
        capacity = sum(whole_kbps(m) * n for m, n in zip(modules, counts, strict=True))
        purchases.append(Purchase(counts, capacity, one_off, monthly, money.present_value(one_off, monthly)))
    purchases.sort(key=lambda p: (p.cost_vnd, -p.capacity_kbps, sum(p.counts), p.counts))
    front: list[Purchase] = []
    for purchase in purchases:
        if not front or purchase.capacity_kbps > front[-1].capacity_kbps:
            front.append(purchase)
            if purchase.capacity_kbps >= enough_kbps:
                break
    return tuple(front)


def cheapest(front: tuple[Purchase, ...], needed_kbps: float) -> Purchase | None:
    """Return the cheapest purchase of at least this capacity, or None if the link cannot hold it."""
    index = bisect_left(front, needed_kbps, key=lambda purchase: purchase.capacity_kbps)
    return front[index] if index < len(front) else None
