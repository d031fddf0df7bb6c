"""Two plans side by side: what sums them up, and that nothing that differs is lost on the way."""

import json

import pytest

from planner.comparison import GROUPS, comparison, risk
from planner.plan import Plan
from planner.plan_io import compare
from provdc.comparison import markdown, summary, text
from provdc.text import LANGS
from tests.fixtures.plans import build


def tampered(plan: Plan, change) -> Plan:
    document = json.loads(plan.model_dump_json())
    change(document)
    return Plan.model_validate_json(json.dumps(document))


def test_a_plan_does_not_differ_from_itself() -> None:
    found = comparison(build(12), build(12))
    assert found.changes == ()
    assert found.tallies == ()
    assert found.risk[0] == found.risk[1]


def test_every_difference_is_in_one_group() -> None:
    before, after = build(12), build(30)
    found = comparison(before, after)
    assert set(compare(before, after)) <= set(found.changes)
    assert sum(map(len, found.groups.values())) == len(found.changes)
    assert {change.kind for change in found.changes} <= {kind for kinds in GROUPS.values() for kind in kinds}
    links = next(tally for tally in found.tallies if tally.kind == "link")
    old, new = ({link.id for link in plan.network.links} for plan in (before, after))
    assert (links.added, links.removed) == (len(new - old), len(old - new))


def test_risk_is_the_worst_of_each_kind() -> None:
    plan = build(12)
    found = risk(plan)
    assert found.fullest_share == max(share for *_, share in plan.network.sweep.highest)
    assert set(found.cut_off) == {site for sites in plan.network.sweep.cut_off.values() for site in sites}


def test_availability_that_falls_and_capacities_that_fill_are_risks(mini_plan: Plan) -> None:
    def worse(document: dict) -> None:
        document["network"]["availability"]["commune-01"]["share"] -= 0.001
        document["network"]["availability"]["commune-02"]["share"] += 0.0001
        next(load for load in document["services"] if load["id"] == "mail")["availability"]["centre"] -= 0.002
        next(entry for entry in document["ledger"] if entry["id"] == "rack-1")["state"] = "full"

    found = comparison(mini_plan, tampered(mini_plan, worse))
    told = {(change.id, change.what): (change.before, change.after) for change in found.groups["risk"]}
    assert set(told) == {("commune-01", "availability"), ("mail", "availability"), ("rack-1 height_u", "capacity")}
    assert told["rack-1 height_u", "capacity"] == ("good", "full")
    assert found.risk[1].full == (*found.risk[0].full, "rack rack-1 height_u")


@pytest.mark.parametrize("lang", LANGS)
def test_it_can_be_said_and_written(lang) -> None:
    found = comparison(build(12), build(30))
    lines = text(lang, found)
    rows = list(summary(lang, found))
    assert len(rows) >= 10
    assert all(any(label in line for line in lines) for label, *_ in rows)
    assert not any("{" in line for line in lines)
    page = markdown(lang, found)
    assert page.count("<details>") == page.count("</details>") == len(found.groups)
    assert page.count("\n|") >= len(rows) + 2


def test_markdown_shows_names_as_they_are(mini_plan: Plan) -> None:
    def named(document: dict) -> None:
        document["network"]["sites"][0]["name"] = "a|b_<c>*`"

    page = markdown("en", comparison(mini_plan, tampered(mini_plan, named)))
    assert r"a\|b\_\<c\>\*\`" in page
