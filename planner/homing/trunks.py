"""The backbone side as a program: traffic told apart by the hub where it enters and by the size of the trunk it is on.

    Σ_o y[b,o] ≤ 1                                              a bundle b has one combination o of sizes     (size)
    Σ f[h,a→,r] = Σ f[h,→a,r+1] + (load of h with r hops left, if a = h)                                      (flow)
    Σ_r f[h,→a,r] ≤ load of h whose other way does not end at a     the paths of a site pass no hub both     (apart)
    Σ_j (Mbit/s of choices j of s that end at h with one hop left) ≤ d_s Σ_o y[{h,sink},o]                    (last)
    Σ_o v[c,b,o] = flow of c on b,   v[c,b,o] ≤ M_cb y[b,o],   Σ_c v[c,b,o] ≤ C_o y[b,o]                     (choice)
    Σ_p w[h,p] = 2,   Σ_{p through a} w[h,p] ≤ 1                a hub's own two paths                          (own)

f[h,a→b,r]  Mbit/s that entered at hub h, on the way from a to b, with r hops left at a
c           a commodity: what entered at one hub, or a hub's own demand          M_cb  the most of it on b
C_o         capacity of a combination of sizes of the parallel links of a bundle; combinations that another one beats at
            no higher price are left out
(choice) is the multiple-choice model of a stepwise price (Croxton, Gendron, Magnanti, Management Science 49, 2003),
told apart by commodity: a part of the largest size carries no more than that part of each commodity, so that it cannot
be bought in crumbs for the traffic of a whole hub.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from ortools.math_opt.python import mathopt

from planner.homing.access import Access, Bundle
from planner.homing.instance import Instance
from planner.homing.paths import Path

type Term = mathopt.LinearTerm | mathopt.Variable


@dataclass(frozen=True, slots=True)
class Load:
    """What one choice of a site brings to a hub."""

    source: int
    """Who brings it: of all loads of a source at a hub there is one at most."""
    most: float
    """Mbit/s that the source brings at most."""
    hub: int
    left: int
    """Hops left there."""
    other: int
    """Where the other way of the site ends."""
    mbps: Term


@dataclass(frozen=True, slots=True)
class Combination:
    """Sizes of the links of a bundle."""

    capacity: float
    price: float
    sizes: tuple[float, ...]
    """Of its links, the largest first; 0 for one that is not bought."""

    def beats(self, other: "Combination") -> bool:
        """Whether it does all that the other one does for no more."""
        fits = all(mine >= theirs for mine, theirs in zip(self.sizes, other.sizes, strict=True))
        return fits and self.price <= other.price


def combinations_of(instance: Instance, links: Sequence[int], most: float) -> list[Combination]:
    """Return what a bundle may be bought as, by price; none larger than what carries all that can come."""
    every = []
    for bought in product(*([(0.0, 0.0), *instance.options(link)] for link in links)):
        sizes = tuple(sorted((min(size, most) for size, _ in bought), reverse=True))
        every.append(Combination(min(sum(sizes), most), sum(price for _, price in bought), sizes))
    every = sorted(set(every), key=lambda one: (one.price, tuple(-size for size in one.sizes)))
    kept: list[Combination] = []
    for one in every:
        if one.capacity > 0 and not any(other.beats(one) for other in kept):
            kept.append(one)
    return kept


class Trunks:
    """Variables and rows of the backbone in a model."""

    def __init__(
        self,
        model: mathopt.Model,
        instance: Instance,
        paths: Mapping[int, Sequence[Path]],
        loads: Iterable[Load],
        hubs: Collection[int],
    ) -> None:
        """`paths` of the hubs that have a demand."""
        self.model, self.instance = model, instance
        self.hubs = sorted(hubs)
        self._limits: dict[tuple[Bundle, tuple[str, int]], float] = defaultdict(float)
        self.cost: list[mathopt.LinearTerm] = []
        self.access = Access(instance, paths, [0])
        self.bundles = sorted(one for one in self.access.links if set(one) <= {0, *self.hubs})
        self.loads = list(loads)
        self.on: dict[Bundle, dict[tuple[str, int], list[Term]]] = defaultdict(lambda: defaultdict(list))
        for hub in self.hubs:
            self._route(hub)
        for hub in sorted(self.access.choices):
            self._own(hub)
        self.y: dict[Bundle, dict[Combination, mathopt.Variable]] = {}
        for one in self.bundles:
            self._buy(one)
        for hub in self.hubs:
            self._last(hub)

    def _route(self, hub: int) -> None:
        """State (flow) and (apart) of what enters at a hub."""
        mine = [load for load in self.loads if load.hub == hub]
        arriving: dict[tuple[int, int], list[Term]] = defaultdict(list)
        passing: dict[int, list[Term]] = defaultdict(list)
        for load in mine:
            arriving[hub, load.left].append(load.mbps)
        for left in range(self.instance.max_hops - 1, 0, -1):
            for at in self.hubs:
                if not arriving[at, left]:
                    continue
                leaving: list[Term] = []
                for one in self.bundles:
                    to = one[0] + one[1] - at
                    if at not in one or to == hub or (to and left == 1):
                        continue
                    flow = self.model.add_variable(lb=0.0)
                    leaving.append(flow)
                    self.on[one]["enters", hub].append(flow)
                    onward = to != 0 or at != hub
                    self._limits[one, ("enters", hub)] += _most(mine, 1 + onward, {at, to} - {0, hub})
                    if to:
                        arriving[to, left - 1].append(flow)
                        passing[to].append(flow)
                self._row(mathopt.LinearSum(leaving) == mathopt.LinearSum(arriving[at, left]))
        for one in self.bundles:
            if self.on[one].get(("enters", hub)):
                self._limits[one, ("enters", hub)] = min(self._limits[one, ("enters", hub)], _most(mine, 1, set()))
        for to, flows in passing.items():
            apart = [load.mbps for load in mine if load.left > 1 and load.other != to]
            self._row(mathopt.LinearSum(flows) <= mathopt.LinearSum(apart))

    def _own(self, hub: int) -> None:
        """State (own) of a hub that has a demand."""
        demand = self.instance.demands[hub]
        pairs = [choice.ways for choice in self.access.choices[hub]]
        through: dict[int, list[Term]] = defaultdict(list)
        chosen: list[Term] = []
        for way in sorted({way for pair in pairs for way in pair}):
            w = self.model.add_binary_variable()
            chosen.append(w)
            for node in way.nodes[1:-1]:
                through[node].append(w)
            for one in way.bundles:
                self.on[one]["own", hub].append(demand * w)
            if (way, way) in pairs:
                twice = self.model.add_binary_variable()
                self._row(twice <= w)
                chosen.append(twice)
                for one in way.bundles:
                    self.on[one]["twice", hub].append(demand * twice)
        self._row(mathopt.LinearSum(chosen) == 2)
        for using in through.values():
            self._row(mathopt.LinearSum(using) <= 1)

    def _buy(self, one: Bundle) -> None:
        """State (size) and (choice) of a bundle."""
        demands = self.instance.demands
        limits = {
            commodity: self._limits[one, commodity] if commodity[0] == "enters" else demands[commodity[1]]
            for commodity in self.on[one]
        }
        offers = combinations_of(self.instance, self.access.links[one], sum(limits.values()))
        self.y[one] = {}
        sums: dict[Combination, list[Term]] = {offer: [] for offer in offers}
        for offer in offers:
            y = self.model.add_binary_variable()
            self.y[one][offer] = y
            self.cost.append(offer.price * y)
        self._row(mathopt.LinearSum(self.y[one].values()) <= 1)
        for commodity, flow in sorted(self.on[one].items()):
            needed = 0.0 if commodity[0] == "enters" else limits[commodity]
            parts = []
            for offer in offers:
                if offer.sizes[1 if commodity[0] == "twice" else 0] < needed:
                    continue
                v = self.model.add_variable(lb=0.0)
                self._row(v <= min(limits[commodity], offer.capacity) * self.y[one][offer])
                parts.append(v)
                sums[offer].append(v)
            self._row(mathopt.LinearSum(parts) == mathopt.LinearSum(flow))
        for offer, parts in sums.items():
            self._row(mathopt.LinearSum(parts) <= offer.capacity * self.y[one][offer])

    def _last(self, hub: int) -> None:
        """State (last) of a hub."""
        bought = mathopt.LinearSum(self.y.get((0, hub), {}).values())
        brought: dict[int, list[Load]] = defaultdict(list)
        for load in self.loads:
            if load.hub == hub and load.left == 1:
                brought[load.source].append(load)
        for loads in brought.values():
            self._row(mathopt.LinearSum([load.mbps for load in loads]) <= loads[0].most * bought)

    def _row(self, row: mathopt.BoundedLinearExpression) -> None:
        self.model.add_linear_constraint(row)


def _most(loads: Iterable[Load], left: int, apart: Collection[int]) -> float:
    """Mbit/s at most of loads with so many hops left and the other way's end not among some places."""
    return sum({load.source: load.most for load in loads if load.left >= left and load.other not in apart}.values())
