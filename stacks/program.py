"""The stack: which machines and networks there are. Everything is the plan's decision, every leaf the driver's work."""

import pulumi

from planner.plan import Machine, Plan
from stacks.components import (
    AntivirusServer,
    ApplicationServer,
    ConferenceBridge,
    Driver,
    FirewallPair,
    FirewallPairArgs,
    LogCollector,
    MailGateway,
    Networks,
    NetworksArgs,
    PackageMirror,
    ServersArgs,
    Site,
    SiteArgs,
)
from stacks.components.group import Group, describe

SERVERS = {
    "antivirus": AntivirusServer,
    "conference": ConferenceBridge,
    "log-collector": LogCollector,
    "mail-gateway": MailGateway,
    "mirror": PackageMirror,
}
"""Component of a role; any other role is an application's."""


def program(plan: Plan, driver: Driver) -> None:
    """Declare the plan's slice: segments, machines, and per machine what is needed to reach it."""
    machines = [plan.machine(name) for name in plan.slice_machines]
    used = {leg.segment for machine in machines for leg in machine.interfaces}
    segments = tuple(segment for segment in plan.segments if segment.id in used)
    networks = Networks("networks", NetworksArgs(segments), driver)
    groups = [
        *_firewalls(machines, networks, driver),
        *_servers(plan.core, machines, networks, driver),
        *_sites(plan.core, machines, networks, driver),
    ]
    made = {name: one for group in groups for name, one in group.machines.items()}
    pulumi.export("plan", plan.digest)
    pulumi.export("machines", {machine.id: describe(machine, made[machine.id]) for machine in machines})


def _firewalls(machines: list[Machine], networks: Networks, driver: Driver) -> list[Group]:
    here = {machine.id: machine for machine in machines if machine.role == "firewall"}
    pairs = sorted({tuple(sorted((machine.id, machine.peer or ""))) for machine in here.values()})
    groups: list[Group] = []
    for index, (first, second) in enumerate(pairs):
        if first not in here:
            raise pulumi.InputPropertyError(f"firewalls[{index}]", f"the slice has '{second}' without its peer")
        name = f"firewall-{first}-{second}"
        groups.append(FirewallPair(name, FirewallPairArgs(here[first], here[second]), networks, driver))
    return groups


def _servers(core: str, machines: list[Machine], networks: Networks, driver: Driver) -> list[Group]:
    here = [m for m in machines if (m.site == core or m.rack is not None) and m.role != "firewall"]
    return [
        SERVERS.get(role, ApplicationServer)(
            role, ServersArgs(tuple(machine for machine in here if machine.role == role)), networks, driver
        )
        for role in sorted({machine.role for machine in here})
    ]


def _sites(core: str, machines: list[Machine], networks: Networks, driver: Driver) -> list[Group]:
    groups: list[Group] = []
    outside = [machine for machine in machines if machine.site != core and machine.rack is None]
    for site in sorted({machine.site for machine in outside}):
        here = [machine for machine in outside if machine.site == site]
        gateways = [machine for machine in here if machine.form != "client"]
        if len(gateways) != 1:
            reason = f"'{site}' has {len(gateways)} gateways in the slice, one is needed"
            raise pulumi.InputPropertyError(f"sites[{len(groups)}].gateway", reason)
        clients = tuple(machine for machine in here if machine.form == "client")
        groups.append(Site(site, SiteArgs(gateways[0], clients), networks, driver))
    return groups
