"""What modules to buy for a link that must carry a given load: the cheapest whole numbers of each kind.

    min  Σ_m c_m(n_m)   with   Σ_m C_m · n_m ≥ C,   0 ≤ n_m ≤ N_m, whole          (purchase)

n_m  modules of kind m bought      C_m  capacity of one, Mbit/s      N_m  most that the link can hold
C    capacity needed, Mbit/s       c_m  present value of n_m modules: one-off if not leased already, lease for all
A link has a handful of kinds, so all undominated choices are listed once (Dantzig 1957, the knapsack's Pareto front).
"""

from bisect import bisect_left
from dataclasses import dataclass
from itertools import product

from planner.money import Money
from topology.model import CandidateLink, ModuleChoice

KBPS = 1000


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


def frontier(link: CandidateLink, money: Money, enough_kbps: int) -> tuple[Purchase, ...]:
    """List the undominated purchases by capacity, up to the first that carries `enough_kbps`.

    A purchase is dominated if another one costs no more and carries at least as much; ties go to the fewest modules.
    """
    kinds = [range(module.max_count + 1) for module in link.modules]
    purchases = []
    for counts in product(*kinds):
        if not any(counts):
            continue
        payments = [price(module, count) for module, count in zip(link.modules, counts, strict=True)]
        one_off, monthly = sum(p[0] for p in payments), sum(p[1] for p in payments)
        capacity = sum(int(m.capacity_mbps * KBPS) * n for m, n in zip(link.modules, counts, strict=True))
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
