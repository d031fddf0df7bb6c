"""What each role is told: addresses, names and numbers, looked up in the plan. Nothing is typed here a second time."""

from collections.abc import Iterator
from ipaddress import IPv4Network
from typing import Any

from inventory.reach import InventoryError, Reach, bare, collapse, natural
from inventory.rules import Need
from planner.plan import Machine

REPOSITORY = "/srv/mirror/current"
"""Where the mirror machine keeps the package repository."""

HTTP, SSH, SMTP, LMTP, DNS, NTP, CLAMD, SYSLOG_TLS = 80, 22, 25, 24, 53, 123, 3310, 6514


def needs_of(reach: Reach, machine: Machine) -> list[Need]:
    """Return what a machine needs of others, in a fixed order.

    Raises
    ------
    InventoryError
        E-INV-001 when no flow allows something that the machine cannot do without.

    """
    needs = [Need("packages", other, "tcp", HTTP) for other in reach.existing("mirror")[:1]]
    needs += [Need("time", other, "udp", NTP) for other in time_servers(reach)]
    needs += [Need("logs", other, "tcp", SYSLOG_TLS) for other in reach.existing("log-collector")[:1]]
    needs += [Need("malware scan", other, "tcp", CLAMD) for other in reach.existing("antivirus")[:1]]
    found = []
    for need in needs:
        if need.target.id == machine.id:
            continue
        if reach.allowing(machine, need.target, need.protocol, need.port):
            found.append(need)
        elif not _optional(machine, need):
            raise InventoryError(
                "E-INV-001",
                f"'{machine.id}' cannot reach '{need.target.id}' for {need.what}: no flow allows "
                f"{need.protocol}/{need.port} from zone '{machine.zone}' to '{need.target.zone}'",
                f"add a flow to flows.yaml: source {machine.zone}, destination {need.target.zone}, "
                f"roles [{need.target.role}], protocol {need.protocol}, ports [{need.port}]",
            )
    return found


def _optional(machine: Machine, need: Need) -> bool:
    """Site gateways hold no files; workstations report to the central anti-malware by an agent of their own."""
    return need.what == "malware scan" and machine.role in ("gateway", "client")


def time_servers(reach: Reach) -> list[Machine]:
    """Return the existing machines that some flow lets others ask for the time."""
    machines = [reach.machines[name] for name in reach.here]
    return [machine for machine in machines if any(reach.offered(machine, "udp", NTP))]


def base(reach: Reach, machine: Machine, needs: list[Need]) -> dict[str, Any]:
    """Return what every machine is told."""
    mirror = next(iter(reach.existing("mirror")), None)
    if mirror is None:
        raise InventoryError("E-INV-002", "the slice has no package mirror", "add the mirror machine to slice.yaml")
    by_what = {need.what: need.target for need in needs}
    own_zone_ssh = [leg for leg in machine.interfaces if reach.zone(leg) == machine.zone]
    scanner = machine if machine.role == "antivirus" else by_what.get("malware scan")
    local = machine.id == mirror.id
    return {
        "base_role": machine.role.replace("-", "_"),
        "base_fqdn": machine.fqdn,
        "base_address": bare(machine.interfaces[0].address),
        "base_listen": [bare(leg.address) for leg in own_zone_ssh[:1]],
        "base_hosts": [
            {"address": bare(other.interfaces[0].address), "fqdn": other.fqdn, "name": other.id}
            for other in (reach.machines[name] for name in reach.here)
        ],
        "base_mirror": mirror.id,
        "base_mirror_url": f"file:{REPOSITORY}" if local else f"http://{mirror.fqdn}/debian",
        "base_repository": REPOSITORY,
        "base_name_servers": [bare(other.interfaces[0].address) for other in _name_servers(reach, machine)],
        "base_time_servers": [need.target.fqdn for need in needs if need.what == "time"],
        "base_time_serves": machine in time_servers(reach),
        "base_log_collector": by_what["logs"].fqdn if "logs" in by_what else "",
        "base_log_port": SYSLOG_TLS,
        "base_scanner": bare(scanner.interfaces[0].address) if scanner else "",
        "base_scanner_port": CLAMD,
    }


