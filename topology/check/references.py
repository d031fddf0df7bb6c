"""Second tier: every id that a record names exists and is of the right kind."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from topology.check.messages import finding
from topology.facts import EXPRESSIONS
from topology.findings import Finding, Span, did_you_mean
from topology.model import Position, Records
from topology.schema.base import Name
from topology.schema.services import Flow, Workload
from topology.walk import models

FIGURES = {
    "workstations_per_official": "Computers per official: clients of a site and the load of antivirus and mirror.",
    "internet_mbps": "Busy-hour Internet traffic of the data centre, Mbit/s: sizes each of its Internet links.",
}
"""Single figures that the topology and the planner read."""


EVERYWHERE: dict[str, tuple[str, ...]] = {"site": ("client", "gateway", "firewall"), "wan": ("gateway", "firewall")}
"""Kind of zone → roles that stand in it without a workload; the firewalls stand in every zone."""

MOST_HINTS = 100
"""Suggestions in one run: when more ids are unknown than that, one mistake has made them all."""


@dataclass(slots=True)
class Checker:
    """Collects findings with the places of the records."""

    records: Records
    findings: list[Finding] = field(default_factory=list)

    def add(self, code: str, *paths: str, hint: Name | None = None, **facts: str | float) -> None:
        """Report a code at the first of the paths that has a place, at its number if it is a figure.

        `owner` is the record's path by default.
        """
        paths = (f"{paths[0]}/value", *paths)
        place = next((self.records.positions[p] for p in paths if p in self.records.positions), Position("", 1, 1))
        owner = "/".join(paths[-1].split("/")[:2])
        span = Span(place.line, place.column, max(place.end_column, place.column + 1))
        self.findings.append(finding(code, place.file, span, hint, **({"owner": owner} | facts)))

    def known(self, code: str, path: str, name: str, wanted: str, names: Mapping[str, str]) -> bool:
        """Report an unknown id with the nearest known one."""
        if wanted in names:
            return True
        hint = _removed(self.records, wanted)
        if hint is None and len(self.findings) < MOST_HINTS:
            hint = did_you_mean(wanted, names)
        self.add(code, f"{path}/{name}/{wanted}", f"{path}/{name}", path, id=wanted, hint=hint)
        return False


def _removed(records: Records, name: str) -> Name | None:
    """Return which patch of a scenario removed a record, if one did."""
    for use in records.scenarios:
        for patch in use.patches:
            if patch.kind == "remove" and any(value.path.split("/")[1:2] == [name] for value in patch.values):
                where = f"{patch.where.file}:{patch.where.line}:{patch.where.column}"
                return Name(en=f"{where} removes it", vi=f"{where} bỏ nó")
    return None


def names_of(records: Iterable[object]) -> dict[str, str]:
    """Return id → human name."""
    found = {}
    for record in records:
        name = getattr(record, "name", "") or ""
        found[str(record.id)] = name if isinstance(name, str) else getattr(name, "vi", "")  # type: ignore[attr-defined]
    return found


def workloads_of(records: Records) -> list[Workload]:
    """Return all workloads, those of small data centres included."""
    return [w for service in records.services for w in service.workloads] + [
        small.vm for small in records.small_data_centres
    ]


def machines_of(workload: Workload) -> tuple[str, ...]:
    """Return the names of a workload's machines as the records give them."""
    return workload.machines or tuple(f"{workload.id}-{i + 1}" for i in range(workload.replicas))


def check_references(records: Records) -> list[Finding]:
    """Return all findings of the second tier."""
    checker = Checker(records)
    sites, exchanges = names_of(records.sites), names_of(records.exchanges)
    _geography(checker, sites, exchanges)
    _lines(checker, sites, exchanges)
    _services(checker, sites)
    _sources(checker)
    return checker.findings


