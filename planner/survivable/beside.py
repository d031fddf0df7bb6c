"""Capacity and flow in one program, solved by HiGHS beside the tree, for questions of one state.

With one state there are few flows, and the tree, which sees capacities alone, often gains from the other view: each
side takes the other's better points, and the better bound of the two holds. It keeps whole numbers of modules, from
which HiGHS makes better cuts of its own than from steps.
"""

import math
from dataclasses import replace
from threading import Event, Thread

import numpy as np

from planner.limits import Watch
from planner.network.solver import GRACE_S, Answer, SolverError, whole
from planner.survivable.compact import flow_variables
from planner.survivable.compiled import Compiled, Floats, compiled
from planner.survivable.cuts import Row
from planner.survivable.describe import purchases
from planner.survivable.flows import add_flows
from planner.survivable.masters import Master
from planner.survivable.relaxation import tighten
from planner.survivable.separation import Separator

MOST_FLOWS = 40_000
"""Flow variables beyond which nothing comes of it in time."""
SHARE = 0.8
"""Of the time left, so that the answer is there before the end."""
GRACE = 0.17
"""Of the time left: how much longer the process may take to start and to answer before it is ended without one."""
ROOT = 0.05
"""Of the time, for cuts of its own."""
GAP = 1e-7
NODES = 10_000_000


def fits(problem: Compiled) -> bool:
    """Whether there is one state, with few enough flows and no hop limits."""
    return len(problem.states) == 1 and not problem.has_hop_limits and flow_variables(problem) <= MOST_FLOWS


class Modules:
    """The same question with whole numbers of modules in place of steps, and points from one to the other."""

    def __init__(self, problem: Compiled) -> None:
        self.steps = problem
        columns = problem.columns
        stepped = bool((columns.before >= 0).any()) and problem.instance.sizing == "modular"
        self.problem = compiled(problem.instance, most_steps=0) if stepped else problem

    def forward(self, values: Floats) -> Floats:
        """Return a point over modules."""
        if self.problem is self.steps:
            return values
        columns = self.problem.columns
        point = np.zeros(columns.count)
        bought = {one.link: one.modules for one in purchases(self.steps, values)}
        for at, link in enumerate(self.steps.instance.links):
            for module, count in zip(link.modules, bought.get(link.id, ()), strict=False):
                mine = (columns.link == at) & (columns.size == module.capacity) & (columns.cost == module.cost)
                for column in np.flatnonzero(mine)[:1].tolist():
                    point[column] += count
        opened = np.flatnonzero((columns.opening >= 0) & (point > 0))
        point[columns.opening[opened]] = 1.0
        return np.minimum(point, columns.most)

    def back(self, values: Floats) -> Floats:
        """Return a point over steps that holds as much on every link and costs no more."""
        if self.problem is self.steps:
            return values
        columns, whole = self.steps.columns, self.problem.columns
        capacity = whole.capacity(values, self.steps.links)
        point = np.zeros(columns.count)
        for link in range(self.steps.links):
            mine = np.flatnonzero(columns.link == link)
            if (columns.before[mine] >= 0).any() or len(mine) != int((whole.link == link).sum()):
                reached = columns.size[mine]
                point[mine[: int((reached < capacity[link] - 1e-6).sum()) + 1]] = 1.0 if capacity[link] > 1e-6 else 0.0
            else:
                point[mine] = values[whole.link == link]
        return point


class Beside:
    """The second search; `poll` returns its point once it has ended."""

    def __init__(self, problem: Compiled, rows: tuple[Row, ...], start: Floats | None, watch: Watch) -> None:
        self.modules = Modules(problem)
        whole = self.modules.problem
        self.master = Master(whole)
        self.answer: Answer | None = None
        self.asked = False
        if whole is not problem:
            rows = tighten(whole, Separator(whole, watch.limits.seed), watch, share=ROOT).rows
        for row in rows:
            self.master.add(row)
        add_flows(whole, self.master, 0)
        self.end = Event()
        self.grace_s = max(GRACE_S, GRACE * watch.left_s)
        limits = replace(watch.limits.until(self.end), time_limit_s=max(0.1, SHARE * watch.left_s))
        self.thread = Thread(target=self._run, args=(start, Watch(limits)), daemon=True)
        self.thread.start()

    def _run(self, start: Floats | None, watch: Watch) -> None:
        hint = None
        if start is not None:
            hint = dict(zip(self.master.variables, self.modules.forward(start).tolist(), strict=True))
        try:
            self.answer = whole(self.master.model, hint, GAP, NODES, watch, self.grace_s, apart=True)
        except SolverError:  # the tree goes on alone
            self.answer = None

    def poll(self) -> list[Floats]:
        """Return the point found, once."""
        if self.answer is None or self.answer.values is None or self.asked:
            return []
        self.asked = True
        return [self.modules.back(self.master.point(dict(self.answer.values)))]

    @property
    def bound(self) -> float:
        """No design is cheaper; minus infinity until the search has ended."""
        return -math.inf if self.answer is None or self.answer.infeasible else self.answer.bound

    def finish(self, seconds: float) -> None:
        """Wait for the answer so long."""
        self.thread.join(timeout=seconds)

    def close(self) -> None:
        """End the search."""
        self.end.set()
        self.thread.join()
