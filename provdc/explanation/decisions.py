"""Decisions of the plan in words: sites, links, machines, hosts, racks, concentration points."""

from collections.abc import Callable, Iterator
from typing import Any

from planner.plan import Cost, Machine, Plan, PlannedLink, SiteDecision
from provdc.explanation import rerouting
from provdc.explanation.availability import availability_rows, service_rows
from provdc.explanation.context import Context, Rows, cost, route
from provdc.explanation.drawn import any_rows
from provdc.explanation.failures import state_rows
from provdc.summary import occupancy
from provdc.text.numbers import change, number, percent, short
from provdc.text.why import term


def things(plan: Plan) -> Iterator[tuple[str, Any]]:
    """Return everything in a plan that has an id, with its kind."""
    for kind, found in (
        ("site", plan.network.sites),
        ("link", plan.network.links),
        ("exchange", plan.network.concentration_points),
        ("host", plan.datacentre.hosts),
        ("rack", plan.datacentre.racks),
        ("machine", plan.machines),
        ("segment", plan.segments),
        ("zone", plan.zones),
        ("flow", plan.flows),
        ("service", plan.services),
    ):
        for thing in found:
            yield kind, thing


def site_rows(context: Context, plan: Plan, site: SiteDecision) -> Rows:
    """Tell how a site is connected."""
    lang, links = context.lang, {link.id: link for link in plan.network.links}
    demand = context.say("down_up", down=short(lang, site.demand_down_mbps), up=short(lang, site.demand_up_mbps))
    classes = " · ".join(f"{term(lang, 'qos', name)} {short(lang, mbps)}"
                         for name, mbps in sorted(site.demand_by_class_mbps.items()))  # fmt: skip
    rows = [
        (context.say("name"), f"{site.name}, {term(lang, 'class', site.site_class)}"),
        (context.say("demand"), demand),
        (context.say("by_class"), classes),
        (context.say("primary"), route(context, site.primary, links)),
        (context.say("backup"), route(context, site.backup, links) if site.backup else context.say("no_backup")),
    ]
    if site.backup:
        groups = ", ".join(term(lang, "group", group) for group in site.disjoint_in)
        rows.append((context.say("disjoint"), groups))
    if site.id in plan.network.availability:
        rows += availability_rows(context, plan.network.availability[site.id])
    rows += any_rows(context, plan, site.id)
    rows.append((context.say("cost"), cost(context, site.cost)))
    rows += [
        (context.say("otherwise"), f"{other.choice}: {change(lang, other.extra_vnd)}") for other in site.alternatives
    ]
    hit = [state for state, sites in plan.network.sweep.cut_off.items() if site.id in sites]
    if hit:
        rows.append((context.say("cut_off_by"), ", ".join(hit)))
    machines = [machine.id for machine in plan.machines if machine.site == site.id and site.id != plan.core]
    if machines:
        rows.append((context.say("machines"), ", ".join(machines)))
    return rows


def link_rows(context: Context, plan: Plan, link: PlannedLink) -> Rows:
    """Tell what is leased, how full it gets, and when."""
    lang = context.lang
    normal, _ = occupancy(link)
    modules = ", ".join(f"{count} × {module}" for module, count in sorted(link.modules.items()))
    rows = [
        (context.say("ends"), f"{link.a} – {link.b}, {link.carrier}, {number(lang, link.length_km, 1)} km"),
        (context.say("ducts"), " · ".join(link.ducts) or "–"),
        (context.say("capacity"), f"{short(lang, link.capacity_mbps)} Mbit/s: {modules}"),
        (context.say("load"), f"{short(lang, link.normal_mbps)} Mbit/s, {percent(lang, normal)}"),
    ]
    rows += [
        (context.say("load_in", state=load.state),
         f"{short(lang, load.mbps)} Mbit/s, {percent(lang, load.mbps / link.capacity_mbps)}")
        for load in link.worst
    ]  # fmt: skip
    used = [site.id for site in plan.network.sites if link.id in site.primary.links]
    spare = [site.id for site in plan.network.sites if site.backup and link.id in site.backup.links]
    rows.append((context.say("carries"), context.say("primary_backup", primary=len(used), backup=len(spare))))
    rows += rerouting.link_rows(context, plan, link.id)
    rows.append((context.say("cost"), cost(context, link.cost)))
    return rows


