"""The reorganisation of 2025: every commune goes into one unit, nobody is lost, the scenario is its script's."""

from pathlib import Path

import pytest

import topology
from inventory import import_reorganisation as imported
from inventory.geography.places import all_places
from inventory.geography.units_2025 import all_units
from provdc.explanation.context import Context, scenario_rows
from topology.model import Records
from topology.scenario import apply, read_scenarios

RECORDS = Path(imported.__file__).parent / "hoa-binh"


@pytest.fixture(scope="module")
def base() -> Records:
    return topology.load(RECORDS)


@pytest.fixture(scope="module")
def after(base: Records) -> Records:
    files, findings = read_scenarios(RECORDS)
    assert findings == []
    made = apply(base, [files["reorganisation-2025"]])
    assert made.records is not None
    assert made.findings == []
    return made.records


def test_the_script_writes_the_committed_bytes(tmp_path: Path) -> None:
    imported.main(tmp_path)
    assert (tmp_path / imported.NAME).read_bytes() == (RECORDS / imported.NAME).read_bytes()


def test_every_commune_goes_into_one_unit() -> None:
    places = all_places()
    units = all_units(places)
    communes = {place.id for place in places if place.site_class == "commune"}
    assert len(units) == 46
    kept, closed = [unit.site for unit in units], [name for unit in units for name in unit.closed]
    assert sorted(kept + closed) == sorted(communes)
    assert sum(unit.people for unit in units) == sum(place.people for place in places)
    desks = sum(place.officials for place in places if place.site_class in ("commune", "district"))
    assert sum(unit.officials for unit in units) == desks


def test_people_and_desks_are_the_same_after_it(base: Records, after: Records) -> None:
    for field in ("officials", "population"):
        assert sum(getattr(s, field) for s in after.sites) == sum(getattr(s, field) for s in base.sites)


def test_46_units_22_agencies_and_the_new_centre_are_connected(after: Records) -> None:
    demands = topology.build(after).demands
    kinds = {site.id: site.site_class for site in after.sites}
    assert len(demands) == 46 + 22 + 1
    assert {kinds[name] for name in demands} == {"commune", "department"}
    assert not [site for site in after.sites if site.site_class == "district"]


def test_addresses_stay(base: Records, after: Records) -> None:
    from topology.addresses import AddressPlan

    old, new = AddressPlan(base), AddressPlan(after)
    for site in topology.build(after).demands:
        if site in {known.id for known in base.sites}:
            assert new.site_prefix(site) == old.site_prefix(site)
            assert new.wan_address(site) == old.wan_address(site)


def test_the_second_room_is_far_enough_wherever_it_stands(base: Records) -> None:
    from topology.standing import choices, distance_km

    files, _ = read_scenarios(RECORDS)
    made = apply(base, [files["second-room"]]).records
    assert made is not None
    every = list(choices(made))
    assert len(every) == 4, "the copy and the machines for recovery, each in one of two rooms"
    far = {site: distance_km(made, site, "core") for stands in every for site in stands.values()}
    assert {site: round(km) for site, km in far.items()} == {
        "department-phong-chi-ne": 58, "department-phong-mai-chau": 32,
    }  # fmt: skip
    assert all(stands["db-away"] == stands["dns-away"] for stands in every)


def test_all_shipped_scenarios_can_be_applied(base: Records) -> None:
    files, _ = read_scenarios(RECORDS)
    assert set(files) == {
        "loss-of-viettel", "meeting-of-151", "dossiers-x3", "level-3-of-2026", "second-room", "reorganisation-2025",
    }  # fmt: skip
    for name, file in files.items():
        made = apply(base, [file])
        assert made.findings == [], name
        assert made.records is not None
        assert made.records.digest != base.digest


def test_the_reorganisation_can_be_combined_with_every_other(base: Records) -> None:
    files, _ = read_scenarios(RECORDS)
    reorganisation = files.pop("reorganisation-2025")
    for name, file in files.items():
        made = apply(base, [reorganisation, file])
        assert made.findings == [], name


def test_every_commune_that_closes_says_which_unit_it_went_into(after: Records) -> None:
    context = Context(lang="en", records=after, plan=None, results=None)
    for unit in all_units(all_places()):
        for name in unit.closed:
            told = [text for _, text in scenario_rows(context, name) if "went into" in text]
            assert len(told) == 1
            assert f"commune → place (went into {unit.name}, {unit.site})" in told[0]
