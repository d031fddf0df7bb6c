"""Capacity and flow in one program, solved by HiGHS beside the tree, for questions of one state.

With one state there are few flows, and the tree, which sees capacities alone, often gains from the other view: each
side takes the other's better points, and the better bound of the two holds.
"""

import math
from dataclasses import replace
from threading import Event, Thread

from planner.limits import Watch
from planner.network.solver import Answer, SolverError, whole
from planner.survivable.compact import flow_variables
from planner.survivable.compiled import Compiled, Floats
from planner.survivable.cuts import Row
from planner.survivable.flows import add_flows
from planner.survivable.masters import Master

MOST_FLOWS = 40_000
"""Flow variables beyond which nothing comes of it in time."""
SHARE = 0.95
"""Of the time left, so that the answer is there before the end."""
GAP = 1e-7
NODES = 10_000_000


def fits(problem: Compiled) -> bool:
    """Whether there is one state, with few enough flows and no hop limits."""
    return len(problem.states) == 1 and not problem.has_hop_limits and flow_variables(problem) <= MOST_FLOWS


class Beside:
    """The second search; `poll` returns its point once it has ended."""

    def __init__(self, problem: Compiled, rows: tuple[Row, ...], start: Floats | None, watch: Watch) -> None:
        self.master = Master(problem)
        self.answer: Answer | None = None
        self.asked = False
        for row in rows:
            self.master.add(row)
        add_flows(problem, self.master, 0)
        self.end = Event()
        limits = replace(
            watch.limits,
            time_limit_s=max(0.1, SHARE * watch.left_s),
            should_stop=lambda: self.end.is_set() or watch.limits.should_stop(),
        )
        self.thread = Thread(target=self._run, args=(start, Watch(limits)), daemon=True)
        self.thread.start()

    def _run(self, start: Floats | None, watch: Watch) -> None:
        hint = None if start is None else dict(zip(self.master.variables, start.tolist(), strict=True))
        try:
            self.answer = whole(self.master.model, hint, GAP, NODES, watch, apart=True)
        except SolverError:  # the tree goes on alone
            self.answer = None

    def poll(self) -> list[Floats]:
        """Return the point found, once."""
        if self.answer is None or self.answer.values is None or self.asked:
            return []
        self.asked = True
        return [self.master.point(dict(self.answer.values))]

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
