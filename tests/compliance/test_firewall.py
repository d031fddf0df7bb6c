"""The firewall pair, asked of the machines."""

import json
import re
import time
from ipaddress import ip_network

from testinfra.host import Host

from planner.plan import FlowPlan, Machine, Plan, ZonePlan
from tests.compliance.control import control, drill, machines
from tests.compliance.remote import Remote, address
from tests.compliance.rules import Opening, openings, within


def ruleset(host: Host) -> list[dict]:
    """Return the loaded rules as nft's own JSON objects."""
    return json.loads(host.check_output("nft -j list ruleset"))["nftables"]


def base_chains(host: Host) -> dict[str, dict]:
    """Return hook → base chain of the filter type."""
    found = {}
    for entry in ruleset(host):
        chain = entry.get("chain", {})
        if chain.get("type") == "filter":
            found.setdefault(chain["hook"], chain)
    return found


def verdicts(rule: dict) -> set[str]:
    """Return the verdicts of one rule."""
    return {name for part in rule["expr"] for name in part if name in ("accept", "drop", "reject", "jump", "goto")}


def has_match(rule: dict) -> bool:
    """Tell whether the rule asks anything of the packet."""
    return any("match" in part or "vmap" in part for part in rule["expr"])


@control("NET-FW")
@machines("firewall")
def test_forwarding_is_refused_unless_a_rule_allows_it(host: Host, machine: Machine) -> None:
    assert base_chains(host)["forward"]["policy"] == "drop"


@control("NET-FW")
@machines("firewall")
def test_no_rule_accepts_everything(host: Host, machine: Machine) -> None:
    rules = [entry["rule"] for entry in ruleset(host) if "rule" in entry]
    assert rules
    wide = [rule for rule in rules if "accept" in verdicts(rule) and not has_match(rule)]
    assert not wide, wide


@control("NET-DEFDENY")
@machines("firewall")
def test_every_planned_flow_has_its_rule(host: Host, machine: Machine, plan: Plan) -> None:
    text = host.check_output("nft list ruleset")
    named = set(re.findall(r'comment "(?:flow )?([a-z0-9-]+)', text))
    zones = {leg.name for leg in machine.interfaces}
    kinds = {zone.id: zone for zone in plan.zones}
    passing = [
        flow.id
        for flow in plan.flows
        if kinds[flow.source].interface in zones
        and kinds[flow.destination].interface in zones
        and kinds[flow.source].interface != kinds[flow.destination].interface
    ]
    assert passing
    missing = sorted(set(passing) - named)
    assert not missing, missing


@control("NET-DEFDENY")
@machines("firewall")
def test_no_rule_opens_more_than_its_flow(host: Host, machine: Machine, plan: Plan) -> None:
    """Each rule that lets packets through names a flow of the plan and asks for no less: ways, addresses, ports."""
    flows = {flow.id: flow for flow in plan.flows}
    zones = {zone.id: zone for zone in plan.zones}
    through = [rule for rule in openings(host) if rule.hook not in ("input", "output")]
    assert through
    wide = [rule for rule in through if not narrow(rule, flows.get(rule.comment.removeprefix("flow ")), zones)]
    assert not wide, wide


def narrow(rule: Opening, flow: FlowPlan | None, zones: dict[str, ZonePlan]) -> bool:
    """Tell whether a rule opens no more than its flow."""
    if flow is None or rule.protocol != flow.protocol:
        return False
    sides = (
        (rule.iif, rule.sources, zones[flow.source], flow.source_addresses),
        (rule.oif, rule.destinations, zones[flow.destination], flow.destination_addresses),
    )
    for leg, asked, zone, planned in sides:
        if leg != zone.interface:
            return False
        # the edge is everything that is not inside: its rules ask for the interface, and for who is not inside
        allowed = [ip_network(prefix) for prefix in planned or zone.prefixes]
        if (asked is None and (planned or zone.kind != "edge")) or (asked is not None and not within(asked, allowed)):
            return False
    planned_ports = set(flow.ports)
    return all(set(range(first, last + 1)) <= planned_ports for first, last in rule.ports or ())


@control("NET-DEFDENY")
@machines("client")
def test_the_application_answers_the_client(machine: Machine, remote: Remote, plan: Plan) -> None:
    """From the commune's workstation: the application on its port, nothing else of it."""
    answer = remote.python(machine.id, PROBE, address(remote.one("application")), "443", "22")
    assert answer == {"443": True, "22": False}, answer


PROBE = """
import json, socket, sys
host, *ports = sys.argv[1:]
found = {}
for port in ports:
    try:
        socket.create_connection((host, int(port)), timeout=3).close()
        found[port] = True
    except OSError:
        found[port] = False
print(json.dumps(found))
"""


@control("NET-DEFDENY")
@machines("gateway")
def test_what_is_not_allowed_does_not_pass(machine: Machine, remote: Remote, plan: Plan) -> None:
    """Packets put on the wire past the sender's own filter: the mirror's port is answered, the application's ssh is
    not."""
    mirror, application = address(remote.one("mirror")), address(remote.one("application"))
    answer = remote.python(machine.id, KNOCK, machine.interfaces[0].name, f"{mirror}:80", f"{application}:22")
    assert answer == {f"{mirror}:80": True, f"{application}:22": False}, answer


