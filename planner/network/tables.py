"""What each site pays for its own lines at every pair of trunk paths, as arrays that are priced all at once.

    r_s(λ) = min over admissible (p, q) of  c_s(p, q) + Σ_{i in p or q} λ_si

s       site         p, q   trunk paths of its two lines, from where they end to the core; no q: mobile or no backup
c_s     cheapest own lines that share no survived group with each other or with p and q (`planner.network.ends`)
i       trunk or exchange that a path passes           λ_si   what site s is charged for it

A pair that costs no less than own lines to the core is left out: those pass nothing that is shared. Modules, loads and
the order of the two paths are left out, so c_s(p, q) is at most what the lines of any plan over p and q cost.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from planner.network import ends
from planner.network.candidates import Candidates
from planner.network.columns import Choices
from planner.network.paths import TrunkPath
from planner.network.variables import MILLION

ABSENT = 20
"""Price of own lines that do not exist, in the dearest pair: it only makes the bound weaker."""
Floats = NDArray[np.float64]
Places = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Block:
    """Prices between the paths of two ends, or of one."""

    first: Places
    """Paths by number."""
    second: Places | None
    """None where the other line loads nothing shared."""
    price: Floats
    """Million VND, shape (first, second) or (first,); infinite where nothing is admissible."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What one site may choose from."""

    own: float
    """Million VND of own lines to the core; where there are none, a price that no pair is near to."""
    blocks: tuple[Block, ...]
    served: bool
    """Whether there is any pair."""

    @property
    def least(self) -> float:
        """The cheapest, whatever is bought."""
        return min([self.own, *(float(block.price.min()) for block in self.blocks)])


@dataclass(frozen=True)
class Tables:
    """The offers of all sites and what their paths pass. Holds plain arrays alone: it goes to other processes."""

    sites: tuple[str, ...]
    offers: tuple[Offer, ...]
    names: tuple[str, ...]
    """Of what may be bought: trunks, then exchanges."""
    trunks: int
    """How many of them are trunks."""
    cost: Floats
    """Million VND of the cheapest purchase of each."""
    passes: sparse.csr_array
    """Shape (paths, bought): 1 where a path passes it."""
    along: tuple[tuple[int, ...], ...]
    """The same as tuples."""
    charged: NDArray[np.bool_]
    """Shape (sites, bought): whether λ may be positive. Not for exchanges that both paths of a site may pass."""

    @cached_property
    def pairs(self) -> "Pairs":
        """The same prices in rows, those left out that another choice undercuts and passes no more."""
        return _pairs(self)

    def all_cheapest(self, charges: Floats) -> tuple[Floats, list[tuple[int, ...]]]:
        """Return r_s, million VND, and what each site passes, at charges of shape (sites, bought)."""
        pairs, count = self.pairs, len(self.along)
        weights = np.zeros((len(self.sites), count + 1))  # the last path passes nothing
        weights[:, :count] = (self.passes @ charges.T).T
        flat = weights.ravel()
        values = pairs.price + flat[pairs.first] + flat[pairs.second]
        least = np.minimum.reduceat(values, pairs.begin[:-1])
        taken: list[tuple[int, ...]] = []
        for site in range(len(self.sites)):
            at = int(values[pairs.begin[site] : pairs.begin[site + 1]].argmin()) + int(pairs.begin[site])
            one, two = int(pairs.first[at]) % (count + 1), int(pairs.second[at]) % (count + 1)
            taken.append(tuple(sorted({*self._uses(one), *self._uses(two)})))
        return least, taken

    def _uses(self, path: int) -> tuple[int, ...]:
        return self.along[path] if path < len(self.along) else ()


@dataclass(frozen=True, slots=True)
class Pairs:
    """One row a pair of paths of a site, the sites in order."""

    price: Floats
    first: Places
    """Site and path as one number: site * (paths + 1) + path; the last path passes nothing."""
    second: Places
    begin: Places
    """Where each site's rows begin, and the end."""


def _pairs(tables: Tables) -> Pairs:
    count = len(tables.along)
    prices: list[Floats] = []
    firsts: list[Places] = []
    seconds: list[Places] = []
    begin = [0]
    for site, offer in enumerate(tables.offers):
        alone = np.full(count + 1, np.inf)
        alone[count] = offer.own
        for block in offer.blocks:
            if block.second is None:
                np.minimum.at(alone, block.first, block.price)
        paths = np.flatnonzero(np.isfinite(alone))
        paths = paths if len(paths) else np.array([count])
        here = [(alone[paths], paths, np.full(len(paths), count))]
        for block in offer.blocks:
            if block.second is not None:
                below = np.minimum(alone[block.first][:, None], alone[block.second][None, :])
                a, b = np.nonzero(block.price < below)
                here.append((block.price[a, b], block.first[a], block.second[b]))
        prices.append(np.concatenate([price for price, _, _ in here]))
        firsts.append(np.concatenate([first for _, first, _ in here]) + site * (count + 1))
        seconds.append(np.concatenate([second for _, _, second in here]) + site * (count + 1))
        begin.append(begin[-1] + len(prices[-1]))
    return Pairs(np.concatenate(prices), np.concatenate(firsts), np.concatenate(seconds), np.array(begin))


