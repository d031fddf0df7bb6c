r"""Derives the inequalities of a certificate anew and adds up the bound that they prove (docs/models/survivable.md).

All in capacities u of links, not in any solver's variables: an inequality is $\sum_e g_e(u_e)\ge q$ with g rising and
subadditive, and the bound is $\sum_i\lambda_i q_i+\sum_e\min_u(\mathrm{cost}_e(u)-\sum_i\lambda_i g_{ie}(u))$.
"""

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components, dijkstra

from planner.checker.threes import crossing, least_count, leaving
from planner.survivable.design import Certificate, Inequality
from planner.survivable.instance import Instance, Link, Module, State

Floats = NDArray[np.float64]
Lengths = Mapping[str, tuple[int, int]]
TINY = 1e-7
MOST_BUNDLES = 60_000
MOST_LEVELS = 50_000
MOST_UNITS = 10**9


def reach(instance: Instance, state: State, lengths: Lengths) -> tuple[float, bool]:
    """Return Σ demand × shortest length in a state, and whether some ends cannot be connected at all.

    Links without a length count as 0 long. Hop limits are ignored, which only lowers the sum.
    """
    at = {node: index for index, node in enumerate(instance.nodes)}
    best: dict[tuple[int, int], float] = {}
    for link in instance.links:
        if link.id in state.links or {link.source, link.target} & state.nodes or not _exists(link, instance):
            continue
        there, back = lengths.get(link.id, (0, 0))
        start, end = at[link.source], at[link.target]
        best[start, end] = min(best.get((start, end), math.inf), there)
        if instance.sense != "directed":
            best[end, start] = min(best.get((end, start), math.inf), back)
    keys = sorted(best)
    shape = (len(at), len(at))
    weights = [best[key] + 1e-9 for key in keys]  # scipy takes 0 for no link
    matrix = csr_array((weights, ([key[0] for key in keys], [key[1] for key in keys])), shape=shape)
    distance = np.round(dijkstra(matrix), 3)
    total, parted = 0.0, False
    for demand in instance.demands:
        if demand.value > 0 and not {demand.source, demand.target} & state.nodes:
            length = float(distance[at[demand.source], at[demand.target]])
            if math.isinf(length):
                parted = True
            else:
                total += demand.value * length
    return total, parted


def _exists(link: Link, instance: Instance) -> bool:
    if link.existing > 0:
        return True
    return link.unit_cost is not None if instance.sizing == "linear" else any(m.capacity > 0 for m in link.modules)


def fold(a: Floats, divisor: float, b: float) -> Floats:
    """Mixed-integer rounding of amounts for a right-hand side b, scaled to right-hand side ⌈b/divisor⌉."""
    q = math.ceil(b / divisor - 1e-9)
    r = min(b - divisor * (q - 1), divisor)
    a = np.minimum(a, b)
    whole = np.floor(a / divisor + 1e-9)
    folded: Floats = whole + np.minimum(np.maximum(a - whole * divisor, 0.0), r) / r
    return folded


