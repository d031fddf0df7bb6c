"""Where two lines are promised to most sites: bound and trunks from whole pairs of paths, in a process beside.

1. A plan without concentration points, or over any.
2. `tree`: charges bound every plan; a descent over trunks gives a cheap set of them.
3. Polishing: the best plan over that set, every state exact, before anything else takes its time.
4. The tree is searched.
The process is asked one thing at a time and computes by numbers of steps and nodes, so the plan does not depend on how
fast either is.
"""

import math
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context
from threading import Lock
from typing import TYPE_CHECKING, Any

from planner.lifetime import end_with_parent
from planner.limits import Limits, Watch
from planner.network.charges import Charges, Frame, frame
from planner.network.first import over_points
from planner.network.selection import select
from planner.network.solver import POLL_S, SLOTS
from planner.network.tables import Tables, tables
from planner.network.tree import Tree
from planner.network.trunks import numbers
from planner.network.variables import MILLION

if TYPE_CHECKING:
    from planner.network.search import Search

SHARE = 0.5
"""Sites that must have two fixed lines for this way to be taken, as a share."""
SHAKES = 6
"""Ruins and recreations after the first descent."""
NODES = 60
"""Nodes of the tree, at effort 1."""
LARGE = 50_000
"""Pairs of paths, over all sites, from which the tree gets a process of its own."""
CLOCK_SHARE = 0.6
"""Of the time that is left, for what the tree is asked: polishing takes some too."""


def paired(search: "Search") -> bool:
    """Whether most sites need two fixed lines."""
    asked = sum(bool(own.backups) and not own.mobiles for own in search.choices.values())
    return asked > SHARE * len(search.choices)


def by_pairs(search: "Search") -> None:
    """Search a large network of which most sites need two fixed lines."""
    candidates = search.candidates
    offers = tables(candidates, search.choices, search.paths)
    search.unserved = tuple(site for site, own in zip(offers.sites, offers.offers, strict=True) if not own.served)
    if search.unserved:
        return
    if search.best is None:
        _over_points(search, polished=len(offers.pairs.price) < LARGE)
    beside = _Beside(offers, frame(candidates, offers, search.most_points), search.watch)
    try:
        known = search.best.cost_vnd / MILLION if search.best else float(sum(own.least for own in offers.offers)) * 2
        beside.ask(_begin, known, search.look, search.watch.limits.seed)
        first = beside.answer()
        if first is None:
            search.cut_short = True
            return
        _take(search, first)
        search.say("relaxation")
        if search.closed:
            return
        search.polish(first.bought)
        search.say("polished")
        if search.closed or search.watch.over:
            return
        if search.best is not None:
            known = min(known, search.best.cost_vnd / MILLION)
        nodes = round(NODES * search.watch.limits.effort)
        beside.ask(_search, min(known, first.cost), search.goal, nodes)
        second = beside.answer()
        if second is None:
            search.cut_short = True
            return
        _take(search, second)
        search.say("pairs")
    finally:
        beside.close()


def _over_points(search: "Search", *, polished: bool) -> None:
    """Where own lines to the core do not do: a first plan over any points; to polish a large one takes too long."""
    if polished:
        search.over_points()
        return
    chosen = over_points(search.candidates, search.choices, search.paths)
    if chosen is not None:
        search.offer(select(search.candidates, chosen))
        search.say("over points")


@dataclass(frozen=True, slots=True)
class Found:
    """What the process knows."""

    bound: float
    """Million VND."""
    cost: float
    """Of the cheapest set without loads, million VND."""
    bought: frozenset[str]
    """That set."""
    nodes: int
    stopped: bool
    """The clock ended it."""


def _take(search: "Search", found: Found) -> None:
    search.raise_bound(found.bound * MILLION)
    search.count("pair_nodes", found.nodes)
    search.cut_short |= found.stopped


class _Beside:
    """The tree of one network: a large one in a process of its own, which takes a slot while it works."""

    def __init__(self, offers: Tables, shape: Frame, watch: Watch) -> None:
        self.watch = watch
        self.asked: Future[Found] | None = None
        self.slot, self.lock = False, Lock()
        self.tree: Tree | None = None
        self.pool: ProcessPoolExecutor | None = None
        if len(offers.pairs.price) < LARGE:
            self.tree = Tree(Charges(offers, shape, watch))
        else:
            self.pool = ProcessPoolExecutor(
                1, mp_context=get_context("spawn"), initializer=_hold, initargs=(offers, shape, watch.limits.seed)
            )

    def ask(self, work: Callable[..., Found], *about: Any) -> None:  # noqa: ANN401
        """Ask as soon as there is a slot, or not at all when time is over first."""
        self.asked = None
        if self.tree is not None:
            self.asked = Future()
            self.asked.set_result(work(self.tree, *about))
        while self.pool is not None and not self.watch.over:
            if SLOTS.acquire(timeout=POLL_S):
                self.slot = True
                self.asked = self.pool.submit(_far, work, CLOCK_SHARE * self.watch.left_s, *about)
                self.asked.add_done_callback(lambda _: self._free())
                return

    def answer(self) -> Found | None:
        """Wait for what was asked; None when time is over first or the process was lost."""
        while self.asked is not None and (self.asked.done() or not self.watch.over):
            try:
                return self.asked.result(timeout=POLL_S)
            except TimeoutError:
                continue
            except BrokenProcessPool:  # what is known stands
                return None
        return None

    def _free(self) -> None:
        with self.lock:  # the pool's own thread tells the end of a task, too
            if self.slot:
                self.slot = False
                SLOTS.release()

    def close(self) -> None:
        """End the process."""
        if self.pool is not None:
            for process in list((self.pool._processes or {}).values()):
                process.kill()
            self.pool.shutdown(wait=False, cancel_futures=True)
        self._free()


_held: Tree | None = None
"""What the process works on."""


def _hold(offers: Tables, shape: Frame, seed: int) -> None:
    global _held
    end_with_parent()
    _held = Tree(Charges(offers, shape, Watch(Limits(seed=seed))))


def _far(work: Callable[..., Found], seconds: float, *about: Any) -> Found:  # noqa: ANN401
    if _held is None:
        message = "no network was handed to this process"
        raise RuntimeError(message)
    _held.charges.watch = Watch(Limits(time_limit_s=seconds))
    return work(_held, *about)


def _begin(tree: Tree, known: float, look: frozenset[str], seed: int) -> Found:
    tree.begin(known, [numbers(tree.charges.tables, look)] if look else [])
    tree.shake(SHAKES, seed)
    return _found(tree)


def _search(tree: Tree, known: float, share: float, nodes: int) -> Found:
    tree.search(known, share, nodes)
    return _found(tree)


def _found(tree: Tree) -> Found:
    cost, used = tree.best or (math.inf, numbers(tree.charges.tables, frozenset()))
    bought = frozenset(name for name, taken in zip(tree.charges.tables.names, used, strict=True) if taken)
    return Found(tree.bound, cost, bought, tree.nodes, tree.charges.watch.over)
