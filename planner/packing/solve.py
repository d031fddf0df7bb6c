"""The whole search: bounds, rules, relaxation, dives, complete patterns. The best packing and a proved bound."""

from dataclasses import dataclass

from planner.limits import Watch
from planner.packing.bounds import quick_bound
from planner.packing.brim import applies, to_the_brim
from planner.packing.columns import Generated, generate, inner
from planner.packing.complete import decide
from planner.packing.dive import dive
from planner.packing.problem import Problem
from planner.packing.rules import Packing, by_rules, hosts

MOST_KINDS = 1500
"""Above, rules and quick bounds alone: a relaxation with so many rows is no longer quick."""
TIGHT = 0.002
"""Share of the hosts above the bound up to which no other rule is tried."""
EFFORTS = ((2, 20_000), (8, 100_000), (12, 400_000))
DEAR_EFFORTS = ((4, 10_000), (16, 100_000))
"""Dives, then labels of the search for complete patterns; one after the other until one of them answers."""


@dataclass(frozen=True, slots=True)
class Packed:
    """A packing and what is proved of it."""

    packing: Packing
    """Patterns and how many hosts are filled so; a pattern may offer room for more of a kind than there is."""
    bound: int
    """No packing has fewer hosts."""
    how: str
    """What proved the bound."""
    cut_short: bool = False

    @property
    def hosts(self) -> int:
        """Hosts used."""
        return hosts(self.packing)

    @property
    def optimal(self) -> bool:
        """Whether nobody does with fewer."""
        return self.hosts == self.bound


def pack(problem: Problem, watch: Watch) -> Packed:
    """Pack everything on as few hosts as possible."""
    bound, how = quick_bound(problem), "quick bounds"
    best = _first(problem, bound, watch)
    if hosts(best) <= bound or problem.kinds > MOST_KINDS:
        return Packed(best, bound, how, cut_short=watch.over and hosts(best) > bound)
    found = generate(problem, [pattern for pattern, _ in best], watch, hosts(best), bound)
    if found.bound(problem.counts) > bound:
        bound, how = found.bound(problem.counts), "column generation"
    while hosts(best) > bound and not watch.over:
        packing, refuted = _reach(problem, found, bound, watch)
        best = min(best, packing or best, key=hosts)
        if not refuted:
            break
        bound, how = bound + 1, "complete patterns"
    return Packed(best, bound, how, cut_short=watch.over and hosts(best) > bound)


def _first(problem: Problem, bound: int, watch: Watch) -> Packing:
    """Pack by rule; workloads that are nearly all of other sizes to the brim, by rule only if that is not tight."""
    if problem.kinds > MOST_KINDS and applies(problem):
        full = to_the_brim(problem, watch, bound)
        if full is not None:
            return full if hosts(full) <= bound * (1 + TIGHT) + 1 else min(full, by_rules(problem), key=hosts)
    return by_rules(problem)


def _reach(problem: Problem, found: Generated, target: int, watch: Watch) -> tuple[Packing | None, bool]:
    """Look for a packing on so many hosts; return the best one met, and whether the target is proved impossible."""
    best: Packing | None = None
    seed = watch.limits.seed
    efforts = EFFORTS if found.pricing.cheap else DEAR_EFFORTS
    for dives, labels in efforts:
        for _ in range(dives):
            packing = dive(problem, found.relaxation.patterns, target, watch, seed, proofs=not found.pricing.dear)
            best = packing if best is None or hosts(packing) < hosts(best) else best
            if hosts(best) <= target or watch.over:
                return best, False
            seed += 1
        if not found.prices:
            continue
        if dives == efforts[0][0]:
            inner(problem, found, watch)
        decision = decide(problem, target, found.prices, labels, watch)
        if decision.verdict == "packed":
            return decision.packing, False
        if decision.verdict == "refuted":
            return best, True
    return best, False
