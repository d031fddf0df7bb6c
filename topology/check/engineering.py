"""Third tier: would it work, is it legal, is it believable."""

import math
from collections.abc import Iterator
from ipaddress import IPv4Network

import networkx as nx

from topology.addresses import FIRST_FIREWALL, FIRST_GATEWAY, PARTS, WAN_BLOCKS, slot_limit
from topology.candidates import candidate_links, line_of, serves
from topology.check.affinity import check_together
from topology.check.believable import check_believable
from topology.check.consistency import check_consistency
from topology.check.references import Checker, machines_of, workloads_of
from topology.check.standing import check_standing
from topology.demands import demands
from topology.facts import compare
from topology.findings import Finding
from topology.graph import Ducts
from topology.model import Records
from topology.schema.network import LinkModule
from topology.schema.services import Workload

REQUIRED_ZONES = {
    1: ("internal", "edge", "dmz"),
    2: ("internal", "edge", "dmz", "server"),
    3: ("internal", "edge", "dmz", "server", "database", "management"),
    4: ("internal", "edge", "dmz", "server", "database", "management"),
    5: ("internal", "edge", "dmz", "server", "database", "management"),
}
"""Circular 12/2022/TT-BTTTT, annexes I–V, part II.1.a."""

LAST_HOST = 254
"""Largest host number in a zone's /24."""

FORBIDDEN = {
    ("edge", "database"): ("the edge never reaches the databases", "vùng biên không được tới cơ sở dữ liệu"),
    ("dmz", "database"): ("the DMZ never reaches the databases", "DMZ không được tới cơ sở dữ liệu"),
    ("wan", "database"): ("the dedicated network never reaches the databases",
                          "mạng chuyên dùng không được tới cơ sở dữ liệu"),
    ("site", "database"): ("sites never reach the databases", "các điểm mạng không được tới cơ sở dữ liệu"),
    ("edge", "management"): ("administration from outside comes by VPN", "quản trị từ bên ngoài phải qua VPN"),
    ("wireless", "server"): ("wireless clients reach servers only through the DMZ",
                             "máy không dây chỉ tới máy chủ qua DMZ"),
    ("wireless", "database"): ("wireless clients never reach the databases",
                               "máy không dây không được tới cơ sở dữ liệu"),
}  # fmt: skip
"""Pairs of zone kinds between which no flow is lawful; Circular 12/2022/TT-BTTTT annex III."""


def check_engineering(records: Records) -> list[Finding]:
    """Return all findings of the third tier."""
    checker = Checker(records)
    _site_addresses(checker)
    _machine_addresses(checker)
    _zones(checker)
    check_believable(checker)
    _lines(checker)
    _services(checker)
    check_consistency(checker)
    check_together(checker)
    check_standing(checker)
    if not any(found.severity == "error" for found in checker.findings):
        _routes(checker)
    _facts(checker)
    return checker.findings


def _site_addresses(c: Checker) -> None:
    records = c.records
    block = _network(records.province.address_block)
    if block is None or block.prefixlen != 16 or not block.is_private:
        c.add("E-ENG-005", "province/address_block", "province", value=records.province.address_block)
    taken: dict[tuple[str, int], str] = {}
    numbering = {site.district for site in records.sites if site.site_class == "commune"}
    for site in records.sites:
        if site.site_class == "place" and site.id not in numbering:
            continue  # it has no address, and numbers none
        kind = "district" if site.site_class == "place" else site.site_class
        key = (site.district or kind if kind == "commune" else kind, site.address_slot)
        path = f"site/{site.id}"
        limit = 11 if kind == "district" else slot_limit(site)
        first = 1 if kind in ("district", "commune") else 0
        if not first <= site.address_slot < limit:
            c.add("E-ENG-021", f"{path}/address_slot", path, slot=site.address_slot, range=f"{first}–{limit - 1}")
        if key in taken:
            c.add("E-ENG-001", f"{path}/address_slot", path, slot=site.address_slot, other=taken[key])
        taken.setdefault(key, site.id)


