"""Sets a plan beside the earlier one that it was made to change least: what stays, what moves."""

from planner.plan import Plan, Relocation, Stays
from topology.order import natural

Place = tuple[str | None, str | None]
"""Host, rack."""


def with_stays(plan: Plan, previous: Plan | None, most_vms: int | None) -> Plan:
    """Return the plan with what stays; as it is without an earlier plan.

    Parameters
    ----------
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
        moves=moves,
    )  # fmt: skip
    return plan.model_copy(update={"stays": stays})


def _places(plan: Plan) -> dict[str, Place]:
    return {m.id: (m.host, m.rack) for m in plan.machines if m.host or m.bottom_u is not None}
