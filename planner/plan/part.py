"""What every piece of the plan is made of: reasons, money, proofs, findings, places."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from topology.schema.base import Name

Vnd = Annotated[int, Field(description="Vietnamese đồng")]
StateId = str
"""`normal`, or kind and id: `link:…`, `duct:…`, `exchange:…`, `carrier:…`, `flood:…`, `host:…`, `rack:…`, `feed:…`."""


class Part(BaseModel):
    """A piece of the plan."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Why(Part):
    """The reason of one decision, as a code and its facts so that it can be said in any language."""

    code: str
    """Reason code; the texts are in `provdc/text`."""
    facts: dict[str, str | float | int] = {}
    """Values that the text names."""
    binding: tuple[str, ...] = ()
    """Names of the constraints that bind, in the words of docs/models."""


class Alternative(Part):
    """Something else that could have been chosen, and what it would cost more."""

    choice: str
    """In the plan's ids."""
    extra_vnd: Vnd
    """Present value over the horizon, more than the choice made."""


class Cost(Part):
    """Money of one thing."""

    one_off_vnd: Vnd = 0
    """Paid once."""
    monthly_vnd: Vnd = 0
    """Paid each month."""
    present_value_vnd: Vnd = 0
    """Over the horizon, discounted: the number that is minimised."""


class Proof(Part):
    """What the solver can say for itself."""

    part: Literal["network", "datacentre", "years", "joint", "moves"]
    """Which half, or the purchases of all years; `joint`: bridges, rooms and both halves; `moves`: order of moves."""
    status: Literal["optimal", "feasible"]
    """`optimal` when the gap is within the tolerance of the model."""
    objective: float
    """Present value, VND (primary objective)."""
    bound: float
    """No plan is cheaper than this."""
    gap: float
    """(objective - bound) / objective."""
    solver: str
    """Name and version."""
    seed: int
    """Master seed."""
    work: dict[str, int] = {}
    """Deterministic measures: rounds, states added, nodes."""
    cut_short: bool = False
    """True when the wall clock ended the search: such a plan need not be byte-identical."""


class Assumption(Part):
    """A figure of quality `assumption` that the plan rests on."""

    where: str
    """File and line in the records."""
    what: str
    """Which figure."""
    value: str
    """Its value."""
    reason: str
    """Its stated source."""


class Finding(Part):
    """A warning or a contradiction in the records that the reader must know."""

    code: str
    """Error or warning code."""
    where: str
    """File:line:col."""
    text: Name
    """In both languages."""


class Citation(Part):
    """A source that figures rest on."""

    id: str
    """Key of the records."""
    title: str
    """What it is."""
    where: str
    """Public address or citation."""
    licence: str
    """Licence, or 'facts'."""


class CostSummary(Part):
    """Money of the whole plan."""

    network: Cost
    """All links and concentration points."""
    datacentre: Cost
    """Hosts, appliances, energy."""
    conference: Cost = Cost()
    """Bridges away from the data centre."""
    consolidation: Cost = Cost()
    """Moving the servers of small data centres."""
    total: Cost
    """All of them; what emptied rooms save is not taken off."""
    horizon_years: int
    """Years that the present value covers."""
    discount_rate: float
    """Yearly."""


class Verdict(Part):
    """What the independent checker found."""

    checked: int
    """Number of single checks."""
    states: int
    """Failure states examined."""
    violations: int
    """0, else no plan is written."""


class Place(Part):
    """A place on the map that takes no decision of its own."""

    name: str
    """Official name."""
    lat: float
    """Degrees."""
    lon: float
    """Degrees."""
