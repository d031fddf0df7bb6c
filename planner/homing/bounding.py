"""The bound: every part's program solved by HiGHS, beside the search.

bound = Σ over parts of max(optimum in shares, bound of branch and cut)
"""

from collections.abc import Callable, Mapping, Sequence

from planner.homing.access import Choice
from planner.homing.program import SAFETY, Program
from planner.limits import Watch
from planner.network.solver import whole

Choices = Mapping[int, Choice]


def bounds(
    programs: Sequence[Program], gap: float, nodes: int, watch: Watch, grace_s: float, tell: Callable[[Choices], None]
) -> list[float]:
    """Return a bound of each part: in shares first, for all of them, then with whole numbers while there is time.

    `tell` gets the choices of a part's best solution, which is no plan yet.
    """
    found = [program.relaxed() for program in programs]
    for place, program in enumerate(programs):
        if not watch.over:
            answer = whole(program.model, None, gap, nodes, watch, grace_s)
            found[place] = max(found[place], answer.bound * (1 - SAFETY))
            if answer.values is not None:
                tell(program.chosen(answer.values))
    return found
