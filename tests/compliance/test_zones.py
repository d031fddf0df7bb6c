"""Zones and the firewall between them, asked of the plan."""

import ipaddress
import itertools

import networkx as nx

from planner.plan import Plan
from tests.compliance.control import control

REQUIRED_KINDS = {
    1: {"internal", "edge", "dmz"},
    2: {"internal", "edge", "dmz", "server"},
    3: {"internal", "edge", "dmz", "server", "database", "management"},
    4: {"internal", "edge", "dmz", "server", "database", "management"},
    5: {"internal", "edge", "dmz", "server", "database", "management"},
}
"""Circular 12/2022/TT-BTTTT annexes I–V, part II.1.a."""

REMOTE_ADMIN_PORTS = {22, 23, 161, 3389, 5900}


def core_segments(plan: Plan) -> list[str]:
    """Return the data centre's own segments."""
    return [segment.id for segment in plan.segments if segment.site == plan.core]


def segment_graph(plan: Plan, without_role: str | None = None) -> nx.Graph:
    """Return the bipartite graph machine – segment, without the machines of one role."""
    graph = nx.Graph()
    graph.add_nodes_from(segment.id for segment in plan.segments)
    for machine in plan.machines:
        if machine.role != without_role:
            graph.add_edges_from((machine.id, leg.segment) for leg in machine.interfaces)
    return graph


@control("NET-ZONE")
def test_required_zones_exist(plan: Plan, pytestconfig) -> None:
    level = pytestconfig.getoption("--level")
    kinds = {zone.kind for zone in plan.zones if zone.prefixes}
    assert kinds >= REQUIRED_KINDS[level], f"missing: {sorted(REQUIRED_KINDS[level] - kinds)}"


@control("NET-ZONE")
def test_no_subnet_is_in_two_zones(plan: Plan) -> None:
    prefixes = sorted((ipaddress.ip_network(prefix), zone.id) for zone in plan.zones for prefix in zone.prefixes)
    clashes = [(left, right) for left, right in itertools.pairwise(prefixes) if left[0].overlaps(right[0])]
    assert not clashes, clashes


@control("NET-ZONE")
def test_every_segment_lies_in_its_zone(plan: Plan) -> None:
    zones = {zone.id: [ipaddress.ip_network(prefix) for prefix in zone.prefixes] for zone in plan.zones}
    astray = [
        segment.id
        for segment in plan.segments
        if not any(ipaddress.ip_network(segment.prefix).subnet_of(prefix) for prefix in zones[segment.zone])
    ]
    assert not astray, astray


@control("NET-ZONE")
def test_every_leg_has_an_address_of_its_segment(plan: Plan) -> None:
    segments = {segment.id: ipaddress.ip_network(segment.prefix) for segment in plan.segments}
    wrong = [
        (machine.id, leg.name)
        for machine in plan.machines
        for leg in machine.interfaces
        if ipaddress.ip_interface(leg.address).network != segments[leg.segment]
    ]
    assert not wrong, wrong
    addresses = [leg.address for machine in plan.machines for leg in machine.interfaces]
    assert len(addresses) == len(set(addresses)), "an address is given twice"


@control("NET-FW")
def test_without_the_firewalls_no_two_zones_meet(plan: Plan) -> None:
    graph = segment_graph(plan, without_role="firewall")
    zone_of = {segment.id: segment.zone for segment in plan.segments}
    joined = [
        (left, right)
        for left, right in itertools.combinations(core_segments(plan), 2)
        if zone_of[left] != zone_of[right] and nx.has_path(graph, left, right)
    ]
    assert not joined, joined


@control("NET-FW")
def test_with_the_firewalls_the_zones_meet(plan: Plan) -> None:
    """The test above would pass on a plan without links too: this one makes it mean something."""
    graph = segment_graph(plan)
    assert len({frozenset(nx.node_connected_component(graph, segment)) for segment in core_segments(plan)}) == 1


@control("NET-DEFDENY")
def test_every_flow_names_its_ports(plan: Plan) -> None:
    assert plan.flows
    open_wide = [flow.id for flow in plan.flows if flow.protocol != "icmp" and not flow.ports]
    assert not open_wide, open_wide


@control("NET-HA3")
def test_two_firewalls_stand_in_different_racks(plan: Plan) -> None:
    pair = [machine for machine in plan.machines if machine.role == "firewall"]
    assert len(pair) >= 2
    assert all(machine.rack for machine in pair)
    assert len({machine.rack for machine in pair}) == len(pair), [machine.rack for machine in pair]


@control("NET-HA3")
def test_no_single_firewall_joins_the_zones(plan: Plan) -> None:
    graph = segment_graph(plan)
    core = set(core_segments(plan))
    cut_points = {
        machine.id for machine in plan.machines if machine.role == "firewall" and separates(graph, machine.id, core)
    }
    assert not cut_points, cut_points


def separates(graph: nx.Graph, node: str, wanted: set[str]) -> bool:
    """Tell whether taking the node away parts the wanted nodes from each other."""
    rest = graph.subgraph(set(graph) - {node})
    return not wanted <= nx.node_connected_component(rest, min(wanted))


@control("NET-MGMT")
def test_no_flow_administers_from_outside_the_management_zone(plan: Plan) -> None:
    kinds = {zone.id: zone.kind for zone in plan.zones}
    wrong = [
        flow.id for flow in plan.flows if set(flow.ports) & REMOTE_ADMIN_PORTS and kinds[flow.source] != "management"
    ]
    assert not wrong, wrong
