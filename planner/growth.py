"""When things are full: today's use, each service growing on its own path, until a limit is reached.

    use_k(t) = Σ_s use_k,s · f_s(t)        full in the first quarter at whose end  use_k(t) ≥ limit · capacity_k
    f_s(t) = (1 + g_s)^t                   where the records state a yearly growth
    f_s(k) of the trend for whole years k, geometric between them, where they have a series     (`planner.trend`)

t    years since the start of the first budget year        g_s  yearly growth of service s: its median (P50) or its P90
What belongs to no service (servers of the small data centres, pictures of conferences) does not grow. At P90 all
services grow at their P90 together, which is the quantile of the sum when their growth goes together and an early
date when it does not (Dhaene and others, *Insurance: Mathematics and Economics* 31, 2002: comonotonic sums).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from planner.plan import ServiceGrowth
from planner.trend import LOOK_YEARS, Trend, trend
from topology.model import Records
from topology.order import natural_key
from topology.schema.services import Service

Band = Literal["p50", "p90"]
BANDS: tuple[Band, ...] = ("p50", "p90")


@dataclass(frozen=True, slots=True)
class Path:
    """How one service grows: at a steady rate, or as its trend says."""

    rate: float = 0.0
    """Yearly growth, where there are no factors."""
    factors: tuple[float, ...] = ()
    """Use after 0, 1, … years over today's."""

    def after(self, years: float) -> float:
        """Return the use after some years over today's."""
        if not self.factors:
            return math.pow(1.0 + self.rate, years)
        whole = min(int(years), len(self.factors) - 2)
        low, high = self.factors[whole], self.factors[whole + 1]
        return low * math.pow(high / low, years - whole)

    def along(self, years: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the same for many points in time."""
        if not self.factors:
            grown: NDArray[np.float64] = (1 + self.rate) ** years
            return grown
        return np.array([self.after(float(one)) for one in years])


Paths = Mapping[str, Path]
STILL = Path()
"""What does not grow."""


def trend_of(service: Service, plan_year: int) -> Trend | None:
    """Return the trend of a service's series; None where the stated rates hold."""
    return trend(tuple((one.year, one.value.value) for one in service.growth.series), plan_year)


def paths(records: Records, band: Band) -> dict[str, Path]:
    """Return service → its path in a band: of its series where the records have one, else at the stated rate."""
    found = {}
    for service in records.services:
        of_series = trend_of(service, records.province.plan_year)
        stated = getattr(service.growth, band).value
        found[service.id] = Path(stated) if of_series is None else Path(factors=getattr(of_series, band))
    return found


def told(records: Records) -> tuple[ServiceGrowth, ...]:
    """Return how each service grows through the horizon, with what it rests on, as the plan says it."""
    median, high = (paths(records, band) for band in BANDS)
    ends = range(1, records.money.horizon_years + 1)
    found = []
    for service in sorted(records.services, key=lambda one: natural_key(one.id)):
        of_series, growth = trend_of(service, records.province.plan_year), service.growth
        figures = [growth.p50, growth.p90] if of_series is None else [one.value for one in growth.series]
        found.append(
            ServiceGrowth(
                service=service.id,
                basis="series" if of_series else "rates",
                p50=tuple(round(median[service.id].after(end), 6) for end in ends),
                p90=tuple(round(high[service.id].after(end), 6) for end in ends),
                trend=of_series and of_series.fitted,
                sources=tuple(sorted({figure.source for figure in figures})),
            )
        )
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Use:
    """What fills up: each part of today's use with its growth, against the room there is; one unit throughout."""

    parts: Mapping[str, float]
    """Service → today's use."""
    room: float
    """Use at which it is full, above 0."""

    def share(self, paths: Paths, years: float) -> float:
        """Use over room after some years; a part without a path stays as it is."""
        return math.fsum(use * paths.get(part, STILL).after(years) for part, use in self.parts.items()) / self.room


def full_quarter(uses: Sequence[Use], paths: Paths, first_year: int) -> str | None:
    """Return the quarter in which the first of the uses is full, as `2028-Q3`; None when it is not within 20 years.

    Growth is not negative, so a use that is full stays so. A day on the border belongs to the quarter that ends.

    Examples
    --------
    >>> full_quarter([Use({"mail": 1.0}, room=2.0)], {"mail": Path(0.2)}, 2025)
    '2028-Q4'
    >>> full_quarter([Use({"mail": 1.0}, room=2.0)], {}, 2025) is None
    True
    """
    for quarter in range(4 * LOOK_YEARS):
        if any(use.share(paths, (quarter + 1) / 4) >= 1.0 for use in uses):
            return f"{first_year + quarter // 4}-Q{quarter % 4 + 1}"
    return None
