r"""The least count of a purchase that survives, for inequalities over three node groups, by trying everything.

Between two groups only the units $S$ of the links and the largest one $M$ matter; a group keeps what must leave it in
every single-link failure when $S_i+S_j-\max(M_i,M_j)$ of its two sides is enough.
"""

import math
from collections.abc import Mapping
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from planner.survivable.instance import Instance, Link

Floats = NDArray[np.float64]
Options = Mapping[str, list[tuple[int, float]]]
"""Link → (most units, weight)."""


def crossing(instance: Instance, group: Mapping[str, int]) -> dict[tuple[int, int], list[Link]]:
    """Return, for each two groups, the links between them."""
    found: dict[tuple[int, int], list[Link]] = {pair: [] for pair in combinations(range(3), 2)}
    for link in instance.links:
        one, two = sorted((group[link.source], group[link.target]))
        if one != two:
            found[one, two].append(link)
    return found


def leaving(instance: Instance, group: Mapping[str, int], unit: float) -> list[int]:
    """Return the units that must leave each group."""
    needs = []
    for of in range(3):
        traffic = sum(d.value for d in instance.demands if (group[d.source] == of) != (group[d.target] == of))
        needs.append(math.ceil(traffic / unit - 1e-7))
    return needs


def least_count(sides: dict[tuple[int, int], list[Link]], options: Options, needs: list[int]) -> float:
    """Return the least weight with which each group keeps what it needs, whichever link is down; 1 at most."""
    most = max(needs)
    tables = {pair: _side([options[link.id] for link in links], most) for pair, links in sides.items()}
    points = {pair: _points(tables[pair]) for pair in ((0, 1), (0, 2))}
    s_p, m_p, w_p = (one[:, None] for one in points[0, 1])
    s_q, m_q, w_q = (one[None, :] for one in points[0, 2])
    weight = w_p + w_q
    open_ = (weight < 1) & (s_p + s_q - np.maximum(m_p, m_q) >= needs[0])
    p, q = np.nonzero(open_)
    if not len(p):
        return 1.0
    third = np.minimum.accumulate(tables[1, 2][:, ::-1], axis=1)[:, ::-1]
    least = 1.0
    for largest in np.flatnonzero(np.isfinite(third).any(axis=1)).tolist():
        asked = np.maximum(
            needs[1] + np.maximum(largest, m_p[p, 0]) - s_p[p, 0], needs[2] + np.maximum(largest, m_q[0, q]) - s_q[0, q]
        )
        asked = np.maximum(asked, 0)
        fits = asked < third.shape[1]
        if fits.any():
            least = min(least, float((weight[p, q][fits] + third[largest, asked[fits]]).min()))
    return least


def _side(links: list[list[tuple[int, float]]], most: int) -> Floats:
    """Return (largest link, units; at most twice what is needed) → least weight."""
    table = np.full((most + 1, 2 * most + 1), np.inf)
    table[0, 0] = 0.0
    for some in links:
        after = np.full_like(table, np.inf)
        for units, weight in some:
            level = min(units, most)
            same = table[level:]
            _take(after[level:], same, level, weight)
            if level:
                _take(after[level : level + 1], table[:level].min(axis=0, keepdims=True), level, weight)
        table = after
    return table


def _take(after: Floats, before: Floats, level: int, weight: float) -> None:
    end = before.shape[1] - level
    after[:, level:] = np.minimum(after[:, level:], before[:, :end] + weight)
    if level:
        after[:, -1] = np.minimum(after[:, -1], before[:, end:].min(axis=1) + weight)


def _points(table: Floats) -> tuple[NDArray[np.intp], NDArray[np.intp], Floats]:
    """Return (units, largest, weight) of everything lighter than 1 that no more units weigh as little as."""
    suffix = np.minimum.accumulate(table[:, ::-1], axis=1)[:, ::-1]
    following = np.append(suffix[:, 1:], np.full((len(table), 1), np.inf), axis=1)
    largest, units = np.nonzero((table < 1) & (table < following))
    return units, largest, table[largest, units]
