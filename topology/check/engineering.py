"""Third tier: would it work, is it legal, is it believable."""

import math
from collections.abc import Iterator
from ipaddress import IPv4Network

import networkx as nx
from geographiclib.geodesic import Geodesic

from topology.addresses import slot_limit
from topology.candidates import candidate_links, serves
from topology.check.references import Checker, machines_of, workloads_of
from topology.demands import demands
from topology.facts import compare
from topology.findings import Finding
from topology.graph import Ducts
from topology.model import Records
from topology.schema.network import LinkModule

REQUIRED_ZONES = {
    1: ("internal", "edge", "dmz"),
    2: ("internal", "edge", "dmz", "server"),
    3: ("internal", "edge", "dmz", "server", "database", "management"),
    4: ("internal", "edge", "dmz", "server", "database", "management"),
    5: ("internal", "edge", "dmz", "server", "database", "management"),
}
"""Circular 12/2022/TT-BTTTT, annexes I–V, part II.1.a."""

FAR_KM = 300.0
WINDING = 4.0
FORBIDDEN = {
    ("edge", "database"): "the edge never reaches the databases",
    ("dmz", "database"): "the DMZ never reaches the databases",
    ("wan", "database"): "the dedicated network never reaches the databases",
    ("site", "database"): "sites never reach the databases",
    ("edge", "management"): "administration from outside comes by VPN",
    ("wireless", "server"): "wireless clients reach servers only through the DMZ",
    ("wireless", "database"): "wireless clients never reach the databases",
}
"""Pairs of zone kinds between which no flow is lawful; Circular 12/2022/TT-BTTTT annex III."""


def check_engineering(records: Records) -> list[Finding]:
    """Return all findings of the third tier."""
    checker = Checker(records)
    _addresses(checker)
    _zones(checker)
    _distances(checker)
    _lines(checker)
    _services(checker)
    if not any(found.severity == "error" for found in checker.findings):
        _routes(checker)
    _facts(checker)
    return checker.findings


def _addresses(c: Checker) -> None:
    records = c.records
    block = _network(records.province.address_block)
    if block is None or block.prefixlen != 16 or not block.is_private:
        c.add("E-ENG-005", "province/address_block", "province", value=records.province.address_block)
    taken: dict[tuple[str, int], str] = {}
    for site in records.sites:
        group = site.district or site.site_class
        key = (group if site.site_class == "commune" else site.site_class, site.address_slot)
        path = f"site/{site.id}"
        limit = 11 if site.site_class == "district" else slot_limit(site)
        first = 1 if site.site_class in ("district", "commune") else 0
        if not first <= site.address_slot < limit:
            c.add("E-ENG-021", f"{path}/address_slot", path, slot=site.address_slot, range=f"{first}–{limit - 1}")
        if key in taken:
            c.add("E-ENG-001", f"{path}/address_slot", path, slot=site.address_slot, other=taken[key])
        taken.setdefault(key, site.id)
    hosts: dict[tuple[str, int], str] = {}
    names: dict[str, str] = {}
    for workload in workloads_of(records):
        path = f"workload/{workload.id}"
        for number, name in enumerate(machines_of(workload)):
            place = (workload.zone, workload.address_offset + number)
            if place in hosts:
                c.add("E-ENG-002", path, offset=place[1], zone=place[0], other=hosts[place])
            hosts.setdefault(place, workload.id)
            if name in names:
                c.add("E-ENG-004", path, id=name, other=names[name])
            names.setdefault(name, workload.id)


def _network(text: str) -> IPv4Network | None:
    try:
        return IPv4Network(text)
    except ValueError:
        return None


