"""Two plans side by side: what sums them up, and that nothing that differs is lost on the way."""

import json

import pytest

from planner.comparison import GROUPS, comparison, risk
from planner.plan import Changeover, LineChange, Plan
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


def test_rooms_horizons_and_lines_of_a_changeover_are_told(mini_plan: Plan) -> None:
    """What the cost of a plan leaves out, what cannot be compared, and what is to be done with each line, and when."""
    part = mini_plan.consolidation
    assert part is not None
    staying = part.model_copy(
        update={"rooms": tuple(r.model_copy(update={"moves": False, "freed_window": None}) for r in part.rooms)}
    )
    gone = LineChange(
        link="link-07-core-beta", kind="access", a="commune-07", carrier="beta", action="cancel",
        before={"fibre-20m": 1}, after={}, monthly_before_vnd=2_000_000, monthly_after_vnd=0, one_off_vnd=0,
        transition_vnd=1_000_000, wave=1,
        order_by="2026-06-26", on="2026-07-16",
    )  # fmt: skip
    kept = gone.model_copy(update={"link": "link-06-core-beta", "action": "keep", "order_by": None, "on": None})
    change = Changeover(
        effective="2026-07-01", lines=(gone, kept), counts={"cancel": 1, "keep": 1}, monthly_before_vnd=4_000_000,
        monthly_after_vnd=2_000_000, one_off_vnd=0, transition_vnd=1_000_000, pays_back_months=0.5,
    )  # fmt: skip
    costs = mini_plan.costs.model_copy(update={"horizon_years": 3})
    after = mini_plan.model_copy(update={"consolidation": staying, "changeover": change, "costs": costs})
    found = comparison(mini_plan, after)
    assert found.terms[1].rooms_vnd == part.rooms[0].saves_vnd
    assert [change.id for change in found.groups["changeover"]] == ["link-07-core-beta"]
    assert {change.what for change in found.groups["consolidation"]} == {"moves", "freed_window"}
    page = "\n".join(text("en", found)).replace("\u00a0", " ")
    assert "cancel: 1 × fibre-20m · order by 2026-06-26, in effect on 2026-07-16 · 2.0 m VND → 0 VND a month" in page
    assert "5 years at 7.0 % → 3 years at 7.0 %" in page
    assert "room room-finance  moves: true → false" in page
    rooms, total = part.rooms[0].saves_vnd, mini_plan.costs.total.present_value_vnd
    told = next(row for row in page.splitlines() if "cost with these rooms" in row)
    assert f"(+{rooms / 1e9:.2f} bn VND)" in told
    assert f"{total / 1e9:.2f} bn VND → {(total + rooms) / 1e9:.2f} bn VND" in told
    assert "changeover" not in comparison(after, after).groups


def test_plans_that_differ_in_later_years_alone_are_not_the_same(mini_plan: Plan) -> None:
    def later(document: dict) -> None:
        buy = next(
            b for b in document["years"]["bands"][1]["buys"] if b["reason"] != "plan" and b["kind"] == "appliance"
        )
        buy["year"] += 1
        document["years"]["expected_vnd"] += 1e6

    found = comparison(mini_plan, tampered(mini_plan, later))
    assert [change.what for change in found.groups["years"]] == ["removed", "added"]
    assert [change.id for change in found.groups["money"]] == ["all years, as demands grow"]


def test_lines_that_are_there_are_no_saving(mini_plan: Plan) -> None:
    def leased(document: dict) -> None:
        for link in document["network"]["links"][:2]:
            link["existing"] = True

    once = sum(link.cost.one_off_vnd for link in mini_plan.network.links[:2])
    found = comparison(mini_plan, tampered(mini_plan, leased))
    assert found.sunk_vnd == once > 0
    assert any("lines that are there, paid once" in one for one in text("en", found))
    assert comparison(mini_plan, mini_plan).sunk_vnd == 0
