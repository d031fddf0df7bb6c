"""Bounds of the parts beside the search, one part after the other.

bound = Σ over parts of max(optimum in shares, bound of branch and cut)

A small part is left to HiGHS: the largest trunks to the sink first, then all of it. A large one is branched on here
(`descent`), because HiGHS spends most of its time there on plans that are not needed.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from threading import Event

from planner.homing.arrays import Arrays
from planner.homing.descent import Descent
from planner.homing.instance import Instance
from planner.homing.paths import Path
from planner.homing.program import Program
from planner.homing.routing import Pair, cost, loads
from planner.homing.simplex import SAFETY
from planner.limits import Watch
from planner.network.solver import LARGE, SolverError, whole

CLOSED = 1e-6
"""Relative gap that counts as none."""
NODES = 20000
"""HiGHS' nodes for a small part, at effort 1."""
WHOLE_SHARE = 0.8
"""Share of the clock's rest after which HiGHS is to end; it may need the rest to do so."""


def strengthen(program: Program, gap: float, nodes: int, watch: Watch, grace_s: float) -> float:
    """Bound a small part: the largest trunks to the sink whole first, then all of it."""
    bound = float("-inf")
    with program.coarse() as kept:
        if kept and not watch.over:
            bound = whole(program.model, None, gap, nodes, watch, grace_s).bound
    if not watch.over:
        bound = max(bound, whole(program.model, None, gap, nodes, watch, grace_s).bound)
    return bound * (1 - SAFETY)


@dataclass(slots=True)
class Part:
    """Sites that meet no others, and what is known of them."""

    ways: Mapping[int, Sequence[Path]]
    program: Program
    arrays: Arrays
    bound: float = 0.0
    price: float = float("inf")
    """Of the best plan known."""

    @property
    def large(self) -> bool:
        """Whether it is branched on here."""
        return bool(self.arrays.trunks) and len(self.arrays.costs) >= LARGE


class Beside:
    """The bound, found beside a search; to be closed."""

    def __init__(self, instance: Instance, split: Sequence[Mapping[int, Sequence[Path]]], watch: Watch) -> None:
        self.instance, self.watch = instance, watch
        self._closed = Event()
        self.parts = []
        for ways in split:
            program = Program(instance, ways)
            self.parts.append(Part(ways, program, Arrays(program)))
        self._thread = ThreadPoolExecutor(1)
        self._ended: Future[None] = self._thread.submit(self._run)

    def close(self) -> None:
        """End whatever still runs."""
        self._closed.set()
        self._thread.shutdown(wait=True)

    def tell(self, pairs: Mapping[int, Pair]) -> None:
        """Hear of a plan."""
        for part in self.parts:
            price = cost(self.instance, loads(self.instance, {site: pairs[site] for site in part.ways}))
            part.price = min(part.price, price)

    def bound(self, *, wait: bool = False) -> float:
        """Return what is proved by now, or in the end."""
        if wait:
            self._ended.result()
        return sum(part.bound for part in self.parts)

    def _run(self) -> None:
        """Bound the parts, each in the clock's share of its sites among those still to be bounded."""
        limits = self.watch.limits
        left = sum(len(part.ways) for part in self.parts)
        for part in self.parts:
            share = len(part.ways) / left
            left -= len(part.ways)
            until = self.watch.seconds + share * self.watch.left_s
            own = replace(limits.until(self._closed), time_limit_s=until)
            try:
                self._bound(part, Watch(own, self.watch.started))
            except SolverError:
                continue  # the bound so far stands

    def _bound(self, part: Part, watch: Watch) -> None:
        if not part.large:
            part.bound = max(part.bound, part.program.relaxed())
            grace_s = (1 - WHOLE_SHARE) * watch.left_s
            early = Watch(replace(watch.limits, time_limit_s=watch.seconds + WHOLE_SHARE * watch.left_s), watch.started)
            nodes = max(1, round(NODES * watch.limits.effort))
            part.bound = max(part.bound, strengthen(part.program, CLOSED, nodes, early, grace_s))
            return
        descent = Descent(part.arrays, watch)
        try:
            part.bound = max(part.bound, part.program.relaxed())  # while its processes start, and should they be lost
            for bound in descent.bounds(lambda: part.price, CLOSED):
                part.bound = max(part.bound, bound)
        finally:
            descent.close()
