"""How services grow, computed again: stated rates, or least squares over the logarithms of a series.

    ln x = X β + u,   Var u = σ² V,   V_ij = (1 - λ) [i = j] + λ (1 + min(t_i, t_j) - t_1)       X = (1, t)
    β = (XᵀV⁻¹X)⁻¹ XᵀV⁻¹ ln x       σ² = uᵀV⁻¹u / (n - 2)
    s²(t) = σ² [v(t) - cᵀV⁻¹c + wᵀ(XᵀV⁻¹X)⁻¹w],   w = (1, t)ᵀ - XᵀV⁻¹c,   c_i = λ (1 + min(t, t_i) - t_1)
    L(λ) = - ½ [(n - 2) ln σ² + ln |V| + ln |XᵀV⁻¹X|]

Best linear unbiased prediction (Goldberger 1962), restricted likelihood (Patterson, Thompson 1971), in closed form: no
filter, no state. The share λ is the plan's; no other may be more likely.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.checker.violation import Violation
from planner.plan import Plan, ServiceGrowth
from topology.model import Network
from topology.schema.services import Service

Vector = NDArray[np.float64]
CLOSE = 2e-5
"""Relative difference of a factor that rounding explains."""
AS_LIKELY = 1e-4
"""Difference of log-likelihoods that rounding explains."""
FEWEST, LONG = 4, 10
LARGEST = math.log(1000.0)


@dataclass(frozen=True, slots=True)
class When:
    """A point in time of a band: years since the start of the plan."""

    band: str
    years: float


class Fit:
    """Least squares over one series with one share of the noise that stays."""

    def __init__(self, years: Sequence[int], uses: Sequence[float], share: float) -> None:
        order = np.argsort(years)
        self.t = np.array(years, dtype=float)[order] - min(years)
        self.share = share
        y = np.log(np.array(uses, dtype=float)[order])
        n = len(y)
        self.X = np.column_stack((np.ones(n), self.t))
        V = (1 - share) * np.eye(n) + share * (1 + np.minimum.outer(self.t, self.t))
        self.inverse = np.linalg.inv(V)
        self.normal = self.X.T @ self.inverse @ self.X
        self.beta = np.linalg.solve(self.normal, self.X.T @ self.inverse @ y)
        left = y - self.X @ self.beta
        self.variance = float(left @ self.inverse @ left) / (n - 2)
        determinants = np.linalg.slogdet(V)[1] + np.linalg.slogdet(self.normal)[1]
        self.likelihood = -0.5 * ((n - 2) * math.log(max(self.variance, 1e-20)) + float(determinants))

    def error(self, t: float) -> float:
        """Return the standard error of predicting the logarithm at a time since the first year."""
        c = self.share * (1 + np.minimum(t, self.t))
        own = (1 - self.share) + self.share * (1 + t)
        w = np.array([1.0, t]) - self.X.T @ self.inverse @ c
        spread = own - c @ self.inverse @ c + w @ np.linalg.solve(self.normal, w)
        return math.sqrt(self.variance * max(0.0, float(spread)))


def _fit(service: Service, share: float) -> Fit:
    series = service.growth.series
    return Fit([one.year for one in series], [one.value.value for one in series], share)


def _likeliest(service: Service) -> float:
    """Return the share of the largest likelihood: 0 for short series and straight lines."""
    straight = _fit(service, 0.0)
    if len(service.growth.series) < LONG or straight.variance <= 1e-18:
        return 0.0
    return max((step / 20 for step in range(21)), key=lambda share: _fit(service, share).likelihood)


def _whole(service: Service, share: float, plan_year: int, band: str, most: int) -> list[float]:
    """Return the logarithms of the factors, to the six decimals of a plan, after 0 … `most` years, never falling."""
    fit = _fit(service, share)
    n = len(service.growth.series)
    student = 0.0
    if band == "p90":
        from scipy.stats import t as quantiles  # slow to load, and few records have a series

        student = float(quantiles.ppf(0.9, n - 2))
    start = plan_year - min(one.year for one in service.growth.series)
    logs = [0.0]
    for year in range(1, most + 1):
        rise = fit.beta[1] * year + (student * fit.error(float(start + year)) if student else 0.0)
        logs.append(min(LARGEST, max(logs[-1], float(rise))))
    return [math.log(round(math.exp(one), 6)) for one in logs]


def factors(plan: Plan, service: Service, plan_year: int, times: Sequence[When]) -> Vector:
    """Return the use of a service at points in time over today's: at its rate, or along its trend year by year."""
    if len(service.growth.series) < FEWEST:
        return np.array([(1 + float(getattr(service.growth, at.band).value)) ** at.years for at in times])
    told = next((one for one in plan.growth if one.service == service.id), None)
    share = told.trend.noise_that_stays if told and told.trend else _likeliest(service)
    most = math.ceil(max((at.years for at in times), default=0.0)) + 1
    logs = {band: _whole(service, share, plan_year, band, most) for band in sorted({at.band for at in times})}
    return np.exp([float(np.interp(at.years, np.arange(most + 1), logs[at.band])) for at in times])


def verify_trends(plan: Plan, network: Network) -> tuple[int, list[Violation]]:
    """Return the number of services looked at and what the plan says wrong of their growth."""
    services = {service.id: service for service in network.records.services}
    told = {one.service: one for one in plan.growth}
    if len(told) != len(plan.growth) or told.keys() != services.keys():
        return 1, [Violation("growth", "services", "are not those of the records")]
    found = []
    for name, service in services.items():
        found += [Violation("growth", name, text) for text in _wrong(plan, network, service, told[name])]
    return len(services), found


def _wrong(plan: Plan, network: Network, service: Service, told: ServiceGrowth) -> list[str]:
    """List what is wrong of one service."""
    growth, records = service.growth, network.records
    long = len(growth.series) >= FEWEST
    figures = [one.value for one in growth.series] if long else [growth.p50, growth.p90]
    if told.sources != tuple(sorted({figure.source for figure in figures})):
        return ["rests on other sources"]
    if (told.basis == "series") != long or (told.trend is None) == long:
        return [f"has a series of {len(growth.series)} years and is told by {told.basis}"]
    found = []
    if told.trend is not None:
        years = [one.year for one in growth.series]
        if (told.trend.years, told.trend.first, told.trend.last) != (len(years), min(years), max(years)):
            found.append("has other years in its series")
        share = told.trend.noise_that_stays
        if not 0 <= share <= 1 or (share and len(years) < LONG):
            return [*found, f"λ {share} is not for {len(years)} years"]
        fit, best = _fit(service, share), _fit(service, _likeliest(service))
        if fit.likelihood < best.likelihood - AS_LIKELY and len(years) >= LONG:
            found.append(f"λ {share} is less likely than {best.share}")
        if abs(fit.beta[1] - told.trend.slope) > 1e-8 or abs(math.sqrt(fit.variance) - told.trend.sigma) > 1e-8:
            found.append(f"slope {fit.beta[1]:.9f} and σ {math.sqrt(fit.variance):.9f} by least squares")
    horizon = records.money.horizon_years
    for band, path in (("p50", told.p50), ("p90", told.p90)):
        times = [When(band, year + 1.0) for year in range(horizon)]
        mine = factors(plan, service, records.province.plan_year, times)
        if len(path) != horizon or not np.allclose(path, mine, rtol=CLOSE, atol=0):
            found.append(f"{band} is {tuple(round(float(one), 6) for one in mine)}, not {path}")
    return found
