"""The lines of a plan as lines that are leased already: what a scenario `over: plan` stands on."""

from collections.abc import Iterator

from planner.plan import Plan
from topology.candidates import line_of
from topology.scenario import Over
from topology.schema.network import ExistingLink

SOURCE = "as leased by the province's own plan"


def over(plan: Plan, file: str = "plan.json") -> Over:
    """Return lines and concentration points of a plan."""
    points = tuple(point.id for point in plan.network.concentration_points)
    return Over(lines=tuple(_lines(plan)), points=points, file=file)


def _lines(plan: Plan) -> Iterator[ExistingLink]:
    """Give one record for each module of each line."""
    for link in plan.network.links:
        kind, a, b, carrier, route = line_of(link)
        for module, count in sorted(link.modules.items()):
            yield ExistingLink.model_validate(
                {
                    "kind": kind, "site": a, "to": b, "carrier": carrier, "route": route, "module": module,
                    "count": count, "source": SOURCE, "quality": "assumption",
                }
            )  # fmt: skip
