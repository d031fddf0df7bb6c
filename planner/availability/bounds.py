"""Bounds by taking the likeliest undecided case apart first; exact when nothing is left undecided.

Cases are disjoint: some elements fixed up or down, the rest open. The mass of cases known to be up is a lower bound,
one minus the mass of those known to be down an upper bound (Doulliez, Jamoulle, *RAIRO* 6, 1972; best first as in
Dotson, Gobien, *IEEE Trans. Circuits and Systems* CAS-26, 1979). A case whose open part is small is finished exactly.
"""

from collections.abc import Mapping
from heapq import heappop, heappush

from planner.availability.exact import Factoring, TooManyPivotsError, pivot
from planner.availability.structure import Element, Structure, fix

MOST_CASES = 4_000
PIVOTS_A_CASE = 40


def bounds(structure: Structure, up: Mapping[Element, float], most_cases: int = MOST_CASES) -> tuple[float, float]:
    """Return a lower and an upper bound on the probability that a structure is up."""
    low, high, order = 0.0, 1.0, 0
    queue: list[tuple[float, int, Structure]] = [(-1.0, order, structure)]
    for _ in range(most_cases):
        if not queue:
            break
        mass, _, case = heappop(queue)
        try:
            share = Factoring(up, PIVOTS_A_CASE).probability(case)
        except TooManyPivotsError:
            element = pivot(case)
            for is_up in (True, False):
                part = up[element] if is_up else 1.0 - up[element]
                if part:
                    order += 1
                    heappush(queue, (mass * part, order, fix(case, element, up=is_up)))
            continue
        low -= mass * share
        high += mass * (1.0 - share)
    return (low, high) if queue else (low, low)
