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
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from planner.survivable.compiled import Floats, Ints
from planner.survivable.cutmodel import Offer, axes, covering, empty, hold, irreducible

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
        units = axes(self.offers)
        enough = np.ones(shape, dtype=bool)
        for pair, need in zip(GROUPS, self.needs, strict=True):
            if need > 0:
                total, largest = np.zeros(shape, dtype=np.int16), np.zeros(shape, dtype=np.int16)
                for one, of in zip(units, self.classes, strict=True):
                    if of in pair:
                        total += one
                        np.maximum(largest, one, out=largest)
                enough &= total - largest >= need
        return irreducible(self.offers, enough)

    def cheapest(self, alpha: Floats, most: int = 1, below: float = math.inf) -> list[tuple[float, Floats]]:
        """Return min αv and a v that attains it; up to `most` - 1 more, one for each largest link of class 0.

        Nothing when no purchase below a weight survives.
        """
        priced = [offer.prices(alpha[part]) for offer, part in zip(self.offers, self.parts, strict=True)]
        units = [units for units, _, _ in priced]
        tops = np.unique(np.concatenate([np.zeros(1, dtype=np.intp), *units]))
        width = max(self.needs) + int(tops[-1]) + 1
        stages: list[list[Floats]] = []
        for of in range(3):
            tables = [empty(tops, width)]
            for at in self._of(of):
                tables.append(hold(tables[-1], tops, *priced[at][:2]))
            stages.append(tables)
        pairs = _pairs(tops, stages[1][-1], stages[2][-1], self.needs[2], below)
        if not len(pairs.weight):
            return []
        first = stages[0][-1]
        largest = np.unique(np.concatenate([np.zeros(1, dtype=np.intp), *(units[at] for at in self._of(0))]))
        found = []
        for row, top in zip(np.searchsorted(tops, largest).tolist(), largest.tolist(), strict=True):
            asked = pairs.asked(top, self.needs[0], self.needs[1])
            fits = asked < width
            total = pairs.weight + np.where(fits, first[row, np.minimum(asked, width - 1)], np.inf)
            at = int(np.argmin(total))
            if total[at] < below:
                found.append((float(total[at]), row, int(asked[at]), at))
        found.sort()
        points = []
        for weight, row, asked_units, at in found[:most]:
            point = np.zeros(len(self.columns))
            ends = (
                (row, asked_units),
                (int(pairs.row_p[at]), int(pairs.held_p[at])),
                (int(pairs.row_q[at]), int(pairs.held_q[at])),
            )
            for of, (end, left) in enumerate(ends):
                self._trace(stages[of], priced, of, tops, end, left, point)
            points.append((weight, point))
        return points

    def _of(self, of: int) -> list[int]:
        return [at for at, its in enumerate(self.classes) if its == of]

    def _trace(
        self,
        stages: list[Floats],
        priced: list[tuple[Ints, Floats, Ints]],
        of: int,
        tops: Ints,
        row: int,
        left: int,
        point: Floats,
    ) -> None:
        """Add to a point what attains the entry of a table."""
        for stage, at in reversed(list(enumerate(self._of(of)))):
            units, weights, places = priced[at]
            before = np.maximum(left - np.minimum(units, int(tops[row])), 0)
            totals = stages[stage][row, before] + weights
            chosen = int(np.argmin(totals))
            if stages[stage][row, left] > totals[chosen]:
                point[self.parts[at]] = self.offers[at].bundles[places[chosen]]
                left = int(before[chosen])

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
        pairs = _pairs(tops, reach[first], reach[second], between, 1.0)
        rest = np.full((len(tops), width), np.inf)
        for row, top in enumerate(tops.tolist()):
            asked = pairs.asked(top, need_first, need_second)
            fits = asked < width
            np.minimum.at(rest[row], asked[fits], pairs.weight[fits])
        return np.minimum.accumulate(rest, axis=1)


def _held(tops: Ints, width: int, links: list[tuple[Ints, Floats]]) -> Floats:
    reach = empty(tops, width)
    for units, weights in links:
        reach = hold(reach, tops, units, weights)
    return reach


@dataclass(frozen=True)
class _Pairs:
    """Entries of two tables that keep the cut between their classes; N of them."""

    row_p: Ints
    held_p: Ints
    row_q: Ints
    held_q: Ints
    largest_p: Ints
    largest_q: Ints
    weight: Floats

    def asked(self, top: int, need_p: int, need_q: int) -> Ints:
        """Return N: units that the third class must hold when its largest link counts `top`."""
        asked = np.zeros(len(self.weight), dtype=np.intp)
        if need_p > 0:
            asked = np.maximum(asked, need_p + np.maximum(top, self.largest_p) - self.held_p)
        if need_q > 0:
            asked = np.maximum(asked, need_q + np.maximum(top, self.largest_q) - self.held_q)
        return asked


def _pairs(tops: Ints, one: Floats, two: Floats, between: int, below: float) -> _Pairs:
    rows_p, held_p, w_p = _breaks(one, below)
    rows_q, held_q, w_q = _breaks(two, below)
    weight = w_p[:, None] + w_q[None, :]
    kept = weight < below
    if between > 0:
        largest = np.maximum(tops[rows_p][:, None], tops[rows_q][None, :])
        kept &= held_p[:, None] + held_q[None, :] >= between + largest
    p, q = np.nonzero(kept)
    return _Pairs(rows_p[p], held_p[p], rows_q[q], held_q[q], tops[rows_p[p]], tops[rows_q[q]], weight[p, q])


def _breaks(reach: Floats, below: float) -> tuple[Ints, Ints, Floats]:
    """Return (row, units, weight) of the most units for each weight, without those that another makes useless."""
    following = np.append(reach[:, 1:], np.full((len(reach), 1), np.inf), axis=1)
    smaller = np.full_like(reach, np.inf)
    smaller[1:] = np.minimum.accumulate(reach, axis=0)[:-1]
    rows, held = np.nonzero((reach < following) & (reach < smaller) & (reach < below))
    return rows, held, reach[rows, held]


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
