"""The records of both provinces: complete, sourced, lawful, and such that a plan exists."""

import re
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import pytest
from pydantic import BaseModel

import topology
from inventory.geography import ducts, places
from topology.model import CandidateLink, Network, Records
from topology.schema.base import Figure

ROOT = Path(__file__).parents[3]
INVENTORY = ROOT / "inventory"
TABLE = ROOT / "docs" / "records.md"
PROVINCES = ("mini", "hoa-binh")


@pytest.fixture(scope="module", params=PROVINCES)
def network(request) -> Network:
    return topology.build(topology.load(INVENTORY / request.param))


@pytest.fixture(scope="module")
def hoa_binh() -> Records:
    return topology.load(INVENTORY / "hoa-binh")


def figures(value: object, path: str = "") -> Iterator[tuple[str, Figure]]:
    """Every figure of the records with its path."""
    if isinstance(value, Figure):
        yield path, value
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from figures(getattr(value, name), f"{path}/{name}")
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from figures(item, f"{path}/{name}")
    elif isinstance(value, tuple):
        for item in value:
            yield from figures(item, f"{path}/{getattr(item, 'id', '')}")


def all_figures(records: Records) -> list[tuple[str, Figure]]:
    parts = (name for name in records.__dataclass_fields__ if name not in ("positions", "figures", "digest"))
    return [found for part in parts for found in figures(getattr(records, part), part)]


# What the loader says


def test_mini_has_nothing_to_complain_about() -> None:
    assert topology.check(INVENTORY / "mini") == []


def test_hoa_binh_keeps_its_contradictions_and_has_no_others() -> None:
    found = topology.check(INVENTORY / "hoa-binh")
    assert {finding.code for finding in found} == {"W-FACT-001", "W-FACT-002"}
    about = {finding.message.en.partition(":")[0] for finding in found if finding.code == "W-FACT-001"}
    assert about == {"fact/fact-35-lgsp"}
    assert len([finding for finding in found if finding.code == "W-FACT-002"]) == 9


# Sources


@pytest.mark.parametrize("province", PROVINCES)
def test_every_figure_names_a_known_source(province: str) -> None:
    records = topology.load(INVENTORY / province)
    known = {source.id for source in records.sources}
    found = all_figures(records)
    assert len(found) > 150
    assert not [(path, figure.source) for path, figure in found if figure.source not in known]


@pytest.mark.parametrize("province", PROVINCES)
def test_every_source_is_used(province: str) -> None:
    text = "".join(
        path.read_text(encoding="utf-8")
        for path in sorted((INVENTORY / province).rglob("*"))
        if path.is_file() and path.name != "sources.yaml"
    ) + TABLE.read_text(encoding="utf-8")
    for source in topology.load(INVENTORY / province).sources:
        assert re.search(rf"\b{source.id}\b", text), source.id


def test_planning_figures_are_never_called_official(hoa_binh: Records) -> None:
    wrong = [
        path
        for path, figure in all_figures(hoa_binh)
        if (figure.source == "planning") != (figure.quality == "assumption")
    ]
    assert not wrong


# The table of stated quantities


def table_rows() -> dict[int, list[str]]:
    lines = [line for line in TABLE.read_text(encoding="utf-8").splitlines() if re.match(r"\| \d+ \|", line)]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    assert len(cells) == len({row[0] for row in cells}), "a row stands twice"
    return {int(row[0]): row for row in cells}


def test_all_fifty_rows_are_in_the_table() -> None:
    rows = table_rows()
    assert sorted(rows) == list(range(1, 51))
    for row in rows.values():
        assert len(row) == 5
        assert re.match(r"(demand|workload|constraint|check|finding)\b", row[4]), row


def test_every_path_of_the_table_exists(hoa_binh: Records) -> None:
    for number, row in table_rows().items():
        paths = re.findall(r"`([^`]+)`", row[3])
        assert paths, number
        for path in paths:
            assert path in hoa_binh.positions, f"row {number}: {path}"
        files = {hoa_binh.positions[path].file for path in paths}
        assert any(file.startswith(row[2]) for file in files), f"row {number}: {row[2]} not among {sorted(files)}"


