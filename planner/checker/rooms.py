"""What a room that moves in costs elsewhere: its agency's own lines, and the data centre with and without its servers.

    lines  =  min over pairs (a, b) of own lines that no survived group cuts together  of  c_a + c_b,  with n · b Mbit/s
              of users more,  less the same without them
    hosts  =  Σ price of what stands with the room  -  Σ price of what stands without it

Own code: every purchase of a line is tried, every month discounted by itself. That both data centres can hold their
machines is examined for sums only: what every host together offers after the loss of the largest.
"""

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import product

from planner.checker.costs import box_price, host_price
from planner.checker.examined import RESOURCES, Examined
from planner.checker.network import present_value
from planner.checker.violation import Violation
from planner.plan import House, Plan, RoomDecision
from topology.demands import demands
from topology.model import CandidateLink, Hosting, Network, Records, SiteDemand
from topology.schema.base import ServiceClass
from topology.schema.network import ClassPolicy
from topology.schema.services import SmallDataCentre

SLACK = 1e-6
SLACK_VND = 8
MONTHLY = 1e-7
"""Of a present value: months are counted with a factor in millionths, and it is above 10 for a horizon of a year."""
REALTIME: tuple[ServiceClass, ...] = ("ef", "af41")


def rise(network: Network, told: RoomDecision, small: SmallDataCentre) -> Iterator[Violation]:
    """Count again what larger own lines the agency needs for the users of a room."""
    records = network.records
    now = demands(records, Hosting(moved=frozenset()))[small.site]
    users = small.servers_max.value * small.vm.network_mbps.value
    then = replace(now, down_mbps=round(now.down_mbps + users, 6), up_mbps=round(now.up_mbps + users, 6))
    before, after = (cheapest(network, small.site, demand) for demand in (now, then))
    possible = before is not None and after is not None
    true = after - before if before is not None and after is not None else 0.0
    slack = SLACK_VND + MONTHLY * (after or 0.0)
    if abs(told.lines_vnd - true) > slack or (told.value_vnd is not None and not possible):
        yield Violation("room", told.id, f"lines for its users cost {true:.0f} VND, the plan says {told.lines_vnd}")


def cheapest(network: Network, site: str, demand: SiteDemand) -> float | None:
    """Return the price of the cheapest pair of own lines, None if there is none."""
    record = next(s for s in network.records.sites if s.id == site)
    policy = network.records.classes[record.site_class]
    own = [link for link in network.links if link.a == site]
    fixed = [link for link in own if link.kind == "access"]
    kinds = {"fixed": ["access"], "mobile": ["mobile"], "any": ["access", "mobile"]}.get(policy.backup, [])
    seconds = [link for link in own if link.kind in kinds]
    first = {link.id: _price(network, link, _asked(network, policy, demand, link, whole=True)) for link in fixed}
    second = {link.id: _price(network, link, _asked(network, policy, demand, link, whole=False)) for link in seconds}
    cut = {link.id: _cut(network, policy, link) for link in {*fixed, *seconds}}
    if policy.backup == "none":
        found = [first[link.id] for link in fixed if not cut[link.id]]
    else:
        found = [
            first[one.id] + second[other.id]
            for one, other in product(fixed, seconds)
            if one.id != other.id and not cut[one.id] & cut[other.id]
        ]
    best = min(found, default=math.inf)
    return best if math.isfinite(best) else None


def _cut(network: Network, policy: ClassPolicy, link: CandidateLink) -> set[str]:
    """Return the survived groups that take a line down, the failure of one link by itself apart."""
    end = "" if link.b == network.core or link.kind == "mobile" else link.b
    survived = [state for state in network.states if state.kind in policy.survive]
    groups = [state for state in survived if len(state.links) > 1 or state.exchanges or state.kind != "link"]
    return {state.id for state in groups if link.id in state.links or end in state.exchanges}


def _asked(network: Network, policy: ClassPolicy, demand: SiteDemand, link: CandidateLink, *, whole: bool) -> float:
    """Return the capacity that a line needs, Mbit/s: rate of the class, occupancy, share of voice and pictures."""
    share = 1.0 if whole else policy.degraded_share.value
    busy = max(_kbps(share * demand.down_mbps), _kbps(share * demand.up_mbps)) / 1000
    voice = max(sum(demand.by_class.get(name, (0.0, 0.0))[way] for name in REALTIME) for way in (0, 1))
    asked = busy / network.records.network_policy.max_occupancy.value
    if link.kind == "access":
        asked = max(asked, _kbps(share * voice) / 1000 / policy.realtime_share_max.value)
    return max(asked, policy.access_mbps.value) if whole else asked


