"""Bounds of the parts beside the search, one part after the other, and the plans that fall out on the way.

bound = Σ over parts of max(optimum in shares, bound of branch and cut)

A small part is left to HiGHS: the largest trunks to the sink first, then all of it. A large one is branched on here
(`descent`), because HiGHS spends most of its time there on plans that are not needed.
"""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from threading import Event
from time import sleep

from planner.homing.access import Choice
from planner.homing.arrays import Arrays, Floats
from planner.homing.assign import Effort
from planner.homing.descent import Descent
from planner.homing.fill import filled
from planner.homing.guide import Guide, guide, realise
from planner.homing.instance import Instance
from planner.homing.paths import Path
from planner.homing.program import SAFETY, Program
from planner.homing.routing import Pair, cost, loads
from planner.limits import Limits, Watch
from planner.network.solver import LARGE, SolverError, whole

CLOSED = 1e-6
"""Relative gap that counts as none."""
NODES = 20000
"""HiGHS' nodes for a small part, at effort 1."""
WHOLE_SHARE = 0.8
"""Share of the clock's rest after which HiGHS is to end; it may need the rest to do so."""
GUIDING = 0.5
"""Share of the wall clock that is waited for the first plans."""
REAL = 5.0
"""CP-SAT's deterministic seconds to make one real."""
REAL_SHARE = 0.2
"""Of the clock's rest, the most for that: a safety net."""
POLL_S = 0.1


@dataclass(frozen=True, slots=True)
class Bounded:
    """What whole numbers say of one part."""

    bound: float
    chosen: Mapping[int, Choice] | None
    """Choices of the best solution, which is no plan yet."""


def strengthen(program: Program, gap: float, nodes: int, watch: Watch, grace_s: float) -> Bounded:
    """Solve a small part: the largest trunks to the sink first, then all of it."""
    if watch.over:
        return Bounded(float("-inf"), None)
    bound = float("-inf")
    with program.coarse() as kept:
        if kept:
            bound = whole(program.model, None, gap, nodes, watch, grace_s).bound
    if watch.over:
        return Bounded(bound * (1 - SAFETY), None)
    answer = whole(program.model, None, gap, nodes, watch, grace_s)
    chosen = None if answer.values is None else program.chosen(answer.values)
    return Bounded(max(bound, answer.bound) * (1 - SAFETY), chosen)


@dataclass(slots=True)
class Part:
    """Sites that meet no others, and what is known of them."""

    ways: Mapping[int, Sequence[Path]]
    program: Program
    arrays: Arrays
    descent: Descent | None = None
    bound: float = 0.0
    chosen: Mapping[int, Choice] | None = None
    price: float = float("inf")
    """Of the best plan known."""
    ended: Event = field(default_factory=Event)

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

    def hints(self) -> Iterator[Mapping[int, Pair] | None]:
        """Give plans of parts: at first after waiting for them, then what has come since, or None."""
        alone = [part for part in self.parts if not part.arrays.trunks]
        for part in self.parts:
            if part.large:
                yield self._real(part, self._first(part))
            elif part.arrays.trunks:
                values = filled(part.arrays, (), self.watch.limits.effort, GUIDING * self.watch.left_s)
                yield self._real(part, values)
        for part in alone:
            part.ended.wait()
            if part.chosen is not None:
                yield realise(self.instance, part.ways, Guide(part.chosen, {}), self._effort())

    def _effort(self) -> Effort:
        limits = self.watch.limits
        return Effort(REAL * limits.effort, REAL_SHARE * self.watch.left_s, limits.seed, interleave=True)

    def _first(self, part: Part) -> Floats | None:
        """Wait for the plans of a part; return the values of the cheapest."""
        until = self.watch.seconds + GUIDING * self.watch.left_s
        while self.watch.seconds < until and not self.watch.over and not part.ended.is_set():
            if part.descent is not None and part.descent.settled:
                break
            sleep(POLL_S)
        come = [] if part.descent is None else part.descent.come()
        return min(come, key=lambda values: float(part.arrays.costs @ values), default=None)

    def _real(self, part: Part, values: Floats | None) -> dict[int, Pair] | None:
        if values is None:
            return None
        hint = guide(part.program, dict(enumerate(values.tolist())))
        return realise(self.instance, part.ways, hint, self._effort())

    def _run(self) -> None:
        """Bound the parts, each in the clock's share of its sites among those still to be bounded."""
        limits = self.watch.limits
        left = sum(len(part.ways) for part in self.parts)
        for part in self.parts:
            share = len(part.ways) / left
            left -= len(part.ways)
            until = self.watch.seconds + share * self.watch.left_s
            own = Limits(until, limits.seed, limits.effort, lambda: self._closed.is_set() or limits.should_stop())
            try:
                self._bound(part, Watch(own, self.watch.started))
            except SolverError:  # the bound so far stands
                pass
            finally:
                part.ended.set()

    def _bound(self, part: Part, watch: Watch) -> None:
        if not part.large:
            part.bound = max(0.0, part.program.relaxed())
            grace_s = (1 - WHOLE_SHARE) * watch.left_s
            early = Watch(replace(watch.limits, time_limit_s=watch.seconds + WHOLE_SHARE * watch.left_s), watch.started)
            nodes = max(1, round(NODES * watch.limits.effort))
            found = strengthen(part.program, CLOSED, nodes, early, grace_s)
            part.bound, part.chosen = max(part.bound, found.bound), found.chosen
            return
        part.descent = Descent(part.arrays, watch)
        try:
            for bound in part.descent.bounds(lambda: part.price, CLOSED):
                part.bound = max(part.bound, bound)
        finally:
            part.descent.close()
