"""Checks the capacity ledger against what the plan says elsewhere and against the records, with sums of its own."""

import math
from collections import defaultdict
from collections.abc import Iterator

from planner.checker.violation import Violation
from planner.plan import LedgerEntry, Plan
from topology.model import Network

SLACK = 0.05
"""Numbers of the plan are rounded to thousandths, loads of a link are sums over many sites."""
TOLERANCE = 2e-4


def verify_ledger(plan: Plan, network: Network) -> tuple[int, list[Violation]]:
    """Return the number of checks made and all violations; a plan without a ledger has none."""
    if not plan.ledger:
        return 0, []
    found = [violation for check in (_complete, _sums, _racks, _hosts, _links) for violation in check(plan, network)]
    return 6 * len(plan.ledger), found


def _wrong(entry: LedgerEntry, what: str) -> Violation:
    return Violation("ledger", f"{entry.kind} {entry.id} {entry.resource}", what)


def _complete(plan: Plan, network: Network) -> Iterator[Violation]:
    """Everything has its entries, once."""
    keys = [(entry.kind, entry.id, entry.resource) for entry in plan.ledger]
    if len(set(keys)) != len(keys):
        yield Violation("ledger", "all", "an entry stands twice")
    rooms = network.records.rooms
    wanted = {("rack", rack.id) for room in rooms for rack in room.racks} | {("room", room.id) for room in rooms}
    wanted |= {("feed", feed.id) for room in rooms for feed in room.feeds}
    wanted |= {("link", link.id) for link in plan.network.links}
    held = {(kind, name) for kind, name, _ in keys if kind != "hosts"}
    for kind, name in sorted(wanted ^ held):
        yield Violation("ledger", f"{kind} {name}", "has no entry, or one that nothing asks for")


def _sums(plan: Plan, network: Network) -> Iterator[Violation]:
    """Take what is free for what is left, and each share as the limits say."""
    placement, policy = network.records.placement, network.records.network_policy
    for entry in plan.ledger:
        claims = (entry.used, entry.planned, entry.reserve, entry.committed)
        if min(claims) < 0:
            yield _wrong(entry, "a claim is below nothing")
        if abs(entry.capacity - math.fsum(claims) - entry.free) > SLACK:
            yield _wrong(entry, f"{entry.free:g} is not what is left")
        over = entry.capacity - (entry.reserve if entry.kind == "hosts" else 0.0)
        claimed = math.fsum(claims) - (entry.reserve if entry.kind == "hosts" else 0.0)
        share = claimed / over if over > 0 else float(claimed > 0)
        if abs(share - entry.share) > TOLERANCE * max(1.0, share):
            yield _wrong(entry, f"share {entry.share:g}, its numbers give {share:.4f}")
        link = entry.kind == "link"
        warn = policy.warn_occupancy.value if link else placement.warn_share.value
        full = policy.max_occupancy.value if link else placement.full_share.value
        state = "full" if entry.share > full + 1e-6 else "warn" if entry.share >= warn else "good"
        near = min(abs(share - warn), abs(share - full)) < TOLERANCE
        if entry.state != state and not near:
            yield _wrong(entry, f"is called {entry.state} at {entry.share:g}")