class _Derived:
    """One inequality as functions of capacity."""

    def __init__(self, one: Inequality, instance: Instance) -> None:
        self.one, self.instance = one, instance
        self.states = [next(s for s in instance.states if s.id == name) for name in one.states]
        self.ends = {link.id: (link.source, link.target) for link in instance.links}
        lengths = {name: (there, back) for name, there, back in one.lengths}
        self.length = {
            name: there + back if instance.sense == "bidirected" else there for name, (there, back) in lengths.items()
        }
        self.lengths = lengths
        b = one.b
        if one.weights is not None or one.divisor == 0:
            self.q = 1.0
        elif len(self.states) == 1:
            self.q = float(math.ceil(b / one.divisor - 1e-9))
        else:
            k, first = len(self.states), math.ceil(b / one.divisor - 1e-9)
            self.total = float(k * first)
            self.q = float(math.ceil(self.total / (k - 1) - 1e-9))

    def times(self, link: str) -> int:
        """In how many of the states a link is up."""
        return sum(link not in state.links and not set(self.ends[link]) & state.nodes for state in self.states)

    def gain(self, link: str, capacity: Floats) -> Floats | None:
        """Return what bought capacities of a link count; None when it does not appear."""
        one = self.one
        if one.weights is not None:
            steps = one.weights.get(link)
            if steps is None:
                return None
            at = np.array([step[0] for step in steps])
            worth = np.array([0.0, *(step[1] for step in steps)])
            held: Floats = worth[np.searchsorted(at, capacity * (1 + 1e-9), side="right")]
            return held
        length, times = self.length.get(link, 0), self.times(link)
        if not length or not times:
            return None
        amount = length * capacity
        if one.divisor == 0:
            return np.minimum(amount, one.b) / one.b
        folded = fold(amount, one.divisor, one.b)
        if len(self.states) == 1:
            return folded
        return fold(times * folded, len(self.states) - 1.0, self.total)

    def fault(self) -> str:
        """Return why the inequality does not hold for every design, or nothing."""
        one = self.one
        if one.groups:
            return self._fault_of_three()
        if (
            not self.states
            or one.b <= 0
            or one.divisor < 0
            or any(there < 0 or back < 0 for there, back in self.lengths.values())
        ):
            return "is malformed"
        if self.instance.sense == "undirected" and any(there != back for there, back in self.lengths.values()):
            return "has unequal lengths on an undirected link"
        if self.instance.sizing == "linear" and (len(self.states) > 1 or one.weights is not None):
            return "needs whole modules"
        for state in self.states:
            there = sum(
                self.length[link.id] * link.existing
                for link in self.instance.links
                if link.id in self.length
                and link.id not in state.links
                and not {link.source, link.target} & state.nodes
            )
            needed = self._needed(state)
            if one.b > needed - there + TINY * max(1.0, needed):
                return f"asks for {one.b}, state '{state.id}' for {needed - there}"
        if one.weights is not None:
            least = self._least()
            if least < 1 - 1e-6:
                return f"a purchase that survives counts {least} only"
        return ""

    def _fault_of_three(self) -> str:
        """As `fault`, for an inequality over three node groups."""
        one, instance, unit = self.one, self.instance, _unit(self.instance)
        group = dict(one.groups)
        if set(group) != set(instance.nodes) or set(group.values()) != {0, 1, 2} or one.weights is None or unit == 0:
            return "is malformed"
        if instance.sense != "undirected" or instance.sizing == "linear":
            return "needs whole modules on undirected links"
        sides = crossing(instance, group)
        alone = {tuple(state.links) for state in instance.states if len(state.links) == 1 and not state.nodes}
        links = [link for some in sides.values() for link in some]
        if any(link.existing for link in links) or any((link.id,) not in alone for link in links):
            return "needs every link across to fail alone"
        needs = leaving(instance, group, unit)
        options = {
            link.id: list(_options(one.weights.get(link.id, ()), unit, min(max(needs), _most(link, instance, unit))))
            for link in links
        }
        least = least_count(sides, options, needs)
        return f"a purchase that survives counts {least} only" if least < 1 - 1e-6 else ""

    def _needed(self, state: State) -> float:
        """Return a lower bound of Σ demand × length: groups joined by length 0 if enough, else true lengths."""
        instance = self.instance
        if instance.sense == "undirected":
            at = {node: index for index, node in enumerate(instance.nodes)}
            free = [
                (at[link.source], at[link.target])
                for link in instance.links
                if not self.lengths.get(link.id, (0, 0))[0]
                and link.id not in state.links
                and not {link.source, link.target} & state.nodes
            ]
            ones = csr_array(
                (np.ones(len(free)), ([a for a, _ in free], [c for _, c in free])), shape=(len(at), len(at))
            )
            group = connected_components(ones, directed=False)[1]
            apart = sum(
                demand.value
                for demand in instance.demands
                if not {demand.source, demand.target} & state.nodes
                and group[at[demand.source]] != group[at[demand.target]]
            )
            if apart >= self.one.b * (1 - 1e-9):
                return apart
        return reach(instance, state, self.lengths)[0]

    def _least(self) -> float:
        """Return the least count of capacities of which b is left in every state: dynamic programming."""
        links = [link for link in self.instance.links if self.length.get(link.id) and self.times(link.id)]
        unit = _unit(self.instance)
        if unit == 0:
            return 0.0
        need = math.ceil(self.one.b / unit - 1e-7)
        spare = len(self.states) > 1
        if any(self.length[link.id] != 1 for link in links) or (spare and any(link.existing for link in links)):
            return 0.0
        if spare and any(self.times(link.id) != len(self.states) - 1 for link in links):
            return 0.0
        weights = self.one.weights or {}
        options = [
            list(_options(weights.get(link.id, ()), unit, min(need, _most(link, self.instance, unit))))
            for link in links
        ]
        tops = sorted({most for some in options for most, _ in some if most > 0}) if spare else [need]
        least = math.inf
        for top in tops:
            goal = need + top if spare else need
            cost = np.full(goal + 1, np.inf)
            cost[0] = 0.0
            for some in options:
                after = np.full(goal + 1, np.inf)
                for most, weight in some:
                    held = min(most, top)
                    after[held:] = np.minimum(after[held:], cost[: goal + 1 - held] + weight)
                    after[goal] = min(after[goal], float(cost[max(0, goal - held) :].min()) + weight)
                cost = after
            least = min(least, float(cost[goal]))
        return least