def _geography(c: Checker, sites: dict[str, str], exchanges: dict[str, str]) -> None:
    records = c.records
    classes = {site.id: site.site_class for site in records.sites}
    carriers = names_of(records.carriers)
    districts = {name: human for name, human in sites.items() if classes[name] in ("district", "place")}
    if c.known("E-REF-002", "province", "core", records.province.core, sites):
        core = records.province.core
        if classes[core] != "core":
            c.add("E-REF-017", "province/core", id=core, found=classes[core], expected="core")
    for site in records.sites:
        path = f"site/{site.id}"
        if site.district:
            c.known("E-REF-005", path, "district", site.district, districts)
        if site.site_class == "commune" and not site.district:
            c.add("E-REF-024", path, id=site.id)
        if site.site_class == "core" and site.id != records.province.core:
            wanted = "department, district or commune"
            c.add("E-REF-017", f"{path}/site_class", path, id=site.id, found="core", expected=wanted)
        if site.site_class not in records.classes and site.site_class not in ("core", "place"):
            c.add("E-REF-021", path, id=site.site_class)
    for exchange in records.exchanges:
        path = f"exchange/{exchange.id}"
        c.known("E-REF-002", path, "near", exchange.near, sites)
        for carrier in exchange.carriers:
            c.known("E-REF-004", path, "carriers", carrier, carriers)
    for seller in records.carriers:
        for district in seller.districts:
            c.known("E-REF-005", f"carrier/{seller.id}", "districts", district, districts)
    for room in records.rooms:
        path = f"room/{room.id}"
        if c.known("E-REF-002", path, "site", room.site, sites) and classes[room.site] == "place":
            c.add("E-REF-017", f"{path}/site", path, id=room.site, found="place",
                  expected="core, department, district or commune")  # fmt: skip
    if (
        records.rooms
        and classes.get(records.province.core) == "core"
        and records.province.core not in {r.site for r in records.rooms}
    ):
        c.add("E-REF-026", f"room/{records.rooms[0].id}/site", f"room/{records.rooms[0].id}",
              id=records.province.core)  # fmt: skip


def _lines(c: Checker, sites: dict[str, str], exchanges: dict[str, str]) -> None:
    records = c.records
    places = sites | exchanges
    carriers, ducts = names_of(records.carriers), names_of(records.ducts)
    near = {exchange.id: exchange.near for exchange in records.exchanges}
    for duct in records.ducts:
        path = f"duct/{duct.id}"
        known = [c.known("E-REF-003", path, end, getattr(duct, end), places) for end in ("a", "b")]
        if all(known) and near.get(duct.a, duct.a) == near.get(duct.b, duct.b):
            c.add("E-REF-016", f"{path}/b", path, id=duct.b)
        for carrier in duct.carriers:
            c.known("E-REF-004", path, "carriers", carrier, carriers)
    for cover in records.mobile:
        path = f"mobile/{cover.site}-{cover.carrier}"
        c.known("E-REF-002", path, "site", cover.site, sites)
        c.known("E-REF-004", path, "carrier", cover.carrier, carriers)
        if cover.backhaul_duct:
            c.known("E-REF-006", path, "backhaul_duct", cover.backhaul_duct, ducts)
    modules = names_of(records.modules)
    for line in records.existing_links:
        path = f"existing-link/{line.key}"
        if line.kind == "trunk":
            c.known("E-REF-003", path, "site", line.site, exchanges)
        else:
            c.known("E-REF-002", path, "site", line.site, sites)
        c.known("E-REF-003", path, "to", line.to, places)
        c.known("E-REF-004", path, "carrier", line.carrier, carriers)
        c.known("E-REF-007", path, "module", line.module, modules)