def tables(candidates: Candidates, choices: Mapping[str, Choices], paths: Mapping[str, Sequence[TrunkPath]]) -> Tables:
    """List what every site pays over the trunks that have modules."""
    trunks = [trunk.id for trunk in candidates.trunks if candidates.front(trunk.id)]
    names = (*trunks, *candidates.exchanges)
    number = {name: place for place, name in enumerate(names)}
    usable = {end: tuple(p for p in own if number.keys() >= set(p.links)) for end, own in paths.items()}
    along: list[tuple[int, ...]] = []
    numbered: dict[str, Places] = {}
    for end, own in usable.items():
        numbered[end] = np.arange(len(along), len(along) + len(own))
        along += [tuple(number[name] for name in (*path.links, *path.nodes)) for path in own]
    cost = [candidates.front(trunk)[0].cost_vnd for trunk in trunks]
    cost += [candidates.opening_vnd(exchange) for exchange in candidates.exchanges]
    places = np.repeat(np.arange(len(along)), [len(uses) for uses in along])
    uses = np.array([one for uses in along for one in uses], dtype=np.intp)
    passes = sparse.csr_array((np.ones(len(uses)), (places, uses)), shape=(len(along), len(names)))
    charged = np.ones((len(candidates.sites), len(names)), dtype=bool)
    for row, site in enumerate(candidates.sites):
        charged[row, len(trunks) :] = not choices[site].shared_groups
    offers = tuple(_offer(candidates.core, choices[site], usable, numbered) for site in candidates.sites)
    known = tuple(candidates.sites)
    return Tables(known, offers, names, len(trunks), np.array(cost) / MILLION, passes, tuple(along), charged)


def _offer(
    core: str, choices: Choices, paths: Mapping[str, Sequence[TrunkPath]], numbered: Mapping[str, Places]
) -> Offer:
    primaries = ends.undominated(choices, choices.primaries, primary=True)
    lone: dict[str, Floats] = {}
    for one in ends.singles(choices, primaries, paths):
        prices = lone.setdefault(one.first, np.full(len(paths[one.first]), np.inf))
        at = np.fromiter(one.first_paths, dtype=np.intp)
        prices[at] = np.minimum(prices[at], one.cost_vnd / MILLION)
    own = float(lone[core].min()) if core in lone else np.inf
    both: dict[tuple[str, str], Floats] = {}
    if choices.backups:
        backups = ends.undominated(choices, choices.backups, primary=False)
        most = round(own * MILLION) if np.isfinite(own) else None
        for first, second, cheapest in ends.pair_prices(choices, primaries, backups, paths, most):
            prices = np.where(cheapest == ends.NEVER, np.inf, cheapest / MILLION)
            key, prices = ((first, second), prices) if first <= second else ((second, first), prices.T)
            both[key] = np.minimum(both[key], prices) if key in both else prices
        if (core, core) in both:
            own = min(own, float(both[core, core].min()))
    blocks = tuple(_blocks(core, own, lone, both, numbered))
    if np.isfinite(own):
        return Offer(own, blocks, served=True)
    dearest = max((float(block.price[np.isfinite(block.price)].max()) for block in blocks), default=1.0)
    return Offer(ABSENT * dearest, blocks, served=bool(blocks))


def _blocks(
    core: str,
    own: float,
    lone: Mapping[str, Floats],
    both: Mapping[tuple[str, str], Floats],
    numbered: Mapping[str, Places],
) -> Iterator[Block]:
    """Give what costs less than own lines; paths of one end together."""
    single = [(numbered[end], prices) for end, prices in lone.items() if end != core]
    single += [(numbered[b], prices[0]) for (a, b), prices in both.items() if a == core != b]
    single += [(numbered[a], prices[:, 0]) for (a, b), prices in both.items() if a != core == b]
    if single:
        places, prices = (np.concatenate(part) for part in zip(*single, strict=True))
        kept = np.flatnonzero(prices < own)
        if len(kept):
            yield Block(places[kept], None, prices[kept])
    for (a, b), prices in both.items():
        if core in (a, b):
            continue
        some = prices < own
        rows, columns = np.flatnonzero(some.any(axis=1)), np.flatnonzero(some.any(axis=0))
        if len(rows):
            kept_prices = np.where(some, prices, np.inf)[np.ix_(rows, columns)]
            yield Block(numbered[a][rows], numbered[b][columns], kept_prices)