def machine_rows(context: Context, plan: Plan, machine: Machine) -> Rows:
    """Tell where a machine stands, its addresses, and the arithmetic of its size."""
    lang = context.lang
    place = " · ".join(part for part in (machine.host, machine.rack, machine.site) if part)
    rows = [
        (context.say("name"), f"{machine.fqdn}, {machine.role}, {context.say('level', level=machine.level)}"),
        (context.say("place"), place),
    ]
    for leg in machine.interfaces:
        more = "".join(f", {address} (VRRP)" for address in leg.virtual)
        rows.append((context.say("address"), f"{leg.address} {leg.name} ({leg.segment}){more}"))
    if machine.form == "vm":
        size = f"{short(lang, machine.vcpu)} vCPU · {short(lang, machine.memory_gib)} GiB · " \
               f"{short(lang, machine.disk_gib)} GiB · {short(lang, machine.iops)} IOPS"  # fmt: skip
        rows.append((context.say("size"), size))
    rows += [(context.say("arithmetic"), f"{what}: {formula}") for what, formula in machine.sizing]
    moves = {e.state: e.moves[machine.id] for e in plan.datacentre.evacuations if machine.id in e.moves}
    rows += [(context.say("moves_to", state=state), host) for state, host in sorted(moves.items())]
    if machine.cost != Cost():
        rows.append((context.say("cost"), cost(context, machine.cost)))
    if machine.id in plan.slice_machines:
        rows.append((context.say("lab"), context.say("in_slice")))
    return rows


def host_rows(context: Context, plan: Plan, host: Any) -> Rows:  # noqa: ANN401 - a HostDecision
    """Tell what a physical server carries."""
    lang = context.lang
    use = " · ".join(
        f"{term(lang, 'resource', name)} {short(lang, host.used.get(name, 0))}/{short(lang, usable)}"
        for name, usable in sorted(host.usable.items())
    )
    return [
        (context.say("name"), f"{host.model}, {context.say('kept' if host.existing else 'bought')}"),
        (context.say("place"), f"{host.rack}, {units(host.bottom_u, host.height_u)}"),
        (context.say("feeds"), f"{', '.join(host.feeds)}, {short(lang, host.power_w)} W"),
        (context.say("use"), use),
        (context.say("machines"), ", ".join(host.machines) or "–"),
        (context.say("cost"), cost(context, host.cost)),
    ]


def units(bottom: int, height: int) -> str:
    """Return the rack units of a thing."""
    return f"U{bottom}" if height == 1 else f"U{bottom}–{bottom + height - 1}"


def rack_rows(context: Context, plan: Plan, rack: Any) -> Rows:  # noqa: ANN401 - a RackUse
    """Tell what a rack carries of its limits."""
    lang = context.lang
    inside = [host.id for host in plan.datacentre.hosts if host.rack == rack.id]
    inside += [machine.id for machine in plan.machines if machine.form == "appliance" and machine.rack == rack.id]
    limits = (
        ("u", rack.used_u, rack.height_u, "U"),
        ("power_w", rack.power_w, rack.feed_limit_w, "W"),
        ("heat_w", rack.power_w, rack.cooling_w, "W"),
        ("weight_kg", rack.weight_kg, rack.max_weight_kg, "kg"),
        ("ports", rack.ports, rack.switch_ports, ""),
    )
    rows = [(term(lang, "resource", name), f"{short(lang, used)} / {short(lang, limit)} {unit}".rstrip())
            for name, used, limit, unit in limits]  # fmt: skip
    return [(context.say("place"), rack.room), (context.say("holds"), ", ".join(inside)), *rows]


def exchange_rows(context: Context, plan: Plan, point: Any) -> Rows:  # noqa: ANN401 - a ConcentrationPoint
    """Tell whom a concentration point serves."""
    return [
        (context.say("name"), point.name),
        (context.say("serves"), context.say("sites", count=len(point.homes)) + ": " + ", ".join(point.homes)),
        (context.say("cost"), cost(context, point.cost)),
        *state_rows(context, plan, f"exchange:{point.id}"),
    ]


ROWS: dict[str, Callable[[Context, Plan, Any], Rows]] = {
    "site": site_rows,
    "link": link_rows,
    "machine": machine_rows,
    "host": host_rows,
    "rack": rack_rows,
    "exchange": exchange_rows,
    "service": service_rows,
}
