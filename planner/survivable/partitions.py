r"""Facets of three node groups at once: what their three cuts imply together under single-link failures.

Nodes are contracted to three groups; links between the same two groups are a class $i$ with total $S_i$ and largest
link $M_i$. A purchase survives when each cut does, which is when it can be routed (for three nodes the cut condition
suffices):

$$S_i+S_j-\max(M_i,M_j)\ \ge\ b_{ij}\qquad\text{for the two classes of each group's cut}$$

Separation is that of one cut (`planner.survivable.hull`) with the survivors listed. Lifting goes class by class: with
$T_i[M][S]$ the least weight of S units in class i, none counted above M, and

$$H_i[M][t]=\min\{\alpha\text{-weight of the other two classes with which class } i \text{ needs } t \text{ units}\}$$

a link of class i that holds l units must count $1-\min_{M,t}\,T_i[M][t-\min(l,M)]+H_i[M][t]$. Three-partition
inequalities: Magnanti, Mirchandani, Vachani (*Mathematical Programming* 60, 1993); Agarwal (*Networks* 48, 2006).
"""

import math
from itertools import combinations

import numpy as np

from planner.survivable.compiled import Floats, Ints
from planner.survivable.cutmodel import Offer, covering, empty, hold

GROUPS = ((0, 1), (0, 2), (1, 2))
"""Group → the two classes of its cut; class 0 joins groups 0 and 1, class 1 groups 0 and 2, class 2 groups 1 and 2."""


class PartitionModel:
    """Links between three groups, with what they offer; any one link may be down."""

    def __init__(self, offers: list[Offer], classes: list[int], needs: tuple[int, int, int]) -> None:
        """Take offers, the class of each, and the units that must leave each group."""
        self.offers, self.classes, self.needs = offers, classes, needs
        ends = np.cumsum([len(offer.columns) for offer in offers])
        self.parts = [slice(end - len(offer.columns), end) for end, offer in zip(ends.tolist(), offers, strict=True)]
        self.columns = np.concatenate([offer.columns for offer in offers]) if offers else np.zeros(0, dtype=np.intp)

    def minimal(self, most: int) -> Floats | None:
        """Return the purchases that survive, but not without any one thing: V × columns; None where too many."""
        shape = tuple(len(offer.units) for offer in self.offers)
        if not shape or math.prod(shape) > most:
            return None
        units = [
            offer.units.reshape([-1 if at == axis else 1 for at in range(len(shape))]).astype(np.int16)
            for axis, offer in enumerate(self.offers)
        ]
        enough = np.ones(shape, dtype=bool)
        for pair, need in zip(GROUPS, self.needs, strict=True):
            if need > 0:
                total, largest = np.zeros(shape, dtype=np.int16), np.zeros(shape, dtype=np.int16)
                for one, of in zip(units, self.classes, strict=True):
                    if of in pair:
                        total += one
                        np.maximum(largest, one, out=largest)
                enough &= total - largest >= need
        least = enough.copy()
        for axis, offer in enumerate(self.offers):
            for less in offer.without():
                some = np.take(enough, np.maximum(less, 0), axis=axis)
                some &= (less >= 0).reshape([-1 if at == axis else 1 for at in range(len(shape))])
                least &= ~some
        chosen = np.nonzero(least)
        return np.hstack([offer.bundles[at] for offer, at in zip(self.offers, chosen, strict=True)])

    def lifted(self, alpha: Floats, wanted: list[Offer], classes: list[int]) -> list[Floats]:
        """Return coefficients of whole offers, one after another; αv ≥ 1 holds on the purchases of the model.

        `wanted` begins with the links of the model, each with at least the columns and bundles that it has there.
        """
        tops = np.unique(np.concatenate([np.zeros(1, dtype=np.intp), *(offer.units for offer in wanted)]))
        width = max(self.needs) + int(tops[-1]) + 1
        current: list[tuple[Ints, Floats]] = [
            offer.prices(alpha[part])[:2] for offer, part in zip(self.offers, self.parts, strict=True)
        ]
        found: list[Floats] = [alpha[part] for part in self.parts]
        found += [np.zeros(0)] * (len(wanted) - len(self.offers))
        inside = len(self.offers)
        reach = [_held(tops, width, [current[at] for at in range(inside) if classes[at] == of]) for of in range(3)]
        for of in range(3):
            rest = self._rest(of, tops, width, reach)
            mine = [at for at in range(len(wanted)) if classes[at] == of]
            for at in mine:
                if at >= inside:
                    break
                small, whole = self.offers[at], wanted[at]
                if len(small.units) < len(whole.units) or len(small.columns) < len(whole.columns):
                    others = _held(tops, width, [current[other] for other in mine if other < inside and other != at])
                    found[at] = covering(whole, _must(tops, others, rest, whole), small, alpha[self.parts[at]])
                    current[at] = whole.prices(found[at])[:2]
            table = _held(tops, width, [current[at] for at in mine if at < inside])
            for at in mine:
                if at >= inside:
                    found[at] = covering(wanted[at], _must(tops, table, rest, wanted[at]), None, np.zeros(0))
                    table = hold(table, tops, *wanted[at].prices(found[at])[:2])
            reach[of] = table
        return found

    def _rest(self, of: int, tops: Ints, width: int, reach: list[Floats]) -> Floats:
        """Return H of a class, tops × units; 1 and more is left out."""
        first, second = [other for other in range(3) if other != of]
        need = dict(zip(GROUPS, self.needs, strict=True))
        between = need[first, second]
        need_first, need_second = (need[min(of, other), max(of, other)] for other in (first, second))
        m_p, s_p, w_p = _breaks(tops, reach[first])
        m_q, s_q, w_q = _breaks(tops, reach[second])
        rest = np.full((len(tops), width), np.inf)
        weight = w_p[:, None] + w_q[None, :]
        largest = np.maximum(m_p[:, None], m_q[None, :])
        p, q = np.nonzero((weight < 1) & (s_p[:, None] + s_q[None, :] >= (between + largest if between > 0 else 0)))
        if not len(p):
            return rest
        weight = weight[p, q]
        for row, top in enumerate(tops.tolist()):
            asked = np.zeros(len(p), dtype=np.intp)
            if need_first > 0:
                asked = np.maximum(asked, need_first + np.maximum(top, m_p[p]) - s_p[p])
            if need_second > 0:
                asked = np.maximum(asked, need_second + np.maximum(top, m_q[q]) - s_q[q])
            fits = asked < width
            np.minimum.at(rest[row], asked[fits], weight[fits])
        return np.minimum.accumulate(rest, axis=1)