def _most(link: Link, instance: Instance, unit: float) -> int:
    """Return the most units that can be bought on a link: one module where they are a list to choose from."""
    largest = max((module.capacity for module in link.modules), default=0.0)
    if instance.sizing == "explicit" or largest == 0:
        return math.ceil(largest / unit - 1e-7)
    return MOST_UNITS


def _options(steps: tuple[tuple[float, float], ...], unit: float, need: int) -> Iterator[tuple[int, float]]:
    """Yield (most units, weight): the most capacity that still counts so little."""
    weight = 0.0
    for capacity, following in steps:
        if following > weight + 1e-12:
            most = math.ceil(capacity / unit - 1e-7) - 1
            yield min(most, need), weight
            weight = following
    yield need, weight


def _unit(instance: Instance) -> float:
    """Return the greatest common divisor of all module sizes, 0 if they have none within reason."""
    sizes = np.array([module.capacity for link in instance.links for module in link.modules if module.capacity > 0])
    for parts in range(1, 13):
        unit = float(sizes.min()) / parts
        if np.abs(sizes / unit - np.round(sizes / unit)).max() < 1e-6:
            return unit
    return 0.0


def _bundles(link: Link, instance: Instance, needed: float) -> tuple[Floats, Floats] | None:
    """Return capacities and costs of everything worth buying on a link; None when that is too much to list."""
    if instance.sizing == "explicit":
        sizes = np.array([0.0, *(m.capacity for m in link.modules)])
        costs = np.array([0.0, *(m.cost for m in link.modules)])
    else:
        modules = [module for module in link.modules if module.capacity > 0]
        if not modules:
            return np.zeros(1), np.zeros(1)
        counts = [math.ceil(needed / module.capacity - 1e-9) + 1 for module in modules]
        if math.prod(counts) > MOST_BUNDLES:
            return _cheapest(modules, needed, _unit(instance), link.fixed_charge)
        table = np.array(list(product(*(range(count) for count in counts))), dtype=np.float64).reshape(-1, len(modules))
        sizes = table @ np.array([m.capacity for m in modules])
        costs = table @ np.array([m.cost for m in modules])
    return sizes, costs + np.where(sizes > 0, link.fixed_charge, 0.0)


def _cheapest(modules: list[Module], needed: float, unit: float, fixed_charge: float) -> tuple[Floats, Floats] | None:
    """Return capacities and the least cost of at least so much, by dynamic programming in whole units.

    What is counted rises with capacity, so more than one purchase of a cost is not needed; the last one, which may hold
    more than is needed, counts the most that it can hold.
    """
    if unit == 0 or needed / unit > MOST_LEVELS:
        return None
    held = np.array([round(module.capacity / unit) for module in modules])
    price = np.array([module.cost for module in modules])
    last = math.ceil(needed / unit - 1e-9)
    cost = np.zeros(last + 1)
    for level in range(1, last + 1):
        cost[level] = (cost[np.maximum(level - held, 0)] + price).min()
    sizes: Floats = np.arange(last + 1, dtype=np.float64) * unit
    sizes[-1] += float(held.max()) * unit
    return sizes, cost + np.where(sizes > 0, fixed_charge, 0.0)


