"""What is packed: kinds of workloads, how many of each, and the host that they are packed on."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Whole = NDArray[np.int64]
"""Whole numbers; all arithmetic that a proof rests on is exact."""


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """Workloads of several kinds on as few equal hosts as possible.

    Kinds are sorted by size, the largest first, so that every rule and search meets them in one order.
    """

    needs: Whole
    """(kinds, resources): need of one workload of each kind."""
    counts: Whole
    """(kinds,): workloads of each kind."""
    most: Whole
    """(kinds,): most of a kind on one host, what fits included."""
    offer: Whole
    """(resources,): what one host has."""

    @property
    def kinds(self) -> int:
        """Number of kinds."""
        return len(self.counts)

    @property
    def total(self) -> Whole:
        """Need of all workloads together, per resource."""
        found: Whole = self.counts @ self.needs
        return found

    def left(self, counts: Whole) -> "Problem":
        """Return the same problem with other numbers of workloads; kinds of which none is left stay, with no room."""
        return Problem(self.needs, counts, np.minimum(self.most, counts), self.offer)


def fits(needs: Whole, offer: Whole) -> Whole:
    """Return the most workloads of each kind on an otherwise empty host; a kind that needs nothing counts as 2³¹.

    >>> fits(np.array([[3, 2], [0, 0], [11, 0]]), np.array([10, 5])).tolist()
    [2, 2147483648, 0]
    """
    with np.errstate(divide="ignore"):
        each = np.where(needs > 0, offer // np.maximum(needs, 1), 1 << 31)
    return np.asarray(each.min(axis=1), dtype=np.int64)


def problem(needs: Whole, counts: Whole, offer: Whole, apart: Whole | None = None) -> tuple[Problem, Whole]:
    """Merge equal workloads into kinds and sort them.

    Parameters
    ----------
    needs
        (workloads, resources), not negative.
    counts
        (workloads,): how many of each row.
    offer
        (resources,).
    apart
        (workloads,): most of this row on one host, for workloads whose replicas stand apart; merged rows add up, which
        is what a host can hold of their kind. None: no limit.

    Returns
    -------
    tuple
        The problem, and the kind of each row of `needs`.

    Raises
    ------
    ValueError
        A workload that no host holds, or a negative need.

    """
    needs, counts, offer = (np.asarray(a, dtype=np.int64) for a in (needs, counts, offer))
    limit = np.minimum(counts, counts if apart is None else np.asarray(apart, dtype=np.int64))
    if (needs < 0).any() or (offer < 0).any() or (counts < 0).any():
        message = "needs, offers and counts are not negative"
        raise ValueError(message)
    if ((fits(needs, offer) < 1) & (counts > 0)).any() or (limit < np.minimum(counts, 1)).any():
        message = "a workload is larger than a host"
        raise ValueError(message)
    kinds, kind = np.unique(needs, axis=0, return_inverse=True)
    kind = kind.reshape(-1)
    total = np.bincount(kind, weights=counts, minlength=len(kinds)).astype(np.int64)
    allowed = np.bincount(kind, weights=limit, minlength=len(kinds)).astype(np.int64)
    share = (kinds / np.maximum(offer, 1)).max(axis=1, initial=0.0)
    order = np.lexsort((*kinds.T[::-1], share))[::-1]
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    kinds, total, allowed = kinds[order], total[order], allowed[order]
    return Problem(kinds, total, np.minimum(allowed, fits(kinds, offer)), offer), rank[kind]
