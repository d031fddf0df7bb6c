"""The bound: every part's program solved by HiGHS, beside the search.

bound = Σ over parts of max(optimum in shares, bound of branch and cut)
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from planner.homing.access import Choice
from planner.homing.program import SAFETY, Program
from planner.limits import Watch
from planner.network.solver import whole


@dataclass(frozen=True, slots=True)
class Bounded:
    """What whole numbers say of one part."""

    bound: float
    chosen: Mapping[int, Choice] | None
    """Choices of the best solution, which is no plan yet."""


def strengthen(program: Program, gap: float, nodes: int, watch: Watch, grace_s: float, share: float) -> Bounded:
    """Solve a part in a share of the time that is left: the largest trunks to the sink first, then all of it."""
    if watch.over:
        return Bounded(float("-inf"), None)
    own = Watch(replace(watch.limits, time_limit_s=share * watch.left_s))
    bound = float("-inf")
    with program.coarse() as kept:
        if kept:
            bound = whole(program.model, None, gap, nodes, own, grace_s).bound
    if own.over:
        return Bounded(bound * (1 - SAFETY), None)
    answer = whole(program.model, None, gap, nodes, own, grace_s)
    chosen = None if answer.values is None else program.chosen(answer.values)
    return Bounded(max(bound, answer.bound) * (1 - SAFETY), chosen)