def _zones(c: Checker) -> None:
    records = c.records
    slots: dict[tuple[str, int], str] = {}
    for zone in records.zones:
        path = f"zone/{zone.id}"
        if zone.kind == "site":
            keys = [(f"function {zone.function}", 0, "the same network of each site")]
        else:
            keys = [("slot", zone.address_slot, f"address slot {zone.address_slot}"),
                    ("vlan", zone.vlan, f"VLAN {zone.vlan}")]  # fmt: skip
        for name, number, what in keys:
            if (name, number) in slots:
                c.add("E-ENG-003", path, other=slots[name, number], what=what)
            slots.setdefault((name, number), zone.id)
    kinds = {zone.kind for zone in records.zones}
    for service in records.services:
        for kind in REQUIRED_ZONES[service.level]:
            if kind not in kinds:
                path = f"service/{service.id}"
                c.add("E-ENG-006", f"{path}/level", path, kind=kind, level=service.level, service=service.id)
    kind_of = {zone.id: zone.kind for zone in records.zones}
    for flow in records.flows:
        path = f"flow/{flow.id}"
        ends = kind_of[flow.source], kind_of[flow.destination]
        rule = FORBIDDEN.get(ends)
        if rule:
            c.add("E-ENG-007", path, id=flow.id, source=flow.source, destination=flow.destination, rule=rule)
        if (flow.protocol == "icmp") == bool(flow.ports):
            what = "icmp has no ports" if flow.ports else f"{flow.protocol} without ports would open everything"
            what_vi = "icmp không có cổng" if flow.ports else f"{flow.protocol} không nêu cổng sẽ mở tất cả"
            c.add("E-ENG-012", path, what=what, what_vi=what_vi)
    if not any(w.role == "firewall" for w in workloads_of(records)):
        c.add("E-ENG-023", "zones", "province")


def _distances(c: Checker) -> None:
    records = c.records
    at = {site.id: (site.lat, site.lon) for site in records.sites} | {x.id: (x.lat, x.lon) for x in records.exchanges}
    core = at[records.province.core]
    for site in records.sites:
        distance = kilometres(at[site.id], core)
        if distance > FAR_KM:
            c.add("E-ENG-016", f"site/{site.id}/lat", f"site/{site.id}", distance=round(distance))
    for duct in records.ducts:
        distance = kilometres(at[duct.a], at[duct.b])
        path = f"duct/{duct.id}"
        if duct.length_km < 0.98 * distance - 0.05:
            c.add("E-ENG-017", f"{path}/length_km", path, length=duct.length_km, distance=round(distance, 2))
        elif distance > 1 and duct.length_km > WINDING * distance:
            factor = round(duct.length_km / distance, 1)
            c.add("W-ENG-002", f"{path}/length_km", path, length=duct.length_km, factor=factor)


