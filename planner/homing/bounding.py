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
    """Solve a part in a share of the time that is left."""
    if watch.over:
        return Bounded(float("-inf"), None)
    answer = whole(
        program.model, None, gap, nodes, Watch(replace(watch.limits, time_limit_s=share * watch.left_s)), grace_s
    )
    chosen = None if answer.values is None else program.chosen(answer.values)
    return Bounded(answer.bound * (1 - SAFETY), chosen)
