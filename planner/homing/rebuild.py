"""Ruin and recreate: some sites lose their paths and find new ones, one after the other; worse plans pass at first.

    price of adding d to link e at load L:   α (c_e(L + d) - c_e(L)) + (1 - α) d min_o (c_eo / C_o)

The sites around one, or those on one link, are taken out; each goes back over the two disjoint paths that add least at
these prices, whose second term lets sites gather on a trunk that is too dear for each alone. The link taken may be
closed meanwhile. A plan worse by up to T passes with probability e^{-Δ/T}, T falling geometrically. Schrimpf,
Schneider, Stamm-Wilbrandt, Dueck, Journal of Computational Physics 159, 2000; simulated annealing: Kirkpatrick,
Gelatt, Vecchi, Science 220, 1983. The number of turns ends it, on every machine that is fast enough the same.
"""

import math
import random
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from planner.homing.instance import Instance
from planner.homing.paths import Path
from planner.homing.routing import Pair, loads

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
NEVER = 1e12
"""Price of what cannot be had."""
MOST_PATHS = 160
"""Paths of a site that are kept: those that are cheapest alone and when trunks are filled."""
WARM, COLD = 0.5, 0.01
"""T at first and at last, against the median price of the smallest size."""
FEWEST, MOST = 3, 26
"""Sites taken out."""
CLOSING = 0.4
"""Share of turns on a link that close it."""
ALPHA = (0.35, 1.0)
OVERFULL = 10.0
"""Mbit/s above what a link carries that stand for T while some link is overfull."""
ASKED = 20
"""Turns after which it is asked whether to stop."""
ROUND = 1e-9


