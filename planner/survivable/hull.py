r"""Facets of one cut, by exact separation (Fenchel cuts: Boyd, *Operations Research* 42, 1994).

$$X_W=\Big\{x\ \text{whole}: \sum_{e\in\delta(W)\setminus f} u_e(x)\ge b\ \ \forall f\Big\} \qquad
\min\ \alpha x^*\ \ \text{s.t.}\ \ \alpha v\ge1\ \forall v\in X_W,\ \alpha\ge0$$

An optimum below 1 is a violated inequality. The points v come from an oracle: with capacities in whole units and the
largest
link counted as M units, the others must hold b more, so

$$\min_v \alpha v=\min_M\min\Big\{\sum_e c_e(l_e): l_e\le M,\ \sum_e l_e\ge b+M\Big\}$$

with c_e(l) the least $\alpha$-weight of columns that hold l units: a knapsack by dynamic programming. In a fixed
state the
requirement is b alone, with no M. Where
capacities have no common unit, or b is too many of them, nothing is tried.
"""

import math
from functools import cache

import numpy as np
from numpy.typing import NDArray
from ortools.linear_solver import pywraplp

from planner.survivable.compiled import Compiled, Floats
from planner.survivable.cuts import TOLERANCE, Cut, Row
from planner.survivable.cutsets import Cutsets

MOST_UNITS = 48
MOST_LINKS = 14
MOST_POINTS = 80
LEAST_VIOLATION = 5e-3
ENOUGH = 0.8
"""Part of the violation of the linear program that is taken without waiting for the facet."""
VERTICES = 6
"""Points of the cut that come out of one call of the oracle."""
BLUR = 1e-3
"""Added to the point: columns at zero then get no larger coefficients than they need."""


@cache
def shifted(d: int, level: int, *, spare: bool) -> tuple[NDArray[np.int32], NDArray[np.int16]]:
    """Return where the offer of a level comes from in the flat table, and what the level counts as (M at most)."""
    tops = np.arange(1, d + 1) if spare else np.array([d])
    width = (2 * d if spare else d) + 1
    held = np.minimum(level, tops)[:, None]
    source = np.arange(width)[None, :] - held
    index = np.maximum(source, 0) + width * np.arange(len(tops))[:, None]
    return index.astype(np.int32), held.astype(np.int16)


