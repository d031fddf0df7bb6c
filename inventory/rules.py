"""Packet filter of each machine, from the plan's flows. Decides nothing: a rule is a flow seen from one machine.

Hosts filter what comes in and what goes out; firewalls and site gateways also what passes. A router takes connections
only in its home zone (that of its first interface) and opens only those it needs itself: standing in every zone does
not make it a member of all of them.
"""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from ipaddress import IPv4Interface
from itertools import product
from typing import Any

from inventory.reach import Reach, bare, collapse, covers
from planner.plan import FlowPlan, Interface, Machine, ZonePlan


@dataclass(frozen=True, slots=True)
class Rule:
    """One accepting rule; an empty field asks nothing."""

    flow: str
    protocol: str
    ports: str
    """`443` or `443, 10000-10199`; empty for icmp."""
    iif: str = ""
    oif: str = ""
    source: str = ""
    """As nft writes it: `@server_zone`, `!= @inside`, `{ 10.17.4.10, 10.17.4.11 }`."""
    destination: str = ""
    limit: int | None = None
    """Concurrent connections per source."""


@dataclass(frozen=True, slots=True)
class Need:
    """What a machine needs of another one to be configured at all."""

    what: str
    target: Machine
    protocol: str
    port: int


def packet_filter(reach: Reach, machine: Machine, needs: Iterable[Need]) -> dict[str, Any]:
    """Return the variables of the packet filter of one machine.

    Returns
    -------
    dict
        `packet_filter_sets` name → prefixes, `_input`, `_output`, `_forward` lists of rules, `_legs` name and allowed
        sources (what comes in by a firewall's leg must come from there), `_names` comments that must be there.
    """
    rules = {
        "input": _unique(_input(reach, machine)),
        "output": _unique(_output(reach, machine, needs)),
        "forward": _unique(_forward(reach, machine)),
    }
    legs = _legs(reach, machine)
    used = {
        word
        for rule in (rule for chain in rules.values() for rule in chain)
        for word in (*rule.source.split(), *rule.destination.split())
    } | {word for leg in legs for word in leg["sources"].split()}
    flows = {rule.flow for chain in rules.values() for rule in chain}
    limited = {rule.flow for name in ("input", "forward") for rule in rules[name] if rule.limit}
    return {
        "packet_filter_sets": {
            name: prefixes for name, prefixes in _sets(reach, machine).items() if f"@{name}" in used
        },
        **{f"packet_filter_{name}": [asdict(rule) for rule in chain] for name, chain in rules.items()},
        "packet_filter_legs": legs,
        "packet_filter_names": sorted({f"flow {flow}" for flow in flows} | {f"limit {flow}" for flow in limited}),
    }


def set_name(zone: str) -> str:
    """Return the name of a zone's set: nft allows no hyphen, and some zone ids are its keywords."""
    return zone.replace("-", "_") + "_zone"


def ports_text(ports: Iterable[int]) -> str:
    """Return ports as nft writes them, neighbours as ranges."""
    runs: list[list[int]] = []
    for port in sorted(set(ports)):
        if runs and port == runs[-1][1] + 1:
            runs[-1][1] = port
        else:
            runs.append([port, port])
    return ", ".join(str(low) if low == high else f"{low}-{high}" for low, high in runs)


def is_router(machine: Machine) -> bool:
    """Tell whether packets pass through the machine: it has legs in several segments."""
    return machine.role in ("firewall", "gateway")


def _input(reach: Reach, machine: Machine) -> Iterator[Rule]:
    for flow, leg in product(reach.plan.flows, machine.interfaces):
        if flow.destination != reach.zone(leg) or not covers(flow.destination_addresses, bare(leg.address)):
            continue
        if is_router(machine) and not flow.destination_addresses and flow.destination != machine.zone:
            continue
        zone = reach.zone_id(flow.source, flow)
        yield _rule(
            flow,
            iif=_leg_of(reach, machine, zone),
            source=_addresses(flow.source_addresses, zone),
            destination=bare(leg.address),
            limit=flow.max_connections,
        )


def _output(reach: Reach, machine: Machine, needs: Iterable[Need]) -> Iterator[Rule]:
    for need in needs:
        address = bare(need.target.interfaces[0].address)
        leg = reach.leg_towards(machine, address)
        flow = reach.allowing(machine, need.target, need.protocol, need.port)
        if flow is not None:
            yield _rule(flow, oif=leg.name, source=bare(leg.address), destination=address, ports=(need.port,))
    for flow, leg in product(reach.plan.flows, machine.interfaces):
        if flow.source != reach.zone(leg) or not covers(flow.source_addresses, bare(leg.address)):
            continue
        if is_router(machine) and not flow.source_addresses:
            continue
        zone = reach.zone_id(flow.destination, flow)
        yield _rule(
            flow,
            oif=_leg_of(reach, machine, zone),
            source=bare(leg.address),
            destination=_addresses(flow.destination_addresses, zone),
        )


