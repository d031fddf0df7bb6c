"""Plans by ruin and recreate (`rebuild`), cooled down several times, and by joining what these found.

1. From the first plan.
2. From the best, not so warm.
3. The exact program over the paths that the plans so far take (`assign`): what is good in one joins what is good in
   another (Aggarwal, Orlin, Tai, Operations Research 45, 1997: optimised crossover; here of more than two).
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np

from planner.homing.assign import Effort, improve
from planner.homing.bounding import CLOSED, Beside
from planner.homing.instance import Instance
from planner.homing.paths import Path
from planner.homing.rebuild import Rebuild
from planner.homing.routing import Pair, cost, greedy, loads
from planner.limits import Watch

TURNS = 8000
"""Of ruin and recreate until it is cold, at effort 1."""
STARTS, AGAIN = 3, 5
"""Times that it cools down from the first plan, and from the best."""
WARMER = 0.4
"""Heat from the best, against the first."""
SHARE = 0.2
"""Of the clock's rest, the most for one of these: it cools down faster where that is little."""
JOINED = 8
"""Plans whose paths are joined."""
WORK = 4.0
"""CP-SAT's deterministic seconds for that."""
TINY = 1e-9


def done(watch: Watch, beside: Beside, least: float) -> bool:
    """Whether time is over or nothing is left to gain."""
    return watch.over or least - beside.bound() <= CLOSED * least


class Cooling:
    """The plans found, and the best of them."""

    def __init__(
        self,
        instance: Instance,
        ways: Mapping[int, Sequence[Path]],
        watch: Watch,
        beside: Beside,
        report: Callable[[str, float], None] | None,
    ) -> None:
        self.instance, self.ways, self.watch, self.beside, self.report = instance, ways, watch, beside, report
        self.plans: list[tuple[float, dict[int, Pair]]] = []
        self.best: dict[int, Pair] = {}
        self.least = float("inf")
        self._turns = max(1, round(TURNS * watch.limits.effort))
        self._runs = 0

    def run(self, first: dict[int, Pair]) -> "Cooling":
        """Look for plans."""
        rebuild = Rebuild(self.instance, self.ways, first)
        self.best, self.least = first, rebuild.cost
        for _ in range(STARTS):
            rebuild.restart(first)
            self._cool("rebuilt", rebuild, self._turns, 1.0)
        for _ in range(AGAIN):
            rebuild.restart(self.best)
            self._cool("rebuilt", rebuild, self._turns, WARMER)
            self._join()
        return self

    @property
    def _over(self) -> bool:
        return done(self.watch, self.beside, self.least)

    def _cool(self, phase: str, rebuild: Rebuild, turns: int, warm: float) -> None:
        began, most = self.watch.seconds, SHARE * self.watch.left_s
        passed = partial(_passed, self.watch, self.beside, self.least, began, most)
        pairs = rebuild.run(turns, self.watch.limits.seed + self._runs, warm, passed)
        self._runs += 1
        self._keep(phase, pairs)

    def _keep(self, phase: str, pairs: dict[int, Pair]) -> None:
        price = cost(self.instance, loads(self.instance, pairs))
        if price == float("inf"):
            return
        self.plans.append((price, pairs))
        if price < self.least - TINY:
            self.best, self.least = pairs, price
            self.beside.tell(pairs)
            if self.report:
                self.report(phase, price)

    def _join(self) -> None:
        """Route all sites over paths that they take in some of the best plans."""
        some = sorted(self.plans, key=lambda plan: plan[0])[:JOINED]
        if self._over or len(some) < 2:
            return
        ways = {
            site: list(dict.fromkeys(path for _, pairs in some for path in pairs[site])) for site in sorted(self.best)
        }
        effort = Effort(
            WORK * self.watch.limits.effort, SHARE * self.watch.left_s, self.watch.limits.seed, interleave=True
        )
        found = improve(self.instance, ways, self.best, np.zeros(len(self.instance.links)), effort)
        if found is not None:
            self._keep("joined", found)


def _passed(watch: Watch, beside: Beside, least: float, began: float, most: float) -> float:
    """Return the share of some seconds that has passed; all of it when there is nothing left to do."""
    return 1.0 if most <= 0 or done(watch, beside, least) else (watch.seconds - began) / most


def first_plan(instance: Instance, ways: Mapping[int, Sequence[Path]]) -> dict[int, Pair]:
    """Route all sites, those of large demand first; where that finds no room, each as if it were alone."""
    order = sorted(ways, key=lambda site: (-instance.demands[site], site))
    pairs = greedy(instance, ways, order)
    return pairs or {site: two for site in order if (two := apart(ways[site])) is not None}


def apart(own: Sequence[Path]) -> Pair | None:
    """Return two disjoint paths."""
    for at, one in enumerate(own):
        for two in own[at + 1 :]:
            if not one.risks & two.risks:
                return one, two
    return None
