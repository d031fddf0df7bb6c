"""The whole search: bounds, rules, relaxation, dive, complete patterns. The best packing and a proved bound, any time."""

from dataclasses import dataclass

from planner.limits import Watch
from planner.packing.bounds import quick_bound
from planner.packing.columns import generate
from planner.packing.complete import decide
from planner.packing.dive import dive
from planner.packing.problem import Problem
from planner.packing.rules import Packing, by_rules, hosts


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
    best, bound, how = by_rules(problem), quick_bound(problem), "quick bounds"
    if hosts(best) <= bound:
        return Packed(best, bound, how)
    found = generate(problem, [pattern for pattern, _ in best], watch, hosts(best))
    if found.bound(problem.counts) > bound:
        bound, how = found.bound(problem.counts), "column generation"
    while hosts(best) > bound and not watch.over:
        for attempt in (dive,):
            packing = attempt(problem, found.relaxation.patterns, bound, watch)
            best = min(best, packing, key=hosts)
        if hosts(best) <= bound or not found.prices:
            break
        decision = decide(problem, bound, found.prices, watch)
        if decision.verdict == "packed":
            best = min(best, decision.packing, key=hosts)
        elif decision.verdict == "refuted":
            bound, how = bound + 1, "complete patterns"
        else:
            break
    return Packed(best, bound, how, cut_short=watch.over)
