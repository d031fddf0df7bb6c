"""Which purchases in which year cost least: one whole program for any set of bands, joined in the first year.

    min  Σ_b w_b · cost_b                             the first year's purchases are the same in every band   (expected)
    min  ρ   with   cost_b - alone_b ≤ ρ              alone_b: cost of band b if it were certain              (regret)
    cost_b = Σ_y s_y · paid_b(y) + a_y · monthly_b(y)         paid_b(y) ≤ budget(y) + over_b(y)               (budget)

s_y  present value of one đồng at the start of year y     a_y  of one đồng a month through year y     w_b  weight
What may be bought: `planner.years.purchases`. Two-stage programs: Birge and Louveaux, *Introduction to Stochastic
Programming*, 2011, chapter 1; regret: Savage (1951). Solved by HiGHS (MathOpt); where the catalogue or the budget is
not enough, first what is missing is made least, then the purchases over the budget, then the cost.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from ortools.math_opt.python import mathopt

from planner.growth import Band
from planner.limits import Watch
from planner.network.solver import Answer, whole
from planner.years.chosen import Chosen, Outcome
from planner.years.prices import Prices
from planner.years.purchases import Purchases
from topology.schema.base import counted

MILLION = 1e6
GAP = 1e-7
NODES = 5_000
ROUGH_GAP, ROUGH_NODES = 1e-3, 300
"""What is missing is made small, not proved least: such a plan is told as feasible only."""
FEW = 1e-4
"""Missing share or million đồng that counts as none."""


@dataclass
class Program(Purchases):
    """The program of some bands; `weights` are those of the expected cost."""

    weights: Mapping[Band, float]
    prices: Prices
    watch: Watch
    nodes: int = 0
    stopped: bool = False
    free: frozenset[int] = frozenset()
    """Years without a budget."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self._budget()
        self.costs = {band: self._cost(band) for band in self.needs}

    def paid(self, band: Band, y: int) -> mathopt.LinearTypes:
        """Purchases of a year, million đồng."""
        site, prices = self.site, self.prices
        terms: list[mathopt.LinearTypes] = [prices.fixed_once(y) / MILLION]
        terms += [
            site.models[key[1]].price_vnd.value / MILLION * one
            for (b, key, t), one in self.hosts.items()
            if (b, t) == (band, y)
        ]
        terms += [
            counted(site.rooms[site.spaces[space].room].rack_price_vnd) / MILLION * one
            for (b, space, t), one in self.racks.items()
            if (b, t) == (band, y)
        ]
        terms += [
            prices.box(name) / MILLION * one
            for (b, name, _, t), one in self.boxes.items()
            if b == band and t <= y and (y - t) % prices.box_life == 0
        ]
        for upgrade in self.upgrades:
            terms += [
                path.one_off_vnd[y] / MILLION * self.paths[band, upgrade.link, index]
                for index, path in enumerate(upgrade.paths[band])
                if path.one_off_vnd[y]
            ]
        return mathopt.fast_sum(terms)

    def _monthly(self, band: Band, y: int) -> mathopt.LinearTypes:
        site, prices = self.site, self.prices
        keys = sorted({*self.keys, *site.planned, *(key[:3] for key in site.kept)})
        terms: list[mathopt.LinearTypes] = [prices.fixed_monthly / MILLION]
        terms += [prices.host_monthly(key) / MILLION * self.alive(band, key, y) for key in keys]
        terms += [
            prices.box_monthly(name, space) / MILLION * one
            for (b, name, space, t), one in self.boxes.items()
            if b == band and t <= y
        ]
        for upgrade in self.upgrades:
            terms += [
                path.monthly_vnd[y] / MILLION * self.paths[band, upgrade.link, index]
                for index, path in enumerate(upgrade.paths[band])
            ]
        return mathopt.fast_sum(terms)

    def _budget(self) -> None:
        for band in self.needs:
            for y in sorted(set(self.years) - self.free):
                limit = self.prices.budget(y) / MILLION
                self.model.add_linear_constraint(self.paid(band, y) - self.over[band, y] <= limit)

    def _cost(self, band: Band) -> mathopt.LinearTypes:
        worth = self.prices.worth
        return mathopt.fast_sum(
            worth.start[y] * self.paid(band, y) + worth.months[y] * self._monthly(band, y) for y in self.years
        )

    def expected(self) -> Outcome | None:
        """Make the weighted cost least; None when the clock ended it before the first answer."""
        return self._least(mathopt.fast_sum(self.weights[band] * cost for band, cost in self.costs.items()))

    def regret(self, alone_vnd: Mapping[Band, float]) -> Outcome | None:
        """Make the larger regret least."""
        largest = self.model.add_variable(lb=0.0, name="regret")
        for band, cost in self.costs.items():
            self.model.add_linear_constraint(cost - largest <= alone_vnd[band] / MILLION)
        return self._least(largest)

    def _least(self, goal: mathopt.LinearTypes) -> Outcome | None:
        missing = over = 0.0
        answer = self._solve(goal)
        if answer is not None and answer.infeasible:
            for one in (*self.missing, *self.over.values()):
                one.upper_bound = float("inf")
            missing, before = self._keep_least(mathopt.fast_sum(self.missing), ROUGH_GAP, ROUGH_NODES)
            exact = (ROUGH_GAP, ROUGH_NODES) if missing else (GAP, NODES)
            weighted = [self.weights[band] * one for (band, _), one in self.over.items()]
            over, later = self._keep_least(mathopt.fast_sum(weighted), *exact)
            answer = self._solve(goal, *exact)
            if answer is None or answer.values is None:
                # the clock left no time for the cost: what is missing least is an answer, of unknown quality
                answer = later if later is not None and later.values is not None else before
                answer = None if answer is None else replace(answer, objective=math.inf, bound=0.0)
        if answer is None or answer.values is None or answer.objective is None:
            return None
        return Outcome(
            chosen={band: self._chosen(band, answer) for band in self.needs},
            objective_vnd=answer.objective * MILLION,
            bound_vnd=answer.bound * MILLION,
            nodes=self.nodes,
            stopped=self.stopped,
            missing=missing,
            lacking=self._lacking(answer.values),
            over_vnd=over * MILLION,
        )

    def _lacking(self, values: Mapping[int, float]) -> dict[str, int]:
        found: dict[str, int] = {}
        for one, (what, y) in self.missing.items():
            if values.get(one.id, 0.0) > FEW:
                found[what] = min(y, found.get(what, y))
        return found

    def _keep_least(self, goal: mathopt.LinearTypes, within: float, most: int) -> tuple[float, Answer | None]:
        """Make something least and keep it there."""
        answer = self._solve(goal, within, most)
        if answer is None or answer.objective is None:
            return 0.0, None
        self.model.add_linear_constraint(goal <= max(0.0, answer.objective) + FEW)
        return answer.objective if answer.objective > FEW else 0.0, answer

    def _solve(self, goal: mathopt.LinearTypes, within: float = GAP, most: int = NODES) -> Answer | None:
        if self.watch.over:
            self.stopped = True
            return None
        self.model.minimize(goal)
        nodes = max(1, int(most * self.watch.limits.effort))
        answer = whole(self.model, None, within, nodes, self.watch)
        self.nodes += answer.nodes
        self.stopped |= answer.stopped
        return answer

    def _chosen(self, band: Band, answer: Answer) -> Chosen:
        values = answer.values or {}

        def count(one: mathopt.Variable) -> int:
            return round(values.get(one.id, 0.0))

        return Chosen(
            hosts={(key, y): n for (b, key, y), one in self.hosts.items() if b == band and (n := count(one))},
            racks={(space, y): n for (b, space, y), one in self.racks.items() if b == band and (n := count(one))},
            boxes={(w, r, y): n for (b, w, r, y), one in self.boxes.items() if b == band and (n := count(one))},
            paths={
                upgrade.link: next(
                    path
                    for index, path in enumerate(upgrade.paths[band])
                    if count(self.paths[band, upgrade.link, index])
                )
                for upgrade in self.upgrades
            },
        )
