"""A large network by choices of hubs, one after the other.

1. A plan without concentration points, every site with its own lines to the core.
2. The program of `hubs` in shares: a bound on every plan, soon. With whole exchanges: a choice of hubs, a better bound.
3. The same with these hubs and whole trunks: good trunks, and a bound on the plans with these hubs.
4. Polishing: the best plan that uses these hubs, these trunks and those from hubs to the core, every state exact.
5. Steps 2 to 4 again without this choice of hubs, until min(bound of 2, bounds of 3 so far) closes the gap. The next
   step 2 runs in a process beside 3 and 4; it does not depend on them, so the plan does not depend on which is faster.
"""

import math
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from threading import Event
from typing import TYPE_CHECKING

from ortools.math_opt.python import mathopt

from planner.network import pairs
from planner.network.ends import terms
from planner.network.hubs import Hubs
from planner.network.solver import Answer, whole
from planner.network.variables import MILLION

if TYPE_CHECKING:
    from planner.network.search import Search

CHOICE_SHARE = 0.6
"""Of the time that is left, for one choice of hubs; the rest works it out."""
SETTLE_GAP = 1e-4
"""Relative gap of good trunks between hubs."""


def by_hubs(search: "Search") -> None:
    """Search a large network; where most sites need two fixed lines by whole pairs of paths first."""
    own = search.own_lines()
    if own:
        search.offer(own)
    search.say("own lines")
    if search.closed:
        return
    if pairs.paired(search):
        pairs.by_pairs(search)
        if search.best is not None or search.unserved:
            return  # else the hubs may prove that there is none
    offers = {site: terms(search.candidates, own, search.paths) for site, own in search.choices.items()}
    search.unserved = tuple(site for site, own in offers.items() if not own)
    if search.unserved:
        return
    choosing, settling = (Hubs(search.candidates, offers, search.paths, search.most_points) for _ in range(2))
    _relaxed(search, choosing)
    if search.closed:
        return
    done = Event()
    with ThreadPoolExecutor(1) as pool:
        try:
            _choices(search, choosing, settling, lambda model: pool.submit(beside, search, model, done))
        finally:
            done.set()


def _relaxed(search: "Search", hubs: Hubs) -> None:
    """Have a bound of the program in shares: in seconds even where whole exchanges take minutes."""
    model = hubs.relaxed()
    answer = whole(model, None, search.choice_gap, search.nodes, search.watch, interior=True)
    if answer.infeasible:  # asked again by simplex: an interior point alone proves nothing here
        answer = whole(model, None, search.choice_gap, search.nodes, search.watch)
    search.counted(answer)
    search.impossible = answer.infeasible and search.best is None
    if math.isfinite(answer.bound):
        search.raise_bound(answer.bound * MILLION)
    search.say("relaxation")


def _choices(
    search: "Search", choosing: Hubs, settling: Hubs, ask: Callable[[mathopt.Model], "Future[Answer]"]
) -> None:
    """Look at choices of hubs in turn; the next one is found while the last one is worked out."""
    settled = float("inf")
    pending = ask(choosing.choose())
    if search.look:
        search.polish(search.look)
        search.say("polished")
    if search.best is None:
        search.over_points()
    once = bool(search.look) or search.turns == 1
    for turn in range(search.turns + 1):
        chosen = pending.result()
        search.counted(chosen)
        least = min(settled, _bound_vnd(chosen))
        search.impossible = least == float("inf") and search.best is None
        if search.impossible or least < float("inf"):
            search.raise_bound(least)
        search.say("hubs")
        if chosen.values is None or search.closed or search.watch.over or turn == search.turns:
            return
        opened = choosing.hubs(chosen.values)
        if not once:
            choosing.exclude(opened)
            pending = ask(choosing.choose())
        trunks = search.whole(settling.settle(opened), SETTLE_GAP)
        settled = min(settled, _bound_vnd(trunks))
        if trunks.values is not None:
            search.polish(opened | settling.bought(trunks.values) | search.to_core(opened))
            search.say("polished")
        if once:
            return


def beside(search: "Search", model: mathopt.Model, done: Event) -> Answer:
    """Solve in another thread, until done or for a share of the time left: to work it out takes some too."""
    until = search.watch.seconds + CHOICE_SHARE * search.watch.left_s
    watch = replace(search.watch, limits=replace(search.watch.limits.until(done), time_limit_s=until))
    return whole(model, None, search.choice_gap, search.nodes, watch)


def _bound_vnd(answer: Answer) -> float:
    """Return what no solution undercuts; infinite where there is none."""
    return float("inf") if answer.infeasible else answer.bound * MILLION
