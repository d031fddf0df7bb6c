"""A scenario: a planned case as a patch on the records (`scenarios/<id>.yaml`)."""

import datetime as dt
from typing import Literal

from pydantic import Field, JsonValue

from topology.schema.base import Amount, CarrierId, Count, Id, Name, Quality, Record


class Stated(Record):
    """Where a changed value comes from; what is left out is the scenario's own."""

    quality: Quality | None = None
    """How far the value can be trusted."""
    source: str | None = Field(default=None, min_length=1)
    """Key into `sources.yaml`, or a sentence."""
    note: str | None = None
    """What a reader should know before using it."""


class Selection(Stated):
    """Values of the records by their path, `kind/id/field`; `*` stands for any part of one name."""

    path: str = Field(pattern=r"^[a-z-]+(/[^/\s]+)*$")
    """`site/commune-05083/officials`, `service/one-stop/traffic/*/up_mbps`, `policy/network/max_hops`."""
    ids: tuple[Id, ...] = ()
    """Only records with these ids; each must be among those that the path names."""
    where: dict[str, bool | int | float | str] = Field(default_factory=dict)
    """Only records whose fields have these values."""


class SetValue(Selection):
    """Give a value another one."""

    to: JsonValue
    """The value, as it would stand in the file; a number is enough for a figure."""


class ScaleValue(Selection):
    """Multiply numbers; whole numbers stay whole."""

    by: float = Field(gt=0, allow_inf_nan=False)
    """Factor."""


class RemoveRecord(Selection):
    """Take records out of their lists."""


class AddRecord(Stated):
    """Put a record into a list."""

    into: str = Field(pattern=r"^[a-z-]+(/[^/\s]+)*$")
    """Kind of record, `site`, or a list inside one, `service/backup/traffic`."""
    record: dict[str, JsonValue]
    """The record as it would stand in its file."""


class EndContract(Stated):
    """Lease nothing from a carrier any more: its lines go, its cable stays in the ground."""

    carrier: CarrierId
    """Which carrier."""


class Changeover(Record):
    """From the lines of the plan that is there to those of the scenario: when what is ordered and cancelled."""

    effective: dt.date
    """Day on which the new network must work."""
    lead_days: Count
    """From the order of a line to its handover."""
    lines_per_week: Count
    """Lines that carriers and the province's engineers can bring into service in a week."""
    overlap_days: Count
    """Time for which an old line is kept after the new network works."""
    notice_days: Count
    """From the notice to the end of a lease."""
    termination_months: Amount
    """Monthly payments due for a lease that is ended before its term."""


class Scenario(Record):
    """One file of `scenarios/`. Scenarios can be combined; their order does not count."""

    id: Id
    """Name of the file."""
    name: Name
    """For reports."""
    why: Name
    """What case it is, and what is assumed."""
    quality: Quality
    """Of its values, unless one says otherwise."""
    source: str = Field(min_length=1)
    """Key into `sources.yaml`, or a sentence: where its values come from, unless one says otherwise."""
    committed: bool = False
    """Decided: what it needs is reserved in the province's capacity ledger."""
    over: Literal["records", "plan"] = "records"
    """`plan`: lines and concentration points of the province's own plan are there already."""
    changeover: Changeover | None = None
    """When what is ordered and cancelled; only over a plan."""
    end_contracts: tuple[EndContract, ...] = ()
    """Carriers that nothing is leased from any more. The five lists take effect in this order."""
    remove: tuple[RemoveRecord, ...] = ()
    """Records that go."""
    add: tuple[AddRecord, ...] = ()
    """Records that come."""
    set: tuple[SetValue, ...] = ()
    """Values that change."""
    scale: tuple[ScaleValue, ...] = ()
    """Numbers that are multiplied."""
