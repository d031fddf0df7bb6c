"""Yearly growth from a series of past years: a straight line through the logarithms, with its prediction interval.

    ln x_t = a + b·t + e        p50 = exp(b) - 1        p90 = exp(b + t_{0.9, n-2} · s_b) - 1

x_t  use in year t      s_b  standard error of the slope      n  years of the series      t  Student's quantile
A growth of one service is never negative here: what shrinks keeps its place. Draper and Smith, *Applied Regression
Analysis*, 1998, §1.4. Four years are the fewest whose errors say something.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

FEWEST = 4
"""Years from which a series has a trend."""


@dataclass(frozen=True, slots=True)
class Trend:
    """Yearly growth, fractions."""

    p50: float
    p90: float


def trend(series: Sequence[tuple[int, float]]) -> Trend | None:
    """Return the growth of a series of (year, use); None when it is too short or not above zero.

    >>> trend([(2020, 100.0), (2021, 110.0), (2022, 121.0), (2023, 133.1)])
    Trend(p50=0.1, p90=0.1)
    """
    if len({year for year, _ in series}) < FEWEST or any(value <= 0 for _, value in series):
        return None
    years = np.array([year for year, _ in series], dtype=float)
    years -= years.mean()
    logs = np.log([value for _, value in series])
    slope = float(years @ logs / (years @ years))
    residuals = logs - logs.mean() - slope * years
    free = len(series) - 2
    error = math.sqrt(float(residuals @ residuals) / free / float(years @ years))
    high = slope + float(stdtrit(free, 0.9)) * error
    return Trend(*(round(max(0.0, math.expm1(one)), 6) for one in (slope, high)))
