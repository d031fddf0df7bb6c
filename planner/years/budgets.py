"""Which years' budgets bind: what each year pays in each band, what is left of its budget, what giving it up saves.

    slack_b(y) = budget(y) - paid_b(y)                                                                (slack)
    saves(y)   = cost - cost without the budget of y                                                   (saves)

cost  weighted present value of everything paid over the horizon, the purchases chosen anew
Giving up one year's budget saves no more than giving up all of them: where that saves nothing, no year is solved by
itself. A year that has to pay more than its budget binds whatever it costs.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from planner.errors import where
from planner.growth import BANDS, Band
from planner.limits import Limits, Progress, Report, Watch, silent
from planner.plan import Plan
from planner.years.model import MILLION, Program
from planner.years.solve import Ground, band_weights, prepare
from topology.model import Network, Position


@dataclass(frozen=True, slots=True)
class Budget:
    """The budget of one year beside what is paid in one band."""

    year: int
    band: Band
    paid_vnd: int
    limit_vnd: int
    saves_vnd: int | None
    """What giving it up saves over the horizon; None where the clock left no time to know."""
    where: Position | None
    """The record that states it."""

    @property
    def slack_vnd(self) -> int:
        """What is left; negative where more has to be paid."""
        return self.limit_vnd - self.paid_vnd

    @property
    def binds(self) -> bool:
        """Whether giving it up saves money, or more has to be paid."""
        return bool(self.saves_vnd) or self.slack_vnd < 0


def budgets(plan: Plan, network: Network, limits: Limits, report: Report = silent) -> Iterator[Budget]:
    """Give the budget of each year and band of a plan with years."""
    years = plan.years
    if years is None:
        return
    watch, ground = Watch(limits), prepare(plan, network)
    every = frozenset(range(ground.site.years))
    report(Progress("years", "without budgets", None, None, None, watch.seconds))
    most = _saves(plan, ground, every, watch)
    stated = {one.year for one in network.records.money.budgets}
    for y in sorted(every):
        year = years.first_year + y
        saves = most
        if most and not watch.over:
            report(Progress("years", f"without the budget of {year}", None, None, None, watch.seconds))
            saves = _saves(plan, ground, frozenset({y}), watch)
        elif most:
            saves = None
        paths = (
            ("policy/money/budgets", "policy/money") if year in stated else ("policy/money/annual_budget_vnd/value",)
        )
        place = where(network.records, *paths, "policy/money/annual_budget_vnd", "policy/money")
        for band in years.bands:
            money = next(one for one in band.money if one.year == year)
            yield Budget(year, band.band, money.purchases_vnd, money.budget_vnd, saves, place)


def _saves(plan: Plan, ground: Ground, free: frozenset[int], watch: Watch) -> int | None:
    """Return what the purchases cost less without some years' budgets; None if none were found in the time."""
    assert plan.years is not None
    weights = band_weights(ground.site.records)
    program = Program(ground.site, ground.needs, ground.upgrades, weights, ground.prices, watch, free=free)
    outcome = program.expected()
    if outcome is None:
        return None
    cost = sum(weights[band] * ground.books.total(outcome.chosen[band]) for band in BANDS)
    saved = round(plan.years.expected_vnd - cost)
    return saved if saved >= MILLION else 0
