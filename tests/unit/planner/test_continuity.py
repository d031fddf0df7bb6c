"""The whole plan beside an earlier one: lines that stay, what is said of them, and what the checker makes of it."""

from pathlib import Path

import pytest

from planner import plan_io
from planner.checker import verify
from planner.checker.stays import verify_stays
from planner.limits import Limits
from planner.plan import Plan
from planner.solve import solve
from provdc.console import Console
from provdc.explanation import Context, explain
from provdc.report import render
from provdc.screen import stays
from topology.model import Network


@pytest.fixture(scope="module")
def earlier(mini_plan: Plan) -> Plan:
    """Return the plan as if it had been made of other lines: one of another name, one wider, a point that is gone."""
    document = mini_plan.model_dump(mode="json")
    links = document["network"]["links"]
    lost = next(link for link in links if link["kind"] == "mobile")
    lost["id"], lost["carrier"] = "mobile-of-old", "carrier-of-old"
    for site in document["network"]["sites"]:
        if site["id"] == lost["a"]:
            site["backup"]["links"] = ["mobile-of-old"]
    wider = next(link for link in links if link["kind"] == "access")
    wider["modules"] = {name: count + 1 for name, count in wider["modules"].items()}
    point = {"id": "exchange-of-old", "name": "x", "lat": 0, "lon": 0, "homes": [], "cost": lost["cost"],
             "why": wider["why"]}  # fmt: skip
    document["network"]["concentration_points"].append(point)
    return Plan.model_validate(document)


@pytest.fixture(scope="module")
def again(mini: Network, earlier: Plan) -> Plan:
    return solve(mini, Limits(time_limit_s=120), previous=earlier)[0]


def test_lines_that_end_begin_and_change_are_told(mini: Network, mini_plan: Plan, earlier: Plan, again: Plan) -> None:
    assert again.costs == mini_plan.costs
    assert again.network == mini_plan.network
    assert again.stays is not None
    lines = again.stays.lines
    assert lines is not None
    assert (lines.lines, lines.stay, lines.offered) == (len(earlier.network.links),) + (
        len(earlier.network.links) - 1,
    ) * 2
    assert lines.ended == ("mobile-of-old",)
    assert len(lines.begun) == len(lines.resized) == len(lines.recarried) == 1
    assert (lines.closed, lines.opened, lines.points_stay) == (("exchange-of-old",), (), 0)
    assert not lines.whole
    assert verify(again, mini, earlier)[1] == []
    assert verify(again, mini)[1] == [], "as it is checked without the earlier plan"


@pytest.mark.parametrize(
    "update",
    [
        {"lines": 1}, {"stay": 0}, {"offered": 0}, {"offered": 99}, {"whole": True}, {"resized": ()}, {"ended": ()},
        {"begun": ()},
        {"points": 0}, {"points_stay": 1}, {"closed": ()}, {"opened": ("exchange-dong",)}, {"recarried": ()},
    ],
    ids=lambda update: next(iter(update)),
)  # fmt: skip
def test_a_false_count_of_lines_is_caught(mini: Network, earlier: Plan, again: Plan, update: dict[str, object]) -> None:
    assert again.stays is not None
    assert again.stays.lines is not None
    wrong = again.stays.model_copy(update={"lines": again.stays.lines.model_copy(update=update)})
    assert verify_stays(again.model_copy(update={"stays": wrong}), mini, earlier)[1]


def test_lines_that_are_not_there_are_caught_without_the_earlier_plan(mini: Network, again: Plan) -> None:
    assert again.stays is not None
    assert again.stays.lines is not None
    used = again.network.links[0].id
    for update in (
        {"ended": (used,)},
        {"begun": ("nothing",)},
        {"resized": ("nothing",)},
        {"stay": 1},
        {"opened": ("x",)},
    ):
        wrong = again.stays.model_copy(update={"lines": again.stays.lines.model_copy(update=update)})
        assert verify_stays(again.model_copy(update={"stays": wrong}), mini, None)[1], update
    without = again.model_copy(update={"stays": again.stays.model_copy(update={"lines": None})})
    assert verify_stays(without, mini, None)[1]


def test_screen_report_and_explanation_say_what_changes(mini: Network, again: Plan) -> None:
    assert again.stays is not None
    assert again.stays.lines is not None
    rows = "\n".join(text for _, text in stays(again, Console("en")))
    assert "1 end, 1 begin, 1 with other modules" in rows
    assert "0 of 1 concentration points" in rows
    for lang in ("en", "vi"):
        page = render(again, lang)
        assert 'id="stays"' in page
        assert "mobile-of-old" in page
    context = Context("en", mini.records, again, None)
    said = {name: explain(context, name) for name in ("mobile-of-old", again.stays.lines.begun[0], "exchange-of-old")}
    assert all(found is not None and any(label == "earlier plan" for label, _ in found.rows) for found in said.values())


def test_a_plan_with_lines_that_stay_is_read_again(tmp_path: Path, again: Plan) -> None:
    path = tmp_path / "plan.json"
    path.write_bytes(plan_io.canonical(again))
    assert plan_io.read(path) == again
