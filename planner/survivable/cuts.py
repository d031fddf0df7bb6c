r"""Valid inequalities of survivable capacity design, and how each is derived: the certificate names nothing else.

For whole lengths $\mu_a\ge 0$ of the lanes and a failure state $s$ every routable capacity satisfies (Onaga and
Kakusho,
*IEEE Trans. Circuit Theory* 18, 1971; Iri 1971)

$$\sum_{a\notin s}\mu_a u_a \;\ge\; \sum_k d_k\,\mathrm{dist}_{\mu,s}(k) =: R$$

with dist the shortest length of a path of commodity k that avoids s (within its hop limit). With $\mu=1$ on the lanes
that
leave a node set it is the cutset inequality. Capacity there already moves to the right, $b = R - \sum\mu_a e_a$.
Rounding
with divisor $\delta$: let $q=\lceil b/\delta\rceil$, $r=b-\delta(q-1)\in(0,\delta]$ and

$$F(a)=\frac{1}{r}\Big(\lfloor a/\delta\rfloor\,r+\min(a \bmod \delta,\,r)\Big)\qquad \sum_j F(\min(a_j, b))\,x_j\ge q$$

valid because F is subadditive and rises (mixed-integer rounding: Nemhauser and Wolsey 1990; Magnanti, Mirchandani and
Vachani, *Operations Research* 43, 1995). A step z_{ek} that reaches capacity C after C' gets F(μC) - F(μC'). Linear
columns
get their slope at zero, a/r.

Several states $s\in S$, equal in R and b, each with one link $e_s$ down (Bienstock and Muratore, *Mathematical
Programming*
89, 2000): the sum of the rounded inequalities over S counts the links of S |S|-1 times and all others |S| times; it is
rounded again, with divisor |S|-1.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from planner.survivable.compiled import Compiled, Floats

TOLERANCE = 1e-9
LEAST_REMAINDER = 1e-3
"""A remainder below this part of the divisor makes coefficients too large to trust."""


@dataclass(frozen=True, slots=True)
class Cut:
    """How an inequality is derived from the instance."""

    states: tuple[int, ...]
    """One state, or several that are added up."""
    lengths: tuple[tuple[int, int], ...]
    """(lane, whole length > 0), lanes rising."""
    b: float
    """Right-hand side before rounding, the same in each state: at most R less the capacity there already."""
    divisor: float
    """Of the rounding; 0 for none."""
    hull: bool = False
    """The coefficients are no formula: the row holds for every point of the cut alone (`planner.survivable.hull`)."""
    groups: tuple[int, ...] = ()
    """Node → group where the row holds for what three groups imply together (`planner.survivable.partitions`)."""


@dataclass(frozen=True)
class Row:
    """An inequality over the columns: coefficients · x ≥ least."""

    cut: Cut
    coefficients: Floats
    """C."""
    least: float
    counted: tuple[tuple[int, tuple[tuple[float, float], ...]], ...] = ()
    """Facets of a single cut: (link, (capacity reached, what it counts) rising)."""

    def violation(self, values: Floats) -> float:
        """How much is missing, in parts of the right-hand side."""
        return float(self.least - self.coefficients @ values)


def rounded(sizes: NDArray[np.float64], divisor: NDArray[np.float64] | float, b: NDArray[np.float64] | float) -> Floats:
    """Return F of capacities for a right-hand side; all shapes broadcast."""
    q = np.ceil(b / divisor - TOLERANCE)
    r = np.minimum(b - divisor * (q - 1), divisor)
    capped = np.minimum(sizes, b)
    whole = np.floor(capped / divisor + TOLERANCE)
    rest = np.maximum(capped - whole * divisor, 0.0)
    result: Floats = whole + np.minimum(rest, r) / r
    return result


def quotient(b: float, divisor: float) -> tuple[float, float]:
    """Return q and r."""
    q = float(np.ceil(b / divisor - TOLERANCE))
    return q, min(b - divisor * (q - 1), divisor)


def distances(problem: Compiled, state: int, lengths: Floats) -> Floats:
    """Return K: shortest lengths of the live commodities in a state, infinite where none, 0 where not alive.

    `lengths` has one value for each lane.
    """
    result = np.zeros(len(problem.value))
    live = problem.alive[state]
    usable = [(start, end, lane) for start, end, lane in problem.arcs if not problem.lane_down[state, lane]]
    free = np.flatnonzero(live & (problem.hop_limit >= problem.nodes - 1))
    if len(free):
        least = np.full((problem.nodes, problem.nodes), np.inf)
        start, end, lane = np.array(usable, dtype=np.intp).reshape(-1, 3).T
        np.minimum.at(least, (start, end), lengths[lane])
        tails, heads = np.nonzero(np.isfinite(least))
        sources, row = np.unique(problem.source[free], return_inverse=True)
        # entries given as zero are links of no length
        graph = csr_array((least[tails, heads], (tails, heads)), shape=least.shape)
        result[free] = dijkstra(graph, indices=sources)[row, problem.target[free]]
    bound = np.flatnonzero(live & (problem.hop_limit < problem.nodes - 1))
    out: list[list[tuple[int, float]]] = [[] for _ in range(problem.nodes)]
    for start_, end_, lane_ in usable:
        out[start_].append((end_, float(lengths[lane_])))
    for source in np.unique(problem.source[bound]).tolist():
        mine = bound[problem.source[bound] == source]
        within = _within_hops(out, source, problem.nodes, int(problem.hop_limit[mine].max()))
        for k in mine.tolist():
            result[k] = within[problem.hop_limit[k]][problem.target[k]]
    return result


def _within_hops(out: list[list[tuple[int, float]]], source: int, nodes: int, most: int) -> list[list[float]]:
    """Shortest lengths with at most 0, 1, … links."""
    table = [[float("inf")] * nodes]
    table[0][source] = 0.0
    for _ in range(most):
        now = list(table[-1])
        for node in range(nodes):
            if table[-1][node] < float("inf"):
                for end, more in out[node]:
                    now[end] = min(now[end], table[-1][node] + more)
        table.append(now)
    return table


class Derivation:
    """Turns cuts into rows."""

    def __init__(self, problem: Compiled) -> None:
        self.problem = problem
        self.columns = problem.columns

    def weights(self, cut: Cut, state: int) -> Floats:
        """Return L: sum of the lengths of the lanes of each link that is up in a state."""
        lengths = np.zeros(self.problem.lanes)
        for lane, length in cut.lengths:
            lengths[lane] = length
        return self.on_links(state, lengths)

    def on_links(self, state: int, lengths: Floats) -> Floats:
        """Return L: sum of the lengths (A) of the lanes of each link that is up in a state."""
        live = np.where(self.problem.lane_down[state], 0.0, lengths)
        return np.bincount(self.problem.lane_link, weights=live, minlength=self.problem.links)

    def needed(self, state: int, lengths: Floats) -> float:
        """Return b of the metric inequality with these lengths of the lanes in a state."""
        needed = float(distances(self.problem, state, lengths) @ self.problem.value)
        return needed - float(self.on_links(state, lengths) @ self.problem.existing)

    def spread(self, weights: Floats, divisor: float, b: float) -> Floats:
        """Return C: coefficients of the columns after rounding (divisor 0: none), before scaling by anything."""
        columns = self.columns
        a = weights[columns.link] * columns.size
        held = np.where(columns.before >= 0, weights[columns.link] * columns.size[columns.before], 0.0)
        if divisor == 0:
            result: Floats = np.where(columns.whole, np.minimum(a, b) - np.minimum(held, b), a)
            return result
        _, r = quotient(b, divisor)
        result = np.where(columns.whole, rounded(a, divisor, b) - rounded(held, divisor, b), a / r)
        return result

    def row(self, cut: Cut) -> Row | None:
        """Return the inequality, or None when it says nothing or cannot be trusted numerically."""
        if cut.b <= TOLERANCE or not np.isfinite(cut.b):
            return None
        if len(cut.states) == 1:
            coefficients = self.spread(self.weights(cut, cut.states[0]), cut.divisor, cut.b)
            if cut.divisor == 0:
                return Row(cut, coefficients / cut.b, 1.0)
            q, r = quotient(cut.b, cut.divisor)
            return None if r < LEAST_REMAINDER * cut.divisor else Row(cut, coefficients, q)
        return self._many(cut)

    def _many(self, cut: Cut) -> Row | None:
        """Sum over states and round again."""
        k = len(cut.states)
        each = [self.weights(cut, state) for state in cut.states]
        union = np.max(each, axis=0)
        q, r = quotient(cut.b, cut.divisor)
        if r < LEAST_REMAINDER * cut.divisor or any(((one != union) & (one > 0)).any() for one in each):
            return None
        columns = self.columns
        if not columns.whole[union[columns.link] > 0].all():
            return None
        times = np.sum([one > 0 for one in each], axis=0)[columns.link].astype(np.float64)
        a = union[columns.link] * columns.size
        before = np.where(columns.before >= 0, union[columns.link] * columns.size[columns.before], 0.0)
        reach, held = rounded(a, cut.divisor, cut.b), rounded(before, cut.divisor, cut.b)
        total = k * q
        second, rest = quotient(total, k - 1.0)
        if rest < LEAST_REMAINDER:
            return None
        coefficients = rounded(times * reach, k - 1.0, total) - rounded(times * held, k - 1.0, total)
        return Row(cut, coefficients, second)
