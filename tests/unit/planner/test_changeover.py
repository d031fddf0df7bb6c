"""From the lines of one plan to those of another: what happens to each, in which order, when, for how much."""

import datetime as dt

import pytest

import topology
from planner.changeover import changeover
from planner.lines import over
from planner.plan import Changeover, Plan
from tests.unit.planner.ledger_golden import DIRECTORY, MINI, changeover_text, merged
from topology.model import Network
from topology.schema.scenario import Changeover as Terms


@pytest.fixture(scope="module")
def scenario(mini_plan: Plan) -> tuple[Plan, Network, Terms]:
    plan = merged(mini_plan)
    network = topology.build(topology.load(MINI, ["merged-communes"], over(mini_plan)))
    terms = network.records.scenarios[0].scenario.changeover
    assert terms is not None
    return plan, network, terms


def made(plan: Plan) -> Changeover:
    assert plan.changeover is not None
    return plan.changeover


def test_the_changeover_of_the_miniature_province(scenario: tuple[Plan, Network, Terms]) -> None:
    assert changeover_text(made(scenario[0])) == (DIRECTORY / "changeover.txt").read_text(encoding="utf-8")


def test_every_line_of_both_plans_has_its_row(scenario: tuple[Plan, Network, Terms], mini_plan: Plan) -> None:
    change = made(scenario[0])
    old = {link.id: link for link in mini_plan.network.links}
    new = {link.id: link for link in scenario[0].network.links}
    assert {line.link for line in change.lines} == old.keys() | new.keys()
    for line in change.lines:
        was, then = old.get(line.link), new.get(line.link)
        assert line.before == (was.modules if was else {})
        assert line.after == (then.modules if then else {})
        assert line.monthly_before_vnd == (was.cost.monthly_vnd if was else 0)
        assert line.monthly_after_vnd == (then.cost.monthly_vnd if then else 0)
        if line.action == "keep":
            assert line.one_off_vnd == 0, "what is kept costs its month only"
        if line.action in ("new", "upgrade"):
            assert line.one_off_vnd > 0, "a change costs its one-off price"
    assert change.monthly_before_vnd == sum(link.cost.monthly_vnd for link in old.values())
    assert change.monthly_after_vnd == sum(link.cost.monthly_vnd for link in new.values())
    assert sum(change.counts.values()) == len(change.lines)


def test_the_office_that_closes_loses_its_lines(scenario: tuple[Plan, Network, Terms]) -> None:
    plan, network, _ = scenario
    assert "commune-07" not in {site.id for site in plan.network.sites}
    assert "commune-07" not in network.demands
    assert {line.action for line in made(plan).lines if line.a == "commune-07"} == {"cancel"}
    assert plan.verdict.violations == 0
    assert [use.id for use in plan.scenarios] == ["merged-communes"]


def test_dates_by_hand(scenario: tuple[Plan, Network, Terms]) -> None:
    """Two works a week: both in the last week; ordered 30 days before. What ends has 15 days more, notice 20 before."""
    rows = {line.link: line for line in made(scenario[0]).lines}
    assert (rows["link-06-core-beta"].order_by, rows["link-06-core-beta"].on) == ("2026-06-01", "2026-07-01")
    assert (rows["link-07-core-beta"].order_by, rows["link-07-core-beta"].on) == ("2026-06-26", "2026-07-16")
    end = rows["link-07-core-beta"]
    assert end.transition_vnd == round(end.monthly_before_vnd * 15 / 30) + end.monthly_before_vnd


OTHER = {
    "effective": dt.date(2027, 1, 1), "lead_days": 60, "lines_per_week": 1, "overlap_days": 3, "notice_days": 5,
    "termination_months": 4,
}  # fmt: skip


def test_other_terms_are_all_of_them() -> None:
    assert set(OTHER) == set(Terms.model_fields)


@pytest.mark.parametrize("field", OTHER)
def test_every_term_changes_the_changeover(scenario: tuple[Plan, Network, Terms], field: str) -> None:
    plan, network, terms = scenario
    old = getattr(terms, field)
    new = OTHER[field] if field == "effective" else old.model_copy(update={"value": OTHER[field]})
    after = changeover(plan, network, terms.model_copy(update={field: new}))
    assert after != changeover(plan, network, terms)


def test_works_come_in_waves_and_each_pays_its_early_rent(scenario: tuple[Plan, Network, Terms]) -> None:
    plan, network, terms = scenario
    one = terms.lines_per_week.model_copy(update={"value": 1})
    change = changeover(plan, network, terms.model_copy(update={"lines_per_week": one}))
    works = [line for line in change.lines if line.action in ("new", "upgrade", "reduce")]
    assert [line.wave for line in works] == list(range(1, len(works) + 1))
    assert [line.on for line in works] == sorted(line.on or "" for line in works)
    assert works[0].transition_vnd > 0
    assert works[-1].transition_vnd == 0
    assert works[-1].on == "2026-07-01"
