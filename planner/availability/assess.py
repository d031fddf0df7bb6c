"""How often a structure is up: exactly where that is possible, else within bounds and by seeded Monte Carlo."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from planner.availability.bounds import MOST_CASES, bounds
from planner.availability.exact import MOST_PIVOTS, Factoring, TooManyPivotsError
from planner.availability.structure import Element, Structure, elements
from planner.failures.montecarlo import interval

DRAWS = 200_000
CHUNK = 20_000
CONFIDENCE = 0.99
CLOSE = 1e-9
"""Bounds this close are a value."""
Method = Literal["exact", "bounds", "sampled"]


@dataclass(frozen=True, slots=True)
class Assessment:
    """A share of time up, with what is certain of it."""

    share: float
    low: float
    """Certain for `exact` and `bounds`; for `sampled` with the stated confidence, and never outside the bounds."""
    high: float
    method: Method


def assess(
    structure: Structure,
    up: Mapping[Element, float],
    seed: int = 1,
    *,
    most_pivots: int = MOST_PIVOTS,
    most_cases: int = MOST_CASES,
) -> Assessment:
    """Return how often a structure is up."""
    try:
        share = Factoring(up, most_pivots).probability(structure)
    except TooManyPivotsError:
        pass
    else:
        return Assessment(share, share, share, "exact")
    low, high = bounds(structure, up, most_cases)
    if high - low <= CLOSE:
        return Assessment((low + high) / 2, low, high, "bounds")
    hits = sampled(structure, up, DRAWS, seed)
    least, most = interval(np.array([hits]), DRAWS, CONFIDENCE)
    share = min(max(hits / DRAWS, low), high)
    return Assessment(share, max(low, min(float(least[0]), share)), min(high, max(float(most[0]), share)), "sampled")


def sampled(structure: Structure, up: Mapping[Element, float], draws: int, seed: int) -> int:
    """Return in how many draws a structure is up."""
    names = sorted(elements(structure))
    shares = np.array([up[name] for name in names])[:, None]
    draw = np.random.Generator(np.random.PCG64(seed))
    hits = 0
    for first in range(0, draws, CHUNK):
        count = min(CHUNK, draws - first)
        drawn = draw.random((len(names), count)) < shares
        rows = dict(zip(names, drawn, strict=True))
        hits += int(_rows(structure, rows, count).sum())
    return hits


def _rows(structure: Structure, rows: Mapping[Element, NDArray[np.bool_]], count: int) -> NDArray[np.bool_]:
    if isinstance(structure, bool):
        return np.full(count, structure)
    if isinstance(structure, str):
        return rows[structure]
    found = np.zeros(count, dtype=np.int64)
    for part in structure.parts:
        found += _rows(part, rows, count)
    up: NDArray[np.bool_] = found >= structure.need
    return up
