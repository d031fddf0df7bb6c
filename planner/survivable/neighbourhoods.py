"""Large-neighbourhood search: free some links, keep the rest, solve; in a process of its own beside the tree."""

import math
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from multiprocessing import get_context, parent_process
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

import numpy as np

from planner.limits import Limits, Watch
from planner.survivable.compiled import Compiled, Floats, compiled
from planner.survivable.instance import Instance
from planner.survivable.primal import Primal
from planner.survivable.relaxation import Root, tighten
from planner.survivable.separation import Separator
from planner.survivable.slopes import Slopes
from planner.survivable.tree import Part, branch_and_cut

FIRST_FREE = 10
NODES = 400
SECONDS = 8.0
LATE = 0.05
"""Part of the time after which the first point found is enough."""
FAR = 0.2
"""Above the relaxation by more than this part: rounding it has not met what makes links dear."""
FAR_SHARE = 0.1
"""Part of the time for points of another kind then."""


class Helper:
    """The second process; `poll` returns points that it has found since."""

    bound = -math.inf
    """It proves nothing."""

    def __init__(self, instance: Instance, limits: Limits, left_s: float) -> None:
        context = get_context("spawn")
        self.here, there = context.Pipe(duplex=False)
        plain = Limits(time_limit_s=left_s, seed=limits.seed + 1, effort=limits.effort)
        self.process: BaseProcess = context.Process(target=work, args=(instance, plain, there), daemon=True)
        self.process.start()
        there.close()

    def poll(self) -> list[Floats]:
        """Return points found since the last call."""
        found: list[Floats] = []
        try:
            while self.here.poll():
                found.append(self.here.recv())
        except (EOFError, OSError):
            pass
        return found

    def close(self) -> None:
        """End the process."""
        if self.process.is_alive():
            self.process.kill()
        self.process.join()
        self.here.close()


def work(instance: Instance, limits: Limits, there: Connection) -> None:
    """Search until the time is over or nobody listens; send every better point."""
    parent = parent_process()
    watch = Watch(replace(limits, should_stop=lambda: parent is not None and not parent.is_alive()))
    problem = compiled(instance)
    separator = Separator(problem, limits.seed)
    primal = Primal(problem, separator, watch)
    root = tighten(problem, separator, watch, share=0.08)

    def send(values: Floats) -> None:
        with suppress(OSError):  # nobody listens any more
            there.send(values)

    primal.found = send
    for _ in improvements(problem, separator, primal, root, watch):
        pass


def improvements(problem: Compiled, separator: Separator, primal: Primal, root: Root, watch: Watch) -> Iterator[None]:
    """Search, giving way after each step."""
    random = np.random.default_rng(watch.limits.seed)
    start(problem, primal, root.values)
    yield
    free = FIRST_FREE
    turn = 0
    while primal.best is not None and not watch.over:
        links = chosen(problem, primal.best, root.values, min(free, problem.links), turn, random)
        fixed = ~np.isin(problem.columns.link, links)
        inner = Primal(problem, separator, watch)
        inner.offer(primal.best)
        part = Part(fixed, primal.best, NODES, SECONDS)
        outcome = branch_and_cut(problem, separator, inner, root.rows, watch, part)
        for values in (outcome.values, inner.best):
            if values is not None and primal.routable(values) and primal.offer(values):
                turn = -1
        proved = outcome.work.get("proved", 0)
        free = min(problem.links, free + 1) if proved else max(4, free - 2)
        turn += 1
        yield


def start(problem: Compiled, primal: Primal, values: Floats) -> None:
    """Find a first point by rounding a relaxation in several ways, repairing and trimming the cheapest."""
    columns = problem.columns
    primal.plain()
    repaired: list[Floats] = []
    for share in (0.5, 0.2, 0.8):
        if repaired and primal.watch.seconds > LATE * primal.watch.limits.time_limit_s:
            break
        point = np.where(columns.whole, np.floor(values + share), values)
        fixed = primal.repair(np.minimum(point, columns.most))
        if fixed is not None:
            primal.offer(fixed)
            repaired.append(fixed)
    if repaired:
        primal.offer(primal.trim(min(repaired, key=lambda point: float(columns.cost @ point))))
    if primal.objective > (1.0 + FAR) * float(columns.cost @ values):
        _gathered(primal, values)


def _gathered(primal: Primal, values: Floats) -> None:
    """Offer points that gather traffic on few links."""
    watch = primal.watch
    end_s = watch.seconds + FAR_SHARE * watch.left_s
    designs = [point for point in Slopes(primal, values).designs(end_s) if primal.routable(point)]
    if designs:
        best = min(designs, key=lambda point: float(primal.problem.columns.cost @ primal.opened(point)))
        primal.offer(best)
        primal.offer(primal.trim(best))


def chosen(
    problem: Compiled, best: Floats, relaxed: Floats, count: int, turn: int, random: np.random.Generator
) -> np.ndarray:
    """Return the links to free: around a node, at random, or where the relaxation disagrees most."""
    kind = turn % 3
    if kind == 2:
        apart = np.bincount(
            problem.columns.link, weights=problem.columns.cost * np.abs(best - relaxed), minlength=problem.links
        )
        weight = apart + 1e-3 * (apart.max() + 1.0)
        return random.choice(problem.links, size=count, replace=False, p=weight / weight.sum())
    if kind == 1 and problem.links > 2 * count:
        near = _ball(problem, count // 2, random)
        rest = np.setdiff1d(np.arange(problem.links), near)
        return np.concatenate([near, random.choice(rest, size=count - len(near), replace=False)])
    return _ball(problem, count, random)


def _ball(problem: Compiled, count: int, random: np.random.Generator) -> np.ndarray:
    inside = np.zeros(problem.nodes, dtype=bool)
    inside[random.integers(problem.nodes)] = True
    taken: list[int] = []
    while len(taken) < count:
        touching = np.flatnonzero(inside[problem.tail] | inside[problem.head])
        fresh = [link for link in touching.tolist() if link not in taken]
        if not fresh:
            outside = np.flatnonzero(~inside)
            if not len(outside):
                break
            inside[random.choice(outside)] = True
            continue
        link = int(random.choice(fresh))
        taken.append(link)
        inside[problem.tail[link]] = inside[problem.head[link]] = True
    return np.array(taken, dtype=np.intp)
