"""All separation in one place: known node sets first, then new node sets near them, then routing in every state."""

from collections.abc import Iterator

import numpy as np

from planner.limits import ShouldStop, never
from planner.survivable.compiled import Compiled, Floats
from planner.survivable.cuts import Row
from planner.survivable.cutsets import Cutsets
from planner.survivable.hull import Hulls
from planner.survivable.metric import Metric
from planner.survivable.nodesets import few_links, moved, shrunk
from planner.survivable.programs import RoutingError
from planner.survivable.routing import Router
from planner.survivable.triples import Triples
from planner.survivable.worst import Worst

FIRST_SETS = 4000
MOST_SETS = 12_000
AT_ONCE = 40
BROKEN = 2e-6
"""Part of the right-hand side that is missing."""
MOST_MET = 3000
"""Metric inequalities remembered."""


class LateError(RuntimeError):
    """The time was over before it was known whether a point can be routed."""


class Separator:
    """Finds violated inequalities at a point, fractional or whole."""

    def __init__(self, problem: Compiled, seed: int) -> None:
        self.problem = problem
        self.cutsets = Cutsets(problem)
        self.cutsets.add(few_links(problem, FIRST_SETS))
        self.metric = Metric(problem)
        self.hulls = Hulls(problem, self.cutsets)
        self.triples = Triples(self.hulls)
        self.router = Router(problem)
        self.random = np.random.default_rng(seed)
        self.worst = Worst(problem, self.router.bundle, self.router.bundles)
        self.met: list[Row] = []
        """Metric inequalities found so far, those of use lately at the end."""
        self.stack: Floats = np.zeros((0, problem.columns.count))
        """Their coefficients."""
        self.good: set[bytes] = set()
        """Whole points known to be routable."""
        self.late: ShouldStop = never
        """Whether it is time to give up."""

    def rows(
        self, values: Floats, *, deep: bool, metric: bool, hull: int = 0, triples: int = 0, most: int = AT_ONCE
    ) -> list[Row]:
        """Return violated inequalities.

        `deep` looks for new node sets too, `hull` for facets of so many cuts and then `triples` of so many threes of
        node groups; `metric` routes when little else is found.
        """
        rows = self.cutsets.separate(values, most, many=True)
        if deep and len(rows) < most // 2 and len(self.cutsets.sets) < MOST_SETS:
            self.explore(values)
            rows = self.cutsets.separate(values, most, many=True)
        if hull and len(rows) < most // 2:
            rows = rows + self.hulls.rows(values, most // 2, hull)
        if triples and len(rows) <= most // 2:
            rows = rows + self.triples.rows(values, most // 2, triples)
        if metric and len(rows) < 4:
            rows = rows + (self.known(values, 12) or self.routed(values, most=12))
        return rows

    def explore(self, values: Floats) -> None:
        """Look at neighbours of the tightest node sets, and at unions of groups after contracting roomy links."""
        problem = self.problem
        capacity = self.capacity(values)
        near = self.cutsets.tightest(values, 60)
        new = [moved(near)] if len(near) else []
        if problem.nodes > 10:
            new.append(shrunk(problem, capacity, 9, self.random, 6))
        for sets in new:
            tight = self.cutsets.promising(sets, values)
            self.cutsets.add(tight)

    def routed(self, values: Floats, most: int) -> list[Row]:
        """Return metric inequalities of up to `most` states in which the capacity at a point cannot be routed."""
        found: list[Row] = []
        for state, lengths in self.refusals(self.capacity(values)):
            rows = self.metric.rows(state, lengths, values)[:2]
            self.remember(rows)
            found += rows
            if len(found) >= most:
                break
        return found

    def refusals(self, capacity: Floats) -> Iterator[tuple[int, Floats]]:
        """Yield the states in which a capacity (L) cannot be routed, each with lengths of the lanes that say so."""
        for state in self.worst.states(capacity):
            if self.late():
                return
            try:
                lengths = self.router.refuse(state, capacity)
            except RoutingError:  # nothing is known of this state, and nothing depends on it
                continue
            if lengths is not None:
                self.worst.blame(state)
                yield state, lengths

    def capacity(self, values: Floats) -> Floats:
        """Return L: what the links hold at a point."""
        return self.problem.existing + self.problem.columns.capacity(values, self.problem.links)

    def remember(self, rows: list[Row]) -> None:
        """Keep metric inequalities, to try them before any routing."""
        if rows:
            self.met = [*self.met, *rows][-MOST_MET:]
            self.stack = np.vstack([self.stack, *(row.coefficients[None, :] for row in rows)])[-MOST_MET:]

    def known(self, values: Floats, most: int) -> list[Row]:
        """Return metric inequalities met before that a point breaks, the most violated first."""
        if not self.met:
            return []
        lacking = 1.0 - (self.stack @ values) / np.array([row.least for row in self.met])
        worst = np.argsort(-lacking, kind="stable")[:most]
        return [self.met[at] for at in worst[lacking[worst] > BROKEN].tolist()]

    def routable(self, values: Floats, *, give_up: bool = False) -> bool:
        """Whether a whole point can be routed in every state; `give_up`: LateError when the time is over."""
        key = self.key(values)
        if key in self.good:
            return True
        if self.cutsets.broken(values) or self.known(values, 1):
            return False
        capacity = self.capacity(values)
        for state in self.worst.states(capacity):
            if give_up and self.late():
                raise LateError
            lengths = self.router.refuse(state, capacity)
            if lengths is not None:
                self.worst.blame(state)
                self.remember(self.metric.rows(state, lengths, values, least=1e-6)[:1])
                return False
        self.good.add(key)
        return True

    def key(self, values: Floats) -> bytes:
        """Return what tells whole points apart."""
        return np.round(values * 1e6).astype(np.int64).tobytes()

    def refuse(self, values: Floats, *, give_up: bool = False) -> list[Row] | None:
        """Return None when a whole point can be routed in every state, else inequalities that it breaks.

        `give_up`: LateError when the time is over.
        """
        key = self.key(values)
        if key in self.good:
            return None
        rows = self.cutsets.separate(values, 8, many=False) or self.known(values, 8)
        if rows:
            return rows
        capacity = self.capacity(values)
        for state in self.worst.states(capacity):
            if give_up and self.late():
                raise LateError
            lengths = self.router.refuse(state, capacity)
            rows = [] if lengths is None else self.metric.rows(state, lengths, values, least=1e-6)
            if lengths is not None and not rows:  # duals of the last solver are too coarse: ask another one
                self.router.renew()
                lengths = self.router.refuse(state, capacity)
                rows = [] if lengths is None else self.metric.rows(state, lengths, values, least=1e-6)
            if lengths is not None:
                self.worst.blame(state)
                if not rows:
                    message = f"state {state}: lengths that break no whole inequality"
                    raise RoutingError(message)
                self.remember(rows[:2])
                return rows
        self.good.add(key)
        return None
