r"""Routing where many demands start at the same nodes: one column for each tree of shortest paths out of a source.

$$\min\sum_a o_a \qquad \sum_{t\in T_i}x_t\ge D_i\quad\forall i \qquad \sum_i\sum_{t\in T_i}\ell_{ta}x_t-o_a\le u_a
\quad\forall a \qquad x,o\ge0$$

$D_i$ is all that node i sends, $\ell_{ta}$ the part of it that fills bundle a along tree t, $o_a$ what a bundle lacks.
The duals $\mu_a\le1$ price new trees; $\sum_k d_k\,\mathrm{dist}_\mu(k)>\sum_a\mu_au_a$ refuses the capacity. There
is a row for each source in place of one for each demand (`planner.survivable.programs`). Each state has a program of
its own in SoPlex, which goes on from its last basis.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from planner.survivable.compiled import Compiled, Floats, Ints
from planner.survivable.programs import Path, RoutingError

LEAST_TOGETHER = 3
"""Demands for each source, on average, from which trees are worth it."""
MOST_ROUNDS = 300
EPSILON = 1e-7
MOST_HELD = 2_000_000
"""Entries of all programs together; beyond, those not asked for longest are forgotten."""
MOST_TREES = 12
"""Trees for each row beyond which a program starts anew."""
FIRST_TREES = 4
"""Trees for each row with which a program starts, those used last."""
GAIN = 1e-6
"""Least part by which a new tree is cheaper."""


@dataclass(frozen=True, slots=True)
class Tree:
    """Shortest paths from a source to all that it sends to."""

    row: int
    """Of the source."""
    wanted: bytes
    """What the source sends: trees are used again only where that is the same."""
    into: NDArray[np.int32]
    """Node → arc by which it is reached, -1 at the source and where nothing is reached."""
    bundles: Ints
    loads: Floats
    """What the bundles hold for each unit that the source sends."""


@dataclass(slots=True)
class _State:
    """A program of one state."""

    lp: Any
    wanted: Floats
    """Sources × nodes."""
    trees: list[Tree]
    entries: int


class Trees:
    """Routes by trees; the arcs are those of bundles (`planner.survivable.routing`)."""

    def __init__(self, problem: Compiled, bundles: int, arcs: tuple[Ints, Ints, Ints]) -> None:
        self.problem, self.bundles = problem, bundles
        self.start, self.end, self.bundle = arcs
        self.sources, self.row = np.unique(problem.source, return_inverse=True)
        self.states: dict[int, _State] = {}
        """That asked for last at the end."""
        self.held = 0
        self.lately: dict[tuple[int, bytes], Tree] = {}
        """Trees that carried something, those of last at the end."""
        self.flow: list[tuple[Tree, float]] = []
        """Of the last capacity that was not refused: tree, what is sent along it."""
        self.solves = 0

    @staticmethod
    def suit(problem: Compiled) -> bool:
        """Whether trees can and should be used."""
        many = len(problem.value) >= LEAST_TOGETHER * len(np.unique(problem.source))
        return many and not problem.has_hop_limits and find_spec("pyscipopt") is not None

    def refuse(self, state: int, room: Floats, wanted: Floats, down: NDArray[np.bool_], noise: float) -> Floats | None:
        """Return None when everything wanted (K) finds room in the bundles, else lengths that prove the contrary.

        Raises
        ------
        RoutingError
            SoPlex gave up, or ends are not joined.

        """
        program = self._program(state, wanted, down)
        lp, rows = program.lp, len(self.sources)
        infinity = lp.infinity()
        for bundle, most in enumerate(room.tolist(), rows):
            lp.chgSide(bundle, -infinity, most)
        total = program.wanted.sum(axis=1)
        lengths: Floats = np.zeros(self.bundles)
        for turn in range(MOST_ROUNDS):
            self.solves += 1
            lp.solve(dual=not turn)
            if not lp.isOptimal():
                self._forget(state)
                message = "routing: the linear program was not solved"
                raise RoutingError(message)
            lacking = lp.getObjVal()
            if lacking <= noise:
                self._carried(program, noise)
                return None
            dual = np.array(lp.getDual())
            lengths = np.maximum(0.0, -dual[rows:])
            # a bundle without room may be as long as any: that costs nothing and keeps trees away from it
            lengths[room <= noise * 1e-3] = 1.0
            lengths[down] = 0.0
            distance, trees = self._shortest(lengths, down, program.wanted)
            reach = float((program.wanted * distance).sum())
            if reach > float(lengths @ room) + max(noise, 0.3 * lacking):
                break
            cost = np.divide((program.wanted * distance).sum(axis=1), total, out=np.zeros(rows), where=total > 0)
            cheaper = np.flatnonzero((total > 0) & (cost < dual[:rows] - GAIN))
            if not len(cheaper):
                break
            self._add(state, program, [trees(row) for row in cheaper.tolist()])
        return lengths

    def paths(self, flow: list[tuple[Tree, float]], wanted: Floats) -> list[tuple[Path, float]]:
        """Return a flow path by path: (commodity, bundles), amount."""
        problem = self.problem
        of: list[list[int]] = [[] for _ in self.sources]
        for k in np.flatnonzero(wanted > 0).tolist():
            of[int(self.row[k])].append(k)
        total = np.bincount(self.row, weights=wanted, minlength=len(self.sources))
        found: dict[Path, float] = {}
        for tree, amount in flow:
            reached: dict[int, tuple[int, ...]] = {int(self.sources[tree.row]): ()}
            for k in of[tree.row]:
                walk, node = [], int(problem.target[k])
                while node not in reached:
                    walk.append(node)
                    node = int(self.start[tree.into[node]])
                for end in reversed(walk):
                    arc = tree.into[end]
                    reached[end] = (*reached[int(self.start[arc])], int(self.bundle[arc]))
                path = (k, tuple(sorted(reached[int(problem.target[k])])))
                part = amount / total[tree.row] * wanted[k]
                found[path] = found.get(path, 0.0) + float(part)
        return list(found.items())

    def load(self, flow: list[tuple[Tree, float]]) -> Floats:
        """Return what the bundles hold in a flow."""
        held = np.zeros(self.bundles)
        for tree, amount in flow:
            held[tree.bundles] += amount * tree.loads
        return held

    def _carried(self, program: _State, noise: float) -> None:
        amounts = np.array(program.lp.getPrimal())[self.bundles :]
        used = np.flatnonzero(amounts > noise * 1e-3)
        self.flow = [(program.trees[at], float(amounts[at])) for at in used.tolist()]
        for tree, _ in self.flow:
            key = (tree.row, tree.into.tobytes() + tree.wanted)
            self.lately.pop(key, None)
            self.lately[key] = tree
        while len(self.lately) > 2 * FIRST_TREES * (len(self.sources) + self.bundles):
            self.lately.pop(next(iter(self.lately)))

    def _program(self, state: int, wanted: Floats, down: NDArray[np.bool_]) -> _State:
        """Return the program of a state, made anew where it has grown large; the one asked for last stays longest."""
        old = self.states.get(state)
        if old is not None and len(old.trees) > MOST_TREES * (len(self.sources) + self.bundles):
            self._forget(state)
        if state not in self.states:
            self._create(state, wanted, down)
        program = self.states[state] = self.states.pop(state)
        while self.held > MOST_HELD and len(self.states) > 1:
            self._forget(next(iter(self.states)))
        return program

    def _create(self, state: int, wanted: Floats, down: NDArray[np.bool_]) -> None:
        from pyscipopt import LP  # optional

        rows, bundles = len(self.sources), self.bundles
        matrix = np.zeros((rows, self.problem.nodes))
        np.add.at(matrix, (self.row, self.problem.target), wanted)
        lp = LP("routing", sense="minimize")
        infinity = lp.infinity()
        lp.addCols([[]] * bundles, objs=[1.0] * bundles, lbs=[0.0] * bundles, ubs=[infinity] * bundles)
        lp.addRows([[]] * rows, lhss=matrix.sum(axis=1).tolist(), rhss=[infinity] * rows)
        lp.addRows([[(at, -1.0)] for at in range(bundles)], lhss=[-infinity] * bundles, rhss=[0.0] * bundles)
        program = self.states[state] = _State(lp, matrix, [], 0)
        _, trees = self._shortest(np.ones(bundles), down, matrix)
        first = [trees(row) for row in np.flatnonzero(matrix.sum(axis=1) > 0).tolist()]
        wants = [matrix[row].tobytes() for row in range(rows)]
        lately = list(self.lately.values())[-FIRST_TREES * (rows + bundles) :]
        kept = [tree for tree in lately if tree.wanted == wants[tree.row] and not down[tree.bundles].any()]
        self._add(state, program, first + kept)

    def _add(self, state: int, program: _State, trees: list[Tree]) -> None:
        rows, count, lp = len(self.sources), len(trees), program.lp
        entries = [
            [(tree.row, 1.0), *zip((rows + tree.bundles).tolist(), tree.loads.tolist(), strict=True)] for tree in trees
        ]
        lp.addCols(entries, objs=[0.0] * count, lbs=[0.0] * count, ubs=[lp.infinity()] * count)
        program.trees += trees
        more = sum(len(entry) for entry in entries)
        program.entries += more
        self.held += more

    def _forget(self, state: int) -> None:
        self.held -= self.states.pop(state).entries

    def _shortest(
        self, lengths: Floats, down: NDArray[np.bool_], wanted: Floats
    ) -> tuple[Floats, Callable[[int], Tree]]:
        """Return sources × nodes: distances, 0 where nothing is wanted; and what makes the tree of a row."""
        n, rows = self.problem.nodes, np.arange(len(self.sources))
        up = np.flatnonzero(~down[self.bundle])
        cost = lengths[self.bundle[up]] + EPSILON
        arc_of = np.full((n, n), -1, dtype=np.int32)
        arc_of[self.start[up], self.end[up]] = up
        matrix = csr_array((cost, (self.start[up], self.end[up])), shape=(n, n))
        distance, before = dijkstra(matrix, indices=self.sources, return_predecessors=True)
        if not np.isfinite(distance[wanted > 0]).all():
            message = "routing: ends are not joined"
            raise RoutingError(message)
        into = np.where(before >= 0, arc_of[np.maximum(before, 0), np.arange(n)[None, :]], -1).astype(np.int32)
        # what each node passes on, the farthest nodes first
        sent = wanted.copy()
        loads = np.zeros((len(rows), self.bundles))
        order = np.argsort(-np.where(np.isfinite(distance), distance, -1.0), axis=1, kind="stable")
        for at in range(n):
            node = order[:, at]
            arc = into[rows, node]
            some = np.flatnonzero((arc >= 0) & (sent[rows, node] > 0))
            amount = sent[some, node[some]]
            loads[some, self.bundle[arc[some]]] += amount
            sent[some, self.start[arc[some]]] += amount

        def tree(row: int) -> Tree:
            used = np.flatnonzero(loads[row])
            share = loads[row, used] / float(wanted[row].sum())
            return Tree(row, wanted[row].tobytes(), into[row].copy(), used, share)

        return np.where(wanted > 0, distance, 0.0), tree