def _machine_addresses(c: Checker) -> None:
    """Check that no two machines share an address or a name; the firewalls have the same one in every zone."""
    records = c.records
    pair = next((w for w in workloads_of(records) if w.role == "firewall"), None)
    members = range(FIRST_FIREWALL, FIRST_FIREWALL + (pair.replicas if pair else 0))
    hosts = {(zone.id, number): pair.id for zone in records.zones for number in members if pair}
    last = {zone.id: FIRST_GATEWAY - 1 if zone.kind == "wan" else LAST_HOST for zone in records.zones}
    names: dict[str, str] = {}
    for workload in workloads_of(records):
        path, first = f"workload/{workload.id}", workload.address_offset
        if workload is pair and first != FIRST_FIREWALL:
            c.add("E-ENG-021", f"{path}/address_offset", path, slot=first, range=f"{FIRST_FIREWALL}–{FIRST_FIREWALL}")
        for number, name in enumerate(_machines(records, workload), start=first):
            if name in names:
                c.add("E-ENG-004", path, id=name, other=names[name])
            names.setdefault(name, workload.id)
            place = (workload.zone, number)
            if workload is pair:
                continue
            if number > last[workload.zone]:
                c.add("E-ENG-021", f"{path}/address_offset", path, slot=number, range=f"4–{last[workload.zone]}")
                break
            if place in hosts:
                c.add("E-ENG-002", f"{path}/address_offset", path, offset=number, zone=place[0], other=hosts[place])
                break
            hosts[place] = workload.id


def _machines(records: Records, workload: Workload) -> tuple[str, ...]:
    """Return the names of a workload's machines, as many as may move in for those of small data centres."""
    most = max((s.servers_max.value for s in records.small_data_centres if s.vm.id == workload.id), default=0)
    return machines_of(workload.model_copy(update={"replicas": max(workload.replicas, most)}))


def _network(text: str) -> IPv4Network | None:
    try:
        return IPv4Network(text)
    except ValueError:
        return None


def _zones(c: Checker) -> None:
    records = c.records
    slots: dict[tuple[str, int | str], str] = {}
    for zone in records.zones:
        path = f"zone/{zone.id}"
        where = zone.kind if zone.kind in ("site", "wan") else "core"
        allowed = {"site": range(len(PARTS)), "wan": WAN_BLOCKS, "core": range(16)}[where]
        if zone.address_slot not in allowed:
            c.add("E-ENG-021", f"{path}/address_slot", path, slot=zone.address_slot,
                  range=f"{allowed[0]}–{allowed[-1]}")  # fmt: skip
        side = "site" if where == "site" else "core"
        shared: list[tuple[str, str, int | str]] = [
            ("address_slot", f"{where} address slot", zone.address_slot),
            ("vlan", f"{side} VLAN", zone.vlan),
        ]
        if zone.function:
            shared.append(("function", "function", zone.function))
        for attribute, name, value in shared:
            if (name, value) in slots:
                c.add("E-ENG-003", f"{path}/{attribute}", path, other=slots[name, value], what=f"{name} {value}")
            slots.setdefault((name, value), zone.id)
    kinds = {zone.kind for zone in records.zones}
    for needed in ("wan", "lan"):
        count = sum(needed in (zone.kind, zone.function) for zone in records.zones)
        if count != 1:
            c.add("E-ENG-025", "zones", kind=needed, count=count)
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
            c.add("E-ENG-007", f"{path}/destination", path, id=flow.id, source=flow.source,
                  destination=flow.destination, rule=rule[0], rule_vi=rule[1])  # fmt: skip
        if (flow.protocol == "icmp") == bool(flow.ports):
            what = "icmp has no ports" if flow.ports else f"{flow.protocol} without ports would open everything"
            what_vi = "icmp không có cổng" if flow.ports else f"{flow.protocol} không nêu cổng sẽ mở tất cả"
            c.add("E-ENG-012", f"{path}/ports", path, what=what, what_vi=what_vi)
    if not any(w.role == "firewall" for w in workloads_of(records)):
        c.add("E-ENG-023", "zones")


