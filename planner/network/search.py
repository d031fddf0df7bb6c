"""The search: price and cut the relaxation, keep the columns that can matter, solve them as a whole program.

1. Relaxation by column and row generation (`relax`); its Lagrangian value bounds every plan.
2. Columns whose reduced cost is θ or more are left out: a plan with one of them costs at least bound + θ.
3. A whole program over the rest. Its solution is swept in all survived states; rows it breaks are added and it is
   solved again. min(its bound, bound + θ) bounds every plan.
"""

from dataclasses import dataclass, field
from typing import Any

from planner.limits import Progress, Report, Watch, gap
from planner.network.candidates import Candidates
from planner.network.columns import Choices, Column
from planner.network.master import MILLION, Master, RowId
from planner.network.paths import accesses, trunk_paths
from planner.network.pricing import Pricer
from planner.network.relax import Relaxed, first_prices, relax
from planner.network.selection import Selection, broken_rows, select
from planner.network.solver import Answer, whole

FIRST_COLUMNS = 8
"""Columns a site starts with."""
MOST_COLUMNS = 6000
"""Columns of the whole program."""


@dataclass
class Search:
    """State of one search."""

    candidates: Candidates
    watch: Watch
    report: Report
    goal: float = 0.005
    """Relative gap that is good enough."""
    rounds: int = 60
    nodes: int = 400
    best: Selection | None = None
    bound_vnd: float = 0.0
    work: dict[str, int] = field(default_factory=dict)
    cut_short: bool = False

    def run(self) -> None:
        """Search until the gap is closed or the limits are reached."""
        paths = trunk_paths(self.candidates, self.candidates.policy.max_hops - 1)
        choices = {site: Choices(self.candidates, site, own) for site, own in accesses(self.candidates).items()}
        pricer = Pricer(self.candidates, choices, paths)
        master = Master(self.candidates)
        for _, found in pricer.run(first_prices(self.candidates), float("inf"), FIRST_COLUMNS):
            for _, column in found.columns:
                master.add_column(column)
        self.say("relaxation")
        relaxed = relax(master, pricer, self.rounds, self.watch)
        self.count("rounds", relaxed.rounds)
        self.count("rows", len(master.rows))
        self.raise_bound(relaxed.bound_vnd)
        self.say("rounding")
        self.offer(self._rounded(master, relaxed))
        self.say("whole program")
        self._finish(master, pricer, relaxed)

    def _rounded(self, master: Master, relaxed: Relaxed) -> Selection:
        """Take each site's largest column."""
        chosen: dict[str, Column] = {}
        for site in self.candidates.sites:
            keys = master.columns_of(site)
            key = max(keys, key=lambda k: (relaxed.values.get(k, 0.0), -master.columns[k].cost_vnd, k))
            chosen[site] = master.columns[key]
        return select(self.candidates, chosen)

    def _finish(self, wide: Master, pricer: Pricer, relaxed: Relaxed) -> None:
        """Solve the columns that can still matter as a whole program, adding rows until its solution holds."""
        theta, columns = self._pool(wide, pricer, relaxed)
        master = Master(self.candidates)
        for column in columns:
            master.add_column(column)
        for row in wide.rows:
            master.add_row(row)
        self.count("columns", len(columns))
        for _ in range(self.rounds):
            answer = self._solve(master)
            self.count("nodes", answer.nodes)
            self.raise_bound(min(answer.bound * MILLION, relaxed.bound_vnd + theta))
            if answer.values is None:
                break
            broken = self._learn(master, answer)
            self.say("whole program")
            if not broken or self.closed or self.watch.over:
                break
            for row in broken:
                master.add_row(row)
                self.count("rows", 1)

    def _pool(self, master: Master, pricer: Pricer, relaxed: Relaxed) -> tuple[float, list[Column]]:
        """Choose θ and all columns below it; the best plan's columns are in."""
        best = self.best
        theta = (best.cost_vnd - relaxed.bound_vnd) if best else float("inf")
        theta = min(theta, 0.01 * relaxed.bound_vnd)
        found: list[tuple[float, Column]] = []
        for _, own in pricer.run(relaxed.prices, theta, 2000, depth=20000):
            found += own.columns
            theta = min(theta, own.left_out)
        found.sort(key=lambda item: (item[0], item[1].key))
        if len(found) > MOST_COLUMNS:
            theta = min(theta, found[MOST_COLUMNS][0])
        kept = {column.key: column for value, column in found if value < theta}
        for key in relaxed.values:
            kept.setdefault(key, master.columns[key])
        if best:
            for column in best.columns.values():
                kept.setdefault(column.key, column)
        return theta, list(kept.values())

    def _solve(self, master: Master) -> Answer:
        master.integral(True)
        hint = self._hint(master) if self.best else None
        answer = whole(master.model, hint, self.goal / 2, self.nodes, self.watch)
        self.cut_short |= answer.stopped
        return answer

    def _hint(self, master: Master) -> dict[Any, float]:
        assert self.best is not None
        hint = dict.fromkeys((*master.x.values(), *master.y.values(), *master.z.values()), 0.0)
        for column in self.best.columns.values():
            hint[master.x[column.key]] = 1.0
        for exchange in self.best.opened:
            hint[master.opened(exchange)] = 1.0
        for trunk, purchase in self.best.bought.items():
            master.modules(trunk)
            for index, count in enumerate(purchase.counts):
                kept = min(count, self.candidates.links[trunk].modules[index].existing)
                for leased, number in ((True, kept), (False, count - kept)):
                    if number:
                        hint[master.y[trunk, index, leased]] = float(number)
        for absent in master.absent.values():
            hint[absent] = 0.0
        return hint

    def _learn(self, master: Master, answer: Answer) -> list[RowId]:
        """Offer the plan behind a whole solution; return the rows that the solution breaks."""
        values = answer.values or {}
        chosen = {column.site: column for key, column in master.columns.items() if values[master.x[key].id] > 0.5}
        if len(chosen) < len(self.candidates.sites):
            return []
        selection = select(self.candidates, chosen)
        self.offer(selection)
        bought: dict[str, float] = {}
        for (trunk, index, _), y in master.y.items():
            capacity = self.candidates.links[trunk].modules[index].capacity_mbps * 1000
            bought[trunk] = bought.get(trunk, 0.0) + round(values[y.id]) * capacity
        for exchange, z in master.z.items():
            bought[exchange] = round(values[z.id])
        return [row for row in broken_rows(self.candidates, selection, bought) if row not in master.rows]

    def offer(self, selection: Selection) -> bool:
        """Keep a selection if it is feasible and better; ties keep the earlier one."""
        if selection.feasible and (self.best is None or selection.cost_vnd < self.best.cost_vnd):
            self.best = selection
            return True
        return False

    def raise_bound(self, bound_vnd: float) -> None:
        """Keep the best bound."""
        self.bound_vnd = max(self.bound_vnd, bound_vnd)

    def count(self, what: str, number: int) -> None:
        """Add to the deterministic measures of work."""
        self.work[what] = self.work.get(what, 0) + number

    @property
    def closed(self) -> bool:
        """Whether the gap is good enough."""
        distance = gap(float(self.best.cost_vnd), self.bound_vnd) if self.best else None
        return distance is not None and distance <= self.goal

    def say(self, phase: str) -> None:
        """Report where the search is."""
        best = float(self.best.cost_vnd) if self.best else None
        bound = self.bound_vnd or None
        self.report(Progress("network", phase, best, bound, gap(best, bound), self.watch.seconds))
