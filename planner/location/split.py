"""Capacitated facility location with split supply, by Benders' decomposition over the facilities.

    min  Σ_i f_i y_i + η
         η ≥ Σ_j u_j + Σ_i φ_i(u) y_i        for every price vector u found so far                             (cut)
         Σ_i s_i y_i ≥ Σ_j d_j                                                                             (capacity)
         y_i ∈ {0, 1}

y_i  facility i open        η  cost of serving        u, φ  see `lagrangian`        f, s, d  opening, capacity, demand
Cuts come from the ascent of the dual, then from the fractional optimum of the master (a few steps of the dual for that
point: every u is valid), then from its whole optima with the exact dual prices of the transport. Facilities are fixed
by their reduced costs. An answer is called optimal when bound and cost agree to 1e-7.
"""

import math

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from planner.limits import Limits, Watch
from planner.location.lagrangian import Point, ascend, deepest, evaluate, fewest, knapsacks
from planner.location.problem import Floats, Sites, Supply
from planner.location.transport import Transport, serve
from planner.program import Program
from planner.program import solve as solve_program

EQUAL = 1e-7
"""Relative difference of cost and bound that counts as none."""
ASCENTS, ASCENT = 8, 60
"""Ascents of the dual at the start, and evaluations in each."""
FRACTIONAL_ROUNDS = 60
PATIENCE, LITTLE = 4, 1e-5
"""Rounds in a row that may gain less than this part of the bound."""
WHOLES, ROUGH = 2, 1e-3
"""Whole optima of the master tried after each ascent, and the gap they may have."""
TINY = 1e-9
"""Coefficients below it are left to the constant: solvers do not like them."""
KEEP = 15
"""Cuts taken from each ascent."""


def solve(sites: Sites, limits: Limits | None = None) -> Supply:
    """Open facilities and serve everybody at least cost.

    Raises
    ------
    ProgramError
        The solver itself failed.

    """
    m = len(sites.capacity)
    if sites.capacity.sum() < sites.demand.sum() * (1 - 1e-12):
        return Supply("infeasible", None, math.inf, np.zeros(m, dtype=bool), np.zeros_like(sites.cost))
    search = _Search(sites, Watch(limits or Limits()))
    search.run()
    best = search.best
    if best is None:
        return Supply("unknown", None, search.bound, np.zeros(m, dtype=bool), np.zeros_like(sites.cost))
    used = (best.share > 0).any(axis=1)
    cost = float(sites.opening[used].sum() + (sites.cost * best.share).sum())
    return Supply("optimal" if search.closed else "feasible", cost, min(search.bound, cost), used, best.share)