class Rebuild:
    """Sites, their paths as arrays, and a plan that changes."""

    def __init__(self, instance: Instance, ways: Mapping[int, Sequence[Path]], pairs: Mapping[int, Pair]) -> None:
        self.instance = instance
        self.sites = sorted(ways)
        self.demands = {site: instance.demands[site] for site in self.sites}
        options = [instance.options(link) for link in range(len(instance.links))]
        most = max((len(own) for own in options), default=0)
        self._caps = np.full((len(options) + 1, most + 1), np.inf)
        self._prices = np.full((len(options) + 1, most + 2), NEVER)
        self._rates = np.zeros(len(options) + 1)
        self._caps[:, 0] = ROUND
        self._prices[:, 0] = 0.0
        for link, own in enumerate(options):
            for place, (capacity, price) in enumerate(own):
                self._caps[link, place + 1] = capacity + ROUND
                self._prices[link, place + 1] = price
            self._rates[link] = min((price / capacity for capacity, price in own if capacity > 0), default=NEVER)
        self._caps[-1] = np.inf  # a link that is none, for paths that are shorter than others
        self._caps[:, 0] = np.where(np.isinf(self._caps[:, 0]), np.inf, ROUND)
        self._count = len(options)
        least = [min(link.costs) for link in instance.links if link.costs]
        self.scale = float(np.median(least)) if least else 0.0
        self.ways: dict[int, list[Path]] = {}
        self._used: dict[int, Ints] = {}
        self._steps: dict[int, Ints] = {}
        self._apart: dict[int, NDArray[np.float32]] = {}
        for site in self.sites:
            self._site(site, ways[site], pairs[site])
        self.restart(pairs)
        self.related = self._relate()

    @property
    def cost(self) -> float:
        """Price of the plan; infinite when a link cannot carry its load."""
        total = float(self.paid.sum())
        return total if total < NEVER / 2 else float("inf")

    def restart(self, pairs: Mapping[int, Pair]) -> None:
        """Go on from a plan."""
        self.pairs = dict(pairs)
        self.on = np.append(loads(self.instance, pairs), 0.0)
        self.paid = self._price(np.arange(self._count + 1), self.on)

    def _site(self, site: int, ways: Sequence[Path], pair: Pair) -> None:
        demand = self.demands[site]
        alone = [sum(self.instance.price(link, demand) or 0.0 for link in path.links) for path in ways]
        filled = [demand * float(self._rates[list(path.links)].sum()) for path in ways]
        both = zip(np.argsort(alone, kind="stable").tolist(), np.argsort(filled, kind="stable").tolist(), strict=True)
        kept = list(dict.fromkeys(place for two in both for place in two))[:MOST_PATHS]
        own = [ways[place] for place in sorted(kept)]
        own += [path for path in pair if path not in own]
        used = np.array(sorted({link for path in own for link in path.links} | {self._count}), dtype=np.intp)
        place = {int(link): at for at, link in enumerate(used)}
        hops = max(len(path.links) for path in own)
        steps = np.full((len(own), hops), place[self._count], dtype=np.intp)
        for row, path in enumerate(own):
            steps[row, : len(path.links)] = [place[link] for link in path.links]
        apart = np.full((len(own), len(own)), np.inf, dtype=np.float32)  # dearer than whatever is overfull
        for one, first in enumerate(own):
            for two in range(one):
                if not first.risks & own[two].risks:
                    apart[one, two] = 0.0
        self.ways[site], self._used[site], self._steps[site], self._apart[site] = own, used, steps, apart

    def _price(self, links: Ints, load: Floats) -> Floats:
        level = (self._caps[links] < load[:, None]).sum(axis=1)
        found: Floats = self._prices[links, level]
        full = found >= NEVER
        if full.any():  # the more it is overfull the worse, so that there is a way down
            found[full] *= 1.0 + load[full]
        return found

    def _relate(self) -> dict[int, list[int]]:
        """Sort the sites by how many links each may share with one."""
        member = np.zeros((len(self.sites), self._count + 1))
        for row, site in enumerate(self.sites):
            member[row, self._used[site]] = 1.0
        member[:, member.sum(axis=0) > len(self.sites) / 2] = 0.0  # trunks that all may use say nothing
        together = member @ member.T
        sizes = np.maximum(1.0, np.diag(together))
        alike = together / (sizes[:, None] + sizes[None, :] - together)
        return {
            site: [self.sites[at] for at in np.argsort(-alike[row], kind="stable")]
            for row, site in enumerate(self.sites)
        }

    def _book(self, site: int, sign: int) -> None:
        links = np.array([link for path in self.pairs[site] for link in path.links], dtype=np.intp)
        self.on[links] += sign * self.demands[site]
        self.on[links] = np.where(np.abs(self.on[links]) < ROUND, 0.0, self.on[links])
        self.paid[links] = self._price(links, self.on[links])

    def _insert(self, site: int, alpha: float, closed: int) -> None:
        """Give a site the two disjoint paths that add least."""
        used, demand = self._used[site], self.demands[site]
        more = self._price(used, self.on[used] + demand) - self.paid[used]
        more[-1] = 0.0
        if alpha < 1.0:
            more = np.where(more < NEVER / 2, alpha * more + (1 - alpha) * demand * self._rates[used], more)
        if closed >= 0:
            more = np.where(used == closed, NEVER / 4, more)
        adds = more[self._steps[site]].sum(axis=1)
        both = self._apart[site] + adds[:, None] + adds[None, :]
        one, two = divmod(int(both.argmin()), len(adds))
        self.pairs[site] = (self.ways[site][one], self.ways[site][two])
        self._book(site, 1)

    def turn(self, rng: random.Random, heat: float) -> bool:
        """Take some sites out and put them back; return whether the plan changed."""
        before = float(self.paid.sum())
        number = rng.randint(FEWEST, max(FEWEST, min(MOST, len(self.sites))))
        closed = -1
        if rng.random() < 0.5:
            out = self.related[rng.choice(self.sites)][:number]
        else:
            start = self.pairs[rng.choice(self.sites)][rng.randrange(2)]
            link = rng.choice(start.links)
            out = [site for site in self.sites if any(link in path.links for path in self.pairs[site])]
            if len(out) > MOST:
                out = rng.sample(out, number)
            elif rng.random() < CLOSING:
                closed = link
        kept = {site: self.pairs[site] for site in out}
        for site in out:
            self._book(site, -1)
        order = list(out)
        if rng.random() < 0.3:
            order.sort(key=lambda site: -self.demands[site])
        else:
            rng.shuffle(order)
        alpha = rng.uniform(*ALPHA)
        for site in order:
            self._insert(site, alpha, closed)
        for site in order:
            self._book(site, -1)
            self._insert(site, 1.0, -1)
        now = float(self.paid.sum())
        unit = heat if now < NEVER / 2 else OVERFULL * NEVER if before >= NEVER / 2 else 0.0
        if now < before - unit * math.log(1.0 - rng.random()):
            return True
        for site in out:
            self._book(site, -1)
            self.pairs[site] = kept[site]
            self._book(site, 1)
        return False

    def run(self, turns: int, seed: int, warm: float, passed: Callable[[], float]) -> dict[int, Pair]:
        """Return the cheapest plan of a number of turns.

        Parameters
        ----------
        turns
            How many.
        seed
            Of chance.
        warm
            Multiplies the heat at first.
        passed
            Share of the time that may be taken that has passed: when it is ahead of the turns, it cools them down in
            time; at 1 it ends them.

        """
        rng = random.Random(seed)  # noqa: S311
        best, least = dict(self.pairs), self.cost
        first = max(COLD, WARM * warm)
        hurried = 0.0
        for turn in range(turns):
            if turn % ASKED == 0:
                hurried = passed()
                if hurried >= 1.0:
                    break
            heat = self.scale * first * (COLD / first) ** max(turn / turns, hurried)
            if self.turn(rng, heat) and self.cost < least - ROUND:
                best, least = dict(self.pairs), self.cost
        return best
