r"""Cutset inequalities, many at once: every known node set × divisor in a few matrix products.

$$\sum_{e\in\delta(W)\setminus s} F(u_e) \ge q \quad\text{for the worst state } s$$

With single-link failures and no capacity in place the right-hand side is the same in every state, so the worst state
is the
largest term of the sum. All other states have rows of their own.
"""

from dataclasses import dataclass

import numpy as np

from planner.survivable.compiled import Bools, Compiled, Floats, Ints
from planner.survivable.cuts import LEAST_REMAINDER, TOLERANCE, Cut, Derivation, Row, rounded
from planner.survivable.nodesets import Sets

MOST_DIVISORS = 8
NEARLY = 0.02
"""Least violation, in parts of the right-hand side, of a cut worth adding."""


@dataclass
class _Rows:
    """Flat rows: one for each (node set, state or worst state, divisor). R rows, P kinds of column."""

    across: Floats
    """R × L: 1 where the link counts."""
    state: Ints
    """R: the state, or -1: the worst of the single-link states."""
    of: Ints
    """R: node set."""
    divisor: Floats
    q: Floats
    b: Floats
    table: Floats
    """R × P."""


class Cutsets:
    """A growing pool of node sets with the rows of their inequalities."""

    def __init__(self, problem: Compiled) -> None:
        self.problem = problem
        self.derivation = Derivation(problem)
        columns = problem.columns
        held = np.where(columns.before >= 0, columns.size[columns.before], 0.0)
        kinds = np.stack([columns.size, held, columns.whole.astype(np.float64)], axis=1)
        self.kinds, self.kind = np.unique(kinds, axis=0, return_inverse=True)
        self.sets: Sets = np.zeros((0, problem.nodes), dtype=bool)
        self._known: set[bytes] = set()
        self.rows: _Rows | None = None
        self._last: tuple[tuple[int, bytes], tuple[Floats, Floats, Floats]] | None = None
        """The point looked at last: several questions are asked about each."""
        down = problem.link_down.sum(axis=1)
        free = ~problem.node_down.any(axis=1) & (down <= 1) & (not problem.existing.any())
        self.single = np.full(problem.links, -1, dtype=np.intp)
        """Link → the state in which it alone is down; those states are searched by the largest term."""
        for state in np.flatnonzero(free & (down == 1)).tolist():
            self.single[int(np.flatnonzero(problem.link_down[state])[0])] = state
        self.any_single = bool((self.single >= 0).any())
        self.fixed = [s for s in range(len(problem.states)) if not (free[s] and down[s] == 1)]
        sizes = columns.size[columns.whole & (columns.size > 0)]
        values, counts = np.unique(sizes, return_counts=True)
        most_used = values[np.argsort(-counts, kind="stable")[:MOST_DIVISORS]]
        self.divisors = np.sort(most_used)

    def add(self, sets: Sets) -> int:
        """Take in node sets; return how many were new."""
        fresh = []
        for row in np.packbits(sets, axis=1).view() if len(sets) else []:
            fresh.append(row.tobytes() not in self._known)
            self._known.add(row.tobytes())
        new = sets[np.array(fresh, dtype=bool)] if len(sets) else sets
        if len(new):
            rows = self._flat(new, len(self.sets))
            self.sets = np.vstack([self.sets, new])
            self.rows = rows if self.rows is None else _joined(self.rows, rows)
        return len(new)

    def _flat(self, sets: Sets, first: int) -> _Rows:
        parts = []
        if self.any_single:
            state = int(self.single[self.single >= 0][0])
            across = self.across(sets)
            parts.append((across, np.full(len(sets), -1), np.arange(len(sets)), self.needed(sets, state)))
        for state in self.fixed:
            across = self.across(sets) & ~self.problem.link_down[state]
            needed = self.needed(sets, state) - across @ self.problem.existing
            touched = np.ones(len(sets), dtype=bool)
            if self.any_single and not self.problem.node_down[state].any():
                # where a state takes one link of the cut at most, the single-link states say as much
                hit = self.across(sets) & self.problem.link_down[state]
                touched = (hit.sum(axis=1) > 1) | (hit & (self.single < 0)).any(axis=1)
            chosen = np.flatnonzero(touched)
            parts.append((across[chosen], np.full(len(chosen), state), chosen, needed[chosen]))
        across, state_of, of, b = (np.concatenate([part[k] for part in parts]) for k in range(4))
        useful = b > TOLERANCE
        across, state_of, of, b = across[useful], state_of[useful], of[useful], b[useful]
        blocks = []
        for divisor in (*self.divisors.tolist(), np.inf):
            chosen = np.ones(len(b), dtype=bool) if np.isinf(divisor) else b > divisor * (1 + TOLERANCE)
            blocks.append((np.flatnonzero(chosen), divisor))
        index = np.concatenate([block for block, _ in blocks])
        divisor_of = np.concatenate([np.full(len(block), divisor) for block, divisor in blocks])
        divisor_of = np.where(np.isinf(divisor_of), b[index], divisor_of)
        q = np.ceil(b[index] / divisor_of - TOLERANCE)
        r = np.minimum(b[index] - divisor_of * (q - 1), divisor_of)
        good = r > LEAST_REMAINDER * divisor_of
        index, divisor_of, q, r = index[good], divisor_of[good], q[good], r[good]
        sizes, held, whole = self.kinds.T
        column_b = b[index][:, None]
        table = rounded(sizes[None, :], divisor_of[:, None], column_b) - rounded(
            held[None, :], divisor_of[:, None], column_b
        )
        table = np.where(whole[None, :] > 0, table, sizes[None, :] / r[:, None])
        return _Rows(
            across=across[index].astype(np.float64),
            state=state_of[index].astype(np.intp),
            of=of[index].astype(np.intp) + first,
            divisor=divisor_of,
            q=q,
            b=b[index],
            table=table,
        )

    def across(self, sets: Sets) -> Bools:
        """Return sets × L: the link leaves the set."""
        tail, head = sets[:, self.problem.tail], sets[:, self.problem.head]
        return tail & ~head if self.problem.instance.sense == "directed" else tail != head

    def needed(self, sets: Sets, state: int) -> Floats:
        """Return sets: traffic across in a state; the busier way where links have two."""
        matrix = self.problem.traffic(state)
        inside = sets.astype(np.float64)
        out = ((inside @ matrix) * (1 - inside)).sum(axis=1)
        if self.problem.instance.sense == "directed":
            return out
        back = (((1 - inside) @ matrix) * inside).sum(axis=1)
        return out + back if self.problem.instance.sense == "undirected" else np.maximum(out, back)

    def tightest(self, values: Floats, most: int) -> Sets:
        """Return the node sets whose inequalities are nearest to being violated."""
        rows = self.rows
        if rows is None:
            return self.sets[:0]
        lacking = self._lacking(rows, values)[2]
        order = np.argsort(-lacking, kind="stable")[: 4 * most]
        _, first = np.unique(rows.of[order], return_index=True)
        return self.sets[rows.of[order][np.sort(first)[:most]]]

    def broken(self, values: Floats) -> bool:
        """Whether a point breaks any known inequality."""
        rows = self.rows
        return rows is not None and len(rows.q) > 0 and float(self._lacking(rows, values)[2].max()) > 1e-6

    def tight_cuts(self, values: Floats, most: int) -> list[tuple[Bools, int, float]]:
        """Return (node set, state or -1, b) of the cuts nearest to being violated, each once."""
        rows = self.rows
        if rows is None:
            return []
        lacking = self._lacking(rows, values)[2]
        found: dict[tuple[int, int], float] = {}
        for at in np.argsort(-lacking, kind="stable")[: 6 * most].tolist():
            found.setdefault((int(rows.of[at]), int(rows.state[at])), float(rows.b[at]))
            if len(found) >= most or lacking[at] < -0.5:
                break
        return [(self.sets[of], state, b) for (of, state), b in found.items()]

    def promising(self, sets: Sets, values: Floats) -> Sets:
        """Return those of some node sets that are violated or nearly so."""
        if not len(sets):
            return sets
        rows = self._flat(sets, 0)
        lacking = self._lacking(rows, values)[2]
        near = np.unique(rows.of[lacking > -NEARLY])
        return sets[near]

    def _lacking(self, rows: _Rows, values: Floats) -> tuple[Floats, Floats, Floats]:
        """Return R × L terms, those that a single-link state may take away, and R: what is missing, in parts of q."""
        key = (len(rows.q), values.tobytes())
        if rows is self.rows and self._last is not None and self._last[0] == key:
            return self._last[1]
        spread = np.zeros((len(self.kinds), self.problem.links))
        np.add.at(spread, (self.kind, self.problem.columns.link), values)
        terms = (rows.table @ spread) * rows.across
        allowed = np.where(self.single[None, :] >= 0, terms, 0.0)
        worst = np.where(rows.state < 0, allowed.max(axis=1), 0.0)
        found = (terms, allowed, (rows.q - terms.sum(axis=1) + worst) / rows.q)
        if rows is self.rows:
            self._last = (key, found)
        return found

    def separate(self, values: Floats, most: int, *, many: bool) -> list[Row]:
        """Return up to `most` violated inequalities at a point (C), the most violated first, no two alike."""
        rows = self.rows
        if rows is None or not len(rows.q):
            return []
        terms, allowed, lacking = self._lacking(rows, values)
        total = terms.sum(axis=1)
        found: list[tuple[float, Row]] = []
        order = np.argsort(-lacking, kind="stable")
        used: dict[bytes, int] = {}
        for at in order[: 4 * most].tolist():
            if lacking[at] < NEARLY or len(found) >= most:
                break
            key = rows.across[at].tobytes()
            if used.get(key, 0) >= 2:
                continue
            used[key] = used.get(key, 0) + 1
            state = int(rows.state[at])
            if state < 0:
                state = int(self.single[int(np.argmax(allowed[at]))])
            row = self._row(at, (state,))
            if row is not None and row.violation(values) > NEARLY * row.least / 2:
                found.append((row.violation(values) / row.least, row))
        if many and self.any_single:
            found += self._several(values, terms, total, lacking, most)
        found.sort(key=lambda pair: -pair[0])
        return [row for _, row in found[:most]]

    def _several(
        self, values: Floats, terms: Floats, total: Floats, lacking: Floats, most: int
    ) -> list[tuple[float, Row]]:
        """Inequalities summed over several single-link states; k = how many."""
        rows = self.rows
        assert rows is not None
        near = np.flatnonzero((rows.state < 0) & (lacking > -0.5))
        near = near[np.argsort(-lacking[near], kind="stable")[:4000]]
        if not len(near):
            return []
        spread = np.zeros((len(self.kinds), self.problem.links))
        np.add.at(spread, (self.kind, self.problem.columns.link), values)
        counts = ((rows.table[near] > TOLERANCE).astype(np.float64) @ spread) * rows.across[near]
        eligible = (rows.across[near] > 0) & (self.single[None, :] >= 0)
        counts_ranked = np.where(eligible, counts, -1.0)
        order = np.argsort(-counts_ranked, axis=1, kind="stable")
        ranked = np.maximum(np.take_along_axis(counts_ranked, order, axis=1), 0.0)
        ineligible = np.where(eligible, 0.0, counts).sum(axis=1)
        behind = ranked.sum(axis=1)[:, None] - np.cumsum(ranked, axis=1) + ineligible[:, None]
        size = eligible.sum(axis=1)
        k = np.arange(1, self.problem.links + 1)[None, :]
        q = rows.q[near][:, None]
        with np.errstate(divide="ignore"):
            second = q + np.ceil(q / np.maximum(k - 1, 1) - TOLERANCE)
        missing = np.where((k >= 3) & (k <= size[:, None]), (second - total[near][:, None] - behind) / second, -np.inf)
        best = missing.argmax(axis=1)
        value = missing[np.arange(len(near)), best]
        found = []
        for at in np.argsort(-value, kind="stable")[:most].tolist():
            if value[at] < NEARLY:
                break
            links = order[at, : best[at] + 1]
            states = tuple(sorted(int(self.single[link]) for link in links))
            row = self._row(int(near[at]), states)
            if row is not None and row.violation(values) > NEARLY * row.least / 2:
                found.append((row.violation(values) / row.least, row))
        return found

    def _row(self, at: int, states: tuple[int, ...]) -> Row | None:
        rows = self.rows
        assert rows is not None
        divisor = float(rows.divisor[at])
        return self.derivation.row(self.cut(self.sets[rows.of[at]], states, float(rows.b[at]), divisor))

    def cut(self, members: Bools, states: tuple[int, ...], b: float, divisor: float) -> Cut:
        """Return the certificate of a cutset inequality: length 1 on the lanes that leave the set the busier way."""
        problem = self.problem
        inside = members
        if problem.instance.sense == "bidirected":
            matrix = problem.traffic(states[0])
            if matrix[np.ix_(~inside, inside)].sum() > matrix[np.ix_(inside, ~inside)].sum():
                inside = ~inside
        lanes = sorted(
            {lane for start, end, lane in problem.arcs if inside[start] and not inside[end]}
            | (
                {lane for start, end, lane in problem.arcs if inside[start] != inside[end]}
                if problem.instance.sense == "undirected"
                else set()
            )
        )
        return Cut(states, tuple((lane, 1) for lane in lanes), b, divisor)


def _joined(one: _Rows, two: _Rows) -> _Rows:
    names = ("across", "state", "of", "divisor", "q", "b", "table")
    return _Rows(**{name: np.concatenate([getattr(one, name), getattr(two, name)]) for name in names})
