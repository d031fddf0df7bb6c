"""What is known about one id: decision, reason, cost, place in the records, arithmetic, tests. Writes nothing."""

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from planner.plan import Cost, Machine, Plan, PlannedLink, Route, SiteDecision
from provdc.results import Results, controls
from provdc.summary import fails_in, occupancy
from provdc.text import Lang, say
from provdc.text.numbers import money, number, percent, short
from provdc.text.why import reason, term
from topology.model import Records

Rows = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything about one id, as rows of a label and a text."""

    id: str
    kind: str
    rows: Rows
    decision: dict[str, Any]
    """The plan's own words, for `--json`."""


@dataclass(frozen=True, slots=True)
class Context:
    """What an explanation may draw on; only the records are always there."""

    lang: Lang
    records: Records
    plan: Plan | None
    results: Results | None

    def say(self, key: str, /, **facts: object) -> str:
        """Return the text `explain.<key>`."""
        return say(self.lang, f"explain.{key}", **facts)


def explain(context: Context, wanted: str) -> Explanation | None:
    """Return what is known about an id, or None when neither plan nor records nor controls have it."""
    finders = (of_plan, of_state, of_duct, of_carrier, of_control, of_records)
    return next((found for finder in finders if (found := finder(context, wanted)) is not None), None)


def near(context: Context, wanted: str, count: int = 3) -> list[str]:
    """Return the ids most like the one that nothing has."""
    known = {path.partition("/")[2] for path in context.records.positions if path.count("/") == 1}
    if context.plan is not None:
        known |= {thing.id for _, thing in things(context.plan)}
    return difflib.get_close_matches(wanted, sorted(known), n=count, cutoff=0.5)


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


def of_plan(context: Context, wanted: str) -> Explanation | None:
    """Explain a thing that the plan decided."""
    if context.plan is None:
        return None
    for kind, thing in things(context.plan):
        if thing.id == wanted:
            rows = ROWS[kind](context, context.plan, thing) if kind in ROWS else plain_rows(context, thing)
            rows += why_rows(context, thing) + where_rows(context, kind, thing) + test_rows(context, wanted)
            return Explanation(wanted, kind, rows, thing.model_dump(mode="json"))
    return None


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
    rows.append((context.say("cost"), cost(context, site.cost)))
    rows += [
        (context.say("otherwise"), f"{other.choice}: +{money(lang, other.extra_vnd)}") for other in site.alternatives
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
        for load in link.worst[:3]
    ]  # fmt: skip
    used = [site.id for site in plan.network.sites if link.id in site.primary.links]
    spare = [site.id for site in plan.network.sites if site.backup and link.id in site.backup.links]
    rows.append((context.say("carries"), context.say("primary_backup", primary=len(used), backup=len(spare))))
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
        (context.say("place"), f"{host.rack}, U{host.bottom_u}–{host.bottom_u + host.height_u - 1}"),
        (context.say("feeds"), f"{', '.join(host.feeds)}, {short(lang, host.power_w)} W"),
        (context.say("use"), use),
        (context.say("machines"), ", ".join(host.machines) or "–"),
        (context.say("cost"), cost(context, host.cost)),
    ]


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


ROWS = {
    "site": site_rows,
    "link": link_rows,
    "machine": machine_rows,
    "host": host_rows,
    "rack": rack_rows,
    "exchange": exchange_rows,
}


def plain_rows(context: Context, thing: BaseModel) -> Rows:
    """Tell a simple thing field by field."""
    fields = thing.model_dump(mode="json")
    return [(name, shown(context, value)) for name, value in fields.items() if name != "id" and value not in (None, [])]


def shown(context: Context, value: object) -> str:
    """Return a field as text."""
    if isinstance(value, dict) and set(value) == {"vi", "en"}:
        return str(value[context.lang])
    if isinstance(value, list):
        listed = ", ".join(str(item) for item in value[:12])
        return listed if len(value) <= 12 else f"{listed}, … ({len(value)})"
    return str(value)