KNOCK = """
import json, os, re, socket, struct, subprocess, sys, time
leg, *targets = sys.argv[1:]
def words(*command):
    return json.loads(subprocess.run(["ip", "-j", *command], capture_output=True, check=True).stdout)
def checksum(data):
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    total = (total >> 16) + (total & 0xFFFF)
    return ~(total + (total >> 16)) & 0xFFFF
shown = words("address", "show", "dev", leg)[0]
own = next(each["local"] for each in shown["addr_info"] if each["family"] == "inet")
router = next(each["gateway"] for each in words("route", "show", "default") if each["dev"] == leg)
subprocess.run(["ping", "-c", "1", "-W", "1", router], capture_output=True, check=False)
theirs = next(each["lladdr"] for each in words("neigh", "show", "dev", leg) if each["dst"] == router)
mine, gate = (bytes.fromhex(each.replace(":", "")) for each in (shown["address"], theirs))
found = {}
with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0800)) as wire:
    wire.bind((leg, 0x0800))
    wire.settimeout(0.2)
    for target in targets:
        host, port = target.split(":")
        source, destination = socket.inet_aton(own), socket.inet_aton(host)
        here = 40000 + int.from_bytes(os.urandom(2), "big") % 20000
        number = int.from_bytes(os.urandom(4), "big")
        syn = struct.pack("!HHIIBBHHH", here, int(port), number, 0, 5 << 4, 2, 64240, 0, 0)
        pseudo = source + destination + struct.pack("!BBH", 0, 6, len(syn))
        syn = syn[:16] + struct.pack("!H", checksum(pseudo + syn)) + syn[18:]
        head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(syn), 1, 0, 64, 6, 0, source, destination)
        head = head[:10] + struct.pack("!H", checksum(head)) + head[12:]
        found[target], end = False, time.monotonic() + 3
        wire.send(gate + mine + struct.pack("!H", 0x0800) + head + syn)
        while time.monotonic() < end and not found[target]:
            try:
                frame = wire.recv(2048)
            except TimeoutError:
                continue
            packet = frame[14:]
            tcp = packet[(packet[0] & 15) * 4 :]
            ours = packet[12:16] == destination and tcp[:4] == struct.pack("!HH", int(port), here)
            found[target] = packet[9] == 6 and ours and tcp[13] & 0x12 == 0x12
print(json.dumps(found))
"""


@control("NET-CONN")
@machines("firewall")
def test_concurrent_connections_are_limited(host: Host, machine: Machine, plan: Plan) -> None:
    assert any(flow.max_connections for flow in plan.flows)
    assert "ct count over" in host.check_output("nft list ruleset")


@control("NET-HA3")
@machines("firewall")
def test_failover_services_run(host: Host, machine: Machine) -> None:
    for name in ("keepalived", "conntrackd"):
        assert host.service(name).is_running, name
        assert host.service(name).is_enabled, name


@control("NET-HA3")
def test_exactly_one_firewall_holds_the_virtual_addresses(plan: Plan, remote: Remote) -> None:
    held = virtual_addresses_held(plan, remote)
    assert sorted(map(bool, held.values())) == [False] * (len(held) - 1) + [True], held
    wanted = {virtual for machine in pair(plan) for leg in machine.interfaces for virtual in leg.virtual}
    assert wanted
    assert set().union(*held.values()) == wanted


def pair(plan: Plan) -> list[Machine]:
    """Return the firewalls of the slice."""
    return [m for m in plan.machines if m.role == "firewall" and m.id in plan.slice_machines]


def virtual_addresses_held(plan: Plan, remote: Remote) -> dict[str, set[str]]:
    """Return firewall → virtual addresses that it has now."""
    held = {}
    for machine in pair(plan):
        mine = {virtual for leg in machine.interfaces for virtual in leg.virtual}
        result = remote.host(machine.id).run("ip -j -4 address show")
        there = (
            {f"{info['local']}/{info['prefixlen']}" for link in json.loads(result.stdout) for info in link["addr_info"]}
            if result.rc == 0
            else set()
        )
        held[machine.id] = mine & there
    return held


@control("NET-HA3")
@drill
def test_the_virtual_addresses_move_within_three_seconds(plan: Plan, remote: Remote) -> None:
    held = virtual_addresses_held(plan, remote)
    active = next(machine_id for machine_id, virtual in held.items() if virtual)
    standby = next(machine_id for machine_id in held if machine_id != active)
    service = remote.host(active)
    assert service.run("systemctl kill --signal=SIGKILL keepalived && systemctl stop keepalived").rc == 0
    try:
        deadline = time.monotonic() + 3
        while time.monotonic() < deadline and virtual_addresses_held(plan, remote)[standby] != held[active]:
            time.sleep(0.1)
        assert virtual_addresses_held(plan, remote)[standby] == held[active]
    finally:
        service.run("systemctl start keepalived")