def _name_servers(reach: Reach, machine: Machine) -> list[Machine]:
    return [other for other in reach.existing("directory") if reach.allowing(machine, other, "udp", DNS)]


def probe(reach: Reach, machine: Machine) -> dict[str, Any]:
    """Return from where a new connection proves that a packet filter locks nobody out, and what it must let in."""
    own = bare(machine.interfaces[0].address)
    flows = list(reach.offered(machine, "tcp", SSH))
    if not flows and machine.form != "client":
        raise InventoryError(
            "E-INV-004",
            f"no flow lets an administrator reach '{machine.id}'",
            f"add a flow to flows.yaml: source the management zone, destination {machine.zone}, tcp, ports [22]",
        )
    administrators = [
        {
            "saddr": _last(prefix),
            "daddr": own,
            "protocol": "tcp",
            "dport": SSH,
            "iifname": _arrival(reach, machine, flow.source),
        }
        for flow in flows
        for prefix in (flow.source_addresses or reach.zones[flow.source].prefixes)
    ]
    near = (reach.machines[name] for name in reach.here)
    doors = [
        other.id
        for other in near
        if other.id != machine.id and other.role != "firewall" and reach.allowing(other, machine, "tcp", SSH)
    ]
    stranger = {"saddr": "192.0.2.1", "daddr": own, "protocol": "tcp", "dport": SSH}
    return {
        "packet_filter_management": administrators,
        "packet_filter_refused": [{"hook": "input", "iifname": leg.name, **stranger} for leg in machine.interfaces],
        "packet_filter_probe": {"from": min(doors, key=natural), "address": own} if doors else {},
    }


def _last(prefix: str) -> str:
    """Return the last address of a prefix that a machine can have."""
    network = IPv4Network(prefix)
    return str(network[-2] if network.num_addresses > 2 else network[-1])


def _arrival(reach: Reach, machine: Machine, zone: str) -> str:
    own = next((leg.name for leg in machine.interfaces if reach.zone(leg) == zone), None)
    return own or next((leg.name for leg in machine.interfaces if leg.gateway), machine.interfaces[0].name)


def firewall(reach: Reach, machine: Machine) -> dict[str, Any]:
    """Return the legs, the pair and the routes of a firewall."""
    if machine.peer is None or machine.peer not in reach.machines:
        raise InventoryError("E-INV-005", f"firewall '{machine.id}' has no peer", "a firewall is planned as a pair")
    peer = reach.machines[machine.peer]
    opposite = {leg.segment: bare(leg.address) for leg in peer.interfaces}
    legs = [
        {
            "name": leg.name,
            "address": bare(leg.address),
            "peer": opposite[leg.segment],
            "virtual": list(leg.virtual),
            "router_id": index,
        }
        for index, leg in enumerate(machine.interfaces, 1)
        if leg.virtual
    ]
    sync = next((leg for leg in machine.interfaces if reach.zones[reach.zone(leg)].kind == "sync"), None)
    if sync is None:
        raise InventoryError(
            "E-INV-006", f"firewall '{machine.id}' has no leg in a sync zone", "plan a zone of kind sync"
        )
    return {
        "firewall_legs": legs,
        "firewall_peer": peer.id,
        "firewall_priority": 150 if natural(machine.id) < natural(peer.id) else 100,
        "firewall_sync": {"name": sync.name, "address": bare(sync.address), "peer": opposite[sync.segment]},
        "packet_filter_peers": [{"name": leg["name"], "address": leg["peer"], "protocol": "vrrp"} for leg in legs],
        "firewall_routes": list(_routes(reach, machine)),
        "firewall_own_addresses": sorted(
            {bare(leg.address) for leg in machine.interfaces}
            | {bare(virtual) for leg in machine.interfaces for virtual in leg.virtual}
        ),
    }


