"""The report: same input, same bytes; every fact of the plan is in it; nothing in it needs a network."""

import itertools
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from planner.plan import Plan
from provdc.report import geometry, money, province, racks, render
from provdc.report.page import port_ranges, script_data
from provdc.results import Result, Results
from tests.fixtures.plans import build

SITES = (12, 184)


@pytest.fixture(scope="module", params=SITES)
def plan(request: pytest.FixtureRequest) -> Plan:
    return build(request.param)


@pytest.fixture(scope="module")
def html(plan: Plan) -> str:
    return render(plan, "en")


class Elements(HTMLParser):
    """Collects ids, references and every attribute that could load something."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.loads: list[str] = []
        self.anchors: list[str] = []
        self.labels: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.ids += [values["id"]] if values.get("id") else []
        self.loads += [value for name in ("src", "data", "action") if (value := values.get(name))]
        if tag == "a":
            self.anchors.append(values["href"] or "")
        elif values.get("href"):
            self.loads.append(values["href"] or "")
        if tag == "label":
            self.labels.append(values["for"] or "")


def parse(html: str) -> Elements:
    elements = Elements()
    elements.feed(html)
    return elements


def test_same_plan_gives_same_bytes(plan: Plan, html: str) -> None:
    again = Plan.model_validate_json(plan.model_dump_json())
    assert render(again, "en") == html


def test_ids_are_unique_and_anchors_lead_somewhere(html: str) -> None:
    elements = parse(html)
    assert len(elements.ids) == len(set(elements.ids))
    assert {anchor.removeprefix("#") for anchor in elements.anchors} <= set(elements.ids)
    assert set(elements.labels) <= set(elements.ids)


def test_nothing_is_loaded(html: str) -> None:
    assert all(load.startswith("data:") for load in parse(html).loads)
    assert not re.search(r"@import|url\(", html)
    assert "default-src 'none'" in html


def test_every_site_link_host_and_segment_is_named(plan: Plan, html: str) -> None:
    ids = [item.id for item in (*plan.network.sites, *plan.network.links, *plan.datacentre.hosts, *plan.segments)]
    assert [name for name in ids if name not in html] == []


def test_languages_differ_and_say_which(plan: Plan, html: str) -> None:
    vietnamese = render(plan, "vi")
    assert '<html lang="vi">' in vietnamese
    assert '<html lang="en">' in html
    assert "Tỉnh thử nghiệm" in vietnamese
    assert "Fixture province" in html


def test_text_of_the_records_cannot_become_markup() -> None:
    plan = build(12)
    site = plan.network.sites[0].model_copy(update={"name": "<script>alert(1)</script>"})
    sites = (site, *plan.network.sites[1:])
    hostile = plan.model_copy(update={"network": plan.network.model_copy(update={"sites": sites})})
    html = render(hostile, "en")
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert" in html


def test_script_data_cannot_end_its_element(plan: Plan) -> None:
    drawing = province.draw(plan, ())
    text = script_data(drawing)
    assert "<" not in text
    assert len(json.loads(text)["places"]) == len(drawing.dots)


def test_results_are_shown_and_stale_ones_marked() -> None:
    plan = build(12)
    rows = (
        Result("HOST-AV", "mail-1", "test_eicar", "failed", "EICAR was not caught"),
        Result("HOST-ROOT", "mail-1", "test_root", "waived", "until 2027"),
        Result("NET-ZONE", "plan", "test_zones", "passed", ""),
    )
    fresh = render(plan, "en", results=Results(plan.digest, "vn-2022", 3, rows))
    assert "EICAR was not caught" in fresh
    assert "belong to another plan" not in fresh
    assert "belong to another plan" in render(plan, "en", results=Results("0" * 64, "vn-2022", 3, rows))
    assert "Nothing has been verified yet" in render(plan, "en")


def test_groups_of_costs_add_up(plan: Plan) -> None:
    groups = money.groups(plan)
    assert sum(group.cost.present_value_vnd for group in groups) == plan.costs.total.present_value_vnd
    assert sum(group.share for group in groups) == pytest.approx(1)


def test_costs_that_no_single_thing_carries_are_other() -> None:
    plan = build(12)
    more = plan.costs.total.model_copy(update={"present_value_vnd": plan.costs.total.present_value_vnd + 7})
    changed = plan.model_copy(update={"costs": plan.costs.model_copy(update={"total": more})})
    other = next(group for group in money.groups(changed) if group.key == "other")
    assert other.cost.present_value_vnd == 7


@pytest.mark.parametrize(
    ("share", "expected"), [(0.0, 0), (0.1, 1), (0.5, 2), (0.69, 2), (0.7, 3), (0.89, 3), (0.9, 4), (1.2, 4)]
)
def test_load_classes_meet_at_the_limits(share: float, expected: int) -> None:
    assert province.load_class(share, 0.7, 0.9) == expected


def test_map_draws_every_fixed_link_between_its_ends(plan: Plan) -> None:
    drawing = province.draw(plan, ())
    fixed = {link.id for link in plan.network.links if link.kind in ("access", "trunk")}
    assert fixed <= {line.id for line in drawing.lines}
    assert all(0 <= dot.x <= drawing.width and 0 <= dot.y <= drawing.height for dot in drawing.dots)


def test_duct_failure_takes_down_what_runs_in_it(plan: Plan) -> None:
    state = next(state for state in plan.network.sweep.on_mobile if state.startswith("duct:"))
    outage = next(outage for outage in province.outages(plan) if outage.id == state)
    expected = {link.id for link in plan.network.links if state.removeprefix("duct:") in link.ducts}
    assert set(outage.links) == expected


def test_racks_hold_everything_without_overlap(plan: Plan) -> None:
    drawn = racks.elevations(plan)
    shown = {unit.id for elevation in drawn for unit in elevation.units}
    assert shown == {host.id for host in plan.datacentre.hosts} | {
        machine.id for machine in plan.machines if machine.form == "appliance"
    }
    for elevation in drawn:
        units = [u for unit in elevation.units for u in range(unit.bottom_u, unit.bottom_u + unit.height_u)]
        assert len(units) == len(set(units))
        assert all(unit.y >= 0 and unit.y + unit.height <= elevation.height for unit in elevation.units)


def test_unit_one_is_at_the_floor(plan: Plan) -> None:
    rack = plan.datacentre.racks[0]
    assert racks.top(rack, 1, 1) == (rack.height_u - 1) * racks.U
    assert racks.top(rack, rack.height_u, 1) == 0


def test_port_ranges_are_shortened() -> None:
    assert port_ranges(()) == ""
    assert port_ranges((443, 25, 26, 27)) == "25–27, 443"


def test_projection_keeps_proportions_and_fits() -> None:
    corners = [(105.0, 20.0), (106.0, 21.0), (105.2, 20.9)]
    projection = geometry.fit(corners)
    drawn = [projection.at(lon, lat) for lon, lat in corners]
    assert all(0 <= x <= geometry.WIDTH and 0 <= y <= projection.height for x, y in drawn)
    width, height = drawn[1][0] - drawn[0][0], drawn[0][1] - drawn[1][1]
    assert width / height == pytest.approx(0.9367, abs=2e-3)  # cos 20.5°
    assert projection.km(111.195) == pytest.approx(height, abs=0.2)


def test_one_point_can_be_drawn() -> None:
    x, y = geometry.fit([(105.0, 20.0)]).at(105.0, 20.0)
    assert 0 <= x <= geometry.WIDTH
    assert y >= 0


def test_hull_contains_its_points() -> None:
    points = [(105 + i * 7 % 11 / 10, 20 + i * 5 % 13 / 10) for i in range(30)]
    ring = geometry.hull(points)
    closed = (*ring, ring[0])
    assert all(geometry.turn(a, b, p) > 0 for a, b in itertools.pairwise(closed) for p in points)


def test_outlines_are_read_from_polygons_and_multipolygons(tmp_path: Path) -> None:
    ring = [[105.0, 20.0], [105.1, 20.0], [105.1, 20.1], [105.0, 20.0]]
    geojson = {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": [ring]}},
            {
                "type": "Feature",
                "properties": {},
                "geometry": {"type": "MultiPolygon", "coordinates": [[ring], [ring]]},
            },
        ],
    }
    path = tmp_path / "units.geojson"
    path.write_text(json.dumps(geojson), encoding="utf-8")
    assert len(geometry.outlines(path)) == 3
    assert geometry.outlines(None) == ()
