"""What the joint decision adds to a plan: bridges, rooms with the order of their moves, sites, money."""

from dataclasses import replace

from planner.conference.answer import conference_part
from planner.consolidation.answer import RoomFacts, consolidate
from planner.consolidation.rooms import users_mbps
from planner.datacentre.answer import DataCentreAnswer, total
from planner.joint.decide import Decided
from planner.joint.sites import Choice, Settled
from planner.limits import Watch
from planner.network import NetworkAnswer
from planner.plan import Conference, Plan, Proof, Sites, StandingPlace, Way, Why
from planner.plan import Network as Decision
from topology.demands import AGENCY_CLASS
from topology.model import Network
from topology.standing import distance_km, movable


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


def no_order(plan: Plan) -> bool:
    """Whether rooms move in and no order of their moves was found."""
    part = plan.consolidation
    return part is not None and not part.moves and any(room.moves for room in part.rooms)


def sites_part(settled: Settled, found: NetworkAnswer, joint: Proof | None) -> Sites | None:
    """Return where workloads with several sites stand and what the other choices cost; None where none names sites."""
    if not settled.choices:
        return None
    network, chosen = settled.network, settled.choices[0]
    if chosen.found is None:
        chosen = replace(chosen, found=found, bound_vnd=joint.bound if joint else None)
    every = (chosen, *settled.choices[1:])
    records, core = network.records, network.core
    owner = {w.id: service.id for service in records.services for w in service.workloads}
    ways = tuple(_way(choice, chosen) for choice in every)
    places = []
    for name, workload in movable(records).items():
        site = chosen.stands[name]
        places.append(
            StandingPlace(
                workload=name,
                service=owner[name],
                site=site,
                sites=workload.sites,
                mbps=network.hosting.stands_mbps.get(name, 0.0),
                apart_km={
                    apart.workload: round(distance_km(records, site, chosen.stands.get(apart.workload, core)), 3)
                    for apart in workload.apart
                },
                why=_why_there(name, site, every),
            )
        )
    return Sites(places=tuple(places), ways=ways)


def _why_there(name: str, site: str, choices: tuple[Choice, ...]) -> Why:
    """Tell by how much the best choice that has it elsewhere is dearer, or that there is none."""
    elsewhere = [choice for choice in choices if choice.stands[name] != site and choice.possible]
    if not elsewhere:
        return Why(code="stands-only", facts={"site": site}, binding=("sites", "apart"))
    cost = choices[0].cost_vnd or 0.0
    known = [choice.bound_vnd or 0.0 for choice in elsewhere]  # a plan that is not the least says nothing
    least = min(range(len(known)), key=known.__getitem__)
    facts: dict[str, str | float | int] = {
        "site": site,
        "other": elsewhere[least].stands[name],
        "extra_vnd": abs(round(known[least] - cost)),
    }
    settled = (elsewhere[least].cost_vnd or float("inf")) - known[least] < 1.0
    code = "stands-open" if known[least] < cost else "stands-cheaper" if settled else "stands-bounded"
    return Why(code=code, facts=facts, binding=("sites",))


def _way(choice: Choice, chosen: Choice) -> Way:
    cost = choice.cost_vnd
    if choice is chosen:
        state = "chosen"
    elif not choice.possible:
        state = "impossible"
    elif cost is not None:
        state = "planned"
    else:
        dearer = choice.bound_vnd is not None and choice.bound_vnd >= (chosen.cost_vnd or 0.0)
        state = "bounded" if dearer else "open"
    return Way(
        stands=dict(choice.stands),
        state=state,
        datacentre_vnd=choice.decided.house.cost_vnd if choice.decided else None,
        lines_vnd=choice.lines_vnd,
        network_vnd=round(choice.found.proof.objective) if choice.found else None,
        total_vnd=None if cost is None else round(cost),
        bound_vnd=None if choice.bound_vnd is None else round(choice.bound_vnd),
        reason=choice.error.problems[0].code if choice.error and not choice.possible else "",
    )
