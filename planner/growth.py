"""When things are full: today's use, each service growing at its own rate, until a limit is reached.

    use_k(t) = Σ_s use_k,s · (1 + g_s)^t        full in the first quarter at whose end  use_k(t) ≥ limit · capacity_k

t    years since the start of the first budget year        g_s  yearly growth of service s: its median (P50) or its P90
What belongs to no service (servers of the small data centres, pictures of conferences) does not grow. At P90 all
services grow at their P90 together, which is the quantile of the sum when their growth goes together and an early
date when it does not (Dhaene and others, *Insurance: Mathematics and Economics* 31, 2002: comonotonic sums).
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from planner.trend import trend
from topology.schema.services import Service

LOOK_YEARS = 20
"""Whatever is not full by then has no date."""

Band = Literal["p50", "p90"]
BANDS: tuple[Band, ...] = ("p50", "p90")


def rates(services: Iterable[Service], band: Band) -> dict[str, float]:
    """Return service → yearly growth in a band: of its series where the records have one, else the stated rate."""
    found = {}
    for service in services:
        by_series = trend([(one.year, one.value.value) for one in service.growth.series])
        found[service.id] = getattr(service.growth, band).value if by_series is None else getattr(by_series, band)
    return found


@dataclass(frozen=True, slots=True)
class Use:
    """What fills up: each part of today's use with its growth, against the room there is; one unit throughout."""

    parts: Mapping[str, float]
    """Service → today's use."""
    room: float
    """Use at which it is full, above 0."""

    def share(self, rates: Mapping[str, float], years: float) -> float:
        """Use over room after some years; a part without a rate stays as it is."""
        grown = math.fsum(use * math.pow(1.0 + rates.get(part, 0.0), years) for part, use in self.parts.items())
        return grown / self.room


def full_quarter(uses: Sequence[Use], rates: Mapping[str, float], first_year: int) -> str | None:
    """Return the quarter in which the first of the uses is full, as `2028-Q3`; None when it is not within 20 years.

    Growth is not negative, so a use that is full stays so. A day on the border belongs to the quarter that ends.

    Examples
    --------
    >>> full_quarter([Use({"mail": 1.0}, room=2.0)], {"mail": 0.2}, 2025)
    '2028-Q4'
    >>> full_quarter([Use({"mail": 1.0}, room=2.0)], {}, 2025) is None
    True
    """
    for quarter in range(4 * LOOK_YEARS):
        if any(use.share(rates, (quarter + 1) / 4) >= 1.0 for use in uses):
            return f"{first_year + quarter // 4}-Q{quarter % 4 + 1}"
    return None
