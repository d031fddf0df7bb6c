"""Sets a plan beside the earlier one that it was made to change least: what stays, what moves."""

from planner.plan import LineStays, Plan, Relocation, Stays
from topology.model import Network
from topology.order import natural

Place = tuple[str | None, str | None]
"""Host, rack."""


def with_stays(plan: Plan, network: Network, previous: Plan | None, most_vms: int | None) -> Plan:
    """Return the plan with what stays; as it is without an earlier plan.

    Parameters
    ----------
    network
        What can be leased.
    most_vms
        No more VMs can stay, as `planner.datacentre.continuity` proves.

    """
    if previous is None:
        return plan
    before, now = _places(previous), _places(plan)
    both = natural(before.keys() & now.keys())
    moves = tuple(
        Relocation(machine=name, from_host=before[name][0], from_rack=before[name][1], to_host=now[name][0],
                   to_rack=now[name][1])
        for name in both if before[name] != now[name]
    )  # fmt: skip
    vms = [name for name in both if now[name][0]]
    most = len(both) - len(vms) + min(len(vms), len(vms) if most_vms is None else most_vms)
    stays = Stays(
        digest=previous.digest, machines=len(both), stay=len(both) - len(moves), most=max(most, len(both) - len(moves)),
        moves=moves, lines=_lines(plan, network, previous),
    )  # fmt: skip
    return plan.model_copy(update={"stays": stays})


def _places(plan: Plan) -> dict[str, Place]:
    return {m.id: (m.host, m.rack) for m in plan.machines if m.host or m.bottom_u is not None}


def _lines(plan: Plan, network: Network, previous: Plan) -> LineStays:
    before, now = ({link.id: link.modules for link in one.network.links} for one in (previous, plan))
    points, opened = ({point.id for point in one.network.concentration_points} for one in (previous, plan))
    paths, here = _paths(previous), _paths(plan)
    carriers, today = _carriers(previous), _carriers(plan)
    return LineStays(
        lines=len(before),
        stay=len(before.keys() & now.keys()),
        offered=len(before.keys() & {link.id for link in network.links}),
        whole=paths == here,
        resized=tuple(natural(name for name in before.keys() & now.keys() if before[name] != now[name])),
        ended=tuple(natural(before.keys() - now.keys())),
        begun=tuple(natural(now.keys() - before.keys())),
        points=len(points),
        points_stay=len(points & opened),
        closed=tuple(natural(points - opened)),
        opened=tuple(natural(opened - points)),
        recarried=tuple(natural(s for s in carriers.keys() & today.keys() if carriers[s] != today[s])),
    )


def _paths(plan: Plan) -> dict[str, tuple[tuple[str, ...], tuple[str, ...] | None]]:
    return {s.id: (s.primary.links, s.backup.links if s.backup else None) for s in plan.network.sites}


def _carriers(plan: Plan) -> dict[str, list[str]]:
    """Site → carriers of its own lines, the primary's first."""
    of = {link.id: link.carrier for link in plan.network.links}
    return {
        s.id: [of[route.links[0]] for route in (s.primary, s.backup) if route is not None and route.links]
        for s in plan.network.sites
    }
