"""What scenarios did to the plan: their use, and how lines change over."""

from typing import Literal

from planner.plan.part import Part, Vnd
from topology.schema.base import Id, Name


class ScenarioUse(Part):
    """A scenario that the records were patched by."""

    id: Id
    """Scenario."""
    name: Name
    """For reports."""
    why: Name
    """What case it is."""
    committed: bool
    """Decided, not only asked."""
    over: Literal["records", "plan"]
    """Whether it stands on the lines of the province's own plan."""
    values: int
    """Values of the records that it changed."""


class LineChange(Part):
    """What happens to one line when a scenario takes the place of the plan that is there."""

    link: Id
    """Link of the old plan, the new one, or both."""
    kind: Literal["access", "trunk", "mobile", "internet"]
    """What it is for."""
    a: Id
    """Where it starts."""
    carrier: Id
    """Who leases it out."""
    action: Literal["keep", "upgrade", "reduce", "new", "cancel"]
    """`upgrade` and `reduce`: other modules on the same line."""
    before: dict[Id, int]
    """Module → number leased now; empty for a new line."""
    after: dict[Id, int]
    """Module → number leased then; empty for a cancelled line."""
    monthly_before_vnd: Vnd
    """Now, VND a month."""
    monthly_after_vnd: Vnd
    """Then, VND a month."""
    one_off_vnd: Vnd
    """Paid for the change."""
    transition_vnd: Vnd
    """Rent paid twice, and for ending a lease before its term."""
    wave: int
    """Order of the works: 1 comes first; 0 when nothing is done."""
    order_by: str | None
    """Last day on which the line, its change or its end must be ordered, `2025-05-17`; None when it is kept."""
    on: str | None
    """Day on which the line works, or ends; None when it is kept."""


class Changeover(Part):
    """From the lines that are there to those of the plan."""

    effective: str
    """Day on which the new network must work."""
    lines: tuple[LineChange, ...]
    """Sorted: by wave, then by link; those that are kept come last."""
    counts: dict[str, int]
    """Action → number of lines."""
    monthly_before_vnd: Vnd
    """Of all lines now, VND a month."""
    monthly_after_vnd: Vnd
    """Of all lines then, VND a month."""
    one_off_vnd: Vnd
    """Of all changes."""
    transition_vnd: Vnd
    """Rent paid twice, and for ending leases before their term."""
    pays_back_months: float | None
    """One-off and transition over what is saved each month; None when nothing is saved."""
