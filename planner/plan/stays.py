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


class LineStays(Part):
    """The network beside the earlier plan: of equal cost, the one with most of its lines."""

    lines: int
    """Lines of the earlier plan."""
    stay: int
    """Those that are leased again."""
    offered: int
    """Those that the records still offer: no more can stay."""
    whole: bool
    """Every site has the paths that it had."""
    resized: tuple[Id, ...]
    """Lines that stay with other modules, sorted."""
    ended: tuple[Id, ...]
    """Lines of the earlier plan that are leased no more, sorted."""
    begun: tuple[Id, ...]
    """Lines that it did not have, sorted."""
    points: int
    """Concentration points of the earlier plan."""
    points_stay: int
    """Those that are concentration points again."""
    closed: tuple[Id, ...]
    """The others, sorted."""
    opened: tuple[Id, ...]
    """Concentration points that it did not have, sorted."""
    recarried: tuple[Id, ...]
    """Sites of both plans whose own lines are of other carriers than they were, sorted."""


class Stays(Part):
    """A plan beside the earlier one that it was made to change least."""

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
    lines: LineStays | None = None
    """The network; None in a plan of an earlier version."""
