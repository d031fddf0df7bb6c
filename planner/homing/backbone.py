"""A bound: sites choose the ends of their own lines exactly, the backbone between hubs carries flows.

    min  Σ_e Σ_o c_eo y[e,o] + Σ_s Σ_j c_sj x[s,j]
         Σ_j x[s,j] = 1                                          a site takes one pair j of ways to hubs or sink  (home)
         Σ_p w[h,p] = 2,   Σ_{p in g} w[h,p] ≤ 1                 a hub takes two disjoint paths                   (own)
         Σ_{j on e} x[s,j] ≤ Σ_{o: C_o ≥ d_s} y[e,o]             a link holds each of its users                  (size)
         Σ_o y[e,o] ≤ 1
         Σ_{s,j to h in r} d_s x[s,j] + Σ_{e into h} f[e,r+1] = Σ_{e from h} f[e,r]    r hops left               (flow)
         Σ_r f[e,r] + Σ_s d_s Σ_{j on e} x[s,j] + Σ_h d_h Σ_{p on e} w[h,p] ≤ Σ_o C_o y[e,o]                 (capacity)
         Σ_{e leaving W} Σ_o C_o y[e,o] ≥ Σ_{h in W} (2 d_h + Σ_{s,j to h} d_s x[s,j])    sets W of hubs        (cutset)

x[s,j]  pair of ways of site s up to the first hub on each; lines that nobody else can use are in its price c_sj
w[h,p]  path of hub h          y[e,o]  size o of a backbone or shared link         f[e,r]  Mbit/s of all sites together
Every solution of the exact problem gives one of this, so its bound is one of that; what is given up is that a site's
traffic in the backbone stays on two disjoint paths. (cutset) is implied, and there for the solver to round: Magnanti,
Mirchandani, Vachani (1995), "Modeling and solving the two-facility capacitated network loading problem".
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from ortools.math_opt.python import mathopt

from planner.homing.instance import Instance
from planner.homing.paths import Path
from planner.network.solver import Relaxation

HUB = 1
"""Tier of the hubs."""
SAFETY = 1e-7
MOST_PAIRS = 2000
"""Pairs of ways of one site from which it chooses its two ways one by one."""


@dataclass(frozen=True, slots=True)
class Way:
    """A path up to its first hub, or to the sink."""

    links: tuple[int, ...]
    end: int
    left: int
    """Hops left from there; 0 at the sink."""
    risks: int


class Backbone:
    """The program."""

    def __init__(self, instance: Instance, paths: Mapping[int, Sequence[Path]]) -> None:
        self.instance = instance
        self.hubs = [site for site in paths if instance.tiers[site] == HUB]
        inner = {0, *self.hubs}
        self.trunks = [e for e, link in enumerate(instance.links) if link.a in inner and link.b in inner]
        self.model = mathopt.Model(name="backbone")
        self.cost: list[mathopt.LinearTerm] = []
        self.load: dict[tuple[int, int], list[mathopt.LinearTerm]] = defaultdict(list)
        self.on: dict[int, list[mathopt.LinearBase]] = defaultdict(list)
        ways = {site: _ways(instance, set(self.trunks), own) for site, own in paths.items() if site not in inner}
        users: dict[int, set[int]] = defaultdict(set)
        for site, mine in ways.items():
            for way in mine:
                for link in way.links:
                    users[link].add(site)
        self.shared = sorted(link for link, using in users.items() if len(using) > 1)
        self.y = {
            (link, capacity): self._binary(price)
            for link in (*self.trunks, *self.shared)
            for capacity, price in instance.options(link)
        }
        for link in (*self.trunks, *self.shared):
            self.model.add_linear_constraint(self._sizes(link, 0.0) <= 1)
        for site, mine in ways.items():
            self._home(site, mine)
        for hub in self.hubs:
            self._split(hub, [Way(path.links, 0, 0, path.risks) for path in paths[hub]])
        self._flow()
        for link, terms in sorted(self.on.items()):
            self.model.add_linear_constraint(mathopt.LinearSum(terms) <= self._room(link))
        self._cutsets()
        self.model.minimize(mathopt.LinearSum(self.cost))

    def relaxed(self) -> float:
        """Return the optimum in shares, a bound at hand at once; less what the solver's arithmetic may be off."""
        whole = [variable for variable in self.model.variables() if variable.integer]
        for variable in whole:
            variable.integer = False
        bound = Relaxation(self.model).solve().objective * (1 - SAFETY)
        for variable in whole:
            variable.integer = True
        return bound

    def _binary(self, price: float) -> mathopt.Variable:
        variable = self.model.add_binary_variable()
        if price:
            self.cost.append(price * variable)
        return variable

    def _sizes(self, link: int, demand: float) -> mathopt.LinearSum:
        fitting = [self.y[link, c] for c, _ in self.instance.options(link) if c >= demand]
        return mathopt.LinearSum(fitting)

    def _room(self, link: int) -> mathopt.LinearSum:
        return mathopt.LinearSum([c * self.y[link, c] for c, _ in self.instance.options(link)])

    def _own(self, site: int, links: tuple[int, ...]) -> float | None:
        """Return the price of the links that nobody else can use."""
        prices = [self.instance.price(link, self.instance.demands[site]) for link in links if link not in self._common]
        return None if None in prices else sum(price for price in prices if price is not None)

    @property
    def _common(self) -> set[int]:
        return {link for link, _ in self.y}

    def _home(self, site: int, ways: Sequence[Way]) -> None:
        """Choose one pair of ways; of pairs that use the same shared things, the cheapest."""
        if len(ways) * (len(ways) - 1) // 2 > MOST_PAIRS:
            self._split(site, ways)
            return
        common = self._common
        best: dict[tuple[tuple[tuple[int, int], ...], tuple[int, ...]], float] = {}
        for one, two in combinations(ways, 2):
            price = self._own(site, one.links + two.links)
            if one.risks & two.risks or price is None:
                continue
            ends = tuple(sorted(((one.end, one.left), (two.end, two.left))))
            key = ends, tuple(sorted(link for link in one.links + two.links if link in common))
            best[key] = min(price, best.get(key, price))
        demand = self.instance.demands[site]
        using: dict[int, list[mathopt.Variable]] = defaultdict(list)
        chosen = []
        for (ends, links), price in sorted(best.items()):
            x = self._binary(price)
            chosen.append(x)
            for end, left in ends:
                if end:
                    self.load[end, left].append(demand * x)
            for link in links:
                using[link].append(x)
        self.model.add_linear_constraint(mathopt.LinearSum(chosen) == 1)
        self._use(site, using)

    def _split(self, site: int, ways: Sequence[Way]) -> None:
        """Choose two ways that share no risk, one by one."""
        demand, common = self.instance.demands[site], self._common
        using: dict[int, list[mathopt.Variable]] = defaultdict(list)
        by_risk: dict[int, list[mathopt.Variable]] = defaultdict(list)
        chosen = []
        for way in ways:
            price = self._own(site, way.links)
            if price is None:
                continue
            w = self._binary(price)
            chosen.append(w)
            if way.end:
                self.load[way.end, way.left].append(demand * w)
            for link in way.links:
                if link in common:
                    using[link].append(w)
            risks = way.risks
            while risks:
                by_risk[risks & -risks].append(w)
                risks &= risks - 1
        self.model.add_linear_constraint(mathopt.LinearSum(chosen) == 2)
        cliques = {frozenset(w.id for w in group): group for group in by_risk.values() if len(group) > 1}
        for ids, group in cliques.items():
            if not any(ids < other for other in cliques):
                self.model.add_linear_constraint(mathopt.LinearSum(group) <= 1)
        self._use(site, using)

    def _use(self, site: int, using: Mapping[int, Sequence[mathopt.Variable]]) -> None:
        demand = self.instance.demands[site]
        for link, variables in using.items():
            total = mathopt.LinearSum(variables)
            self.model.add_linear_constraint(total <= self._sizes(link, demand))
            self.on[link].append(demand * total)

    def _flow(self) -> None:
        out: dict[tuple[int, int], list[mathopt.Variable]] = defaultdict(list)
        into: dict[tuple[int, int], list[mathopt.Variable]] = defaultdict(list)
        for link in self.trunks:
            for start in (self.instance.links[link].a, self.instance.links[link].b):
                end = self.instance.other(link, start)
                for left in range(2 if end else 1, self.instance.max_hops) if start else ():
                    flow = self.model.add_variable(lb=0.0)
                    self.on[link].append(flow)
                    out[start, left].append(flow)
                    if end:
                        into[end, left - 1].append(flow)
        for hub in self.hubs:
            for left in range(1, self.instance.max_hops):
                arriving = mathopt.LinearSum([*self.load[hub, left], *into[hub, left]])
                self.model.add_linear_constraint(arriving == mathopt.LinearSum(out[hub, left]))

    def _cutsets(self) -> None:
        loads = {
            hub: [term for left in range(1, self.instance.max_hops) for term in self.load[hub, left]]
            for hub in self.hubs
        }
        for inside in _some_sets(self.hubs):
            leaving = [e for e in self.trunks if (self._in(e, 0, inside)) != (self._in(e, 1, inside))]
            need = mathopt.LinearSum([term for hub in inside for term in loads[hub]])
            fixed = 2 * sum(self.instance.demands[hub] for hub in inside)
            room = mathopt.LinearSum([c * self.y[e, c] for e in leaving for c, _ in self.instance.options(e)])
            self.model.add_linear_constraint(room >= need + fixed)

    def _in(self, link: int, which: int, inside: frozenset[int]) -> bool:
        return (self.instance.links[link].a, self.instance.links[link].b)[which] in inside


def _some_sets(hubs: Sequence[int]) -> Iterator[frozenset[int]]:
    """Give the sets of one hub, of two, of all, of all but one, each once."""
    every = frozenset(hubs)
    found = [frozenset(some) for size in (1, 2) for some in combinations(hubs, size)]
    yield from dict.fromkeys(one for one in (*found, every, *(every - {hub} for hub in hubs)) if one)


def _ways(instance: Instance, trunks: set[int], paths: Sequence[Path]) -> list[Way]:
    found: dict[tuple[tuple[int, ...], int], Way] = {}
    shift = max((link.groups.bit_length() for link in instance.links), default=0)
    for path in paths:
        length = next((k for k, link in enumerate(path.links) if link in trunks), len(path.links))
        links = path.links[:length]
        end = path.nodes[length - 1] if length < len(path.links) else 0
        risks = 0
        for link in links:
            risks |= instance.links[link].groups
        for node in path.nodes[:length]:
            risks |= 1 << (shift + node)
        found[links, end] = Way(links, end, instance.max_hops - length if end else 0, risks)
    return list(found.values())