def _held(tops: Ints, width: int, links: list[tuple[Ints, Floats]]) -> Floats:
    reach = empty(tops, width)
    for units, weights in links:
        reach = hold(reach, tops, units, weights)
    return reach


def _breaks(tops: Ints, reach: Floats) -> tuple[Ints, Ints, Floats]:
    """Return (M, S, weight) of the most units for each weight below 1, without those that another makes useless."""
    following = np.append(reach[:, 1:], np.full((len(tops), 1), np.inf), axis=1)
    rows, held = np.nonzero((reach < following) & (reach < 1))
    weights = reach[rows, held]
    kept = np.ones(len(rows), dtype=bool)
    for at in range(len(rows)):
        # as many units, no larger link, no more weight
        better = (held >= held[at]) & (rows <= rows[at]) & (weights <= weights[at])
        better[at] = False
        kept[at] = not (better & ((held > held[at]) | (rows < rows[at]) | (weights < weights[at]))).any()
    return tops[rows[kept]], held[kept], weights[kept]


def _must(tops: Ints, others: Floats, rest: Floats, offer: Offer) -> Floats:
    """Return what each number of units must count, by units."""
    levels = np.unique(offer.units)
    source = np.arange(others.shape[1])[None, None, :] - np.minimum(levels[:, None], tops[None, :])[:, :, None]
    least = (np.take_along_axis(others[None, :, :], np.maximum(source, 0), axis=2) + rest[None, :, :]).min(axis=(1, 2))
    must = np.zeros(int(levels[-1]) + 1)
    must[levels] = np.maximum(0.0, 1.0 - least)
    return must


def three_groups(sets: list[np.ndarray], most: int) -> list[Ints]:
    """Return node → group (0, 1, 2) for pairs of node sets that part the nodes into three, the first pairs first."""
    found: list[Ints] = []
    seen: set[bytes] = set()
    pairs = sorted(combinations(range(len(sets)), 2), key=sum)
    for one, two in pairs:
        atoms = sets[one].astype(np.intp) + 2 * sets[two].astype(np.intp)
        labels, group = np.unique(atoms, return_inverse=True)
        if len(labels) != 3:
            continue
        # the group of the first node is 0, that of the next new one 1
        order = np.unique(group, return_index=True)[1]
        group = np.argsort(np.argsort(order))[group]
        if group.tobytes() not in seen:
            seen.add(group.tobytes())
            found.append(group)
            if len(found) >= most:
                break
    return found
