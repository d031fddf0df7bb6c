"""The access side: ways of a site up to the backbone, by the sites they pass, and the pairs of them it may take.

    choices of s = { (a, b) : some link-by-link path along a and some along b share no site passed and no risk group }

Parallel links between the same two sites (other carriers, other ducts) are one *bundle*. What a bundle costs for the
demands on it is the cheapest way to share them out over its links; which parallel link a site gets is left open, so a
program over choices is a relaxation of one over pairs of paths. Links of bundles that only one site can use are priced
exactly: with the cheapest pair of paths of the choice.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement

from planner.homing.instance import Instance
from planner.homing.paths import Path

Bundle = tuple[int, int]
"""Two sites, the lower one first."""
INFINITE = float("inf")


@dataclass(frozen=True, slots=True, order=True)
class Way:
    """Sites from one site on, up to its first hub or the sink."""

    nodes: tuple[int, ...]
    left: int
    """Hops left from the last one; 0 at the sink."""

    @property
    def bundles(self) -> tuple[Bundle, ...]:
        """Bundles passed, in order."""
        return tuple(bundle(a, b) for a, b in zip(self.nodes, self.nodes[1:], strict=False))


@dataclass(frozen=True, slots=True)
class Choice:
    """Two ways of one site that can stand together."""

    ways: tuple[Way, Way]
    price: float
    """Least price of the links that nobody else can use."""


def bundle(a: int, b: int) -> Bundle:
    """Name what joins two sites."""
    return (a, b) if a < b else (b, a)


class Access:
    """Choices of all sites outside the backbone, and what they share."""

    def __init__(self, instance: Instance, paths: Mapping[int, Sequence[Path]], inner: Collection[int]) -> None:
        self.instance = instance
        self.inner = frozenset(inner)
        self.links: dict[Bundle, list[int]] = defaultdict(list)
        for place, link in enumerate(instance.links):
            self.links[bundle(link.a, link.b)].append(place)
        along = {site: self._along(site, own) for site, own in paths.items() if site not in self.inner}
        self.users: dict[Bundle, set[int]] = defaultdict(set)
        for site, ways in along.items():
            for way in ways:
                for one in way.bundles:
                    self.users[one].add(site)
        self.choices = {site: self._choices(site, ways) for site, ways in along.items()}
        self._prices: dict[tuple[Bundle, tuple[tuple[float, int], ...]], float] = {}

    @property
    def shared(self) -> list[Bundle]:
        """Bundles that more than one site can use."""
        return sorted(one for one, users in self.users.items() if len(users) > 1)

    def _along(self, site: int, paths: Sequence[Path]) -> dict[Way, list[Path]]:
        """Sort the paths of a site by the way they take up to the backbone."""
        found: dict[Way, list[Path]] = defaultdict(list)
        for path in paths:
            nodes = (site, *path.nodes, 0)
            last = next(place for place, node in enumerate(nodes) if place and node in self.inner)
            left = self.instance.max_hops - last if nodes[last] else 0
            found[Way(nodes[: last + 1], left)].append(path)
        return found

    def _choices(self, site: int, along: Mapping[Way, Sequence[Path]]) -> list[Choice]:
        found = []
        for one, two in combinations_with_replacement(sorted(along), 2):
            firsts = sorted((self._alone(site, one, p), place, p) for place, p in enumerate(along[one]))
            seconds = sorted((self._alone(site, two, p), place, p) for place, p in enumerate(along[two]))
            best = INFINITE
            for price, _, p in firsts:
                if price + seconds[0][0] >= best:
                    break
                best = next((min(best, price + more) for more, _, q in seconds if not p.risks & q.risks), best)
            if best < INFINITE:
                found.append(Choice((one, two), best))
        return found

    def _alone(self, site: int, way: Way, path: Path) -> float:
        """Price of the links of a path that nobody else can use, infinite when one is too small for the site."""
        total = 0.0
        for place, one in enumerate(way.bundles):
            price = self.instance.price(path.links[place], self.instance.demands[site])
            if price is None:
                return INFINITE
            total += price if len(self.users[one]) == 1 else 0.0
        return total

    def price(self, one: Bundle, loads: Sequence[tuple[float, int]]) -> float:
        """Return the least price of a bundle that carries (demand, times) of each user; infinite when it cannot.

        A demand that is there twice takes two links of the bundle.
        """
        key = one, tuple(sorted(loads, reverse=True))
        if key not in self._prices:
            self._prices[key] = self._share_out(self.links[one], key[1])
        return self._prices[key]

    def _share_out(self, links: Sequence[int], loads: Sequence[tuple[float, int]]) -> float:
        """Try every way to put the demands on parallel links, from the largest on."""
        states = {(0.0,) * len(links)}
        for demand, times in loads:
            grown = set()
            for state in states:
                for first in range(len(links)):
                    seconds = range(first + 1, len(links)) if times == 2 else (None,)
                    for second in seconds:
                        more = list(state)
                        more[first] += demand
                        if second is not None:
                            more[second] += demand
                        grown.add(tuple(more))
            states = grown
        best = INFINITE
        for state in states:
            prices = [self.instance.price(e, load) for e, load in zip(links, state, strict=True) if load > 0]
            best = min(best, sum(INFINITE if price is None else price for price in prices))
        return best
