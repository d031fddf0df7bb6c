r"""Facets of one cut, by exact separation (Fenchel cuts: Boyd, *Operations Research* 42, 1994).

$$X_W=\Big\{x\ \text{whole}: \sum_{e\in\delta(W)\setminus f} u_e(x)\ge b\ \ \forall f\Big\} \qquad
\min\ \alpha x^*\ \ \text{s.t.}\ \ \alpha v\ge1\ \forall v\in X_W,\ \alpha\ge0$$

An optimum below 1 is a violated inequality. The points v come from an oracle (`planner.survivable.cutmodel`). Only
links of which the point holds something take part; the others are lifted in afterwards. Where capacities have
no common unit, or b is too many of them, nothing is tried.
"""

import math
from typing import Protocol

import numpy as np
from ortools.linear_solver import pywraplp

from planner.survivable.compiled import Compiled, Floats, Ints
from planner.survivable.cutmodel import TINY, CutModel, Offer, bundles, part_of, settled
from planner.survivable.cuts import TOLERANCE, Cut, Row
from planner.survivable.cutsets import Cutsets

MOST_UNITS = 110
MOST_LINKS = 14
"""Of which a point holds something."""
MOST_BUNDLES = 400
"""Of one link."""
MOST_POINTS = 80
LEAST_VIOLATION = 5e-3
ENOUGH = 0.8
"""Part of the violation of the linear program that is taken without waiting for the facet."""
OUTWARD = 0.6
"""How far from weights that hold towards those of the program purchases are asked for."""
VERTICES = 8
HEAVY = 1.05
"""Purchases that weigh more are not looked for."""
"""Points of the cut that come out of one call of the oracle."""
BLUR = 1e-3
"""Added to the point: columns at zero then get no larger coefficients than they need."""
MOST_LISTED = 500_000
"""Combinations of what the links offer that are looked through; where there are more, points are generated."""
AT_ONCE = 24
"""Listed points that are added to the program together."""
KEPT_POINTS = 300
"""Of one cut, met before."""
MORE = 1e-5
"""Share of a unit that is more than nothing."""
HELD = 1e-6


