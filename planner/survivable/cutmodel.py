r"""One cut in whole units: the cheapest purchase that survives, and the coefficients of links left out at first.

Each link offers bundles, $l_e$ units each. With the largest link counted as M units the others must hold b more, so

$$\min_v \alpha v=\min_M\min\Big\{\sum_e w_e(l_e): l_e\le M,\ \sum_e l_e\ge b+M\Big\}$$

with $w_e(l)$ the least weight of a bundle that holds l: a knapsack for each M by dynamic programming. In a fixed state
the requirement is b alone, with no M.

Lifting (Wolsey, *Discrete Applied Mathematics* 1, 1976): a link without coefficients that holds l units must count

$$\varphi(l) = 1-\min\{\alpha v: v \text{ survives with } l \text{ more}\}$$

for the inequality to go on holding; links follow one another.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.survivable.compiled import Floats, Ints

PART = 1e-6
NOISE = 1e-4
"""Of a part."""
MARGIN = 1e-7
"""What is rounded down as noise, all links together, is less."""
TINY = 1e-12


@dataclass(frozen=True)
class Offer:
    """What a link offers: B bundles of K columns, the first one nothing, units rising."""

    columns: Ints
    """K, of the instance."""
    bundles: Floats
    """B × K: how many of each column."""
    units: Ints
    """B: what a bundle holds, at most what is needed."""
    steps: bool
    """Columns are steps, each on top of the one before."""

    def without(self) -> list[Ints]:
        """Return, for each column, the bundle with one less of it; -1 where there is none of it."""
        place = {tuple(row): at for at, row in enumerate(self.bundles.tolist())}
        found = []
        for column in range(self.bundles.shape[1]):
            less = self.bundles.copy()
            less[:, column] -= 1
            found.append(np.array([place.get(tuple(row), -1) for row in less.tolist()], dtype=np.intp))
        return found

    def prices(self, alpha: Floats) -> tuple[Ints, Floats, Ints]:
        """Return the bundles worth taking for weights of the columns (K): units, weights, places; all rising."""
        weights = self.bundles @ alpha
        best = np.minimum.accumulate(weights[::-1])[::-1]
        last = np.flatnonzero(np.append(best[:-1] < best[1:] - TINY, True))
        last = last[np.append(True, np.diff(self.units[last]) > 0)]  # of equal units the lightest comes first
        # the most units for each weight; its bundle is the first that holds as much and weighs no more
        lightest = np.flatnonzero(weights == best)
        places = lightest[np.searchsorted(lightest, last)]
        return self.units[last], weights[places], places


def bundles(units: list[int], most: list[int], needed: int, *, steps: bool) -> tuple[Floats, Ints]:
    """Return the bundles of a link and what they hold, by units per column and the most of each."""
    if steps:
        table = np.tril(np.ones((len(units) + 1, len(units))), -1)
        held = np.array([0, *units], dtype=np.intp)
    else:
        counts = [min(limit, math.ceil(needed / unit)) for unit, limit in zip(units, most, strict=True)]
        grid = np.meshgrid(*[np.arange(count + 1) for count in counts], indexing="ij")
        table = np.stack([axis.ravel() for axis in grid], axis=1).astype(np.float64)
        held = (table @ np.array(units)).astype(np.intp)
    held = np.minimum(held, needed)
    order = np.lexsort((table.sum(axis=1), held))
    table, held = table[order], held[order]
    # full once is enough
    kept = np.ones(len(held), dtype=bool)
    if not steps and (held == needed).sum() > 1:
        full = np.flatnonzero(held == needed)
        for at in full.tolist():
            positive = np.flatnonzero(table[at])
            kept[at] = all(table[at] @ units - units[kind] < needed for kind in positive.tolist())
    return table[kept], held[kept]


def axes(offers: list[Offer]) -> list[NDArray[np.int16]]:
    """Return the units of each offer along an axis of its own."""
    return [
        offer.units.reshape([-1 if at == axis else 1 for at in range(len(offers))]).astype(np.int16)
        for axis, offer in enumerate(offers)
    ]


def irreducible(offers: list[Offer], enough: NDArray[np.bool_]) -> Floats:
    """Return the purchases that are enough, but not without any one thing: V × columns.

    `enough` has an axis for each offer, its bundles along it.
    """
    least = enough.copy()
    for axis, offer in enumerate(offers):
        for less in offer.without():
            some = np.take(enough, np.maximum(less, 0), axis=axis)
            some &= (less >= 0).reshape([-1 if at == axis else 1 for at in range(len(offers))])
            least &= ~some
    chosen = np.nonzero(least)
    return np.hstack([offer.bundles[at] for offer, at in zip(offers, chosen, strict=True)])


class CutModel:
    """The links of one cut that carry coefficients."""

    def __init__(self, offers: list[Offer], needed: int, *, spare: bool) -> None:
        """Take what the links offer; `spare`: any one of them may be down."""
        self.offers = offers
        self.needed = needed
        self.spare = spare
        ends = np.cumsum([len(offer.columns) for offer in offers])
        self.parts = [slice(end - len(offer.columns), end) for end, offer in zip(ends.tolist(), offers, strict=True)]
        self.columns = np.concatenate([offer.columns for offer in offers]) if offers else np.zeros(0, dtype=np.intp)

    def minimal(self, most: int) -> Floats | None:
        """Return the purchases that survive, but not without any one thing: V × columns; None where too many."""
        shape = tuple(len(offer.units) for offer in self.offers)
        if not shape or math.prod(shape) > most:
            return None
        total = np.zeros(shape, dtype=np.int16)
        largest = np.zeros(shape, dtype=np.int16)
        for units in axes(self.offers):
            total += units
            if self.spare:
                np.maximum(largest, units, out=largest)
        enough = total - largest >= self.needed
        return irreducible(self.offers, enough)

    def cheapest(self, alpha: Floats, most: int = 1, below: float = math.inf) -> list[tuple[float, Floats]]:
        """Return min αv and a v that attains it (over `columns`); up to `most` - 1 more, one for each M.

        Nothing when no purchase below a weight survives.
        """
        if not self.offers:
            return []
        d = self.needed
        priced = [offer.prices(alpha[part]) for offer, part in zip(self.offers, self.parts, strict=True)]
        tops = np.unique(np.concatenate([units for units, _, _ in priced])) if self.spare else np.array([d])
        tops = tops[tops > 0]
        if not len(tops):
            return []
        reaches = [empty(tops, (2 * d if self.spare else d) + 1)]
        for units, weights, _ in priced:
            reaches.append(hold(reaches[-1], tops, units, weights))
        ends = d + tops if self.spare else tops
        values = reaches[-1][np.arange(len(tops)), ends]
        rows = np.argsort(values, kind="stable")[:most]
        found = []
        for row in rows[values[rows] < below].tolist():
            left, top = int(ends[row]), int(tops[row])
            point = np.zeros(len(self.columns))
            for link in range(len(self.offers) - 1, -1, -1):
                units, weights, places = priced[link]
                before = np.maximum(left - np.minimum(units, top), 0)
                totals = reaches[link][row, before] + weights
                nothing = reaches[link][row, left]
                chosen = int(np.argmin(totals))
                if nothing <= totals[chosen]:
                    continue
                point[self.parts[link]] = self.offers[link].bundles[places[chosen]]
                left = int(before[chosen])
            found.append((float(values[row]), point))
        return found

    def lifted(self, alpha: Floats, wanted: list[Offer]) -> list[Floats]:
        """Return coefficients of whole offers, one after another; αv ≥ 1 holds on the purchases of the model.

        `wanted` begins with the links of the model, each with at least the columns and bundles that it has there.
        """
        d = self.needed
        every = np.unique(np.concatenate([offer.units for offer in wanted]))
        tops = every[every > 0] if self.spare else np.array([d])
        ends = d + tops if self.spare else tops
        nothing = empty(tops, (2 * d if self.spare else d) + 1)
        behind = [nothing]
        for offer, part in zip(self.offers[::-1], self.parts[::-1], strict=True):
            behind.append(hold(behind[-1], tops, *offer.prices(alpha[part])[:2]))
        behind.reverse()
        found: list[Floats] = []
        ahead = nothing
        for number, offer in enumerate(wanted):
            mine, given = None, np.zeros(0)
            if number < len(self.offers):
                mine, given = self.offers[number], alpha[self.parts[number]]
            if mine is not None and len(mine.units) == len(offer.units) and len(mine.columns) == len(offer.columns):
                beta = given
            else:
                levels = np.unique(offer.units)
                asked = ends[:, None] - np.minimum(levels[None, :], tops[:, None])
                least = both(ahead, behind[min(number + 1, len(self.offers))], asked).min(axis=0)
                must = np.zeros(d + 1)
                must[levels] = np.maximum(0.0, 1.0 - least)
                beta = covering(offer, must, mine, given)
            found.append(beta)
            ahead = hold(ahead, tops, *offer.prices(beta)[:2])
        return found


def empty(tops: Ints, width: int) -> Floats:
    """Return tops × units: the least weight that holds so many units, before any link is looked at."""
    reach = np.full((len(tops), width), np.inf)
    reach[:, 0] = 0.0
    return reach


def both(one: Floats, two: Floats, asked: Ints) -> Floats:
    """Return the least weight that holds what is asked (tops × any) with links of two tables together."""
    if not np.isfinite(two[:, 1:]).any():
        return np.take_along_axis(one, asked, axis=1)
    split = np.maximum(asked[:, :, None] - np.arange(one.shape[1])[None, None, :], 0)
    total = one[:, None, :] + two[np.arange(len(two))[:, None, None], split]
    least: Floats = total.min(axis=2)
    return least


def hold(reach: Floats, tops: Ints, units: Ints, weights: Floats) -> Floats:
    """Add a link: the least weight that holds so many units (columns), none counted above the largest (rows)."""
    best = reach.copy()
    width = reach.shape[1]
    for level, weight in zip(units.tolist(), weights.tolist(), strict=True):
        first = int(np.searchsorted(tops, level, side="right"))
        if level == 0 or first == len(tops):
            continue
        late = best[first:, level:]
        np.minimum(late, reach[first:, : width - level] + weight, out=late)
        early = best[first:, :level]
        np.minimum(early, reach[first:, :1] + weight, out=early)
    # the first that holds as much as the largest may
    number = np.searchsorted(units, tops)
    rows = np.flatnonzero(number < len(units))
    if len(rows):
        source = np.maximum(np.arange(width)[None, :] - tops[rows, None], 0)
        best[rows] = np.minimum(best[rows], reach[rows[:, None], source] + weights[number[rows], None])
    return best


def covering(offer: Offer, must: Floats, mine: Offer | None, alpha: Floats) -> Floats:
    """Return small coefficients of the columns of a link with which every bundle counts what it must (by units).

    What the link counts already (`mine`, α) is kept.
    """
    count = offer.bundles.shape[1]
    asked = must[offer.units]
    if offer.steps:
        if mine is not None:
            counted = np.append(0.0, np.cumsum(alpha))
            place = np.append(0, 1 + np.searchsorted(offer.columns, mine.columns))
            asked[place] = np.maximum(asked[place], counted)
        rising: Floats = np.diff(np.maximum.accumulate(asked))
        return rising
    beta = np.zeros(count)
    done = np.zeros(count, dtype=bool)
    if mine is not None:
        place = np.searchsorted(offer.columns, mine.columns)
        beta[place], done[place] = alpha, True
    # largest module first; what mixtures still lack is made up by the smaller ones
    for kind in range(count - 1, -1, -1):
        if done[kind]:
            continue
        done[kind] = True
        held = offer.bundles[:, kind] > 0
        held &= (offer.bundles[:, ~done] == 0).all(axis=1)
        lacking = (asked[held] - offer.bundles[held] @ beta) / offer.bundles[held, kind]
        beta[kind] = max(0.0, float(lacking.max(initial=0.0)))
    return beta


def part_of(offer: Offer, values: Floats, held: float) -> Offer | None:
    """Return the bundles of which a point (K) is made, None when it holds nothing.

    Steps: those that are reached to some extent, but the next ones less. Modules: mixtures of those with a value.
    """
    if offer.steps:
        after = np.append(values[1:], 0.0)
        reached = np.flatnonzero(values > after + held)
        if not len(reached):
            return None
        table = np.tril(np.ones((len(reached) + 1, len(reached))), -1)
        return Offer(offer.columns[reached], table, offer.units[np.append(0, reached + 1)], steps=True)
    kinds = values > held
    if not kinds.any():
        return None
    rows = (offer.bundles[:, ~kinds] == 0).all(axis=1)
    return Offer(offer.columns[kinds], offer.bundles[np.ix_(rows, kinds)], offer.units[rows], steps=False)


def settled(offer: Offer, alpha: Floats) -> Floats:
    """Round coefficients of a link up to whole parts, so that what is equal but for noise is equal.

    Steps are rounded as what they count together: else a step that adds nothing would keep a coefficient of 1e-9, which
    misleads the presolve of HiGHS. A purchase that counted 1 does so still.
    """
    counted = np.cumsum(alpha) if offer.steps else alpha
    parts = np.ceil(counted / PART - NOISE)
    found: Floats = (np.diff(parts, prepend=0.0) if offer.steps else parts) * (PART * (1 + MARGIN))
    return found
