"""Where workloads stand as people read it: first screen, the choice, one workload, its service; in both languages."""

from pathlib import Path

import pytest

from planner.plan import Plan, Sites, StandingPlace, Way, Why
from provdc.console import Console
from provdc.explanation import Context, explain, near
from provdc.report import render
from provdc.screen import standing
from tests.fixtures.plans import build
from topology import load

MINI = Path(__file__).parents[3] / "inventory" / "mini"
EAST = "district-dong"


def sites(service: str, second: Way) -> Sites:
    place = StandingPlace(
        workload="copy", service=service, site=EAST, sites=("core", EAST), mbps=60.0, apart_km={"db": 20.951},
        why=Why(code="stands-bounded", facts={"site": EAST, "other": "core", "extra_vnd": 250_000_000}),
    )  # fmt: skip
    first = Way(stands={"copy": EAST}, state="chosen", datacentre_vnd=3_000_000_000, lines_vnd=20_000_000,
                network_vnd=7_000_000_000, total_vnd=10_000_000_000, bound_vnd=9_900_000_000)  # fmt: skip
    return Sites(places=(place,), ways=(first, second))


DEARER = Way(stands={"copy": "core"}, state="bounded", datacentre_vnd=3_250_000_000, lines_vnd=0, network_vnd=None,
             total_vnd=None, bound_vnd=10_250_000_000)  # fmt: skip
IMPOSSIBLE = Way(stands={"copy": "core"}, state="impossible", datacentre_vnd=None, lines_vnd=None, network_vnd=None,
                 total_vnd=None, bound_vnd=None, reason="E-PLAN-401")  # fmt: skip


@pytest.fixture(scope="module")
def plan() -> Plan:
    made = build(12)
    return made.model_copy(update={"sites": sites(made.services[0].id, DEARER)})


@pytest.mark.parametrize("lang", ["en", "vi"])
def test_the_choice_its_workload_and_its_service_are_explained(plan: Plan, lang: str) -> None:
    context = Context(lang, load(MINI), plan, None)
    for wanted in ("sites", "copy", plan.services[0].id):
        found = explain(context, wanted)
        assert found is not None
        told = " | ".join(f"{label}: {text}" for label, text in found.rows)
        assert EAST in told
        assert "60 Mbit/s" in told
        assert f"copy → {EAST}" in told
        assert context.say("way_bounded") in told
        assert "10,25" in told or "10.25" in told
    alone = explain(context, "copy")
    assert alone is not None
    assert any("km" in text and text.startswith(("21.0", "21,0")) for _, text in alone.rows)
    assert "copy" in near(context, "copi")


@pytest.mark.parametrize(("lang", "least"), [("en", "at least 250"), ("vi", "ít nhất 250")])
def test_the_first_screen_says_how_much_dearer_the_next_choice_is(plan: Plan, lang: str, least: str) -> None:
    [(label, text)] = standing(plan, Console(lang, as_json=False))
    assert label in ("stands", "đứng tại")
    assert f"copy {EAST}" in text
    assert least in text
    late = DEARER.model_copy(update={"state": "open", "bound_vnd": 9_000_000_000})
    told = standing(plan.model_copy(update={"sites": sites(plan.services[0].id, late)}), Console(lang, as_json=False))
    assert ("save at most 1" if lang == "en" else "rẻ hơn nhiều nhất 1") in told[0][1]
    planned = DEARER.model_copy(update={"state": "planned", "total_vnd": 12_000_000_000, "bound_vnd": 9_500_000_000})
    doubtful = plan.model_copy(update={"sites": sites(plan.services[0].id, planned)})
    told = standing(doubtful, Console(lang, as_json=False))
    assert ("save at most 500" if lang == "en" else "rẻ hơn nhiều nhất 500") in told[0][1]
    settled = planned.model_copy(update={"bound_vnd": 12_000_000_000})
    proved = plan.model_copy(update={"sites": sites(plan.services[0].id, settled)})
    told = standing(proved, Console(lang, as_json=False))
    assert ("next choice costs 2" if lang == "en" else "kế tiếp đắt hơn 2") in told[0][1]
    only = plan.model_copy(update={"sites": sites(plan.services[0].id, IMPOSSIBLE)})
    assert ("no other" if lang == "en" else "không cách") in standing(only, Console(lang, as_json=False))[0][1]
    assert standing(plan.model_copy(update={"sites": None}), Console(lang, as_json=False)) == []


@pytest.mark.parametrize("lang", ["en", "vi"])
def test_the_report_lists_every_choice(plan: Plan, lang: str) -> None:
    html = render(plan, lang)
    section = html[html.index('<section id="standing">') :]
    section = section[: section.index("</section>")]
    assert f"copy → {EAST}" in section
    assert "copy → core" in section
    assert ("dearer" if lang == "en" else "đắt hơn") in section
    assert '<section id="standing">' not in render(plan.model_copy(update={"sites": None}), lang)
