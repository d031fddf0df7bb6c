"""Budgets that bind: what giving one up saves is what the years cost less when its record is raised."""

import pytest

from planner.limits import Limits
from planner.plan import Plan
from planner.years.budgets import budgets
from tests.unit.planner.years.conftest import Again, figure, money
from tests.unit.planner.years.test_years import scarce, years_of
from topology.model import Network
from topology.schema.facility import YearBudget

ENDLESS_VND = 10**13


def with_budgets(mini: Network, by_year: dict[int, int]) -> Network:
    """Return the scarce province with budgets of its two years."""
    amount = mini.records.money.annual_budget_vnd
    stated = tuple(YearBudget(year=year, purchases_vnd=figure(amount, vnd)) for year, vnd in by_year.items())
    return scarce(mini, budgets=stated)


@pytest.mark.parametrize(
    ("by_year", "over", "binds"),
    [
        ({2025: 3_000_000_000, 2026: 3_000_000_000}, False, False),
        ({2025: 5_000_000_000, 2026: 100_000_000}, False, True),
        ({2025: 1_000_000_000, 2026: 3_000_000_000}, True, True),
    ],
)
def test_giving_up_a_budget_saves_what_raising_it_saves(
    mini: Network, again: Again, by_year: dict[int, int], over: bool, binds: bool
) -> None:
    network = with_budgets(mini, by_year)
    plan = again(network)
    years = years_of(plan)
    found = list(budgets(plan, network, Limits(time_limit_s=60)))
    assert [(one.year, one.band) for one in found] == [
        (money.year, band.band)
        for year in range(years.horizon_years)
        for band in years.bands
        for money in band.money
        if money.year == years.first_year + year
    ]
    assert over == any(money.over_vnd for band in years.bands for money in band.money)
    for one in found:
        paid = next(m for b in years.bands if b.band == one.band for m in b.money if m.year == one.year)
        assert (one.paid_vnd, one.limit_vnd) == (paid.purchases_vnd, by_year[one.year])
        assert one.slack_vnd == by_year[one.year] - paid.purchases_vnd
        assert one.saves_vnd is not None
        assert one.where is not None
        if not over:
            raised = again(with_budgets(mini, by_year | {one.year: ENDLESS_VND}))
            saved = years.expected_vnd - years_of(raised).expected_vnd
            assert one.saves_vnd == pytest.approx(max(0.0, saved), abs=2_000_000)
    assert any(one.binds for one in found) == binds


def test_where_there_is_enough_no_budget_binds(mini: Network, mini_plan: Plan, again: Again) -> None:
    rich = money(mini, annual_budget_vnd=ENDLESS_VND)
    found = list(budgets(again(rich), rich, Limits(time_limit_s=60)))
    assert found
    assert not any(one.binds for one in found)
    assert all(one.saves_vnd == 0 for one in found)
    assert not list(budgets(mini_plan.model_copy(update={"years": None}), mini, Limits()))
