"""The plan year by year: purchases, bands, what is full when."""

from typing import Literal

from planner.plan.part import Part, Vnd
from topology.schema.base import Id


class Full(Part):
    """When something is full if services grow as the records expect."""

    kind: Literal["resource", "line"]
    """Of the hosts' pool after the worst survived loss, or a primary access line."""
    id: str
    """Resource, or link."""
    share: float
    """In use today."""
    p50: str | None
    """First quarter in which it is full at median growth, `2028-Q3`; None when it is not within 20 years."""
    p90: str | None
    """The same if every service grows at its P90."""


class FittedTrend(Part):
    """What a series of past years says: `planner.trend` has the model."""

    years: int
    """Years of the series."""
    first: int
    """Its first calendar year."""
    last: int
    """Its last one."""
    noise_that_stays: float
    """λ: 0 is a straight line through the logarithms, 1 a random walk with drift."""
    slope: float
    """b: rise of the natural logarithm a year; what shrinks is planned as if it stood still."""
    sigma: float
    """σ: standard deviation of a year's noise, of the natural logarithm."""


class ServiceGrowth(Part):
    """How one service grows."""

    service: Id
    """Service."""
    basis: Literal["rates", "series"]
    """The stated yearly growth, or the trend of the series that the records have."""
    p50: tuple[float, ...]
    """Use at the end of each year of the horizon over today's: the median."""
    p90: tuple[float, ...]
    """The same, exceeded in one case of ten."""
    trend: FittedTrend | None = None
    """Of the series; None at stated rates."""
    sources: tuple[str, ...]
    """What the rates or the series rest on, sorted."""


class Buy(Part):
    """A purchase of one year."""

    year: int
    """At whose start it is made."""
    kind: Literal["host", "appliance", "rack", "link"]
    """What is bought."""
    what: str
    """Host model, workload of the appliance, room of the rack, or link."""
    where: str
    """Rack; of a link nothing."""
    pool: str = ""
    """Of a host: machines that may stand on it."""
    count: int = 1
    """How many."""
    modules: dict[Id, int] = {}
    """Of a link: what is leased from then on."""
    one_off_vnd: Vnd
    """Paid at the start of the year."""
    reason: Literal["plan", "growth", "replacement"]
    """Decided by the plan for today's demand; because demand grows; because its life is over."""


class YearMoney(Part):
    """The money of one year."""

    year: int
    """Calendar year."""
    budget_vnd: Vnd
    """For purchases."""
    purchases_vnd: Vnd
    """Paid at the start of the year."""
    over_vnd: Vnd
    """Purchases above the budget."""
    lease_vnd: Vnd
    """Links and concentration points, twelve months."""
    support_vnd: Vnd
    """Hosts and appliances, twelve months."""
    energy_vnd: Vnd
    """Twelve months at full load, cooling included."""
    depreciation_vnd: Vnd
    """Straight line over the life of hosts and appliances."""
    book_vnd: Vnd
    """Value of hosts and appliances in the books at the end of the year."""
    present_value_vnd: Vnd
    """Of everything paid in the year."""


class BandPlan(Part):
    """What is bought if demands grow as in a band."""

    band: Literal["p50", "p90"]
    """Every service at its median rate, or every service at its P90."""
    weight: float
    """In the expected cost."""
    buys: tuple[Buy, ...]
    """By year; those of the first year are the same in every band."""
    money: tuple[YearMoney, ...]
    """Of each year."""
    use: dict[str, tuple[float, ...]]
    """Resource → share in use of the hosts there, at the end of each year and after the worst survived loss."""
    present_value_vnd: Vnd
    """Of everything over the horizon."""
    alone_vnd: Vnd
    """The same if this band had been certain from the start."""
    regret_vnd: Vnd
    """present_value_vnd - alone_vnd: paid for not knowing."""


class Remaining(Part):
    """How long something that is there lasts if nothing is bought."""

    kind: Literal["resource", "facility", "appliance", "line", "trunk"]
    """Of the hosts' pool, of a room, an appliance, an access line, a trunk."""
    id: str
    """Resource, room and resource, workload, or link."""
    unit: str
    """Of used and limit."""
    used: float
    """Today; of a link in its worst survived state."""
    limit: float
    """All there is, after the worst survived loss."""
    share: float
    """used / limit."""
    warn: float
    """Share from which it is listed as nearly full."""
    full: float
    """Share from which it counts as full."""
    p50_warn: str | None
    """First month, `2028-07`, in which it is nearly full at median growth; None when not within 20 years."""
    p50_full: str | None
    """The same, full."""
    p90_warn: str | None
    """If every service grows at its P90."""
    p90_full: str | None
    """The same, full."""
    step: str
    """What is bought to have more: host model, rack, unit, module; empty when nothing is on offer."""
    step_vnd: Vnd
    """Price of one, paid once."""


class Years(Part):
    """Purchases year by year."""

    first_year: int
    """Budget year in which the plan begins."""
    horizon_years: int
    """Length."""
    bands: tuple[BandPlan, ...]
    """P50, then P90."""
    now: tuple[Buy, ...]
    """What to buy in the first year, whichever band comes true."""
    expected_vnd: float
    """Weighted present value: what is minimised."""
    perfect_vnd: float
    """The same if the band were known: no plan without that knowledge is cheaper."""
    information_vnd: float
    """expected_vnd - perfect_vnd: what knowing the band would be worth."""
    least_regret_vnd: float
    """Smallest regret of the worse band that any first year's purchases leave."""
    least_regret_bound_vnd: float
    """Proved lower bound of it."""
    regretless: bool
    """Whether `now` leaves no larger regret than that."""
    short: tuple[str, ...]
    """What no purchase of the catalogue satisfies, in words; empty in a whole plan."""
    remaining: tuple[Remaining, ...]
    """Everything that fills up, what is full first first."""
