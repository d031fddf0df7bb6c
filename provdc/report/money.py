"""Where the money goes: groups that add up to the plan's totals. Imports the plan only."""

from collections.abc import Iterable
from dataclasses import dataclass

from planner.plan import Cost, Plan


@dataclass(frozen=True, slots=True)
class Share:
    """One group of costs."""

    key: str
    """Text key within `report.cost_…`, or a carrier's id."""
    count: int
    cost: Cost
    share: float
    """Of the present value of everything shown together."""


def add(costs: Iterable[Cost]) -> Cost:
    """Return the sum of costs."""
    listed = list(costs)
    return Cost(
        one_off_vnd=sum(cost.one_off_vnd for cost in listed),
        monthly_vnd=sum(cost.monthly_vnd for cost in listed),
        present_value_vnd=sum(cost.present_value_vnd for cost in listed),
    )


def minus(a: Cost, b: Cost) -> Cost:
    """Return a difference of costs."""
    return Cost(
        one_off_vnd=a.one_off_vnd - b.one_off_vnd,
        monthly_vnd=a.monthly_vnd - b.monthly_vnd,
        present_value_vnd=a.present_value_vnd - b.present_value_vnd,
    )


def groups(plan: Plan) -> tuple[Share, ...]:
    """Return what is paid for, largest first; what the plan counts but no single thing carries is `other`."""
    parts: dict[str, list[Cost]] = {}
    for link in plan.network.links:
        parts.setdefault(link.kind, []).append(link.cost)
    parts["points"] = [point.cost for point in plan.network.concentration_points]
    parts["hosts"] = [host.cost for host in plan.datacentre.hosts]
    parts["appliances"] = [machine.cost for machine in plan.machines if machine.cost != Cost()]
    parts["conference"] = (
        [place.cost for place in plan.conference.bridges if place.cost != Cost()] if plan.conference else []
    )
    moving = plan.costs.consolidation
    parts["consolidation"] = [moving] if moving != Cost() else []
    sums = {key: add(costs) for key, costs in parts.items() if costs}
    rest = minus(plan.costs.total, add(sums.values()))
    counts = {key: len(costs) for key, costs in parts.items()}
    if rest != Cost():
        sums["other"] = rest
    return shares(sums, counts)


def carriers(plan: Plan) -> tuple[Share, ...]:
    """Return what each carrier is paid, largest first."""
    parts: dict[str, list[Cost]] = {}
    for link in plan.network.links:
        parts.setdefault(link.carrier, []).append(link.cost)
    return shares({key: add(costs) for key, costs in parts.items()}, {key: len(costs) for key, costs in parts.items()})


def shares(sums: dict[str, Cost], counts: dict[str, int]) -> tuple[Share, ...]:
    """Return groups with their shares, largest first."""
    whole = sum(cost.present_value_vnd for cost in sums.values()) or 1
    ordered = sorted(sums, key=lambda key: (-sums[key].present_value_vnd, key))
    return tuple(Share(key, counts.get(key, 0), sums[key], sums[key].present_value_vnd / whole) for key in ordered)
