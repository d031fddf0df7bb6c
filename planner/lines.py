"""The lines of a plan as lines that are leased already: what a scenario `over: plan` stands on."""

from collections.abc import Iterator

from planner.plan import Plan
from topology.candidates import line_of
from topology.model import LeasedLine
from topology.scenario import Over
from topology.schema.network import ExistingLink

SOURCE = "as leased by the province's own plan"


def over(plan: Plan, file: str = "plan.json") -> Over:
    """Return lines and concentration points of a plan."""
    points = tuple(point.id for point in plan.network.concentration_points)
    return Over(lines=tuple(_lines(plan)), points=points, file=file)


def _lines(plan: Plan) -> Iterator[LeasedLine]:
    """Give one record for each module of each line; the line's month stands with the first of them."""
    for link in plan.network.links:
        kind, a, b, carrier, route = line_of(link)
        monthly = link.cost.monthly_vnd
        for module, count in sorted(link.modules.items()):
            said = {
                "kind": kind, "site": a, "to": b, "carrier": carrier, "route": route, "module": module,
                "count": count, "source": SOURCE, "quality": "assumption",
            }  # fmt: skip
            yield LeasedLine(link.id, ExistingLink.model_validate(said), monthly)
            monthly = 0
