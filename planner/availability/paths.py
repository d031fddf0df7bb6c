"""How likely it is that one of several paths is up.

A path is up when all its elements are. Elements fail independently of each other; an element that two paths share fails
for both at once. With u[e,p] the share of time in which element e is down as path p sees it,

    P(all paths of S up) = ∏_{e ∈ ∪S} ( 1 − max_{p ∈ S} u[e,p] )
    P(some path up)      = Σ_{∅ ≠ S ⊆ paths} (−1)^{|S|+1} · P(all paths of S up)

The maximum is exact for a duct with several cables: the cut is one event, each carrier mends its own cable after it,
and both are whole again when the slower one has ended. Exact for any paths, disjoint or not; the sum has 2^n − 1 terms,
and n is two here (inclusion and exclusion: Feller, *An Introduction to Probability Theory* I, 1968, §IV.1; systems in
series and in parallel: Barlow, Proschan, *Statistical Theory of Reliability*, 1975, chapter 2).
"""

from collections.abc import Mapping, Sequence
from itertools import combinations
from math import prod

HOURS_PER_YEAR = 8760.0
MOST_PATHS = 8
"""255 terms."""

Path = Mapping[str, float]
"""Element → share of time in which it is down as this path sees it, 0 to 1."""


def unavailability(failures_per_year: float, mttr_hours: float) -> float:
    """Share of time down of something that fails at a rate while it is up and is mended in a mean time.

    Examples
    --------
    >>> round(unavailability(failures_per_year=2, mttr_hours=8), 6)
    0.001823
    """
    down = failures_per_year * mttr_hours
    return down / (HOURS_PER_YEAR + down)


def all_up(paths: Sequence[Path]) -> float:
    """Probability that all elements of all the paths are up."""
    worst: dict[str, float] = {}
    for path in paths:
        for element, share in path.items():
            worst[element] = max(share, worst.get(element, 0.0))
    return prod(1.0 - worst[element] for element in sorted(worst))


def any_up(paths: Sequence[Path]) -> float:
    """Probability that at least one path is up: 0 without a path.

    Raises
    ------
    ValueError
        More than `MOST_PATHS` paths.

    Examples
    --------
    >>> round(any_up([{"a": 0.1}, {"b": 0.2}]), 6), round(any_up([{"a": 0.1}, {"a": 0.1, "b": 0.2}]), 6)
    (0.98, 0.9)
    """
    if len(paths) > MOST_PATHS:
        message = f"{len(paths)} paths, at most {MOST_PATHS}"
        raise ValueError(message)
    total = 0.0
    for size in range(1, len(paths) + 1):
        sign = 1.0 if size % 2 else -1.0
        total += sign * sum(all_up(chosen) for chosen in combinations(paths, size))
    return min(1.0, max(0.0, total))
