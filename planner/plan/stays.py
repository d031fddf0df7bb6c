"""What stays where an earlier plan had it, and what moves."""

from planner.plan.part import Part
from topology.schema.base import Id


class Relocation(Part):
    """One machine that stands elsewhere than in the earlier plan."""

    machine: Id
    """VM or appliance of the data centre."""
    from_host: Id | None
    """Host before; None for an appliance."""
    from_rack: Id | None
    """Rack before."""
    to_host: Id | None
    """Host now."""
    to_rack: Id | None
    """Rack now."""


class Stays(Part):
    """The data centre beside the earlier plan that it was made to change least."""

    digest: str
    """Of the records of the earlier plan."""
    machines: int
    """Machines of the data centre that both plans have."""
    stay: int
    """Those that stand on the same host, appliances in the same rack."""
    most: int
    """No more can stay on these hosts: proved."""
    moves: tuple[Relocation, ...]
    """The others, sorted."""