def of_state(context: Context, wanted: str) -> Explanation | None:
    """Explain a failure state, `duct:duct-a-b`."""
    kind, colon, name = wanted.partition(":")
    kinds = ("link", "duct", "exchange", "carrier", "flood", "host", "rack", "feed")
    if context.plan is None or not colon or kind not in kinds:
        return None
    rows = state_rows(context, context.plan, wanted)
    moves = next((e.moves for e in context.plan.datacentre.evacuations if e.state == wanted), None)
    if not rows and moves is None:
        return None
    if moves is not None:
        rows += [(context.say("moves"), f"{machine} → {host}") for machine, host in moves.items()]
    decision = {"state": wanted, "links": down(context.plan, wanted), "moves": moves or {}}
    return Explanation(wanted, kind, rows + where_rows(context, kind, name), decision)


def of_duct(context: Context, wanted: str) -> Explanation | None:
    """Explain a duct: what runs in it and what its loss does."""
    duct = next((duct for duct in context.records.ducts if duct.id == wanted), None)
    if duct is None:
        return None
    rows = [
        (context.say("ends"), f"{duct.a} – {duct.b}, {number(context.lang, duct.length_km, 1)} km"),
        (context.say("carriers"), ", ".join(duct.carriers)),
    ]
    if context.plan is not None:
        rows += state_rows(context, context.plan, f"duct:{wanted}")
    decision = duct.model_dump(mode="json")
    return Explanation(wanted, "duct", rows + where_rows(context, "duct", duct), decision)


def of_carrier(context: Context, wanted: str) -> Explanation | None:
    """Explain a carrier: what is leased from it and what its outage does."""
    carrier = next((carrier for carrier in context.records.carriers if carrier.id == wanted), None)
    if carrier is None:
        return None
    rows = [(context.say("name"), carrier.name)]
    if context.plan is not None:
        leased = [link for link in context.plan.network.links if link.carrier == wanted]
        monthly = sum(link.cost.monthly_vnd for link in leased)
        text = context.say("leased_value", count=len(leased), monthly=money(context.lang, monthly))
        rows += [(context.say("leased"), text), *state_rows(context, context.plan, f"carrier:{wanted}")]
    decision = carrier.model_dump(mode="json")
    return Explanation(wanted, "carrier", rows + where_rows(context, "carrier", carrier), decision)


def of_control(context: Context, wanted: str) -> Explanation | None:
    """Explain a control of the compliance suite, with its last results."""
    control = controls().get(wanted)
    if control is None:
        return None
    rows = [(context.say("name"), control.title[context.lang]), (context.say("law"), control.law)]
    found = [result for result in context.results.results if result.control == wanted] if context.results else []
    rows += [(context.say("test"), f"{result.test} · {result.machine}: {result.outcome}") for result in found]
    decision = {"control": wanted, "law": control.law, "title": control.title}
    return Explanation(wanted, "control", rows, decision)


def of_records(context: Context, wanted: str) -> Explanation | None:
    """Explain what only the records know: where it stands and what it says."""
    for path in context.records.positions:
        kind, slash, name = path.partition("/")
        if slash and name == wanted:
            fields = [
                (inner.removeprefix(path + "/"), str(place))
                for inner, place in context.records.positions.items()
                if inner.startswith(path + "/") and inner.count("/") == 2
            ]
            rows = [(context.say("records"), str(context.records.positions[path])), *fields]
            return Explanation(wanted, kind, rows, {"records": str(context.records.positions[path])})
    return None


def down(plan: Plan, state: str) -> list[str]:
    """Return the links that a state takes down, as far as the plan can say."""
    return [link.id for link in plan.network.links if fails_in(link, state)]