def _kbps(mbps: float) -> int:
    return math.ceil(mbps * 1000 - SLACK)


def _price(network: Network, link: CandidateLink, asked_mbps: float) -> float:
    """Return the present value of the cheapest modules of at least this capacity, infinite if it holds no more."""
    money, best, asked = network.records.money, math.inf, asked_mbps * 1000 - 1 + SLACK
    monthly = present_value(0, 10**9, money.discount_rate.value, money.horizon_years) / 10**9
    sizes = [round(module.capacity_mbps * 1000) for module in link.modules]
    most = [min(m.max_count, max(1, math.ceil(asked / size))) for m, size in zip(link.modules, sizes, strict=True)]
    for counts in product(*(range(number + 1) for number in most)):
        held = sum(n * size for n, size in zip(counts, sizes, strict=True))
        if any(counts) and held > asked:
            once = sum(m.one_off_vnd * max(0, n - m.existing) for n, m in zip(counts, link.modules, strict=True))
            month = sum(m.monthly_vnd * n for n, m in zip(counts, link.modules, strict=True))
            best = min(best, once + month * monthly)
    return best


def houses(plan: Plan, records: Records, told: RoomDecision, small: SmallDataCentre) -> Iterator[Violation]:
    """Price both data centres again, and see that they hold their machines in sum."""
    pair = (told.with_room, told.without_room)
    if told.hosts_vnd is None:
        if any(pair):
            yield Violation("room", told.id, "a data centre is told and no price")
        return
    if pair[0] is None or pair[1] is None:
        yield Violation("room", told.id, "has a price and no data centres to prove it")
        return
    seen = Examined(plan, records)
    for house, there in ((pair[0], True), (pair[1], False)):
        yield from _priced(seen, house, told.id)
        yield from _holds(seen, house, told, small, there=there)
    if told.hosts_vnd != pair[0].present_value_vnd - pair[1].present_value_vnd:
        yield Violation("room", told.id, f"{told.hosts_vnd} VND is not what its two data centres differ by")


def _priced(seen: Examined, house: House, room: str) -> Iterator[Violation]:
    rooms = {rack: place for rack, (place, _) in seen.racks.items()}
    known = Counter((host.model, host.rack) for host in seen.records.existing_hosts)
    standing = Counter({(one.kind, one.rack): one.number for one in house.hosts})
    unknown = [one for one in house.hosts if one.kind not in seen.models or one.rack not in rooms]
    unknown += [one for one in house.boxes if one.kind not in seen.workloads or one.rack not in rooms]
    if unknown or known - standing:
        yield Violation("room", room, "a data centre has what the records do not, or lacks an existing host")
        return
    year = seen.records.province.plan_year
    value = sum(
        host_price(seen, seen.models[h.model], rooms[h.rack], h.bought_year - year)[2]
        for h in seen.records.existing_hosts
    )
    for (model, rack), number in (standing - known).items():
        value += number * host_price(seen, seen.models[model], rooms[rack], None)[2]
    for box in house.boxes:
        value += box.number * box_price(seen, seen.workloads[box.kind][2], rooms[box.rack])[2]
    things = len(seen.records.existing_hosts) + sum(one.number for one in (*house.hosts, *house.boxes))
    if abs(house.present_value_vnd - value) > 2 * things + MONTHLY * value:
        yield Violation("room", room, f"a data centre of {value:.0f} VND is told as {house.present_value_vnd}")


def _holds(
    seen: Examined, house: House, told: RoomDecision, small: SmallDataCentre, *, there: bool
) -> Iterator[Violation]:
    """Compare the hosts with the machines whose size follows from nothing else, and the servers of the room."""
    own = [seen.workload(name) for name, machine in seen.machines.items() if machine.host]
    fixed = [one for one in own if one is not None and one.sizing is None and one.id != small.vm.id]
    fixed += [small.vm] * (small.servers_max.value if there else 0)
    offers = [seen.offer_of(one.kind) for one in house.hosts if one.kind in seen.models for _ in range(one.number)]
    for name in RESOURCES:
        need, offered = sum(getattr(one, name).value for one in fixed), [offer[name] for offer in offers]
        left = sum(offered) - (max(offered, default=0.0) if "host" in seen.records.placement.survive else 0.0)
        if need > left * (1 + SLACK) + SLACK:
            yield Violation("room", told.id, f"{need:g} {name} do not fit on hosts that offer {left:g} after a loss")
