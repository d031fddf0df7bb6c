"""Every machine of the slice: accounts, filter, protocols, clock, packages."""

import json

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
    management = {prefix for zone in plan.zones if zone.kind == "management" for prefix in zone.prefixes}
    lines = [line for line in host.check_output("nft list ruleset").splitlines() if "dport" in line]
    ssh = [line for line in lines if any(token in line.replace(",", " ").split() for token in ("22", "ssh"))]
    assert ssh, "no rule lets an administrator in"
    wrong = [line for line in ssh if not any(prefix in line for prefix in management) and "@mgmt" not in line]
    assert not wrong, wrong
