"""What scenarios change in the records by hand too: mere places, ended contracts, leased lines of every kind."""

import dataclasses
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import topology
from planner.datacentre.answer import DataCentreAnswer
from planner.machines import Machines
from planner.plan import Cost, DataCentre
from planner.segments import segments
from topology.addresses import AddressPlan
from topology.candidates import candidate_links, line_of
from topology.check.engineering import check_engineering
from topology.check.references import check_references
from topology.demands import demands
from topology.facts import EXPRESSIONS
from topology.model import Records
from topology.schema.network import ExistingLink

MINI = Path(__file__).parents[3] / "inventory" / "mini"
NOBODY = {"site_class": "place", "officials": 0, "population": 0}


@cache
def base() -> Records:
    return topology.load(MINI)


def with_site(name: str, **update: object) -> Records:
    sites = tuple(site.model_copy(update=update) if site.id == name else site for site in base().sites)
    return dataclasses.replace(base(), sites=sites)


def codes(records: Records) -> set[str]:
    return {found.code for found in [*check_references(records), *check_engineering(records)]}


@pytest.mark.parametrize("name", ["commune-04", "district-tay"])
def test_a_mere_place_is_no_point_of_the_network(name: str) -> None:
    records = with_site(name, **NOBODY)
    records = dataclasses.replace(records, slice=records.slice.model_copy(update={"sites": ("commune-01",)}))
    assert not {code for code in codes(records) if code.startswith("E-")}
    assert name not in demands(records)
    assert name not in {link.a for link in candidate_links(records)}
    assert EXPRESSIONS["count(points)"](records) == EXPRESSIONS["count(points)"](base()) - 1
    assert EXPRESSIONS["count(sites)"](records) == EXPRESSIONS["count(sites)"](base()) - 1
    empty = DataCentreAnswer(DataCentre(hosts=(), racks=(), evacuations=(), used_share={}), {}, Cost())
    machines = Machines(topology.build(records), empty)
    assert name not in {segment.site for segment in segments(machines)}
    assert name not in {machine.site for machine in machines.all}


def test_ducts_still_meet_at_a_place() -> None:
    """The ducts of commune-04 carry others' lines as before."""
    through = {link.id for link in candidate_links(base()) if any("04" in duct for duct in link.ducts)}
    records = with_site("commune-04", **NOBODY)
    kept = {link.id: link.ducts for link in candidate_links(records)}
    for link in candidate_links(base()):
        if link.a != "commune-04":
            assert kept[link.id] == link.ducts
    assert through & set(kept)


def test_a_former_district_numbers_its_communes() -> None:
    before, after = AddressPlan(base()), AddressPlan(with_site("district-tay", **NOBODY))
    for site in ("commune-01", "commune-06"):
        assert after.site_prefix(site) == before.site_prefix(site)
    taken = with_site("district-tay", **NOBODY, address_slot=1)
    assert "E-ENG-001" in codes(taken)


@pytest.mark.parametrize(
    "change",
    [
        {"sites": with_site("commune-04", site_class="place").sites},
        {"classes": base().classes | {"place": base().classes["commune"]}},
        {"conferences": (base().conferences[0].model_copy(update={"members": ("place", "district")}),)},
        {"services": tuple(
            service.model_copy(update={"traffic": tuple(
                one.model_copy(update={"site_classes": ("place",)}) for one in service.traffic)})
            for service in base().services)},
    ],
    ids=["people", "policy", "conference", "traffic"],
)  # fmt: skip
def test_nothing_is_promised_to_a_place(change: dict[str, Any]) -> None:
    assert "E-ENG-011" in codes(dataclasses.replace(base(), **change))


def test_a_place_cannot_be_brought_up_in_the_lab() -> None:
    assert "E-REF-017" in codes(with_site("commune-04", **NOBODY))


def test_traffic_of_single_sites_reaches_them_alone() -> None:
    first = next(service for service in base().services if service.id == "one-stop")
    others = [service for service in base().services if service is not first]
    one = first.traffic[0].model_copy(update={"sites": ("commune-02",)})
    records = dataclasses.replace(
        base(), services=(first.model_copy(update={"traffic": (one, *first.traffic[1:])}), *others)
    )
    now, then = demands(base()), demands(records)
    assert then["commune-02"] == now["commune-02"]
    assert then["commune-01"].peak_mbps < now["commune-01"].peak_mbps
    wrong = one.model_copy(update={"sites": ("commune-99",)})
    service = first.model_copy(update={"traffic": (wrong,)})
    assert "E-REF-002" in codes(dataclasses.replace(base(), services=(service, *others)))


def test_without_a_contract_there_are_no_lines() -> None:
    carriers = tuple(c.model_copy(update={"contract": c.id != "gamma"}) for c in base().carriers)
    links = candidate_links(dataclasses.replace(base(), carriers=carriers))
    assert "gamma" not in {link.carrier for link in links}
    assert {link.carrier for link in links} == {"alpha", "beta"}


def leased(**update: object) -> Records:
    said = {"site": "commune-01", "to": "core", "carrier": "alpha", "module": "fibre-20m", "source": "teaching",
            "quality": "assumption"}  # fmt: skip
    return dataclasses.replace(base(), existing_links=(ExistingLink.model_validate(said | update),))


def existing(records: Records) -> dict[str, int]:
    return {link.id: sum(m.existing for m in link.modules) for link in candidate_links(records) if
            any(m.existing for m in link.modules)}  # fmt: skip


@pytest.mark.parametrize("kind", ["access", "trunk", "internet", "mobile"])
def test_lines_of_every_kind_can_be_there_already(kind: str) -> None:
    for route in (1, 2) if kind != "mobile" else (1,):
        link = next(link for link in candidate_links(base()) if line_of(link)[0] == kind and line_of(link)[4] == route)
        module = max(link.modules, key=lambda module: module.max_count)
        records = leased(
            kind=kind,
            site=link.a,
            to=link.b,
            carrier=link.carrier,
            route=route,
            module=module.id,
            count=module.max_count,
        )
        assert existing(records) == {link.id: module.max_count}
        assert not {code for code in codes(records) if code.startswith("E-")}


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"kind": "trunk"}, "E-REF-003"),
        ({"kind": "mobile"}, "E-ENG-024"),
        ({"count": 2}, "E-ENG-024"),
        ({"module": "internet-500m"}, "E-ENG-024"),
        ({"carrier": "gamma"}, "E-ENG-024"),
    ],
)
def test_a_line_that_cannot_be_is_refused(wrong: dict[str, Any], code: str) -> None:
    records = leased(**wrong)
    found = {one.code for one in check_references(records)} or {one.code for one in check_engineering(records)}
    assert code in found
