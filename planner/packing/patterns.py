"""All patterns that are worth enough: labels extended kind by kind, kept while they can still become good.

    value so far + min_r U_r(t, c_r) ≥ least        U_r(t, c): most value of kinds t … n in c units of resource r alone

U_r is a dynamic programme of one resource, exact when the host has but one, else a relaxation; tables that would be too
large are scaled down (needs and offers divided and rounded down: still a relaxation). A pattern may be asked to waste
no more than R_r, when every host must be nearly full; in one unscaled resource the table knows this too.
"""

from dataclasses import dataclass

import numpy as np

from planner.packing.knapsack import reduced
from planner.packing.problem import Problem, Whole

MOST_CELLS = 1 << 24
SCALED_UNITS = 4096
NEVER = -(1 << 62)


@dataclass(frozen=True, slots=True)
class Found:
    """Patterns and their values."""

    patterns: Whole
    """(patterns, kinds)."""
    values: Whole
    complete: bool
    """Whether none is missing."""


class Patterns:
    """The kinds of a problem on one host, the first (largest) decided first."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        needs, offer = reduced(problem.needs, problem.offer)
        self.divisor = np.maximum(np.gcd.reduce(problem.needs, axis=0), 1)
        exact = len(offer) == 1 and (problem.kinds + 1) * (int(offer[0]) + 1) <= MOST_CELLS
        scale = np.ones_like(offer) if exact else np.maximum(1, -(-offer // SCALED_UNITS))
        self.exact = exact
        self.needs, self.offer = needs, offer
        self.scaled, self.scaled_offer = needs // scale, offer // scale

    def above(self, value: Whole, least: int, limit: int, waste: Whole | None = None) -> Found:
        """Return every pattern of a value of at least `least`, wasting at most `waste` of each resource.

        More than `limit` labels at a time are cut to those of the largest bound: the answer is then not complete.
        """
        problem = self.problem
        most_waste = None if waste is None else waste // self.divisor
        tables = self._tables(value, most_waste if self.exact else None)
        label = np.zeros((1, problem.kinds), dtype=np.int16)
        free, rest = self.offer[None, :].copy(), self.scaled_offer[None, :].copy()
        worth, complete = np.zeros(1, dtype=np.int64), True
        for kind in range(problem.kinds):
            parts = []
            for times in range(int(problem.most[kind]) + 1):
                after = free - times * self.needs[kind]
                at = np.flatnonzero((after >= 0).all(axis=1))
                if not len(at):
                    break
                scaled = rest[at] - times * self.scaled[kind]
                gained = worth[at] + times * int(value[kind])
                bound = gained + self._bound(tables, kind + 1, scaled)
                good = bound >= least
                parts.append((at[good], after[at[good]], scaled[good], gained[good], bound[good], times))
            if not parts:
                return Found(np.zeros((0, problem.kinds), dtype=np.int64), np.zeros(0, dtype=np.int64), complete)
            source = np.concatenate([part[0] for part in parts])
            added = np.repeat([part[5] for part in parts], [len(part[0]) for part in parts])
            free, rest, worth, bound = (np.concatenate([part[k] for part in parts]) for k in (1, 2, 3, 4))
            if len(source) > limit:
                kept = np.sort(np.argsort(-bound, kind="stable")[:limit])
                source, added, free, rest, worth = source[kept], added[kept], free[kept], rest[kept], worth[kept]
                complete = False
            label = label[source]
            label[:, kind] = added
        if most_waste is not None:
            tight = (free <= most_waste).all(axis=1)
            label, worth = label[tight], worth[tight]
        return Found(label.astype(np.int64), worth, complete)

    def _bound(self, tables: list[Whole], kind: int, rest: Whole) -> Whole:
        found: Whole = tables[0][kind, rest[:, 0]]
        for r in range(1, len(tables)):
            found = np.minimum(found, tables[r][kind, rest[:, r]])
        return found

    def _tables(self, value: Whole, waste: Whole | None) -> list[Whole]:
        """Resource → table (kinds + 1, units + 1): most value of the kinds from the row's on in so many units."""
        tables = []
        for r, units in enumerate(self.scaled_offer.tolist()):
            table = np.zeros((self.problem.kinds + 1, units + 1), dtype=np.int64)
            if waste is not None and int(waste[r]) < units:
                table[-1, int(waste[r]) + 1 :] = NEVER
            for kind in range(self.problem.kinds - 1, -1, -1):
                row = table[kind]
                row[:] = table[kind + 1]
                left, size = int(self.problem.most[kind]), 1
                while left > 0:
                    times = min(size, left)
                    left, size = left - times, 2 * size
                    weight = int(self.scaled[kind, r]) * times
                    if weight > units:
                        break
                    gain = int(value[kind]) * times
                    if gain > 0 or waste is not None:
                        np.maximum(row[weight:], row[: units + 1 - weight] + gain, out=row[weight:])
            tables.append(table)
        return tables