def _lines(c: Checker) -> None:
    records = c.records
    hosts = [exchange.id for exchange in records.exchanges if exchange.host]
    if records.exchanges and len(hosts) != 1:
        path = f"exchange/{hosts[-1] if hosts else records.exchanges[0].id}"
        c.add("E-ENG-027", f"{path}/host", path, count=len(hosts))
    fixed = {carrier.id for carrier in records.carriers if carrier.fixed}
    mobile = {carrier.id for carrier in records.carriers if carrier.mobile}
    for kind, group in (("duct", records.ducts), ("exchange", records.exchanges)):
        for holder in group:
            for carrier in holder.carriers:
                if carrier not in fixed:
                    path = f"{kind}/{holder.id}"
                    c.add(
                        "E-ENG-018",
                        f"{path}/carriers/{carrier}",
                        path,
                        carrier=carrier,
                        network="fixed",
                        network_vi="cố định",
                    )
    for cover in records.mobile:
        if cover.carrier not in mobile:
            path = f"mobile/{cover.site}-{cover.carrier}"
            c.add("E-ENG-018", f"{path}/carrier", path, carrier=cover.carrier, network="mobile", network_vi="di động")
    for site_class, policy in records.classes.items():
        most = max((m.capacity_mbps.value * m.max_per_link for m in records.modules if "access" in m.use), default=0)
        if policy.access_mbps.value > most:
            path = f"policy/classes/{site_class}/access_mbps"
            c.add("E-ENG-013", path, "policy", site_class=site_class, rate=f"{policy.access_mbps.value:g}")
    for module in records.modules:
        cheaper = next((other for other in records.modules if _beats(other, module)), None)
        if cheaper:
            c.add("W-ENG-001", f"module/{module.id}", id=module.id, other=cheaper.id)


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
                c.add("E-ENG-020", f"service/{service.id}/traffic/{traffic.id}/per", f"service/{service.id}")
    for workload in workloads_of(records):
        if workload.spare >= workload.replicas:
            path = f"workload/{workload.id}"
            c.add("E-ENG-030", f"{path}/spare", path, id=workload.id, spare=workload.spare, replicas=workload.replicas)
    _conferences(c)
    _moving(c)
    for attribute in ("memory_gib", "disk_gib", "network_mbps"):
        most = max(getattr(model, attribute).value for model in records.host_models)
        for workload in workloads_of(records):
            need = getattr(workload, attribute).value
            if workload.form == "vm" and need > most:
                path = f"workload/{workload.id}"
                c.add("E-ENG-015", f"{path}/{attribute}", path, need=f"{need:g}", resource=attribute, most=f"{most:g}")


def _conferences(c: Checker) -> None:
    """Check that each tree has a root that it can reach from, a rate for each class, and room for its bridges."""
    records = c.records
    for tree in records.conferences:
        path = f"conference/{tree.id}"
        root = next(site.site_class for site in records.sites if site.id == tree.root)
        if root == "commune" or (root == "district" and set(tree.members) - {"commune"}):
            c.add("E-ENG-026", f"{path}/root", path, root=tree.root, found=root)
        for site_class in (*tree.members, root):
            if site_class not in tree.endpoint_mbps:
                c.add("E-ENG-019", f"{path}/endpoint_mbps", path, site_class=site_class)
        if not tree.bridge_capacity.value:
            c.add("E-ENG-028", f"{path}/bridge_capacity", path, what="a bridge that serves nobody",
                  what_vi="cầu không phục vụ ai")  # fmt: skip
        if tree.cascade == "required" and (tree.cascade_mbps is None or records.bridge is None):
            c.add("E-ENG-028", f"{path}/cascade", path, what="'cascade: required' needs cascade_mbps and a bridge",
                  what_vi="'cascade: required' cần cascade_mbps và mục bridge")  # fmt: skip
        least = max((rate.value for rate in tree.endpoint_mbps.values()), default=0.0)
        if tree.cascade_mbps is not None and tree.cascade_mbps.value < least:
            c.add("E-ENG-028", f"{path}/cascade_mbps", path,
                  what=f"{tree.cascade_mbps.value:g} Mbit/s between bridges, an endpoint sends {least:g}",
                  what_vi=f"{tree.cascade_mbps.value:g} Mbit/s giữa các cầu, một điểm cầu gửi {least:g}")  # fmt: skip


