"""Metric inequalities from the duals of a routing that failed: whole lengths, rounded with the divisors that bite."""

import numpy as np

from planner.survivable.compiled import Compiled, Floats
from planner.survivable.cuts import TOLERANCE, Cut, Derivation, Row

SCALES = (1, 2, 3, 4, 6, 12)
"""Whole lengths tried: the longest length gets this value, or the shortest one does."""
MOST_LENGTH = 60


class Metric:
    """Makes rows from lengths."""

    def __init__(self, problem: Compiled) -> None:
        self.problem = problem
        self.derivation = Derivation(problem)
        columns = problem.columns
        sizes = columns.size[columns.whole & (columns.size > 0)]
        values, counts = np.unique(sizes, return_counts=True)
        self.sizes = np.sort(values[np.argsort(-counts, kind="stable")[:8]])

    def rows(self, state: int, lengths: Floats, values: Floats, least: float = 1e-4) -> list[Row]:
        """Return the best violated inequality for each way to make the lengths whole, most violated first.

        Empty only if none of the whole lengths is violated; `plain` then gives the inequality as it is.
        """
        found: list[tuple[float, Row]] = []
        tried: set[tuple[tuple[int, int], ...]] = set()
        for whole in self.whole(lengths):
            key = tuple((lane, int(whole[lane])) for lane in np.flatnonzero(whole).tolist())
            if not key or key in tried:
                continue
            tried.add(key)
            b = self.derivation.needed(state, whole)
            if not np.isfinite(b) or b <= TOLERANCE:
                continue
            best: tuple[float, Row] | None = None
            for divisor in self._divisors(whole, b):
                row = self.derivation.row(Cut((state,), key, b, divisor))
                if row is not None:
                    violation = row.violation(values) / row.least
                    if violation > least and (best is None or violation > best[0]):
                        best = (violation, row)
            if best is not None:
                found.append(best)
        found.sort(key=lambda pair: -pair[0])
        return [row for _, row in found]

    def _divisors(self, whole: Floats, b: float) -> list[float]:
        weights = sorted({int(weight) for weight in whole[whole > 0].tolist()})[:6]
        divisors = {float(weight * size) for weight in weights for size in self.sizes.tolist()}
        return [0.0, *sorted(divisor for divisor in divisors if divisor <= b), b]

    def whole(self, lengths: Floats) -> list[Floats]:
        """Return whole lengths that are nearly proportional to given ones, short ones first."""
        top = float(lengths.max(initial=0.0))
        if top <= TOLERANCE:
            return []
        positive = lengths[lengths > 1e-6 * top]
        candidates = []
        for scale in SCALES:
            candidates.append(np.round(lengths / top * scale))
            if positive.min() * MOST_LENGTH > top * scale:
                candidates.append(np.round(lengths / positive.min() * scale))
        candidates += [np.round(lengths / top * scale) for scale in (10_000, 10_000_000)]
        return candidates