def _routes(reach: Reach, machine: Machine) -> Iterator[dict[str, str]]:
    """Yield a route to every site behind its gateway, the site's segments in as few prefixes as possible."""
    own = {leg.segment: leg.name for leg in machine.interfaces}
    for gateway in sorted(reach.plan.machines, key=lambda other: natural(other.id)):
        uplink = next((leg for leg in gateway.interfaces if leg.gateway and leg.segment in own), None)
        if gateway.role == "gateway" and uplink is not None:
            behind = [leg.segment for leg in gateway.interfaces if leg is not uplink]
            prefixes = [segment.prefix for segment in reach.plan.segments if segment.id in behind]
            for prefix in collapse(prefixes):
                yield {"prefix": prefix, "via": bare(uplink.address), "dev": own[uplink.segment]}


def mail_gateway(reach: Reach, machine: Machine) -> dict[str, Any]:
    """Return the domain, the mail stores behind and who may send out."""
    senders = [
        prefix
        for flow in reach.offered(machine, "tcp", SMTP)
        if reach.zones[flow.source].kind != "edge"
        for prefix in (flow.source_addresses or reach.zones[flow.source].prefixes)
    ]
    stores = sorted(
        {
            item
            for flow in reach.plan.flows
            if flow.source == machine.zone and flow.protocol == "tcp" and LMTP in flow.ports
            for item in flow.destination_addresses
        },
        key=natural,
    )
    return {
        "mail_gateway_domain": reach.plan.domain,
        "mail_gateway_senders": collapse(senders),
        "mail_gateway_stores": stores,
        "mail_gateway_name_servers": [bare(other.interfaces[0].address) for other in _name_servers(reach, machine)],
    }


def conference(reach: Reach, machine: Machine) -> dict[str, Any]:
    """Return the ports for picture and sound: the longest run of neighbouring udp ports that flows lead to."""
    address = bare(machine.interfaces[0].address)
    open_ports = {
        port
        for flow in reach.plan.flows
        if flow.destination == machine.zone and flow.protocol == "udp" and address in flow.destination_addresses
        for port in flow.ports
    }
    runs: list[range] = []
    for port in sorted(open_ports):
        runs = (
            [*runs[:-1], range(runs[-1].start, port + 1)]
            if runs and runs[-1].stop == port
            else [*runs, range(port, port + 1)]
        )
    media = max(runs, key=len, default=range(0))
    if len(media) < 2:
        raise InventoryError(
            "E-INV-007",
            f"no flow leads to a range of udp ports of the conference bridge '{machine.id}'",
            "add a flow to flows.yaml with its media ports, for example udp 10000-10199",
        )
    return {"conference_media_first": media.start, "conference_media_last": media.stop - 1}


LEVEL_MONTHS = {1: 1, 2: 1, 3: 3, 4: 6, 5: 12}
"""Months that logs are kept, TCVN 11930:2017; level 1 as level 2."""


def log_collector(reach: Reach, machine: Machine) -> dict[str, Any]:
    """Return how long logs are kept: as long as the highest level among the machines asks."""
    level = max(reach.machines[name].level for name in reach.here)
    return {
        "log_collector_keep_days": 31 * LEVEL_MONTHS[level],
        "log_collector_listen": bare(machine.interfaces[0].address),
    }


def mirror(reach: Reach, machine: Machine) -> dict[str, Any]:
    """Return where the mirror listens."""
    return {"mirror_listen": bare(machine.interfaces[0].address), "mirror_repository": REPOSITORY}


def antivirus(reach: Reach, machine: Machine) -> dict[str, Any]:
    """Return where the scanner listens and where its signatures come from."""
    source = reach.existing("mirror")[0]
    return {
        "antivirus_listen": bare(machine.interfaces[0].address),
        "antivirus_signatures_url": f"http://{source.fqdn}/clamav",
    }


def application(reach: Reach, machine: Machine) -> dict[str, Any]:
    """Return where the application listens."""
    return {"application_listen": bare(machine.interfaces[0].address)}


VARIABLES = {
    "antivirus": antivirus,
    "application": application,
    "conference": conference,
    "firewall": firewall,
    "log-collector": log_collector,
    "mail-gateway": mail_gateway,
    "mirror": mirror,
}
"""What the machines of a role are told beside what all are told."""