def _racks(plan: Plan, network: Network) -> Iterator[Violation]:
    """Compare racks, rooms and feeds with what the plan puts into the racks."""
    told: dict[tuple[str, str, str], LedgerEntry] = {(e.kind, e.id, e.resource): e for e in plan.ledger}
    survive = "feed" in network.records.placement.survive
    for room in network.records.rooms:
        uses = [use for use in plan.datacentre.racks if use.room == room.id]
        feeds, watts = len(room.feeds), math.fsum(use.power_w for use in uses)
        rows = [(("feed", feed.id, "power_w"), feed.capacity_w.value, watts / feeds) for feed in room.feeds]
        rows.append((("room", room.id, "heat_w"), room.cooling_w.value, watts))
        rows.append((("room", room.id, "height_u"), sum(u.height_u for u in uses), sum(u.used_u for u in uses)))
        for use in uses:
            rows += [
                (("rack", use.id, "height_u"), use.height_u, use.used_u),
                (("rack", use.id, "power_w"), use.feed_limit_w, use.power_w / feeds),
                (("rack", use.id, "heat_w"), use.cooling_w, use.power_w),
                (("rack", use.id, "weight_kg"), use.max_weight_kg, use.weight_kg),
                (("rack", use.id, "ports"), use.switch_ports, use.ports),
            ]
        for key, capacity, load in rows:
            entry = told.get(key)
            if entry is None:
                yield Violation("ledger", " ".join(key), "has no entry")
                continue
            if abs(entry.capacity - capacity) > SLACK or abs(entry.used + entry.planned - load) > SLACK:
                yield _wrong(entry, f"the plan has {load:g} of {capacity:g}")
            whole = load * feeds if key[2] == "power_w" and survive else load
            if abs(entry.used + entry.planned + entry.reserve - whole) > SLACK:
                yield _wrong(entry, f"does not carry {whole:g} when a feed is lost")


def _hosts(plan: Plan, network: Network) -> Iterator[Violation]:
    """All pools together have what the hosts have; the loss of any one host is covered by their reserve."""
    claimed: dict[str, float] = defaultdict(float)
    capacity: dict[str, float] = defaultdict(float)
    reserve: dict[str, float] = defaultdict(float)
    for entry in plan.ledger:
        if entry.kind == "hosts":
            claimed[entry.resource] += entry.used + entry.planned
            capacity[entry.resource] += entry.capacity
            reserve[entry.resource] = max(reserve[entry.resource], entry.reserve)
    for resource in sorted({name for host in plan.datacentre.hosts for name in host.usable}):
        used = math.fsum(host.used[resource] for host in plan.datacentre.hosts)
        usable = math.fsum(host.usable[resource] for host in plan.datacentre.hosts)
        if abs(claimed[resource] - used) > SLACK or abs(capacity[resource] - usable) > SLACK:
            yield Violation("ledger", f"hosts {resource}", f"{used:g} of {usable:g} are in the plan's hosts")
        largest = max((host.usable[resource] for host in plan.datacentre.hosts), default=0.0)
        if "host" in network.records.placement.survive and reserve[resource] + SLACK < largest:
            yield Violation("ledger", f"hosts {resource}", f"the reserve is smaller than one host of {largest:g}")


def _links(plan: Plan, network: Network) -> Iterator[Violation]:
    """Compare the busier way of each link with what the plan says of the link."""
    ways: dict[str, list[LedgerEntry]] = defaultdict(list)
    for entry in plan.ledger:
        if entry.kind == "link":
            ways[entry.id].append(entry)
    for link in plan.network.links:
        both = ways[link.id]
        if sorted(entry.resource for entry in both) != ["a-b", "b-a"]:
            yield Violation("ledger", f"link {link.id}", "has not one entry for each way")
            continue
        normal = max(entry.used + entry.planned for entry in both)
        worst = max(entry.used + entry.planned + entry.reserve for entry in both)
        highest = max([load.mbps for load in link.worst] + [link.normal_mbps])
        slack = SLACK + 0.001 * len(network.demands)  # the plan rounds each site's demand up to whole kbit/s
        if abs(normal - link.normal_mbps) > slack or abs(worst - highest) > slack:
            yield Violation("ledger", f"link {link.id}", f"{normal:g} and at worst {worst:g} Mbit/s, not the plan's")
        if any(abs(entry.capacity - link.capacity_mbps) > SLACK for entry in both):
            yield Violation("ledger", f"link {link.id}", "has another capacity")
        if any((entry.used > 0 and not link.existing) or (entry.planned > 0 and link.existing) for entry in both):
            yield Violation("ledger", f"link {link.id}", "is used or planned, the plan says the other")