def test_the_table_and_the_facts_agree(hoa_binh: Records) -> None:
    named = {
        (number, name) for number, row in table_rows().items() for name in re.findall(r"`fact/(fact-[^`/]+)`", row[3])
    }
    assert named == {(fact.row, fact.id) for fact in hoa_binh.facts}


def test_a_row_that_promises_a_check_or_a_finding_has_one(hoa_binh: Records) -> None:
    for number, row in table_rows().items():
        facts = [fact for fact in hoa_binh.facts if fact.row == number]
        assert ("check" in row[4]) == any(fact.check != "none" for fact in facts), number
        assert ("finding" in row[4]) == any(fact.finding for fact in facts), number


def test_services_name_the_facts_they_were_sized_from(hoa_binh: Records) -> None:
    named = {fact for service in hoa_binh.services for fact in service.facts}
    sized = {17, 29, 30, 31, 33, 34, 35, 37, 38, 39, 40, 41, 42, 43, 45, 46, 47, 48, 49}
    assert sized <= {fact.row for fact in hoa_binh.facts if fact.id in named}


# What the import and the hand-written records both say


def test_import_and_carriers_agree_on_districts(hoa_binh: Records) -> None:
    district_of = {site.id: site.district for site in hoa_binh.sites}
    for carrier, codes in places.SMALL_CARRIERS.items():
        wanted = {district_of[f"commune-{places.SEATS[code]}"] for code in codes}
        assert wanted == set(next(entry.districts for entry in hoa_binh.carriers if entry.id == carrier))


def test_import_and_policy_agree_on_the_detour(hoa_binh: Records) -> None:
    assert hoa_binh.network_policy.detour_factor.value == ducts.DETOUR


# Demands


def test_demands_are_in_the_usual_range(hoa_binh: Records) -> None:
    demands = topology.build(hoa_binh).demands
    ranges = {"commune": (10, 40), "district": (40, 200), "department": (10, 100)}
    for site in hoa_binh.sites:
        if site.site_class != "core":
            least, most = ranges[site.site_class]
            assert least <= demands[site.id].peak_mbps <= most, site.id
    assert 2_000 < sum(demand.down_mbps for demand in demands.values()) < 6_000


def test_meetings_fit_beside_the_other_traffic(network: Network) -> None:
    """Voice and pictures stay below their share of the smallest access line."""
    records = network.records
    for site in records.sites:
        if site.id != network.core:
            policy = records.classes[site.site_class]
            live = sum(max(network.demands[site.id].by_class.get(name, (0.0, 0.0))) for name in ("ef", "af41"))
            assert live <= policy.realtime_share_max.value * policy.access_mbps.value, site.id


# Routes: for every site there is a pair of paths that its class asks for


def fixed_paths(network: Network, site: str) -> list[tuple[frozenset[str], frozenset[str]]]:
    """Ducts and exchanges of every path of one access line and at most one trunk."""
    trunks: dict[str, list[CandidateLink]] = {}
    for link in network.links:
        if link.kind == "trunk" and link.b == network.core:
            trunks.setdefault(link.a, []).append(link)
    paths = []
    for link in network.links:
        if link.kind == "access" and link.a == site:
            if link.b == network.core:
                paths.append((frozenset(link.ducts), frozenset[str]()))
            paths += [(frozenset(link.ducts + trunk.ducts), frozenset({link.b})) for trunk in trunks.get(link.b, [])]
    return list(dict.fromkeys(paths))


