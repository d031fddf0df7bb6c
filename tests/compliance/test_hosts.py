"""Every machine of the slice: accounts, filter, protocols, clock, packages."""

import json
from ipaddress import IPv4Network, IPv6Network, ip_network

from testinfra.host import Host

from planner.plan import Machine, Plan
from tests.compliance.control import control, machines

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
    targets = host.check_output("apt-get indextargets --format '$(SITE) $(REPO_URI)'").splitlines()
    assert targets
    addresses = {
        leg.address.partition("/")[0] for other in plan.machines if other.role == "mirror" for leg in other.interfaces
    }
    names = {other.id for other in plan.machines if other.role == "mirror"} | {
        other.fqdn for other in plan.machines if other.role == "mirror"
    }
    own = addresses | names
    foreign = [
        line
        for line in targets
        if not any(name in line for name in own) and not (machine.role == "mirror" and "file:" in line)
    ]
    assert not foreign, foreign


@control("NET-MGMT")
@machines(other_than=("firewall",))
def test_ssh_is_open_to_the_management_zone_only(host: Host, machine: Machine, plan: Plan) -> None:
    """Every rule that lets ssh in names management addresses as its source, and there is one where the plan has one."""
    management = [ip_network(prefix) for zone in plan.zones if zone.kind == "management" for prefix in zone.prefixes]
    opened = ssh_openings(json.loads(host.check_output("nft -j list ruleset"))["nftables"])
    wrong = [sources for sources in opened if not sources or not all(within(s, management) for s in sources)]
    assert not wrong, wrong
    legs = {leg.segment for leg in machine.interfaces}
    zones = {segment.zone for segment in plan.segments if segment.id in legs}
    if any(flow.destination in zones and 22 in flow.ports for flow in plan.flows):
        assert opened, "no rule lets an administrator in"


def ssh_openings(entries: list[dict]) -> list[list[str]]:
    """Return, for each accepting rule of an input chain that covers port 22, the source prefixes it asks for."""
    inputs = {entry["chain"]["name"] for entry in entries if entry.get("chain", {}).get("hook") == "input"}
    sets = {entry["set"]["name"]: entry["set"].get("elem", []) for entry in entries if "set" in entry}
    found = []
    for rule in (entry["rule"] for entry in entries if "rule" in entry):
        matches = {field(part["match"]): part["match"]["right"] for part in rule["expr"] if "match" in part}
        accepts = any("accept" in part for part in rule["expr"])
        if rule["chain"] in inputs and accepts and covers(matches.get("dport"), 22):
            found.append(prefixes(matches.get("saddr"), sets))
    return found


def field(match: dict) -> str:
    """Return the header field that a match asks for; empty when it asks for something else."""
    left = match["left"]
    return left["payload"]["field"] if isinstance(left, dict) and "payload" in left else ""


def covers(right: object, port: int) -> bool:
    """Tell whether nft's right-hand side includes the port."""
    if isinstance(right, dict):
        parts = right.get("set", right.get("range"))
        return parts[0] <= port <= parts[1] if "range" in right else any(covers(part, port) for part in parts)
    return right == port


def prefixes(right: object, sets: dict[str, list]) -> list[str]:
    """Return the addresses and prefixes of nft's right-hand side, named sets resolved."""
    if right is None:
        return []
    if isinstance(right, str):
        return [part for elem in sets[right[1:]] for part in prefixes(elem, sets)] if right[0] == "@" else [right]
    if isinstance(right, dict) and "prefix" in right:
        return [f"{right['prefix']['addr']}/{right['prefix']['len']}"]
    return [part for elem in right.get("set", []) for part in prefixes(elem, sets)] if isinstance(right, dict) else []


def within(prefix: str, nets: list[IPv4Network | IPv6Network]) -> bool:
    """Tell whether a prefix lies in one of the networks."""
    return any(ip_network(prefix).version == net.version and ip_network(prefix).subnet_of(net) for net in nets)
