"""Inequalities of the two-edge-connected design, and where a point violates them.

    Σ_{e ∈ δ(S)} x_e ≥ 2                                 every set S of nodes is left by two edges               (cut)
    Σ_{e ∈ E(T) ∪ δ(T), e ∉ F} x_e ≥ |T| - (|F| - 1) / 2     for F ⊂ δ(T) of odd size                      (partition)

x_e  edge e is bought        δ(S)  edges with one end in S        E(T)  edges with both ends in T
(partition) is half the sum of the cuts of the nodes of T, of -x_e ≥ -1 on F and x_e ≥ 0 on δ(T) without F, rounded up:
the F-partition inequalities of Mahjoub (1994) with single nodes as parts. (cut) is separated exactly by maximum flows
from one node to each other; (partition) by the components of the edges with a fractional value.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from ortools.graph.python import max_flow

from planner.connectivity.problem import Integers

Floats = NDArray[np.float64]
SCALE = 10**6
VIOLATED = 1e-4
THRESHOLDS = (0.0, 0.1, 0.2, 0.3)
"""Edges above 0 and below 1 by more than this join the handle of a partition."""


@dataclass(frozen=True, slots=True)
class Cut:
    """One inequality; `left_out` is None for (cut), F for (partition)."""

    inside: NDArray[np.bool_]
    """Shape (n,): S or T."""
    left_out: frozenset[tuple[int, int]] | None
    low: float

    def coefficients(self, a: Integers, b: Integers) -> Floats:
        """Return the coefficients of the edges (a[k], b[k]), a[k] < b[k]."""
        if self.left_out is None:
            return np.asarray(self.inside[a] != self.inside[b], dtype=np.float64)
        values = (self.inside[a] | self.inside[b]).astype(float)
        for k, pair in enumerate(zip(a.tolist(), b.tolist(), strict=True)):
            if pair in self.left_out:
                values[k] = 0.0
        return values

    @property
    def key(self) -> tuple[bytes, tuple[tuple[int, int], ...] | None]:
        """Equal for equal inequalities."""
        if self.left_out is None:
            side = self.inside if self.inside[0] else ~self.inside
            return np.packbits(side).tobytes(), None
        return np.packbits(self.inside).tobytes(), tuple(sorted(self.left_out))


def components(n: int, a: Integers, b: Integers) -> Integers:
    """Return the number of each node's component, shape (n,)."""
    label = np.arange(n)
    while True:
        low = np.minimum(label[a], label[b])
        new = label.copy()
        np.minimum.at(new, a, low)
        np.minimum.at(new, b, low)
        new = new[new]
        if (new == label).all():
            return label
        label = new


def smallest(n: int, a: Integers, b: Integers, x: Floats) -> Iterator[Cut]:
    """Yield the violated cuts of a point: around its components, else the smallest between node 0 and each other."""
    used = x > 1e-9
    a, b, x = a[used], b[used], x[used]
    label = components(n, a, b)
    if (label != 0).any():
        for one in np.unique(label):
            yield Cut(label == one, None, 2.0)
        return
    flow = max_flow.SimpleMaxFlow()
    capacity = np.rint(x * SCALE).astype(np.int64)
    arcs = flow.add_arcs_with_capacity(np.concatenate((a, b)), np.concatenate((b, a)), np.tile(capacity, 2))
    assert len(arcs) == 2 * len(a)
    separated = np.zeros(n, dtype=bool)
    seen: set[bytes] = set()
    for target in range(1, n):
        if separated[target]:
            continue
        flow.solve(0, target)
        if flow.optimal_flow() >= (2 - VIOLATED) * SCALE:
            continue
        inside = np.zeros(n, dtype=bool)
        inside[flow.get_source_side_min_cut()] = True
        other = np.ones(n, dtype=bool)
        other[flow.get_sink_side_min_cut()] = False
        for side in (inside, other):
            if side.tobytes() not in seen:
                seen.add(side.tobytes())
                yield Cut(side.copy(), None, 2.0)
        separated |= ~other


def partitions(n: int, a: Integers, b: Integers, x: Floats) -> Iterator[Cut]:
    """Yield violated partition inequalities whose handle is a component of fractional edges."""
    seen: set[bytes] = set()
    for threshold in THRESHOLDS:
        soft = (x > 1e-6 + threshold) & (x < 1 - 1e-6 - (threshold if threshold < 0.25 else 0.0))
        label = components(n, a[soft], b[soft])
        for one in np.unique(label):
            handle = label == one
            for side in (handle, ~handle):
                if 2 <= side.sum() < n and side.tobytes() not in seen:
                    seen.add(side.tobytes())
                    cut = _partition(side, a, b, x)
                    if cut is not None:
                        yield cut


def _partition(handle: NDArray[np.bool_], a: Integers, b: Integers, x: Floats) -> Cut | None:
    """Return the most violated partition inequality of a handle; None if it is not violated."""
    border = np.flatnonzero(handle[a] != handle[b])
    inner = float(x[handle[a] & handle[b]].sum())
    value = x[border]
    taken = value > 0.5
    if taken.sum() % 2 == 0:
        if not len(border):
            return None
        flip = int(np.abs(value - 0.5).argmin())
        taken[flip] = not taken[flip]
    low = float(handle.sum()) - (int(taken.sum()) - 1) / 2
    if inner + float(value[~taken].sum()) >= low - VIOLATED * 10:
        return None
    pairs = frozenset(zip(a[border[taken]].tolist(), b[border[taken]].tolist(), strict=True))
    return Cut(handle.copy(), pairs, low)