def test_every_site_has_the_two_paths_that_its_class_asks_for(network: Network) -> None:
    records = network.records
    floods = [
        frozenset(duct.id for duct in records.ducts if duct.flood_zone == zone)
        for zone in sorted({duct.flood_zone for duct in records.ducts if duct.flood_zone})
    ]
    mobile: dict[str, list[CandidateLink]] = {}
    for link in network.links:
        if link.kind == "mobile":
            mobile.setdefault(link.a, []).append(link)

    def apart(one, other, survive) -> bool:
        if one[0] & other[0] or one[1] & other[1]:
            return False
        return "flood" not in survive or not any(zone & one[0] and zone & other[0] for zone in floods)

    without = []
    for site in records.sites:
        if site.id == network.core:
            continue
        policy = records.classes[site.site_class]
        paths = fixed_paths(network, site.id)
        fixed = any(apart(one, other, policy.survive) for one, other in combinations(paths, 2))
        need = policy.degraded_share.value * network.demands[site.id].peak_mbps
        over_air = policy.backup == "any" and any(
            max((module.capacity_mbps for module in link.modules), default=0)
            * records.network_policy.max_occupancy.value
            >= need
            and any(not path[0] & set(link.ducts) for path in paths)
            for link in mobile.get(site.id, [])
        )
        if not (fixed or over_air):
            without.append(site.id)
    assert not without


def test_the_data_centre_has_internet_from_two_carriers_at_two_exchanges(network: Network) -> None:
    lines = [link for link in network.links if link.kind == "internet"]
    assert any(
        one.carrier != other.carrier and one.b != other.b and not set(one.ducts) & set(other.ducts)
        for one, other in combinations(lines, 2)
    )
    assert all(
        any(module.capacity_mbps * 0.9 >= network.records.figures["internet_mbps"] for module in link.modules)
        for link in lines
    )


# Zones and flows of level 3


def test_every_server_reaches_time_names_logs_packages_and_malware_scan(network: Network) -> None:
    records = network.records
    workloads = [workload for service in records.services for workload in service.workloads]
    zone_of = {role: {w.zone for w in workloads if w.role == role} for role in {w.role for w in workloads}}
    wanted = [("mirror", 443), ("mirror", 123), ("log-collector", 123), ("log-collector", 6514), ("directory", 53),
              ("antivirus", 3310)]  # fmt: skip
    for zone in {workload.zone for workload in workloads}:
        for role, port in wanted:
            assert any(
                flow.source == zone and flow.destination in zone_of[role] and port in flow.ports
                and (not flow.roles or role in flow.roles)
                for flow in records.flows
            ), (zone, role, port)  # fmt: skip


def test_a_slice_site_reaches_what_the_slice_offers(network: Network) -> None:
    records = network.records
    by_machine = {
        name: workload
        for service in records.services
        for workload in service.workloads
        for name in workload.machines or tuple(f"{workload.id}-{i + 1}" for i in range(workload.replicas))
    }
    ports = {"application": 443, "mail-gateway": 25, "mirror": 443, "log-collector": 6514, "conference": 8089}
    for machine in records.slice.machines:
        role = by_machine[machine].role
        if role in ports:
            assert any(
                flow.source == "site-lan" and flow.destination == by_machine[machine].zone
                and role in flow.roles and ports[role] in flow.ports
                for flow in records.flows
            ), machine  # fmt: skip


def test_administration_starts_in_the_management_zone_only(network: Network) -> None:
    kinds = {zone.id: zone.kind for zone in network.records.zones}
    assert {kinds[flow.source] for flow in network.records.flows if 22 in flow.ports} == {"management"}


def test_firewalls_have_the_second_and_third_address(network: Network) -> None:
    for service in network.records.services:
        for workload in service.workloads:
            assert (workload.role == "firewall") == (workload.address_offset in (2, 3)), workload.id


# Words that have no place in published records


def test_records_name_no_path_of_a_machine() -> None:
    for path in [*sorted(INVENTORY.rglob("*")), TABLE]:
        if path.suffix in {".yaml", ".csv", ".md", ".py", ".txt"}:
            text = path.read_text(encoding="utf-8")
            assert not re.search(r"/(work|home|root|tmp)/", text), path