class CutModel:
    """One cut in whole units: its columns, link by link."""

    def __init__(self, links: list[list[tuple[int, int, bool]]], needed: int, *, spare: bool) -> None:
        """Take links as lists of (column, units, whether it is a step on top of the one before)."""
        self.links = links
        self.needed = needed
        self.spare = spare
        """Whether any one link may be down."""
        self.columns = [column for link in links for column, _, _ in link]
        self.place = {column: at for at, column in enumerate(self.columns)}

    def cheapest(self, alpha: Floats, most: int = 1) -> list[tuple[float, Floats]]:
        """Return min αv over the cut and a v that attains it (over `columns`); up to `most` more, one for each M.

        Nothing when the cut cannot be satisfied.
        """
        d = self.needed
        priced = [self.prices(link, alpha) for link in self.links]
        # levels worth taking: the last before the price rises
        levels = [
            [level for level in range(1, d + 1) if level == d or prices[level] < prices[level + 1]]
            for prices, _ in priced
        ]
        # rows M = 1 … d (capacities count as M at most); in a fixed state one row that ends at d
        tops = np.arange(1, d + 1) if self.spare else np.array([d])
        width = (2 * d if self.spare else d) + 1
        ends = d + tops if self.spare else tops
        # least weight that covers so many units; more than asked for is as good
        flat = np.full(len(tops) * width, np.inf)
        reach = flat.reshape(len(tops), width)
        reach[:, 0] = 0.0
        picks = []
        for (prices, _), some in zip(priced, levels, strict=True):
            best, pick = reach.copy(), np.zeros(reach.shape, dtype=np.int16)
            for level in some:
                if math.isfinite(prices[level]):
                    index, held = shifted(d, level, spare=self.spare)
                    offer = flat.take(index)
                    offer += prices[level]
                    better = offer < best
                    np.copyto(best, offer, where=better)
                    np.copyto(pick, held, where=better)
            picks.append(pick)
            reach[:] = best
        values = reach[np.arange(len(tops)), ends]
        rows = np.argsort(values, kind="stable")[:most]
        found = []
        for row in rows[np.isfinite(values[rows])].tolist():
            total = int(ends[row])
            point = np.zeros(len(self.columns))
            for link in range(len(self.links) - 1, -1, -1):
                level = int(picks[link][row, total])
                self._bought(self.links[link], priced[link][1], level, point)
                total = max(0, total - level)
            found.append((float(values[row]), point))
        return found

    def prices(self, link: list[tuple[int, int, bool]], alpha: Floats) -> tuple[list[float], list[int]]:
        """Return, for each number of units, the least weight that holds them and the column bought last."""
        d = self.needed
        prices, last = [math.inf] * (d + 1), [-1] * (d + 1)
        prices[0] = 0.0
        if any(step for _, _, step in link):
            total, done = 0.0, 0
            for column, units, _ in link:
                total += float(alpha[self.place[column]])
                for level in range(done + 1, min(d, units) + 1):
                    prices[level], last[level] = total, column
                done = max(done, min(d, units))
            return prices, last
        offers = [(units, float(alpha[self.place[column]]), column) for column, units, _ in link if units > 0]
        for level in range(1, d + 1):
            least, by = math.inf, -1
            for units, weight, column in offers:
                price = prices[level - units] + weight if level > units else weight
                if price < least:
                    least, by = price, column
            prices[level], last[level] = least, by
        return prices, last

    def _bought(self, link: list[tuple[int, int, bool]], last: list[int], level: int, point: Floats) -> None:
        """Add to a point the columns that hold `level` units of a link."""
        if level <= 0:
            return
        if any(step for _, _, step in link):
            for column, _, _ in link:
                point[self.place[column]] += 1
                if column == last[level]:
                    return
        units_of = {column: units for column, units, _ in link}
        while level > 0:
            point[self.place[last[level]]] += 1
            level -= units_of[last[level]]


