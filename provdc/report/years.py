"""Draws the years: purchases against the budget, use of the hosts, what is full when. Imports the plan only."""

from collections.abc import Sequence
from dataclasses import dataclass

from planner.plan import Buy, Plan, Remaining, ServiceGrowth, Years

WIDTH, HEIGHT = 640.0, 220.0
LEFT, TOP, BOTTOM = 92.0, 12.0, 24.0
SMALL_WIDTH, SMALL_HEIGHT = 96.0, 28.0
"""Of the picture of one service's growth."""
LISTED = 16
"""Rows of the table of dates."""


@dataclass(frozen=True, slots=True)
class Bar:
    """Purchases of one year in one band."""

    x: float
    y: float
    width: float
    height: float
    band: str
    year: int
    vnd: int
    over: bool
    """Above the budget."""


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark of an axis."""

    at: float
    value: float


@dataclass(frozen=True, slots=True)
class Line:
    """Use of one resource through the years in one band."""

    resource: str
    band: str
    points: str
    """As in SVG's `points`."""
    last: float
    """At the end of the horizon."""


@dataclass(frozen=True, slots=True)
class Band:
    """Growth of one service: a small picture of both bands."""

    growth: ServiceGrowth
    p50: str
    """Points of its line."""
    p90: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """All that the section shows."""

    years: Years
    bars: tuple[Bar, ...]
    budget: str
    """Points of the budget's line."""
    money_ticks: tuple[Tick, ...]
    year_ticks: tuple[Tick, ...]
    lines: tuple[Line, ...]
    share_ticks: tuple[Tick, ...]
    marks: tuple[Tick, ...]
    """Heights at which a resource is nearly full and full."""
    dates: tuple[Remaining, ...]
    growth: tuple[Band, ...]
    """Those with a series first, then the fastest."""
    now: tuple[Buy, ...]
    width: float = WIDTH
    height: float = HEIGHT
    left: float = LEFT
    bottom: float = HEIGHT - BOTTOM
    small_width: float = SMALL_WIDTH
    small_height: float = SMALL_HEIGHT


def draw(plan: Plan) -> Drawing | None:
    """Return the drawing; None when the plan was made without years."""
    years = plan.years
    if years is None:
        return None
    money = [one for band in years.bands for one in band.money]
    top = _round_up(max([one.purchases_vnd for one in money] + [one.budget_vnd for one in money] + [1]))
    span = (WIDTH - LEFT) / years.horizon_years
    bars = tuple(
        Bar(
            x=round(LEFT + span * (index + 0.18 + 0.33 * place), 1),
            y=round(_height(one.purchases_vnd / top), 1),
            width=round(span * 0.3, 1),
            height=round(HEIGHT - BOTTOM - _height(one.purchases_vnd / top), 1),
            band=band.band,
            year=one.year,
            vnd=one.purchases_vnd,
            over=one.over_vnd > 0,
        )
        for place, band in enumerate(years.bands)
        for index, one in enumerate(band.money)
    )
    steps = [
        f"{LEFT + span * (index + side):.1f},{_height(one.budget_vnd / top):.1f}"
        for index, one in enumerate(years.bands[0].money)
        for side in (0, 1)
    ]
    warn, full = plan.policy.get("warn_share", 0.7), plan.policy.get("full_share", 0.9)
    return Drawing(
        years=years,
        bars=bars,
        budget=" ".join(steps),
        money_ticks=tuple(Tick(round(_height(part), 1), top * part) for part in (0, 0.25, 0.5, 0.75, 1)),
        year_ticks=tuple(
            Tick(round(LEFT + span * (index + 0.5), 1), one.year) for index, one in enumerate(years.bands[0].money)
        ),
        lines=tuple(_lines(years, span)),
        share_ticks=tuple(Tick(round(_height(part), 1), part) for part in (0, 0.25, 0.5, 0.75, 1)),
        marks=tuple(Tick(round(_height(share), 1), share) for share in (warn, full)),
        dates=years.remaining[:LISTED],
        growth=_growth(plan),
        now=years.now,
    )


def _growth(plan: Plan) -> tuple[Band, ...]:
    """Draw today and each year's end from left to right, today's use at the bottom and the dearest P90 at the top."""
    top = max((one.p90[-1] for one in plan.growth), default=1.0) - 1 or 1.0
    ordered = sorted(plan.growth, key=lambda one: (one.trend is None, -one.p90[-1], one.service))

    def points(path: tuple[float, ...]) -> str:
        span, rise = (SMALL_WIDTH - 4) / len(path), SMALL_HEIGHT - 6
        return " ".join(
            f"{2 + span * index:.1f},{3 + rise * (1 - min(1.0, (factor - 1) / top)):.1f}"
            for index, factor in enumerate((1.0, *path))
        )

    return tuple(Band(one, points(one.p50), points(one.p90)) for one in ordered)


def _lines(years: Years, span: float) -> list[Line]:
    found = []
    for band in years.bands:
        for resource, shares in sorted(band.use.items()):
            points = [
                f"{LEFT + span * (index + 0.5):.1f},{_height(min(share, 1.0)):.1f}"
                for index, share in enumerate(shares)
            ]
            found.append(Line(resource, band.band, " ".join(points), shares[-1]))
    return found


def _height(share: float) -> float:
    return TOP + (HEIGHT - TOP - BOTTOM) * (1 - share)


def _round_up(value: float) -> float:
    """Return the next number of one digit or one and a half.

    >>> _round_up(9_685_950_000.0), _round_up(1_100_000.0)
    (10000000000.0, 1500000.0)
    """
    size = 10.0 ** (len(str(int(value))) - 1)
    steps: Sequence[float] = (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10)
    return next(step * size for step in steps if step * size >= value)
