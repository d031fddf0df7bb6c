"""How a search over capacities ends, whichever engine ran it."""

from dataclasses import dataclass, field

from planner.survivable.compiled import Floats


@dataclass
class Outcome:
    """Best point and bound."""

    values: Floats | None
    """C; None if none was found."""
    bound: float
    """No point is cheaper."""
    nodes: int
    work: dict[str, int] = field(default_factory=dict)