def proved_bound(certificate: Certificate, instance: Instance) -> tuple[float, list[tuple[str, str]]]:
    """Return the bound that the valid inequalities prove, and (name, text) of those that are not valid."""
    faults: list[tuple[str, str]] = []
    if certificate.halved:
        if not _balanced(instance):
            return -math.inf, [("certificate", "takes traffic there and back to be equal")]
        instance = _one_way(instance)
    valid: list[tuple[float, _Derived]] = []
    names = {state.id for state in instance.states}
    known = {link.id for link in instance.links}
    for number, one in enumerate(certificate.inequalities):
        if not set(one.states) <= names or not {name for name, _, _ in one.lengths} <= known or one.multiplier < 0:
            faults.append((str(number), "names unknown states or links, or has a negative multiplier"))
            continue
        derived = _Derived(one, instance)
        text = derived.fault()
        if text:
            faults.append((str(number), text))
        else:
            valid.append((one.multiplier, derived))
    return _lagrangian(valid, instance), faults


def _balanced(instance: Instance) -> bool:
    """Whether links have two ways and every two nodes send each other equal traffic."""
    net: defaultdict[tuple[str, str], float] = defaultdict(float)
    for demand in instance.demands:
        there = demand.source < demand.target
        ends = (demand.source, demand.target) if there else (demand.target, demand.source)
        net[ends] += demand.value if there else -demand.value
    most = max((demand.value for demand in instance.demands), default=0.0)
    return instance.sense == "bidirected" and all(abs(value) <= 1e-9 * most for value in net.values())


def _one_way(instance: Instance) -> Instance:
    """Return the undirected question with the demands of one way; flows there, turned round, are those back."""
    demands = tuple(demand for demand in instance.demands if demand.source < demand.target)
    return replace(instance, demands=demands, sense="undirected")


def _lagrangian(valid: list[tuple[float, _Derived]], instance: Instance) -> float:
    needed = max(
        (sum(d.value for d in instance.demands if not {d.source, d.target} & state.nodes) for state in instance.states),
        default=0.0,
    )
    bound = instance.constant_cost + sum(multiplier * derived.q for multiplier, derived in valid)
    for link in instance.links:
        if instance.sizing == "linear":
            bound += _linear(link, valid, needed)
            continue
        bundles = _bundles(link, instance, max(0.0, needed - link.existing))
        if bundles is not None:
            capacity, cost = bundles
            bound += float((cost - _worth(link.id, capacity, valid)).min())
            continue
        for module in link.modules:
            if module.capacity > 0:
                count = math.ceil(needed / module.capacity - 1e-9)
                each = module.cost - float(_worth(link.id, np.array([module.capacity]), valid)[0])
                bound += min(0.0, count * each)
    return bound


def _worth(link: str, capacity: Floats, valid: list[tuple[float, _Derived]]) -> Floats:
    total = np.zeros(len(capacity))
    for multiplier, derived in valid:
        gained = derived.gain(link, capacity)
        if gained is not None:
            total += multiplier * gained
    return total


def _linear(link: Link, valid: list[tuple[float, _Derived]], needed: float) -> float:
    """Linear capacity: every inequality counts its slope at zero, the most that subadditive functions allow."""
    if link.unit_cost is None:
        return 0.0
    slope = link.unit_cost
    for multiplier, derived in valid:
        length, one = derived.length.get(link.id, 0), derived.one
        if length and derived.times(link.id):
            q = math.ceil(one.b / one.divisor - 1e-9) if one.divisor else 1
            r = min(one.b - one.divisor * (q - 1), one.divisor) if one.divisor else one.b
            slope -= multiplier * length / r
    return min(0.0, slope * max(0.0, needed - link.existing) + link.fixed_charge) if slope < 0 else 0.0
