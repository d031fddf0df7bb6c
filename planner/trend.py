"""Growth from a series of past years: a level that rises by a steady share a year, with its prediction intervals.

    ln x_t = m_t + e_t        m_{t+1} = m_t + b + h_t        var e = (1 - λ) σ²     var h = λ σ²
    p50(k) = exp(b·k)         p90(k) = exp(b·k + t_{0.9, n-2} · s(a + k))

x_t  use in year t             m_t  its level             b  slope               n  years of the series
λ    share of the noise that stays: 0 is the straight line through the logarithms, 1 a random walk with drift
σ²   by restricted likelihood, so s(k), the error of predicting k years after the last year of the series, has n - 2
     degrees of freedom and Student's quantile t          a  years from the last of the series to the plan's first
k    years since then: growth is a path, not one rate

The local level model with a fixed slope of Harvey, *Forecasting, Structural Time Series Models and the Kalman Filter*,
1989, §2.3 and §4.3, by statsmodels' exact diffuse filter, which takes years that are missing. λ is that of the largest
likelihood out of `SHARES`; fewer than `LONG` years say nothing of it, and 0 is taken. A use never falls back here: what
shrinks keeps its place. Four years are the fewest whose errors say something.
"""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from planner.plan import FittedTrend

FEWEST = 4
"""Years from which a series has a trend."""
LONG = 10
"""Years from which it says how much of the noise stays."""
SHARES = tuple(step / 20 for step in range(21))
"""λ looked at."""
LOOK_YEARS = 20
"""Years of a path."""
MOST = 1000.0
"""Factor above which a path says no more: by then everything is full."""
STRAIGHT = 1e-20
"""Variance of logarithms below which a series is a straight line but for rounding."""
Points = tuple[tuple[int, float], ...]


@dataclass(frozen=True, slots=True)
class Trend:
    """What a series says of the years to come."""

    fitted: FittedTrend
    """Its model, as the plan tells it."""
    p50: tuple[float, ...]
    """Use after 0, 1, … years over today's; never falls."""
    p90: tuple[float, ...]
    """The same, exceeded in one case of ten."""


@lru_cache(maxsize=512)  # outlook, needs and time remaining ask for the same services
def trend(series: Points, plan_year: int) -> Trend | None:
    """Return the growth of a series of (year, use) from a plan's first year on; None when it is too short.

    Uses are above 0, in one unit, one a year, none after `plan_year`: the records are checked for it.

    >>> found = trend(((2020, 100.0), (2021, 110.0), (2022, 121.0), (2023, 133.1)), 2023)
    >>> found.p50[:3], found.p90[:3]
    ((1.0, 1.1, 1.21), (1.0, 1.1, 1.21))
    """
    if len(series) < FEWEST:
        return None
    ordered = sorted(series)
    first, last = ordered[0][0], ordered[-1][0]
    logs = np.full(last - first + 1, np.nan)
    for year, use in ordered:
        logs[year - first] = math.log(use)
    level = Level(logs - float(np.nanmean(logs)))
    found = [level.at(share) for share in (SHARES if len(ordered) >= LONG else SHARES[:1])]
    best = found[0]
    if best.variance > STRAIGHT:
        best = max(found, key=lambda one: (round(one.likelihood, 6), -one.share))
    slope, spread = level.ahead(best.share, plan_year - last)
    middle: NDArray[np.float64] = slope * np.arange(LOOK_YEARS + 1, dtype=float)
    quantile = float(stdtrit(len(ordered) - 2, 0.9))
    return Trend(
        fitted=FittedTrend(
            years=len(ordered),
            first=first,
            last=last,
            noise_that_stays=best.share,
            slope=round(slope, 9),
            sigma=round(math.sqrt(best.variance), 9),
        ),
        p50=_path(middle),
        p90=_path(middle + quantile * math.sqrt(best.variance) * spread),
    )


@dataclass(frozen=True, slots=True)
class Likely:
    """What one λ makes of the series."""

    share: float
    likelihood: float
    """Restricted, with σ² at its best, but for a constant."""
    variance: float
    """σ²."""


class Level:
    """statsmodels' model of one series, run at σ = 1; a year that is missing is not a number."""

    def __init__(self, logs: NDArray[np.float64]) -> None:
        from statsmodels.tsa.statespace.structural import UnobservedComponents  # slow to load; few have a series

        self.model = UnobservedComponents(logs, "lldtrend", use_exact_diffuse=True)
        self.told = np.flatnonzero(~np.isnan(logs))[2:]
        """The first two years tell where the line is."""

    def at(self, share: float) -> Likely:
        """Run the filter over the years."""
        run = self.model.filter([1.0 - share, share]).filter_results
        errors, scales = run.forecasts_error[0, self.told], run.forecasts_error_cov[0, 0, self.told]
        variance = float((errors**2 / scales).sum()) / len(self.told)
        surprise = len(self.told) * math.log(max(variance, STRAIGHT)) + float(np.log(scales).sum())
        return Likely(share, -0.5 * surprise, variance)

    def ahead(self, share: float, away: int) -> tuple[float, NDArray[np.float64]]:
        """Return the slope, and s(a + k) / σ for k = 0, 1, … with today's use known; `away` is a."""
        foreseen = self.model.filter([1.0 - share, share]).get_forecast(away + LOOK_YEARS)
        slope = float(foreseen.predicted_mean[-1] - foreseen.predicted_mean[-2])
        spread = np.sqrt(np.asarray(foreseen.var_pred_mean, dtype=float))[away:]
        return slope, np.concatenate((np.zeros(1), spread))


def _path(logs: NDArray[np.float64]) -> tuple[float, ...]:
    """Return the factors: 1 today, then never falling, up to `MOST`."""
    risen = np.maximum.accumulate(np.clip(logs, 0.0, math.log(MOST)))
    return tuple(round(math.exp(one), 6) for one in risen.tolist())