class Purchases(Protocol):
    """What survives, over some columns."""

    columns: Ints

    def cheapest(self, alpha: Floats, most: int = 1, below: float = math.inf) -> list[tuple[float, Floats]]:
        """Return the least weight below a limit and what attains it, and more."""


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
        self.known: dict[tuple[bytes, int], list[tuple[tuple[int, ...], Floats]]] = {}
        """(Node set, state) → points of its cut met before: columns held, how many of each."""
        self.listed: dict[tuple[tuple[int, ...], tuple[int, ...], bool, int], tuple[Floats, Ints] | None] = {}
        self.price = np.array([float(columns.cost[mine[0]]) if mine else 0.0 for mine in self.by_link])
        """Link → cost of the least that can be bought."""
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

    def offer(self, link: int, needed: int) -> Offer | None:
        """Return what a link offers to a cut that needs so many units; None when that is too much to list."""
        columns = self.problem.columns
        kinds = tuple(self.by_link[link])
        units = tuple(math.ceil(float(columns.size[column]) / self.unit - 1e-7) for column in kinds)
        most = tuple(int(columns.most[column]) for column in kinds)
        steps = bool(columns.before[kinds[-1]] >= 0) or (len(kinds) == 1 and most[0] == 1)
        key = (units, most, steps, needed)
        if key not in self.listed:
            some = math.prod(min(limit, math.ceil(needed / unit)) + 1 for unit, limit in zip(units, most, strict=True))
            few = steps or some <= MOST_BUNDLES
            self.listed[key] = bundles(list(units), list(most), needed, steps=steps) if few else None
        listed = self.listed[key]
        return None if listed is None else Offer(np.array(kinds, dtype=np.intp), *listed, steps)

    def facet(self, members: np.ndarray, state: int, b: float, values: Floats) -> Row | None:
        """Return a strongly violated inequality of one cut, or None."""
        problem = self.problem
        spare = state < 0
        across = self.cutsets.across(members[None, :])[0]
        if not spare:
            across &= ~problem.link_down[state]
        links = [link for link in np.flatnonzero(across).tolist() if self.by_link[link]]
        if not links or b <= TOLERANCE or b / self.unit > MOST_UNITS:
            return None
        if spare and any(self.cutsets.single[link] < 0 for link in links):
            return None
        needed = math.ceil(b / self.unit - 1e-7)
        offers: dict[int, Offer] = {}
        for link in links:
            offer = self.offer(link, needed)
            if offer is None:
                return None
            offers[link] = offer
        parts = {link: part_of(offer, values[offer.columns], HELD) for link, offer in offers.items()}
        inside = [link for link in links if parts[link] is not None]
        outside = sorted(set(links) - set(inside), key=lambda link: (self.price[link], link))
        if len(inside) > MOST_LINKS:
            return None
        model = CutModel([part for part in parts.values() if part is not None], needed, spare=spare)
        while not model.cheapest(np.ones(len(model.columns))):
            # what the point holds is not enough even whole: let everything take part
            if len(model.columns) == sum(len(offers[link].columns) for link in inside):
                if not outside:
                    return None
                inside.append(outside.pop(0))
            model = CutModel([offers[link] for link in inside], needed, spare=spare)
        alpha = self._separate(model, values[model.columns], (members.tobytes(), state))
        if alpha is None:
            return None
        found = model.cheapest(alpha)
        if not found or not found[0][0] > TOLERANCE:
            return None
        scaled = alpha / found[0][0]
        coefficients = np.zeros(problem.columns.count)
        order = [*inside, *outside]
        weights = dict(zip(order, model.lifted(scaled, [offers[link] for link in order]), strict=True))
        for link in order:
            weights[link] = settled(offers[link], weights[link])
            coefficients[offers[link].columns] = weights[link]
        states = (state,) if not spare else tuple(sorted(int(self.cutsets.single[link]) for link in links))
        plain = self.cutsets.cut(members, states, b, 0.0)
        cut = Cut(plain.states, plain.lengths, b, 0.0, hull=True)
        counted = tuple((link, self.counted(offers[link], weights[link])) for link in links)
        return Row(cut, coefficients, 1.0, counted)

    def counted(self, offer: Offer, alpha: Floats) -> tuple[tuple[float, float], ...]:
        """Return the weight of a link as a function of its capacity: (capacity reached, weight) where it rises.

        Whatever is more than one bundle counts as the next: modules that others beat may be finer than the unit.
        """
        units, weights, _ = offer.prices(alpha)
        below = [-1, *units[:-1].tolist()]
        return tuple(
            ((level + MORE) * self.unit, weight)
            for level, weight in zip(below, weights.tolist(), strict=True)
            if level >= 0 and weight > TINY
        )

    def _separate(self, model: CutModel, point: Floats, key: tuple[bytes, int]) -> Floats | None:
        """Return weights with which the point counts less than 1, and less than everything that survives."""
        listed = model.minimal(MOST_LISTED)
        if listed is not None:
            self.points += 1
            return self.among(listed, point)
        return self.generated(model, point, key)

    def among(self, listed: Floats, point: Floats) -> Floats | None:
        """As `_separate`, with everything that survives listed."""
        solver, variables = _program(point)
        there = np.zeros(len(listed), dtype=bool)
        alpha: Floats = np.ones(len(point))
        for turn in range(MOST_POINTS):
            if turn:
                if solver.Solve() != pywraplp.Solver.OPTIMAL:
                    return None
                alpha = np.maximum(0.0, np.array([variable.solution_value() for variable in variables]))
                if float(alpha @ point) >= 1 - LEAST_VIOLATION:
                    return None
            worth = listed @ alpha
            least, value = float(worth.min()), float(alpha @ point)
            if turn and least > 0:
                deep = 1 - value / least
                if deep >= LEAST_VIOLATION and (least >= 1 - 1e-7 or deep >= ENOUGH * (1 - value)):
                    return alpha
                if least >= 1 - 1e-7:
                    return None
            worth[there] = np.inf
            lightest = np.argpartition(worth, AT_ONCE)[:AT_ONCE] if len(worth) > AT_ONCE else np.arange(len(worth))
            for at in np.sort(lightest).tolist():
                if not there[at] and (worth[at] < 1 - 1e-7 or not turn):
                    there[at] = True
                    _at_least_one(solver, variables, listed[at])
        return None

    def generated(self, model: Purchases, point: Floats, key: tuple[bytes, int]) -> Floats | None:
        """As `_separate`, with purchases that survive generated as they are needed.

        They are asked for half-way between the weights of the program, which are too light, and the best ones that
        hold
        (Ben-Ameur and Neto, *Networks* 49, 2007).
        """
        known = self._met(model, key)
        solver, variables = _program(point)
        for vertex in known:
            _at_least_one(solver, variables, vertex)
        inner: Floats = np.ones(len(point))
        alpha, value, outer, program = inner, math.inf, inner, -math.inf
        solved = bool(known)
        for turn in range(MOST_POINTS):
            if solved:
                if solver.Solve() != pywraplp.Solver.OPTIMAL:
                    return None
                outer = np.maximum(0.0, np.array([variable.solution_value() for variable in variables]))
                program = float(outer @ point)
                if program >= 1 - LEAST_VIOLATION:
                    return None
                alpha = OUTWARD * outer + (1 - OUTWARD) * inner if math.isfinite(value) else outer
            self.points += 1
            found = model.cheapest(alpha, VERTICES, HEAVY if turn else math.inf)
            if not found and not turn:
                return None
            least = found[0][0] if found else HEAVY
            if least > TOLERANCE and float(alpha @ point) / least < value:
                inner, value = alpha / least, float(alpha @ point) / least
                if turn and 1 - value >= max(LEAST_VIOLATION, ENOUGH * (1 - program)):
                    return inner
            solved = False
            for weight, vertex in found:
                if weight < 1 - 1e-7 or not turn:
                    self._remember(model, key, vertex)
                    _at_least_one(solver, variables, vertex)
                    solved = True
            if not solved:
                if value >= 1 - LEAST_VIOLATION and float(np.abs(alpha - outer).max()) < 1e-9:
                    return None
                alpha = OUTWARD * outer + (1 - OUTWARD) * inner
        return inner if value < 1 - LEAST_VIOLATION else None

    def _met(self, model: Purchases, key: tuple[bytes, int]) -> list[Floats]:
        """Return points of a cut met before that hold nothing but what takes part now."""
        points = self.known.get(key)
        if not points:
            return []
        place = {column: at for at, column in enumerate(model.columns.tolist())}
        found = []
        for columns, counts in points:
            if all(column in place for column in columns):
                vertex = np.zeros(len(model.columns))
                vertex[[place[column] for column in columns]] = counts
                found.append(vertex)
        return found

    def _remember(self, model: Purchases, key: tuple[bytes, int], vertex: Floats) -> None:
        held = np.flatnonzero(vertex)
        points = self.known.setdefault(key, [])
        points.append((tuple(model.columns[held].tolist()), vertex[held]))
        del points[:-KEPT_POINTS]


def _program(point: Floats) -> tuple[pywraplp.Solver, list[pywraplp.Variable]]:
    """Return the program of least weight of a point, without rows."""
    solver = pywraplp.Solver.CreateSolver("GLOP")
    solver.SetSolverSpecificParametersAsString("use_preprocessing: false use_dual_simplex: true")
    variables = [solver.NumVar(0.0, 2.0, "") for _ in point]
    objective = solver.Objective()
    objective.SetMinimization()
    for variable, value in zip(variables, (point + BLUR).tolist(), strict=True):
        objective.SetCoefficient(variable, value)
    return solver, variables


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