def kilometres(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Geodesic distance on WGS 84, km (Karney 2013)."""
    return float(Geodesic.WGS84.Inverse(*a, *b)["s12"]) / 1000


def _lines(c: Checker) -> None:
    records = c.records
    fixed = {carrier.id for carrier in records.carriers if carrier.fixed}
    mobile = {carrier.id for carrier in records.carriers if carrier.mobile}
    for duct in records.ducts:
        for carrier in duct.carriers:
            if carrier not in fixed:
                path = f"duct/{duct.id}"
                c.add("E-ENG-018", f"{path}/carriers", path, carrier=carrier, network="fixed")
    for cover in records.mobile:
        if cover.carrier not in mobile:
            path = f"mobile/{cover.site}-{cover.carrier}"
            c.add("E-ENG-018", f"{path}/carrier", path, carrier=cover.carrier, network="mobile")
    for site_class, policy in records.classes.items():
        most = max((m.capacity_mbps.value * m.max_per_link for m in records.modules if "access" in m.use), default=0)
        if policy.access_mbps.value > most:
            path = f"policy/classes/{site_class}/access_mbps"
            c.add("E-ENG-013", path, "policy", site_class=site_class, rate=f"{policy.access_mbps.value:g}")
    for module in records.modules:
        cheaper = next((other for other in records.modules if _beats(other, module)), None)
        if cheaper:
            c.add("W-ENG-001", f"module/{module.id}", id=module.id, other=cheaper.id)
    if records.network_policy.warn_occupancy.value > records.network_policy.max_occupancy.value:
        c.add("E-ENG-011", "policy/network/warn_occupancy", "policy",
              what="warn_occupancy is above max_occupancy", what_vi="warn_occupancy cao hơn max_occupancy")  # fmt: skip


def _beats(other: LinkModule, module: LinkModule) -> bool:
    if other.id == module.id or set(module.use) - set(other.use) or (module.outdoor and not other.outdoor):
        return False
    ours = (module.one_off_vnd.value, module.monthly_vnd.value, module.monthly_per_km_vnd.value)
    theirs = (other.one_off_vnd.value, other.monthly_vnd.value, other.monthly_per_km_vnd.value)
    if other.max_per_link < module.max_per_link or other.capacity_mbps.value < module.capacity_mbps.value:
        return False
    no_dearer = all(t <= o for t, o in zip(theirs, ours, strict=True))
    return no_dearer and (theirs != ours or other.capacity_mbps.value > module.capacity_mbps.value)


def _services(c: Checker) -> None:
    records = c.records
    for service in records.services:
        for traffic in service.traffic:
            if traffic.per == "endpoint" and traffic.service_class == "af41":
                c.add("E-ENG-020", f"service/{service.id}/traffic/{traffic.id}", f"service/{service.id}")
    for tree in records.conferences:
        root = next(site.site_class for site in records.sites if site.id == tree.root)
        for site_class in (*tree.members, root):
            if site_class not in tree.endpoint_mbps:
                path = f"conference/{tree.id}"
                c.add("E-ENG-019", f"{path}/endpoint_mbps", path, site_class=site_class)
    for resource, attribute in (("GiB memory", "memory_gib"), ("GiB disk", "disk_gib"), ("Mbit/s", "network_mbps")):
        most = max(getattr(model, attribute).value for model in records.host_models)
        for workload in workloads_of(records):
            need = getattr(workload, attribute).value
            if workload.form == "vm" and need > most:
                path = f"workload/{workload.id}"
                c.add("E-ENG-015", f"{path}/{attribute}", path, need=f"{need:g}", resource=resource, most=f"{most:g}")
    money, placement = records.money, records.placement
    if not placement.warn_share.value <= placement.full_share.value or money.horizon_years < 1:
        c.add("E-ENG-011", "policy/placement/warn_share", "policy",
              what="warn_share is above full_share", what_vi="warn_share cao hơn full_share")  # fmt: skip


def _routes(c: Checker) -> None:
    """Check that every site can be connected, and twice where its class asks for it (Menger: one cut duct)."""
    records = c.records
    seen: dict[str, str] = {}
    for link in candidate_links(records):
        if link.id in seen:
            c.add("E-ENG-022", f"site/{link.a}", f"exchange/{link.a}", id=link.id)
        seen[link.id] = link.a
    ducts = Ducts(records)
    core = records.province.core
    fixed = [carrier for carrier in records.carriers if carrier.fixed]
    asked = demands(records)
    covered = {cover.site for cover in records.mobile}
    most = max((m.capacity_mbps.value * m.max_per_link for m in records.modules if "access" in m.use), default=0.0)
    reach = {carrier.id: ducts.network_of(carrier.id).tree(core) for carrier in fixed}
    graph = ducts.subdivided()
    parts = {frozenset(part) for part in nx.connected_components(graph)}
    main = next(part for part in parts if ducts.place_of[core] in part)
    cuts = set(nx.articulation_points(graph.subgraph(main))) & set(ducts.by_id)
    alone: dict[str, list[str]] = {}
    for site in records.sites:
        if site.id == core:
            continue
        policy, path = records.classes[site.site_class], f"site/{site.id}"
        if not any(serves(k, site) and reach[k.id].length_km(site.id) is not None for k in fixed):
            c.add("E-ENG-009", path)
            continue
        allowed = most * records.network_policy.max_occupancy.value
        if asked[site.id].peak_mbps > allowed:
            c.add("E-ENG-014", path, demand=f"{asked[site.id].peak_mbps:.1f}", most=f"{allowed:.1f}")
        if policy.backup == "mobile" and site.id not in covered:
            c.add("E-ENG-010", path)
        cut = next(_cutting(graph, cuts, ducts.place_of[site.id], core), None)
        if cut and policy.backup == "fixed" and "duct" in policy.survive:
            c.add("E-ENG-008", path, cut=cut)
        elif cut:
            alone.setdefault(cut, []).append(site.id)
    for cut, sites in alone.items():
        c.add("W-ENG-003", f"duct/{cut}", count=len(sites), cut=cut)


def _cutting(graph: "nx.Graph[str]", cuts: set[str], place: str, core: str) -> Iterator[str]:
    """Give the ducts whose loss parts a place from the core."""
    if not cuts or place == core:
        return
    on_route = [node for node in nx.shortest_path(graph, place, core) if node in cuts]
    for duct in on_route:
        rest = graph.subgraph(set(graph) - {duct})
        if not nx.has_path(rest, place, core):
            yield duct


def _facts(c: Checker) -> None:
    for outcome in compare(c.records):
        fact, path = outcome.fact, f"fact/{outcome.fact.id}"
        if not outcome.holds:
            stated, found = f"{fact.value:g}", f"{outcome.found if outcome.found is not None else math.nan:g}"
            c.add("W-FACT-001", path, stated=stated, found=found, comparison=fact.check, expression=fact.against)
        if fact.finding:
            c.add("W-FACT-002", path, text=fact.finding.en, text_vi=fact.finding.vi)
