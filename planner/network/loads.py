"""What a column puts on a trunk or through an exchange in one state."""

from planner.network.candidates import Candidates
from planner.network.columns import Column, Route

NORMAL = "normal"


def is_down(candidates: Candidates, route: Route, state: str) -> bool:
    """Whether the state cuts the path."""
    if state == NORMAL:
        return False
    mask = candidates.state(state)
    return not mask.links.isdisjoint(route.links) or not mask.exchanges.isdisjoint(route.trunks.nodes)


def carried(candidates: Candidates, column: Column, state: str) -> tuple[Route, int, int] | None:
    """Return the path in use with (down, up) in kbit/s, or None if the site is cut off."""
    demand = candidates.demands[column.site]
    if not is_down(candidates, column.primary, state):
        return column.primary, demand.down, demand.up
    if column.backup and not is_down(candidates, column.backup, state):
        return column.backup, demand.degraded_down, demand.degraded_up
    return None


def on_trunk(candidates: Candidates, column: Column, trunk: str, state: str, way: str) -> int:
    """Load, kbit/s, of the trunk from a to b (`forward`) or from b to a (`reverse`)."""
    using = carried(candidates, column, state)
    if using is None or trunk not in using[0].trunks.links:
        return 0
    route, down, up = using
    towards_core = route.trunks.forward[route.trunks.links.index(trunk)]
    return up if towards_core == (way == "forward") else down


def through_exchange(candidates: Candidates, column: Column, exchange: str, state: str, way: str) -> int:
    """Traffic, kbit/s, through the exchange towards the core (`forward`) or from it (`reverse`)."""
    using = carried(candidates, column, state)
    if using is None or exchange not in using[0].trunks.nodes:
        return 0
    return using[2] if way == "forward" else using[1]
