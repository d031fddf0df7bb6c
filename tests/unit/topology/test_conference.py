"""Who meets whom, and what lines and bridges carry: by hand, and against counting site by site."""

import dataclasses
from pathlib import Path

import pytest

import topology
from topology import conference
from topology.demands import demands, hosted
from topology.model import FLAT, Hosting, Records
from topology.schema.base import Amount

INVENTORY = Path(__file__).parents[3] / "inventory"
MARK = {"quality": "assumption", "source": "test"}


@pytest.fixture(scope="module")
def records() -> Records:
    return topology.load(INVENTORY / "mini")


@pytest.fixture(scope="module")
def hoa_binh() -> Records:
    return topology.load(INVENTORY / "hoa-binh")


def with_tree(records: Records, name: str, **update: object) -> Records:
    trees = tuple(t.model_copy(update=update) if t.id == name else t for t in records.conferences)
    return dataclasses.replace(records, conferences=trees)


def test_the_busy_meeting_of_the_province_has_162_places(hoa_binh: Records) -> None:
    known = conference.groups(hoa_binh)
    for trees in conference.hours(hoa_binh).values():
        assert len({site for group in known if group.tree in trees for site in group.sites}) == 1 + 10 + 151


def test_a_tree_of_a_district_reaches_its_own_communes_alone(records: Records) -> None:
    rates = {name: Amount(value=4, **MARK) for name in ("district", "commune")}
    own = with_tree(records, "conf-communes", root="district-dong", endpoint_mbps=rates)
    taking = {s for g in conference.groups(own) if g.tree == "conf-communes" for s in g.sites}
    assert taking == {"district-dong"} | {s.id for s in own.sites if s.district == "district-dong"}


def test_lines_by_hand_with_a_bridge_away(records: Records) -> None:
    """Three communes of district-dong meet at a bridge there: 12 Mbit/s in, 6 between bridges, its own 6 as ever."""
    hosting = Hosting(homes={"conf-communes:district-dong:communes": "district-dong"})
    flat, cascaded = demands(records), demands(records, hosting)
    assert cascaded["district-dong"].peak_mbps - flat["district-dong"].peak_mbps == pytest.approx(3 * 4 + 6)
    assert {site for site in flat if flat[site] != cascaded[site]} == {"district-dong"}
    assert [s.seats for s in conference.seats(records, hosting, "district-dong")] == [3 + 1]
    assert [s.seats for s in conference.seats(records, hosting, "core")] == [13 - 3 + 1]


def test_own_endpoints_stay_off_the_line(records: Records) -> None:
    tree = with_tree(records, "conf-districts", cascade="allowed", cascade_mbps=Amount(value=6, **MARK))
    hosting = Hosting(homes={"conf-districts:district-dong": "district-dong"})
    flat, local = demands(tree), demands(tree, hosting)
    assert local["district-dong"].peak_mbps == pytest.approx(flat["district-dong"].peak_mbps - 6 + 6)


def test_a_site_is_planned_for_its_busiest_hour(hoa_binh: Records) -> None:
    """The Party line meets in an hour of its own; only its root is busier then."""
    busiest = conference.busiest(hoa_binh, FLAT)
    assert busiest["department-tinh-uy"] == ("conf-party", {"conf-party": 6.0})
    assert {hour for site, (hour, _) in busiest.items() if site != "department-tinh-uy"} == {"concurrent"}


def test_users_of_servers_that_moved_load_the_line_of_their_agency(records: Records) -> None:
    network = topology.build(records)
    (room,) = records.small_data_centres
    moved = hosted(network, Hosting(moved=frozenset({room.id})))
    more = room.servers_max.value * room.vm.network_mbps.value
    assert moved.demands[room.site].peak_mbps == pytest.approx(network.demands[room.site].peak_mbps + more)
    assert moved.demands[room.site].by_service[room.id] == (more, more)


def test_places_follow_the_records(records: Records) -> None:
    groups = {group.id: group for group in conference.groups(records)}
    communes = groups["conf-communes:district-dong:communes"]
    assert conference.places(records, communes) == ("core", "district-dong", "district-tay")
    assert conference.places(records, groups["conf-communes:core"]) == ("core",)
    assert conference.places(records, groups["conf-districts:district-dong"]) == ("core",), "cascade: no"
    assert conference.places(dataclasses.replace(records, bridge=None), communes) == ("core",)
    required = with_tree(records, "conf-communes", cascade="required")
    assert conference.places(required, communes) == ("district-dong", "district-tay")
    assert records.bridge is not None
    wide = dataclasses.replace(records, bridge=records.bridge.model_copy(update={"places": ("department",)}))
    assert conference.places(wide, communes) == ("core", "department-office"), "the other one's servers may move in"