def _forward(reach: Reach, machine: Machine) -> Iterator[Rule]:
    if not is_router(machine):
        return
    for flow in reach.plan.flows:
        sources = _sides(reach, machine, reach.zone_id(flow.source, flow), flow.source_addresses)
        destinations = _sides(reach, machine, reach.zone_id(flow.destination, flow), flow.destination_addresses)
        for (iif, source), (oif, destination) in product(sources, destinations):
            between_sites = "site" in {reach.zones[flow.source].kind, reach.zones[flow.destination].kind}
            if iif != oif or (machine.role == "firewall" and between_sites):
                yield _rule(flow, iif=iif, oif=oif, source=source, destination=destination, limit=flow.max_connections)


def _sides(reach: Reach, machine: Machine, zone: ZonePlan, addresses: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return where a zone lies as seen from a router: (interface, addresses)."""
    everywhere = _addresses(addresses, zone)
    if machine.role == "firewall":
        legs = {leg.name for leg in machine.interfaces}
        return [(zone.interface, everywhere)] if zone.interface in legs else []
    uplink = next(leg for leg in machine.interfaces if leg.gateway)
    sides = []
    for leg in machine.interfaces:
        if reach.zone(leg) == zone.id and leg is not uplink:
            inside = tuple(item for item in addresses or (_prefix(leg),) if covers((_prefix(leg),), bare(item)))
            sides += [(leg.name, _addresses(inside, zone))] if inside else []
    return [*sides, (uplink.name, everywhere)]


def _prefix(leg: Interface) -> str:
    return str(IPv4Interface(leg.address).network)


def _addresses(addresses: tuple[str, ...], zone: ZonePlan) -> str:
    if addresses:
        return "{ " + ", ".join(addresses) + " }" if len(addresses) > 1 else addresses[0]
    return "!= @inside" if zone.kind == "edge" else f"@{set_name(zone.id)}"


def _leg_of(reach: Reach, machine: Machine, zone: ZonePlan) -> str:
    """Return the interface that faces a zone; empty on a machine with one leg, where it says nothing."""
    if len(machine.interfaces) == 1:
        return ""
    own = next((leg.name for leg in machine.interfaces if reach.zone(leg) == zone.id), None)
    if own:
        return own
    if machine.role == "firewall":
        return zone.interface or ""
    return next(leg.name for leg in machine.interfaces if leg.gateway)


def _rule(
    flow: FlowPlan,
    *,
    iif: str = "",
    oif: str = "",
    source: str = "",
    destination: str = "",
    ports: Iterable[int] | None = None,
    limit: int | None = None,
) -> Rule:
    text = ports_text(flow.ports if ports is None else ports)
    return Rule(flow.id, flow.protocol, text, iif, oif, source, destination, limit)


def _legs(reach: Reach, machine: Machine) -> list[dict[str, str]]:
    """Return what may come in by each leg of a firewall or gateway: nobody borrows another zone's addresses."""
    if not is_router(machine):
        return []
    legs = []
    for leg in machine.interfaces:
        if reach.zones[reach.zone(leg)].kind == "edge":
            legs.append({"name": leg.name, "sources": "!= @inside"})
        elif machine.role == "firewall":
            legs.append({"name": leg.name, "sources": f"@{leg.name.replace('-', '_')}_leg"})
        elif not leg.gateway:
            legs.append({"name": leg.name, "sources": _prefix(leg)})
    return legs


def _sets(reach: Reach, machine: Machine) -> dict[str, list[str]]:
    sets = {set_name(zone.id): collapse(zone.prefixes) for zone in reach.plan.zones}
    sets["inside"] = reach.inside
    for leg in machine.interfaces:
        behind = [zone for zone in reach.plan.zones if zone.interface == leg.name or zone.id == reach.zone(leg)]
        sets[f"{leg.name.replace('-', '_')}_leg"] = collapse(prefix for zone in behind for prefix in zone.prefixes)
    return dict(sorted(sets.items()))


def _unique(rules: Iterable[Rule]) -> list[Rule]:
    return list(dict.fromkeys(rules))
