"""The access side as a program: one variable for every way to use some bundles together; sizes are priced exactly.

    Σ_j x[s,j] = 1                                       a site takes one of its choices j                        (home)
    Σ_{k: k(s) = a} z[g,k] = Σ_{j: a_g(j) = a} x[s,j]    state a of each user s of group g                       (state)
    min Σ_g Σ_k c_gk z[g,k] + Σ_s Σ_j c_sj x[s,j]

g        a group of bundles that are bought together: the exits of one site v to hubs and sink; what joins two sites
a_g(j)   state of a site in g: which bundles of g its choice j uses; for what joins two sites also where the ways lead
z[g,k]   pattern k: one state for every user of g          c_gk   least price of g's bundles for the demands of k
With one z per pattern the rows describe the convex hull of what a group may cost for given shares x: half a link is not
to be had for half its price, nor a hundredth of a larger size for a load that is a little over the smaller one. That is
the knapsack hull of every link at once, and takes the place of cover inequalities (Gu, Nemhauser, Savelsbergh 1998).

Where few choices allow, the pattern of the exits of v names the choice of v too, and agrees with the group between v
and a neighbour s on both their states at once:

    Σ_{k: k(v) has a, k(s) = b} z[v,k] = Σ_{l: l(v) = a, l(s) leaves v by b} z[{v,s},l]                          (joint)

On a tree of communes these rows leave no fraction; on others, little. Groups with too many patterns are split into
their bundles, and bundles with too many are bought by size, each link's use at most what is bought.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import permutations, product
from math import prod

from ortools.math_opt.python import mathopt

from planner.homing.access import INFINITE, Access, Bundle, Way, bundle
from planner.homing.trunks import Load

JOINT = 1500
"""Patterns of a group up to which they name its owner's choice."""
MOST = 5000
"""Patterns of a group."""


@dataclass(frozen=True, slots=True, order=True)
class State:
    """What a choice of a site does with a group."""

    uses: tuple[Bundle, ...]
    """Bundles of the group, one entry a time used."""
    ways: tuple[Way, ...] = ()
    """Whole ways that pass there, where that is told apart."""
    choice: int = -1
    """Number of the choice, where that is told apart."""


@dataclass(frozen=True)
class Group:
    """Bundles bought together, and the states of those who may use them."""

    states: dict[int, list[State]]
    """User → state of each of its choices, in their order."""
    patterns: dict[tuple[State, ...], mathopt.Variable] = field(default_factory=dict)

    @property
    def users(self) -> list[int]:
        """In order, as in the patterns."""
        return list(self.states)

    @property
    def size(self) -> int:
        """Patterns at most."""
        return prod(len(set(own)) for own in self.states.values())


