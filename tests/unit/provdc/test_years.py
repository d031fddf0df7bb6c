"""The years as people read them: first screen, explanations, the report's section."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

import topology
from planner.limits import Limits
from planner.plan import FittedTrend, Plan
from planner.solve import solve
from provdc.console import Console
from provdc.explanation import Context, explain
from provdc.place import locate
from provdc.report import render, years
from provdc.screen import as_json, years_rows
from topology.model import Records

MINI = Path(__file__).parents[3] / "inventory" / "mini"


@pytest.fixture(scope="module")
def records() -> Records:
    return topology.load(MINI)


@pytest.fixture(scope="module")
def plan(records: Records) -> Plan:
    return solve(topology.build(records), Limits())[0]


@pytest.fixture(params=["en", "vi"])
def context(request: pytest.FixtureRequest, records: Records, plan: Plan) -> Context:
    return Context(request.param, records, plan, None)


def test_the_years_are_explained(context: Context, plan: Plan) -> None:
    found = explain(context, "years")
    assert found is not None
    labels = [label for label, _ in found.rows]
    assert plan.years is not None
    for band in plan.years.bands:
        for one in band.money:
            assert f"{band.band.upper()} {one.year}" in labels
    text = " ".join(text for _, text in found.rows)
    assert "fw (rack-" in text
    assert json.loads(json.dumps(found.decision))["horizon_years"] == 5


def test_growth_is_explained_with_what_it_rests_on(context: Context, plan: Plan) -> None:
    found = explain(context, "growth")
    assert found is not None
    assert [label for label, _ in found.rows] == [one.service for one in plan.growth]
    stated = plan.growth[0]
    trend = FittedTrend(years=12, first=2013, last=2024, noise_that_stays=0.35, slope=0.081, sigma=0.02)
    fitted = stated.model_copy(update={"basis": "series", "trend": trend, "sources": ("statistics",)})
    changed = plan.model_copy(update={"growth": (fitted, *plan.growth[1:])})
    own = explain(replace(context, plan=changed), fitted.service)
    assert own is not None
    text = dict(own.rows)[context.say("growth")]
    assert all(word in text for word in ("2013", "2024", "statistics", "8", "35"))
    html = render(changed, context.lang)
    assert "2013–2024" in html
    assert html.index("2013–2024") < html.index(f"<code>{plan.growth[1].service}</code>", html.index("2013–2024"))


@pytest.mark.parametrize("wanted", ["memory_gib", "rack_u", "power", "cooling", "room-1: ports"])
def test_a_resource_tells_its_dates(context: Context, wanted: str) -> None:
    found = explain(context, wanted)
    assert found is not None
    assert any("2" in text and ("P90" in text) for _, text in found.rows)


def test_a_line_and_an_appliance_tell_what_is_bought_for_them(context: Context) -> None:
    for name, bought in (("link-01-core-alpha-2", "fibre-100m"), ("fw-a", "fw")):
        found = explain(context, name)
        assert found is not None
        assert any(bought in text for label, text in found.rows if "P90" in label)


def test_a_plan_without_years_says_nothing_of_them(context: Context, plan: Plan) -> None:
    bare = plan.model_copy(update={"years": None})
    assert explain(Context(context.lang, context.records, bare, None), "years") is None
    assert 'id="years"' not in render(bare, context.lang)
    assert years_rows(bare, Console("en")) == []


def test_the_first_screen_and_json_carry_them(plan: Plan) -> None:
    ((label, text),) = years_rows(plan, Console("en"))
    assert label == "with growth"
    assert "proved least" in text
    assert "buy now beyond the plan: nothing" in text
    told = as_json(plan, locate("mini"), {"years": 0.5})
    assert told["parts"]["years"]["gap"] <= 1e-6
    assert told["parts"]["years"]["seconds"] == 0.5
    assert told["years"]["bands"][0]["band"] == "p50"


def test_the_report_draws_them(plan: Plan) -> None:
    html = render(plan, "vi")
    section = html[html.index('<section id="years">') :]
    section = section[: section.index("</section>")]
    assert len(re.findall(r"<rect class=\"p[59]0", section)) == 10
    assert section.count("<polyline") == 1 + 2 * 5 + 2 * len(plan.growth)
    assert "<script" not in section
    assert "memory_gib" in section


def test_bars_stand_inside_the_drawing_and_as_high_as_their_money(plan: Plan) -> None:
    drawn = years.draw(plan)
    assert drawn is not None
    for bar in drawn.bars:
        assert drawn.left <= bar.x <= bar.x + bar.width <= drawn.width
        assert bar.y + bar.height == pytest.approx(drawn.bottom, abs=0.11)
    tallest = max(drawn.bars, key=lambda bar: bar.vnd)
    half = [bar for bar in drawn.bars if bar.vnd == 0]
    assert all(bar.height == 0 for bar in half)
    assert tallest.height == max(bar.height for bar in drawn.bars)


def test_every_section_of_the_report_is_in_its_list(plan: Plan) -> None:
    html = render(plan, "en")
    sections = re.findall(r'<section[^>]* id="([a-z]+)"', html)
    listed = re.findall(r'<a href="#([a-z]+)">', html[: html.index("<main>")])
    assert "years" in sections
    assert set(sections) <= set(listed)


def test_a_backup_that_the_catalogue_cannot_enlarge_has_dates(context: Context, plan: Plan) -> None:
    assert plan.years is not None
    assert plan.years.short == ("link mobile-06-gamma",)
    row = next(one for one in plan.years.remaining if one.id == "mobile-06-gamma")
    assert row.p90_full is not None
    assert row.step == ""
    found = explain(context, "mobile-06-gamma")
    assert found is not None
    assert any(row.p90_full in text for _, text in found.rows)
