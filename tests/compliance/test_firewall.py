"""The firewall pair, asked of the machines."""

import json
import re
import time

from testinfra.host import Host

from planner.plan import Machine, Plan
from tests.compliance.control import control, drill, machines
from tests.compliance.remote import Remote, address


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
@machines("client")
def test_what_is_not_allowed_does_not_pass(machine: Machine, remote: Remote, plan: Plan) -> None:
    """From the commune's client: the application answers on its port, ssh to it does not."""
    target = remote.one("application")
    answer = remote.python(machine.id, PROBE, address(target), "443", "22")
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


@control("NET-MGMT")
@machines("firewall")
def test_the_firewall_is_administered_from_the_management_zone_only(host: Host, machine: Machine, plan: Plan) -> None:
    """From the commune's side of the firewall its ssh port does not answer (see the client's probe), and the
    input chain accepts port 22 only from prefixes of the management zone."""
    management = {prefix for zone in plan.zones if zone.kind == "management" for prefix in zone.prefixes}
    assert management
    assert base_chains(host)["input"]["policy"] == "drop"
    text = host.check_output("nft list ruleset")
    ssh_rules = [line for line in text.splitlines() if re.search(r"tcp dport (22\b|\{[^}]*\b22\b)", line)]
    assert ssh_rules
    allowed = [line for line in ssh_rules if any(prefix in line for prefix in management) or "@mgmt" in line]
    assert allowed == ssh_rules, ssh_rules
