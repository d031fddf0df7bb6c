"""Every machine of the slice: accounts, filter, protocols, clock, packages."""

import json
from ipaddress import ip_network
from urllib.parse import urlsplit

from testinfra.host import Host

from planner.plan import Machine, Plan
from tests.compliance.control import control, machines
from tests.compliance.remote import address
from tests.compliance.rules import openings, within

UNSAFE_PORTS = {21: "ftp", 23: "telnet", 69: "tftp", 512: "rexec", 513: "rlogin", 514: "plain syslog", 161: "snmp"}


@control("HOST-ROOT")
@machines()
def test_root_cannot_log_in(host: Host, machine: Machine) -> None:
    assert "permitrootlogin no" in host.check_output("sshd -T")
    shadow = host.check_output("getent shadow root")
    assert shadow.split(":")[1][0] in "!*", "root has a password"


@control("HOST-ROOT")
@machines()
def test_no_second_superuser_and_no_empty_password(host: Host, machine: Machine) -> None:
    superusers = [line for line in host.check_output("getent passwd").splitlines() if line.split(":")[2] == "0"]
    assert [line.split(":")[0] for line in superusers] == ["root"]
    empty = [line.split(":")[0] for line in host.check_output("getent shadow").splitlines() if not line.split(":")[1]]
    assert not empty, empty


@control("HOST-FW")
@machines()
def test_the_host_refuses_by_default(host: Host, machine: Machine) -> None:
    entries = json.loads(host.check_output("nft -j list chains"))["nftables"]
    chains = [entry["chain"] for entry in entries if "chain" in entry]
    hooks = {chain["hook"]: chain["policy"] for chain in chains if chain.get("type") == "filter"}
    assert hooks.get("input") == "drop", hooks
    assert host.service("nftables").is_enabled


@control("HOST-PROTO")
@machines()
def test_no_unsafe_protocol_listens(host: Host, machine: Machine) -> None:
    listening = host.check_output("ss -Hltun")
    assert listening, "ss shows nothing at all"
    open_ports = {int(line.split()[4].rpartition(":")[2]) for line in listening.splitlines()}
    unsafe = {port: UNSAFE_PORTS[port] for port in open_ports & set(UNSAFE_PORTS)}
    assert not unsafe, unsafe


@control("HOST-PROTO")
@machines()
def test_sshd_takes_keys_only(host: Host, machine: Machine) -> None:
    settings = dict(line.split(" ", 1) for line in host.check_output("sshd -T").splitlines() if " " in line)
    assert settings["passwordauthentication"] == "no"
    assert settings["kbdinteractiveauthentication"] == "no"
    assert settings["permitemptypasswords"] == "no"


@control("LOG-NTP")
@machines()
def test_the_clock_agrees_with_two_sources(host: Host, machine: Machine) -> None:
    sources = [line for line in host.check_output("chronyc -c sources").splitlines() if line]
    assert len(sources) >= 2, sources
    tracking = host.check_output("chronyc -c tracking").split(",")
    assert abs(float(tracking[4])) < 0.1, tracking


@control("HOST-PATCH")
@machines()
def test_packages_come_from_the_own_mirror_only(host: Host, machine: Machine, plan: Plan) -> None:
    """What the machine would fetch, were it to look for packages now."""
    wanted = [line.split("'")[1] for line in host.check_output("apt-get update --print-uris").splitlines()]
    assert wanted
    hosts = {urlsplit(uri).hostname for uri in wanted if not (machine.role == "mirror" and uri.startswith("file:"))}
    mirrors = [other for other in plan.machines if other.role == "mirror"]
    names = {name for other in mirrors for name in (other.id, other.fqdn, address(other))}
    assert hosts <= names, hosts - names


@control("NET-MGMT")
@machines()
def test_ssh_is_open_to_the_management_zone_only(host: Host, machine: Machine, plan: Plan) -> None:
    """Every rule that lets ssh in or through names management addresses as its source; where the plan has such a flow
    there is such a rule."""
    management = [ip_network(prefix) for zone in plan.zones if zone.kind == "management" for prefix in zone.prefixes]
    opened = [rule for rule in openings(host) if rule.hook != "output" and rule.opens(22)]
    wrong = [rule for rule in opened if rule.sources is None or not within(rule.sources, management)]
    assert not wrong, wrong
    legs = {leg.segment for leg in machine.interfaces}
    zones = {segment.zone for segment in plan.segments if segment.id in legs}
    if any(flow.destination in zones and 22 in flow.ports for flow in plan.flows):
        assert opened, "no rule lets an administrator in"
