"""Whole knapsacks, one for every row of a matrix of profits, by dynamic programming over all rows at once.

    V[i, q] = max { Σ_j p_ij x_j : Σ_j d_j x_j ≤ q, x ∈ {0, 1} }

Memory is that of the tables: rows × (largest capacity + 1), times the items where every item's table is kept.
"""

import numpy as np

from planner.location.problem import Floats, Integers


def best(profit: Floats, size: Integers, capacity: Integers) -> Floats:
    """Return the most profit of each row, shape (m,).

    Parameters
    ----------
    profit
        Shape (m, n); what is not positive is never taken.
    size
        Shape (n,), whole and not negative.
    capacity
        Shape (m,).

    """
    table = np.zeros((len(profit), int(capacity.max(initial=0)) + 1))
    for item in np.argsort(size, kind="stable").tolist():
        _take(table, profit[:, item], int(size[item]))
    return table[np.arange(len(profit)), capacity]


def _take(table: Floats, profit: Floats, size: int) -> None:
    """Update V in place with one more item."""
    gain = np.maximum(profit, 0.0)[:, None]
    if size == 0:
        table += gain
    elif size < table.shape[1]:
        np.maximum(table[:, size:], table[:, :-size] + gain, out=table[:, size:])


def chosen(profit: Floats, size: Integers, capacity: Integers) -> np.ndarray:
    """Return which items a best choice of each row takes, shape (m, n)."""
    m, n = profit.shape
    tables = np.zeros((n + 1, m, int(capacity.max(initial=0)) + 1))
    for item in range(n):
        tables[item + 1] = tables[item]
        _take(tables[item + 1], profit[:, item], int(size[item]))
    left, row = capacity.copy(), np.arange(m)
    taken = np.zeros((m, n), dtype=bool)
    for item in reversed(range(n)):
        here = tables[item + 1][row, left] > tables[item][row, left]
        taken[:, item] = here
        left -= np.where(here, size[item], 0)
    return taken


def with_item(profit: Floats, size: Integers, capacity: Integers) -> Floats:
    """Return the most profit of each row when one item must be taken, shape (m, n); -inf where it does not fit.

    An item that must be taken may have a profit below zero.
    """
    m, n = profit.shape
    widest = int(capacity.max(initial=0))
    before = np.zeros((n + 1, m, widest + 1))
    for item in range(n):
        before[item + 1] = before[item]
        _take(before[item + 1], profit[:, item], int(size[item]))
    after = np.zeros((m, widest + 1))
    out = np.full((m, n), -np.inf)
    row, quantity = np.arange(m)[:, None], np.arange(widest + 1)[None, :]
    for item in reversed(range(n)):
        room = capacity - int(size[item])
        fits = room >= 0
        rest = room[:, None] - quantity
        both = np.where(rest >= 0, before[item] + after[row, np.maximum(rest, 0)], -np.inf)
        out[fits, item] = both[fits].max(axis=1) + profit[fits, item]
        _take(after, profit[:, item], int(size[item]))
    return out