def state_rows(context: Context, plan: Plan, state: str) -> Rows:
    """Tell what a failure takes down, who loses a path, what gets full."""
    lang, sweep = context.lang, plan.network.sweep
    lost = down(plan, state)
    hit = [site for site in plan.network.sites if set(site.primary.links) & set(lost)]
    full = sorted(
        (
            (load.mbps / link.capacity_mbps, link.id)
            for link in plan.network.links
            for load in link.worst
            if load.state == state
        ),
        reverse=True,
    )
    rows: Rows = []
    if lost:
        listed = ", ".join(lost[:8]) + (", …" if len(lost) > 8 else "")
        rows.append((context.say("takes_down"), context.say("links", count=len(lost)) + f": {listed}"))
        rows.append((context.say("reroutes"), context.say("sites", count=len(hit))))
    if state in sweep.on_mobile:
        rows.append((context.say("to_mobile"), context.say("sites", count=sweep.on_mobile[state])))
    if state in sweep.cut_off:
        rows.append((context.say("cuts_off"), ", ".join(sweep.cut_off[state])))
    rows += [(context.say("fills"), f"{link} {percent(lang, share)}") for share, link in full[:3]]
    return rows


def why_rows(context: Context, thing: Any) -> Rows:  # noqa: ANN401 - anything of a plan
    """Tell the reason and the constraints that bind."""
    why = getattr(thing, "why", None)
    if why is None:
        return []
    rows = [(context.say("why"), reason(context.lang, why))]
    if why.binding:
        rows.append((context.say("binding"), ", ".join(why.binding)))
    return rows


def where_rows(context: Context, kind: str, thing: Any) -> Rows:  # noqa: ANN401 - anything with an id, or an id
    """Tell where in the records a thing, or what it was derived from, stands."""
    name = thing if isinstance(thing, str) else thing.id
    paths = [f"{kind}/{name}", f"workload/{name}"]
    if kind == "machine":
        paths += [f"workload/{name.rpartition('-')[0]}", f"service/{thing.service}", f"site/{thing.site}"]
        owner = (f"workload/{load.id}" for service in context.records.services for load in service.workloads
                 if name in load.machines)  # fmt: skip
        paths[1:1] = list(owner)
    if kind == "link":
        paths += [f"duct/{duct}" for duct in thing.ducts] + [f"module/{module}" for module in thing.modules]
    if kind == "host":
        paths += [f"host-model/{thing.model}"]
    if kind == "rack":
        paths += [f"room/{thing.room}/racks/{name}"]
    if kind == "segment":
        paths += [f"zone/{thing.zone}", f"site/{thing.site}"]
    found = [path for path in dict.fromkeys(paths) if path in context.records.positions]
    limit = len(found) if kind == "link" else 1
    return [(context.say("records"), f"{context.records.positions[path]}  {path}") for path in found[:limit]]


def test_rows(context: Context, wanted: str) -> Rows:
    """Tell which compliance tests have verified a machine, or the machines of a site."""
    if context.results is None or context.plan is None:
        return []
    here = {machine.id for machine in context.plan.machines if wanted in (machine.id, machine.site)}
    if wanted == context.plan.core:
        here = {wanted}
    return [
        (context.say("verified"), f"{result.control} {result.test} · {result.machine}: {result.outcome}")
        for result in context.results.results
        if result.machine in here
    ]


def route(context: Context, path: Route, links: dict[str, PlannedLink]) -> str:
    """Return a path as places with the links between them."""
    if not path.links:
        return " → ".join(path.nodes)
    parts = []
    for name in path.links:
        normal, worst = occupancy(links[name])
        parts.append(f"{name} ({percent(context.lang, normal)} / {percent(context.lang, worst)})")
    return " → ".join(parts) + f" → {path.nodes[-1]}"


def cost(context: Context, value: Cost) -> str:
    """Return money in one line."""
    lang = context.lang
    return context.say(
        "cost_value",
        once=money(lang, value.one_off_vnd),
        monthly=money(lang, value.monthly_vnd),
        present=money(lang, value.present_value_vnd),
    )