def _moving(c: Checker) -> None:
    """Check that servers can move at all: windows have a length, one server may be off, rooms are possible."""
    records = c.records
    if records.moving and not records.moving.window_hours.value:
        c.add("E-ENG-029", "moving/window_hours", "moving", what="a window of no length", what_vi="khung giờ dài 0")
    if records.moving and not records.moving.busy_share.value < 1:
        c.add("E-ENG-029", "moving/busy_share", "moving", what="lines as busy as ever leave nothing for the copies",
              what_vi="kênh luôn bận như giờ cao điểm, không còn chỗ để sao chép")  # fmt: skip
    for small in records.small_data_centres:
        path = f"small-data-centre/{small.id}"
        if records.moving and small.servers_max.value and small.running_min >= small.servers_max.value:
            c.add("E-ENG-029", f"{path}/running_min", path,
                  what=f"{small.running_min} of {small.servers_max.value} servers always run, none can be off",
                  what_vi=f"{small.running_min} trên {small.servers_max.value} máy luôn chạy",
                  )  # fmt: skip
        if small.running and small.running.pue.value < 1:
            c.add("E-ENG-029", f"{path}/running/pue", path, what=f"PUE {small.running.pue.value:g} is below 1",
                  what_vi=f"PUE {small.running.pue.value:g} nhỏ hơn 1")  # fmt: skip


def _routes(c: Checker) -> None:
    """Check that every site can be connected, and twice where its class asks for it (Menger: one cut duct)."""
    records = c.records
    seen: dict[str, str] = {}
    links = candidate_links(records)
    for link in links:
        if link.id in seen:
            c.add("E-ENG-022", f"site/{link.a}", f"exchange/{link.a}", id=link.id)
        seen[link.id] = link.a
    possible = {line_of(link): {m.id: m.max_count for m in link.modules} for link in links}
    for line in records.existing_links:
        if line.count > possible.get(line.line, {}).get(line.module, 0):
            path = f"existing-link/{line.key}"
            c.add(
                "E-ENG-024",
                f"{path}/carrier",
                path,
                site=line.site,
                to=line.to,
                carrier=line.carrier,
                module=line.module,
            )
    ducts = Ducts(records)
    core = records.province.core
    fixed = [carrier for carrier in records.carriers if carrier.fixed and carrier.contract]
    asked = demands(records)
    leased = {carrier.id for carrier in records.carriers if carrier.contract}
    covered = {cover.site for cover in records.mobile if cover.carrier in leased}
    most = max((m.capacity_mbps.value * m.max_per_link for m in records.modules if "access" in m.use), default=0.0)
    reach = {carrier.id: ducts.network_of(carrier.id).tree(core) for carrier in fixed}
    graph = ducts.subdivided()
    parts = {frozenset(part) for part in nx.connected_components(graph)}
    main = next(part for part in parts if ducts.place_of[core] in part)
    cuts = set(nx.articulation_points(graph.subgraph(main))) & set(ducts.by_id)
    alone: dict[str, list[str]] = {}
    for site in records.sites:
        if site.id not in asked:
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
            resting = [service.id for service in c.records.services if fact.id in service.facts]
            c.add("W-FACT-001", path, stated=stated, found=found, comparison=fact.check, expression=fact.against,
                  text=fact.text.en, text_vi=fact.text.vi, row=fact.row, resting=", ".join(resting) or "–")  # fmt: skip
        if fact.finding:
            c.add("W-FACT-002", f"{path}/finding", path, text=fact.finding.en, text_vi=fact.finding.vi)