class Patterns:
    """Variables and rows of the access side in a model."""

    def __init__(self, model: mathopt.Model, access: Access, joint: int = JOINT, most: int = MOST) -> None:
        self.model, self.access = model, access
        self.cost: list[mathopt.LinearTerm] = []
        self._most = most
        self.x: dict[int, list[mathopt.Variable]] = {}
        for site, choices in sorted(access.choices.items()):
            self.x[site] = [self._variable(choice.price, whole=True) for choice in choices]
            model.add_linear_constraint(mathopt.LinearSum(self.x[site]) == 1)
        exits: dict[int, list[Bundle]] = defaultdict(list)
        between = []
        for one in access.shared:
            inside = [end for end in one if end not in access.inner]
            if len(inside) == 1:
                exits[inside[0]].append(one)
            else:
                between.append(one)
        self._joins = {one: group for one in between if (group := self._join(one)) is not None}
        for site, bundles in sorted(exits.items()):
            self._exit(site, bundles, joint)

    def loads(self) -> Iterator[Load]:
        """Give what every choice brings to the hubs where its ways end."""
        for site, choices in self.access.choices.items():
            for choice, x in zip(choices, self.x[site], strict=True):
                for way, other in permutations(choice.ways):
                    if way.left:
                        most = self.access.instance.demands[site]
                        yield Load(site, most, way.nodes[-1], way.left, other.nodes[-1], most * x)

    def _variable(self, price: float, *, whole: bool = False) -> mathopt.Variable:
        variable = self.model.add_variable(lb=0.0, ub=1.0, is_integer=whole)
        if price:
            self.cost.append(price * variable)
        return variable

    def _states(self, bundles: Sequence[Bundle], *, ways: bool = False, owner: int | None = None) -> Group:
        """Return a group without patterns: the states of all who use the bundles, and of the owner."""
        users = {user for one in bundles for user in self.access.users[one]} | (set() if owner is None else {owner})
        states: dict[int, list[State]] = {}
        for site in sorted(users):
            states[site] = []
            for number, choice in enumerate(self.access.choices[site]):
                uses = tuple(sorted(one for way in choice.ways for one in way.bundles if one in bundles))
                passing = tuple(way for way in choice.ways if ways and set(way.bundles) & set(bundles))
                states[site].append(State(uses, passing, number if site == owner else -1))
        return Group(states)

    def _fill(self, group: Group) -> None:
        """Add the variables of the patterns that can be had."""
        demands = self.access.instance.demands
        for pattern in product(*(sorted(set(own)) for own in group.states.values())):
            loads: dict[Bundle, list[tuple[float, int]]] = defaultdict(list)
            for site, state in zip(group.states, pattern, strict=True):
                for one in dict.fromkeys(state.uses):
                    loads[one].append((demands[site], state.uses.count(one)))
            price = sum(self.access.price(one, load) for one, load in loads.items())
            if price < INFINITE:
                group.patterns[pattern] = self._variable(price)

    def _share(self, group: Group, site: int) -> None:
        """State the rows (state) of one user."""
        place = group.users.index(site)
        mine: dict[State, list[mathopt.LinearTerm]] = {state: [] for state in group.states[site]}
        for pattern, z in group.patterns.items():
            mine[pattern[place]].append(1.0 * z)
        for x, state in zip(self.x[site], group.states[site], strict=True):
            mine[state].append(-1.0 * x)
        for terms in mine.values():
            self.model.add_linear_constraint(mathopt.LinearSum(terms) == 0.0)

    def _join(self, one: Bundle) -> Group | None:
        """Price what joins two sites; None when that had too many patterns."""
        group = self._states([one], ways=True)
        if group.size > self._most:
            self._single(one)
            return None
        self._fill(group)
        for site in group.users:
            self._share(group, site)
        return group

    def _exit(self, owner: int, bundles: Sequence[Bundle], joint: int) -> None:
        group = self._states(bundles, owner=owner)
        named = group.size <= joint
        if not named:
            group = self._states(bundles)
        if group.size > self._most:
            for one in bundles:
                self._single(one)
            return
        self._fill(group)
        for site in group.users:
            edge = self._joins.get(bundle(owner, site)) if named and site != owner else None
            if edge is None or not self._agree(group, edge, owner, site):
                self._share(group, site)

    def _agree(self, group: Group, edge: Group, owner: int, site: int) -> bool:
        """State the rows (joint), unless the site also leaves there by a way that does not come over the edge."""
        if not {owner, site} <= edge.states.keys():
            return False
        exits = {one for state in group.states[site] for one in state.uses}

        def leaves(state: State) -> tuple[Bundle, ...]:
            return tuple(sorted(one for way in state.ways for one in way.bundles if one in exits))

        pairs = zip(edge.states[site], group.states[site], strict=True)
        if any(leaves(over) != there.uses for over, there in pairs):
            return False
        here = group.users.index(owner), group.users.index(site)
        there = edge.users.index(owner), edge.users.index(site)
        rows: dict[tuple[State, tuple[Bundle, ...]], list[mathopt.LinearTerm]] = defaultdict(list)
        for pattern, z in group.patterns.items():
            rows[edge.states[owner][pattern[here[0]].choice], pattern[here[1]].uses].append(1.0 * z)
        for pattern, z in edge.patterns.items():
            rows[pattern[there[0]], leaves(pattern[there[1]])].append(-1.0 * z)
        for terms in rows.values():
            self.model.add_linear_constraint(mathopt.LinearSum(terms) == 0.0)
        return True

    def _single(self, one: Bundle) -> None:
        """Price one bundle by its patterns, or by sizes when there are too many."""
        group = self._states([one])
        if group.size <= self._most:
            self._fill(group)
            for site in group.users:
                self._share(group, site)
            return
        instance = self.access.instance
        sizes = []
        for link in self.access.links[one]:
            own = [(capacity, self._variable(price, whole=True)) for capacity, price in instance.options(link)]
            self.model.add_linear_constraint(mathopt.LinearSum([y for _, y in own]) <= 1.0)
            sizes += own
        load: list[mathopt.LinearTerm] = []
        for site, states in group.states.items():
            used = mathopt.LinearSum(
                [len(state.uses) * x for x, state in zip(self.x[site], states, strict=True) if state.uses]
            )
            fitting = [y for capacity, y in sizes if capacity >= instance.demands[site]]
            self.model.add_linear_constraint(used <= mathopt.LinearSum(fitting))
            load.append(instance.demands[site] * used)
        self.model.add_linear_constraint(mathopt.LinearSum(load) <= mathopt.LinearSum([c * y for c, y in sizes]))