def _services(c: Checker, sites: dict[str, str]) -> None:
    records = c.records
    zones, services, facts = names_of(records.zones), names_of(records.services), names_of(records.facts)
    kinds = {zone.id: zone.kind for zone in records.zones}
    roles: dict[str, dict[str, str]] = {}
    machines: dict[str, str] = {}
    rooms = {room.site for room in records.rooms}
    hosted = names_of(workload for service in records.services for workload in service.workloads)
    for workload in workloads_of(records):
        roles.setdefault(workload.zone, {})[workload.role] = workload.id
        machines |= dict.fromkeys(machines_of(workload), workload.id)
        path = f"workload/{workload.id}"
        c.known("E-REF-008", path, "zone", workload.zone, zones)
        if workload.machines and len(workload.machines) != workload.replicas:
            c.add("E-REF-019", f"{path}/machines", path, names=len(workload.machines), replicas=workload.replicas)
        for number, beside in enumerate(workload.beside):
            c.known("E-REF-025", f"{path}/beside/{number}", "workload", beside.workload, hosted)
        for number, apart in enumerate(workload.apart):
            c.known("E-REF-025", f"{path}/apart/{number}", "workload", apart.workload, hosted)
        for site in workload.sites:
            if c.known("E-REF-002", path, "sites", site, sites) and site not in rooms:
                c.add("E-REF-026", f"{path}/sites/{site}", f"{path}/sites", path, id=site)
    for service in records.services:
        path = f"service/{service.id}"
        for other in service.integrates:
            if other == service.id:
                c.add("E-REF-018", f"{path}/integrates/{other}", path, id=other)
            c.known("E-REF-010", path, "integrates", other, services)
        for traffic in service.traffic:
            for site in traffic.sites:
                c.known("E-REF-002", f"{path}/traffic/{traffic.id}", "sites", site, sites)
        for fact in service.facts:
            c.known("E-REF-011", path, "facts", fact, facts)
    for flow in records.flows:
        path = f"flow/{flow.id}"
        c.known("E-REF-008", path, "source", flow.source, zones)
        c.known("E-REF-008", path, "destination", flow.destination, zones)
        ends = (("roles", flow.destination, flow.roles), ("source_roles", flow.source, flow.source_roles))
        for end, zone, wanted in ends:
            there = roles.get(zone, {}) | dict.fromkeys(EVERYWHERE.get(kinds.get(zone, ""), ("firewall",)), "")
            for role in wanted:
                c.known("E-REF-014", path, end, role, there)
    _facility(c, sites, machines, roles)
    for stated in records.facts:
        if stated.check in ("equals", "at-most", "at-least") and stated.against not in EXPRESSIONS:
            near = did_you_mean(stated.against, list(EXPRESSIONS))
            path = f"fact/{stated.id}"
            c.add("E-REF-020", f"{path}/against", path, id=stated.against, known=", ".join(EXPRESSIONS), hint=near)
    for name in records.figures:
        if name not in FIGURES:
            hint = did_you_mean(name, list(FIGURES))
            c.add("E-REF-023", f"figures/figures/{name}/key", "figures", id=name, known=", ".join(FIGURES), hint=hint)
    for name, meaning in FIGURES.items():
        if name not in records.figures:
            c.add("E-REF-022", "figures", id=name, meaning=meaning)


def _facility(c: Checker, sites: dict[str, str], machines: dict[str, str], roles: dict[str, dict[str, str]]) -> None:
    records = c.records
    models = names_of(records.host_models)
    racks = {rack.id: rack.id for room in records.rooms for rack in room.racks}
    places: dict[str, str] = {}
    for room in records.rooms:
        for kind, group in (("feeds", room.feeds), ("racks", room.racks)):
            for one in group:
                path = f"room/{room.id}/{kind}/{one.id}"
                if one.id in places:
                    c.add("E-REF-001", path, f"room/{room.id}", first=str(records.positions[places[one.id]]))
                places.setdefault(one.id, path)
    for host in records.existing_hosts:
        c.known("E-REF-012", f"host/{host.id}", "model", host.model, models)
        c.known("E-REF-013", f"host/{host.id}", "rack", host.rack, racks)
    departments = {site.id for site in records.sites if site.site_class == "department"}
    for small in records.small_data_centres:
        path = f"small-data-centre/{small.id}"
        if c.known("E-REF-002", path, "site", small.site, sites) and small.site not in departments:
            found = next(site.site_class for site in records.sites if site.id == small.site)
            c.add("E-REF-017", f"{path}/site", path, id=small.site, found=found, expected="department")
    for conference in records.conferences:
        c.known("E-REF-002", f"conference/{conference.id}", "root", conference.root, sites)
    for machine in records.slice.machines:
        c.known("E-REF-015", "slice", "machines", machine, machines)
    kinds = {site.id: site.site_class for site in records.sites}
    for name in records.slice.sites:
        if c.known("E-REF-002", "slice", "sites", name, sites) and kinds[name] == "place":
            c.add(
                "E-REF-017",
                f"slice/sites/{name}",
                "slice",
                id=name,
                found="place",
                expected="core, department, district or commune",
            )


def _sources(c: Checker) -> None:
    """Check that a `source` that is one word is a key; a sentence stands for itself."""
    known = {source.id: source.title for source in c.records.sources}
    for path, record in models(c.records):
        source = getattr(record, "source", None)
        if source is not None and " " not in source and not isinstance(record, Flow):
            c.known("E-REF-009", path, "source", source, known)
