"""What the joint decision adds to a plan: bridges, rooms with the order of their moves, money."""

from planner.conference.answer import conference_part
from planner.consolidation.answer import RoomFacts, consolidate
from planner.consolidation.rooms import users_mbps
from planner.datacentre.answer import DataCentreAnswer, total
from planner.joint.decide import Decided
from planner.limits import Watch
from planner.plan import Conference, Plan
from planner.plan import Network as Decision
from topology.demands import AGENCY_CLASS
from topology.model import Network


def bridges_part(
    decided: Decided, network: Network, halves: Decision, datacentre: DataCentreAnswer
) -> Conference | None:
    """Return the videoconference part; what other bridgings cost the data centre is told where it is known."""
    search, rooms = decided.search, decided.hosting.moved or frozenset()
    houses = {count: house.cost_vnd for (count, some), house in search.houses.items() if some == rooms}
    return conference_part(network, halves, datacentre, decided.bridging, search.bridgings.setting.steps, houses)


def with_rooms(plan: Plan, decided: Decided, network: Network, watch: Watch) -> Plan:
    """Return the plan with the rooms that move and the order of their moves; as it is where nothing was decided."""
    search, moved = decided.search, decided.hosting.moved
    if moved is None:
        return plan
    facts = {}
    for small in search.rooms.values():
        houses, refused = search.houses_of(decided, small.id)
        lines = decided.lines.rise(small.site, users_mbps(small), AGENCY_CLASS)
        facts[small.id] = RoomFacts(lines_vnd=lines, houses=houses, refused=refused)
    empty = (decided.bridging.core_bridges, frozenset[str]())
    without = search.houses[empty].hosts if search.place(empty) else None
    disk = {machine.id: machine.disk_gib for machine in plan.machines if machine.host}
    found = consolidate(network.records, (plan.network, plan.datacentre), disk, moved, facts, without, watch)
    if found is None:
        return plan
    costs = plan.costs.model_copy(update={"consolidation": found.cost, "total": total([plan.costs.total, found.cost])})
    return plan.model_copy(
        update={
            "consolidation": found.part,
            "moves_proof": found.proof if found.part.moves else None,
            "costs": costs,
            "findings": (*plan.findings, *found.findings),
        }
    )