class _Search:
    """Facilities that no better answer can use leave `sites`; `alive` says which of all are left."""

    def __init__(self, sites: Sites, watch: Watch) -> None:
        self.all, self.sites, self.watch = sites, sites, watch
        self.alive = np.arange(len(sites.capacity))
        self.always = np.zeros(len(sites.capacity), dtype=bool)
        self.best: Transport | None = None
        self.bound = -math.inf
        self.seen: set[bytes] = set()
        self.constants: list[float] = []
        self.slopes: list[Floats] = []

    def run(self) -> None:
        """Ascend, cut at fractional points, then at whole ones."""
        point = self._ascend()
        self._fractional(point)
        while not self.closed and not self.watch.over:
            if not self._whole():
                break

    @property
    def cost(self) -> float:
        """Of the best answer; inf before the first."""
        return math.inf if self.best is None else self.best.cost

    @property
    def closed(self) -> bool:
        """Whether the best answer is proved."""
        return self.best is not None and self.cost - self.bound <= EQUAL * abs(self.cost)

    def _raise(self, bound: float) -> None:
        """Take a bound that holds for answers among the facilities left: the others are no better than the best."""
        self.bound = max(self.bound, min(bound, self.cost))

    def _try(self, open_: NDArray[np.bool_]) -> bool:
        """Serve from these facilities; keep what is better and learn its cut. False if it was tried before."""
        chosen = np.zeros(len(self.all.capacity), dtype=bool)
        chosen[self.alive[open_]] = True
        key = chosen.tobytes()
        if key in self.seen:
            return False
        self.seen.add(key)
        found = serve(self.all, chosen, self.watch)
        if found is None:
            return False
        self._learn(found.prices)
        if found.cost < self.cost:
            self.best = found
        return True

    def _learn(self, prices: Floats, serving: Floats | None = None) -> None:
        self.constants.append(float(prices.sum()))
        self.slopes.append(knapsacks(self.sites, prices)[0] if serving is None else serving)

    def _ascend(self) -> Point:
        sites, watch = self.sites, self.watch
        second = min(1, len(sites.cost) - 1)
        prices = np.partition(sites.cost, second, axis=0)[second]
        self._try(self._enough(sites.opening / np.maximum(sites.capacity, 1e-9)))
        point = evaluate(sites, prices)
        for _ in range(ASCENTS):
            if watch.over or self.closed:
                break
            point, path = ascend(self.sites, point.prices, self.cost, ASCENT, watch)
            self._raise(point.bound)
            for one in path[-KEEP:]:
                self._learn(one.prices, one.serving)
            rounded = point.chosen > 0.5
            self._try(self._enough(np.where(rounded, -np.inf, point.reduced)) | rounded)
            for _ in range(WHOLES):
                if watch.over or self.closed or not self._whole(ROUGH):
                    break
            point = self._fix(point)
        return point

    def _enough(self, order: Floats) -> NDArray[np.bool_]:
        """Return the first facilities in this order that together hold all demand."""
        ranked = np.argsort(order, kind="stable")
        needed = np.searchsorted(np.cumsum(self.sites.capacity[ranked]), self.sites.demand.sum() * (1 - 1e-12)) + 1
        open_ = np.zeros(len(ranked), dtype=bool)
        open_[ranked[:needed]] = True
        return open_

    def _fix(self, point: Point) -> Point:
        """Fix what no answer better than the best can have; return the point among the facilities left."""
        slack = self.cost * (1 + EQUAL) - point.bound
        self.always |= -point.reduced > slack
        stay = (point.reduced <= slack) | self.always
        if stay.all():
            return point
        if self.sites.capacity[stay].sum() < self.sites.demand.sum() * (1 - 1e-12):
            self._raise(self.cost)  # nothing is better than the best
            return point
        s = self.sites
        self.sites = Sites(s.capacity[stay], s.opening[stay], s.demand, s.cost[stay])
        self.alive, self.always = self.alive[stay], self.always[stay]
        self.slopes = [slope[stay] for slope in self.slopes]
        return evaluate(self.sites, point.prices)

    def _master(self) -> tuple[Program, float]:
        sites = self.sites
        m = len(sites.capacity)
        scale = 1000.0 / max(1e-9, self.cost if math.isfinite(self.cost) else float(sites.opening.sum()) + 1.0)
        largest = max(1e-9, float(sites.capacity.max()))
        rows = np.zeros((len(self.slopes) + 2, m + 1))
        slopes = np.vstack(self.slopes) * -scale
        tiny = slopes < TINY
        rows[:-2, :m], rows[:-2, m] = np.where(tiny, 0.0, slopes), 1.0
        rows[-2, :m], rows[-1, :m] = sites.capacity / largest, 1.0
        least = np.array(self.constants) * scale - np.where(tiny, slopes, 0.0).sum(axis=1)
        low = np.array([*least, sites.demand.sum() / largest * (1 - 1e-12), fewest(sites)])
        program = Program(
            np.append(sites.opening * scale, 1.0), sparse.csr_array(rows), low, np.full(len(low), np.inf),
            np.append(self.always.astype(float), 0.0), np.append(np.ones(m), np.inf), np.arange(m + 1) < m,
        )  # fmt: skip
        return program, scale

    def _fractional(self, point: Point) -> None:
        """Cut at the fractional optimum of the master, moved towards a point inside, until little is gained."""
        centre, poor = point.chosen, 0
        prices = point.prices
        for _ in range(FRACTIONAL_ROUNDS):
            if self.watch.over or self.closed or poor >= PATIENCE:
                return
            program, scale = self._master()
            found = solve_program(program.relaxed(), self.watch)
            if found.values is None or not found.optimal:
                return
            value, y = found.bound / scale, found.values[:-1]
            poor = poor + 1 if value - self.bound < LITTLE * value else 0
            self._raise(value * (1 - 1e-9))
            centre = 0.5 * (centre + y)
            for at in (centre, y):
                prices, serving = deepest(self.sites, prices, at, self.cost)
                self._learn(prices, serving)
            better = evaluate(self.sites, prices)
            self._raise(better.bound)
            stay = len(self.alive)
            better = self._fix(better)
            if len(self.alive) < stay:
                centre = better.chosen

    def _whole(self, gap: float = 1e-9) -> bool:
        """Solve the master up to a gap; learn from its optimum. False when nothing more can be done."""
        program, scale = self._master()
        before = self.bound
        found = solve_program(program, self.watch, gap=gap)
        self._raise(found.bound / scale * (1 - 1e-9))
        if found.values is None:
            return False
        return self._try(found.values[:-1] > 0.5) or self.bound > before
