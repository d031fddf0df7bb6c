"""The search for the cheapest network. All ways to a plan and a bound end in exact programs over columns.

A province of moderate size:
1. Relaxation by column and row generation (`relax`); its Lagrangian value bounds every plan.
2. Columns whose reduced cost is θ or more are left out: a plan with one of them costs at least bound + θ.
3. A whole program over the rest. Its solution is swept in all survived states; rows that it breaks are added and it is
   solved again. min(its bound, bound + θ) bounds every plan.

A large one is searched by choices of hubs (`turns`), or by whole pairs of paths (`pairs`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ortools.math_opt.python import mathopt

from planner.limits import Progress, Report, Watch, gap
from planner.network import capacity, solution
from planner.network.candidates import Candidates
from planner.network.columns import Choices, Column, distinct
from planner.network.first import MANY, over_points, used
from planner.network.loads import NORMAL
from planner.network.master import Master, RowId
from planner.network.paths import TrunkPath, trunk_paths
from planner.network.pricing import Pricer, Prices
from planner.network.relax import Relaxed, first_prices, relax
from planner.network.selection import Selection, broken_rows, select
from planner.network.solver import Answer, whole
from planner.network.turns import by_hubs
from planner.network.variables import MILLION

FIRST_COLUMNS = 8
"""Columns a site starts with."""
MOST_COLUMNS = 4000
"""Columns of the whole program."""
SMALL = 4000
"""First paths, over all sites, up to which every site chooses columns."""
CHOICES = 2
"""Choices of hubs worked out, in a large province."""
CHOICE_GAP = 2e-4
"""Relative gap while choosing hubs."""
POLISH_LOOK = 300
"""Columns of a site looked at while polishing."""
POLISH_COLUMNS = 40
"""Columns of a site while polishing."""
POLISH_GAP = 1e-4
"""Relative gap while polishing."""


@dataclass
class Search:
    """State of one search."""

    candidates: Candidates
    choices: Mapping[str, Choices]
    watch: Watch
    report: Report
    goal: float = 0.004
    """Relative gap that is good enough."""
    rounds: int = 60
    nodes: int = 2000
    best: Selection | None = None
    bound_vnd: float = 0.0
    work: dict[str, int] = field(default_factory=dict)
    cut_short: bool = False
    paths: dict[str, tuple[TrunkPath, ...]] = field(default_factory=dict)
    unserved: tuple[str, ...] = ()
    """Sites that no pair of paths can serve: then there is no plan."""
    impossible: bool = False
    """Whether it is proved that there is no plan: a program that every plan gives a solution of has none."""
    most_points: int | None = None
    """Most exchanges that may become concentration points; None is no limit."""
    small: int | None = None
    """First paths, over all sites, up to which every site chooses columns; None is `SMALL`."""
    choice_gap: float = CHOICE_GAP
    """Relative gap while choosing hubs."""
    polish_gap: float = POLISH_GAP
    """Relative gap while polishing."""
    turns: int = CHOICES
    """Choices of hubs worked out, in a large province; 1 is the first alone."""
    enough_vnd: float | None = None
    """Bound from which on the network is of no use: nothing more is found out once a plan and this bound are there."""
    look: frozenset[str] = frozenset()
    """Trunks and exchanges to polish in a large province instead of a second choice; see `planner.network.lead`."""

    def run(self) -> None:
        """Search until the gap is closed or the limits are reached."""
        self.ready()
        if self.large:
            by_hubs(self)
        else:
            self._by_columns()

    @property
    def large(self) -> bool:
        """Whether there are too many paths for every site to choose columns."""
        firsts = sum(len(self.paths[access.to]) for own in self.choices.values() for access in own.primaries)
        return firsts > (SMALL if self.small is None else self.small)

    def ready(self) -> None:
        """List the trunk paths."""
        self.paths = self.paths or trunk_paths(self.candidates, self.candidates.policy.max_hops - 1)

    # phases --------------------------------------------------------------------------------------------------------

    def own_lines(self) -> Selection | None:
        """Give every site its cheapest own lines to the core, if it has any."""
        none = {end: tuple(p for p in own if not p.links and not p.nodes) for end, own in self.paths.items()}
        chosen: dict[str, Column] = {}
        for site, found in Pricer(self.candidates, self.choices, none).run(Prices({}, {}), float("inf"), 1):
            if found.columns:
                chosen[site] = found.columns[0][1]
        return select(self.candidates, chosen) if len(chosen) == len(self.candidates.sites) else None

    def over_points(self) -> None:
        """Where own lines to the core do not do: a first plan over any points, then the best with those."""
        chosen = over_points(self.candidates, self.choices, self.paths)
        if chosen is None:
            return
        self.offer(select(self.candidates, chosen))
        self.say("over points")
        passed = used(chosen.values())
        self.polish(passed | self.to_core(passed))
        self.say("polished")

    def to_core(self, hubs: frozenset[str]) -> frozenset[str]:
        """Return the trunks between these exchanges and the core."""
        core = self.candidates.core
        return frozenset(t.id for t in self.candidates.trunks if core in (t.a, t.b) and not hubs.isdisjoint((t.a, t.b)))

    def _by_columns(self) -> None:
        pricer = Pricer(self.candidates, self.choices, self.paths)
        master = Master(self.candidates, most_points=self.most_points)
        master.add_normal_rows()
        priced = pricer.at(first_prices(self.candidates))
        for site in self.candidates.sites:
            found = priced.site(site, float("inf"), FIRST_COLUMNS)
            for _, column in found.columns or priced.site(site, float("inf"), 1, depth=MANY).columns:
                master.add_column(column)
        self.unserved = tuple(site for site in self.candidates.sites if not master.columns_of(site))
        if self.unserved:
            return
        self.say("relaxation")
        relaxed = relax(master, pricer, self.rounds, self.watch)
        self.count("rounds", relaxed.rounds)
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
        for key in [key for key in wide.columns if key not in columns]:
            wide.remove_column(key)
        for column in columns.values():
            wide.add_column(column)
        self.count("columns", len(columns))
        every = self.best is None and theta == float("inf")
        if every:
            for absent in wide.absent.values():
                absent.upper_bound = 0.0
        for _ in range(self.rounds):
            wide.add_linking_rows()
            wide.integral(True)
            answer = self.whole(wide.model, self.goal / 2, solution.hint(wide, self.best))
            if every and answer.infeasible:
                self.impossible = True
                return
            self.raise_bound(min(answer.bound * MILLION, relaxed.bound_vnd + theta))
            if answer.values is None:
                break
            broken = self._learn(wide, answer)
            self.say("whole program")
            if not broken or self.closed or self.watch.over:
                break
            for row in broken:
                wide.add_row(row)

    def read(self, master: Master, answer: Answer) -> tuple[Selection, list[RowId]] | None:
        """Return the plan behind a whole solution and the rows that the solution breaks; None if a site has none."""
        assert answer.values is not None
        values = {v.name: answer.values[v.id] for v in master.model.variables() if answer.values[v.id] > 1e-6}
        chosen = {column.site: column for key, column in master.columns.items() if values.get(f"x[{key}]", 0.0) > 0.5}
        if len(chosen) < len(self.candidates.sites):
            return None
        selection = select(self.candidates, chosen)
        rows = broken_rows(self.candidates, selection, solution.bought(master, values))
        return selection, [row for row in rows if row not in master.rows]

    def _learn(self, master: Master, answer: Answer) -> list[RowId]:
        """Offer the plan behind a whole solution; return the rows that the solution breaks."""
        read = self.read(master, answer)
        if read is None:
            return []
        selection, rows = read
        self.offer(selection)
        return rows

    def polish(self, allowed: frozenset[str]) -> None:
        """Find the best plan that uses these trunks and exchanges only: every site by columns, all rows exact."""
        kept = {
            hub: tuple(p for p in own if allowed.issuperset(p.links) and allowed.issuperset(p.nodes))
            for hub, own in self.paths.items()
        }
        pricer = Pricer(self.candidates, self.choices, kept)
        master = Master(self.candidates, most_points=self.most_points)
        for _, found in pricer.run(first_prices(self.candidates), float("inf"), POLISH_LOOK):
            for column in distinct(found.columns, POLISH_COLUMNS):
                master.add_column(column)
        if self.best:
            for column in self.best.columns.values():
                master.add_column(column)
        master.add_normal_rows()
        if any(not master.columns_of(site) for site in self.candidates.sites):
            return
        for _ in range(self.rounds):
            master.add_linking_rows()
            master.integral(True)
            answer = self.whole(master.model, self.polish_gap, solution.hint(master, self.best))
            if answer.values is None:
                return
            broken = self._learn(master, answer)
            if not broken or self.watch.over:
                return
            for row in (*broken, *self._parallel(broken, allowed)):
                master.add_row(row)

    def _parallel(self, broken: list[RowId], allowed: frozenset[str]) -> list[RowId]:
        """Return the rows of the same states for the trunks beside broken ones: the load would go there next."""
        links = self.candidates.links
        rows: dict[RowId, None] = {}
        for row in broken:
            if row.family == capacity.NAME and row.key[1] != NORMAL:
                trunk, state = links[row.key[0]], self.candidates.state(row.key[1])
                for other in sorted(allowed & links.keys() - state.links):
                    if {trunk.a, trunk.b} == {links[other].a, links[other].b}:
                        same = (trunk.a == links[other].a) == (row.key[2] == "forward")
                        rows[RowId(capacity.NAME, (other, row.key[1], "forward" if same else "reverse"))] = None
        return [row for row in rows if row not in broken]

    def _pool(self, master: Master, pricer: Pricer, relaxed: Relaxed) -> tuple[float, dict[str, Column]]:
        """Choose θ and all columns below it; the best plan's columns and those in use are in."""
        theta = self.best.cost_vnd - relaxed.bound_vnd + 1 if self.best else float("inf")
        found: list[tuple[float, Column]] = []
        for _, own in pricer.run(relaxed.prices, theta, MOST_COLUMNS, depth=MANY):
            found += own.columns
            theta = min(theta, own.left_out)
        found.sort(key=lambda item: (item[0], item[1].key))
        if len(found) > MOST_COLUMNS:
            theta = min(theta, found[MOST_COLUMNS][0])
        kept = {column.key: column for value, column in found if value < theta}
        for key in relaxed.values:
            kept.setdefault(key, master.columns[key])
        if self.best:
            for site in master.sites:
                column = self.best.columns[site]
                kept.setdefault(column.key, column)
        return theta, kept

    def whole(self, model: mathopt.Model, goal: float, hint: dict[mathopt.Variable, float] | None = None) -> Answer:
        """Solve a program with whole numbers within the limits, and count the work."""
        answer = whole(model, hint, goal, self.nodes, self.watch)
        self.counted(answer)
        return answer

    def counted(self, answer: Answer) -> None:
        """Note what a program took, and whether it was stopped."""
        self.cut_short |= answer.stopped
        self.count("nodes", answer.nodes)
        self.count("programs", 1)

    # state ---------------------------------------------------------------------------------------------------------

    def offer(self, selection: Selection) -> bool:
        """Keep a selection if it is feasible and better; ties keep the earlier one."""
        fits = self.most_points is None or len(selection.opened) <= self.most_points
        if selection.feasible and fits and (self.best is None or selection.cost_vnd < self.best.cost_vnd):
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
    def enough(self) -> bool:
        """Whether there is a plan, and the bound says that it is of no use."""
        return self.best is not None and self.enough_vnd is not None and self.bound_vnd >= self.enough_vnd

    @property
    def closed(self) -> bool:
        """Whether the gap is good enough, or the bound."""
        if self.enough:
            return True
        distance = gap(float(self.best.cost_vnd), self.bound_vnd) if self.best else None
        return distance is not None and distance <= self.goal

    def say(self, phase: str) -> None:
        """Report where the search is."""
        best = float(self.best.cost_vnd) if self.best else None
        bound = self.bound_vnd or None
        self.report(Progress("network", phase, best, bound, gap(best, bound), self.watch.seconds))