class Hulls:
    """Separates over single cuts."""

    def __init__(self, problem: Compiled, cutsets: Cutsets) -> None:
        self.problem = problem
        self.cutsets = cutsets
        columns = problem.columns
        self.by_link: list[list[int]] = [[] for _ in range(problem.links)]
        for column in np.flatnonzero(columns.size > 0).tolist():
            self.by_link[int(columns.link[column])].append(column)
        self.unit = _common(columns.size[columns.size > 0])
        self.usable = bool(columns.whole.all()) and problem.columns.count > 0 and self.unit > 0
        self.known: dict[tuple[bytes, int], list[Floats]] = {}
        """(Node set, state) → points of its cut met before."""
        self.points = 0

    def rows(self, values: Floats, most: int, tries: int) -> list[Row]:
        """Return up to `most` violated facets after looking at up to `tries` cuts, the tightest first."""
        if not self.usable:
            return []
        found: list[tuple[float, Row]] = []
        for members, state, b in self.cutsets.tight_cuts(values, tries):
            row = self.facet(members, state, b, values)
            if row is not None:
                found.append((row.violation(values), row))
                if len(found) >= most:
                    break
        found.sort(key=lambda pair: -pair[0])
        return [row for _, row in found]

    def model(self, links: list[int], b: float, *, spare: bool) -> CutModel:
        """Return a cut in whole units."""
        columns = self.problem.columns
        unit = self.unit
        needed = math.ceil(b / unit - 1e-7)
        parts = []
        for link in links:
            mine = self.by_link[link]
            parts.append(
                [
                    (column, math.ceil(float(columns.size[column]) / unit - 1e-7), bool(columns.before[mine[-1]] >= 0))
                    for column in mine
                ]
            )
        return CutModel(parts, needed, spare=spare)

    def facet(self, members: np.ndarray, state: int, b: float, values: Floats) -> Row | None:
        """Return the most violated inequality of one cut, or None."""
        problem = self.problem
        spare = state < 0
        across = self.cutsets.across(members[None, :])[0]
        if not spare:
            across &= ~problem.link_down[state]
        links = [link for link in np.flatnonzero(across).tolist() if self.by_link[link]]
        if not links or len(links) > MOST_LINKS or b <= TOLERANCE:
            return None
        if spare and any(self.cutsets.single[link] < 0 for link in links):
            return None
        if b / self.unit > MOST_UNITS:
            return None
        model = self.model(links, b, spare=spare)
        point = np.array([values[column] for column in model.columns])
        key = (members.tobytes(), state)
        alpha = self._separate(model, point, self.known.setdefault(key, []))
        if alpha is None:
            return None
        vertices = model.cheapest(alpha)
        if not vertices or not vertices[0][0] > TOLERANCE:
            return None
        least = vertices[0][0]
        coefficients = np.zeros(problem.columns.count)
        states = (state,) if not spare else tuple(sorted(int(self.cutsets.single[link]) for link in links))
        cut = self.cutsets.cut(members, states, b, 0.0)
        cut = Cut(cut.states, cut.lengths, b, 0.0, hull=True)
        scaled = alpha / (least * (1 - 1e-9))
        counted = tuple(
            (link, self._counted(model, part, scaled)) for link, part in zip(links, model.links, strict=True)
        )
        coefficients[model.columns] = scaled
        return Row(cut, coefficients, 1.0, counted)

    def _counted(
        self, model: CutModel, part: list[tuple[int, int, bool]], alpha: Floats
    ) -> tuple[tuple[float, float], ...]:
        """Return the weight of a link as a function of its capacity: (capacity reached, weight) where it rises."""
        prices, _ = model.prices(part, alpha)
        return tuple(
            (level * self.unit, prices[level])
            for level in range(1, model.needed + 1)
            if math.isfinite(prices[level]) and prices[level] > prices[level - 1]
        )

    def _separate(self, model: CutModel, point: Floats, known: list[Floats]) -> Floats | None:
        solver = pywraplp.Solver.CreateSolver("GLOP")
        solver.SetSolverSpecificParametersAsString("use_preprocessing: false use_dual_simplex: true")
        variables = [solver.NumVar(0.0, 2.0, "") for _ in model.columns]
        objective = solver.Objective()
        objective.SetMinimization()
        for variable, value in zip(variables, (point + BLUR).tolist(), strict=True):
            objective.SetCoefficient(variable, value)
        for vertex in known:
            _at_least_one(solver, variables, vertex)
        alpha: Floats = np.ones(len(point))
        for turn in range(MOST_POINTS):
            if turn or known:
                if solver.Solve() != pywraplp.Solver.OPTIMAL:
                    return None
                alpha = np.maximum(0.0, np.array([variable.solution_value() for variable in variables]))
            if turn and float(alpha @ point) >= 1 - LEAST_VIOLATION:
                return None
            self.points += 1
            vertices = model.cheapest(alpha, VERTICES)
            if not vertices:
                return None
            least, value = vertices[0][0], float(alpha @ point)
            if (turn or known) and least > 0:
                deep = 1 - value / least
                if deep >= LEAST_VIOLATION and (least >= 1 - 1e-7 or deep >= ENOUGH * (1 - value)):
                    return alpha
                if least >= 1 - 1e-7:
                    return None
            for weight, vertex in vertices:
                if weight < 1 - 1e-7 or not turn:
                    known.append(vertex)
                    _at_least_one(solver, variables, vertex)
        return None


def _at_least_one(solver: pywraplp.Solver, variables: list[pywraplp.Variable], vertex: Floats) -> None:
    row = solver.Constraint(1.0, solver.infinity())
    for at in np.flatnonzero(vertex).tolist():
        row.SetCoefficient(variables[at], float(vertex[at]))


def _common(sizes: Floats) -> float:
    """Return the greatest common divisor of capacities; 0 where they have none to speak of."""
    if not len(sizes):
        return 0.0
    smallest = float(sizes.min())
    for parts in range(1, 13):
        unit = smallest / parts
        multiples = sizes / unit
        if np.abs(multiples - np.round(multiples)).max() < 1e-6:
            return unit
    return 0.0
