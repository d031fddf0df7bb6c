"""What a survivable design is asked for: nodes, links with modules, demands, failure states. Nothing here decides."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

Sense = Literal["undirected", "bidirected", "directed"]
"""How the capacity of a link is shared by its two ways.

undirected: flow there + flow back ≤ capacity; bidirected: each ≤ capacity; directed: source → target alone.
"""
Sizing = Literal["modular", "explicit", "linear"]
"""modular: any whole number of each module; explicit: at most one module; linear: any capacity ≥ 0 at `unit_cost`."""
Rerouting = Literal["unrestricted", "one_plus_one"]
"""unrestricted: every state is routed anew; one_plus_one: two fixed paths each, of which a state hits one at most."""


@dataclass(frozen=True, slots=True)
class Module:
    """One purchasable piece of capacity."""

    capacity: float
    cost: float


@dataclass(frozen=True, slots=True)
class Link:
    """One candidate link."""

    id: str
    source: str
    target: str
    modules: tuple[Module, ...] = ()
    existing: float = 0.0
    """Capacity that is there and paid for."""
    fixed_charge: float = 0.0
    """Paid once when anything at all is bought here."""
    routing_cost: float = 0.0
    """Paid for each unit of flow in the state without failures."""
    unit_cost: float | None = None
    """Cost of one unit of capacity; given where sizing is linear."""


@dataclass(frozen=True, slots=True)
class Demand:
    """Traffic from one node to another; on undirected links the direction does not matter."""

    id: str
    source: str
    target: str
    value: float
    hop_limit: int | None = None
    """Most links on any path of it."""


@dataclass(frozen=True, slots=True)
class State:
    """A failure state: links and nodes that are down at once. Demands that end at a node that is down vanish."""

    id: str
    links: frozenset[str] = frozenset()
    nodes: frozenset[str] = frozenset()


NORMAL = State("normal")


@dataclass(frozen=True, slots=True)
class Instance:
    """A whole question. Links and demands keep their order; ids are unique; costs and capacities are ≥ 0."""

    nodes: tuple[str, ...]
    links: tuple[Link, ...]
    demands: tuple[Demand, ...]
    states: tuple[State, ...] = (NORMAL,)
    sense: Sense = "undirected"
    sizing: Sizing = "modular"
    rerouting: Rerouting = "unrestricted"
    name: str = ""
    constant_cost: float = 0.0
    """Part of every design's cost, as that of capacity already there."""

    def __post_init__(self) -> None:
        _unique("node", self.nodes)
        _unique("link", (link.id for link in self.links))
        _unique("demand", (demand.id for demand in self.demands))
        _unique("state", (state.id for state in self.states))
        if not self.states:
            message = "there is no state to survive, not even the normal one"
            raise ValueError(message)
        nodes, links = set(self.nodes), {link.id for link in self.links}
        ends: list[Link | Demand] = [*self.links, *self.demands]
        for end in ends:
            if not {end.source, end.target} <= nodes:
                message = f"'{end.id}' ends at an unknown node"
                raise ValueError(message)
            if end.source == end.target:
                message = f"'{end.id}' starts where it ends"
                raise ValueError(message)
        for state in self.states:
            if not (state.links <= links and state.nodes <= nodes):
                message = f"state '{state.id}' names unknown links or nodes"
                raise ValueError(message)
        figures = [figure for link in self.links for figure in (link.existing, link.fixed_charge, link.routing_cost)]
        figures += [
            figure for link in self.links for module in link.modules for figure in (module.cost, module.capacity)
        ]
        figures += [demand.value for demand in self.demands]
        figures += [link.unit_cost for link in self.links if link.unit_cost is not None]
        if any(not math.isfinite(figure) or figure < 0 for figure in figures):
            message = "capacities, costs and demands are finite and not negative"
            raise ValueError(message)

    def surviving(self, *states: Iterable[State]) -> "Instance":
        """Return the same question with the normal state and these states, each given as a collection."""
        return replace(self, states=(NORMAL, *(state for group in states for state in group)))


def single_links(instance: Instance) -> list[State]:
    """Return one state for each link that is down alone."""
    return [State(f"link {link.id}", frozenset({link.id})) for link in instance.links]


def single_nodes(instance: Instance) -> list[State]:
    """Return one state for each node that is down alone."""
    return [State(f"node {node}", nodes=frozenset({node})) for node in instance.nodes]


def risk_groups(groups: dict[str, Iterable[str]]) -> list[State]:
    """Return one state for each group of links that fail together (duct, carrier …): name → link ids."""
    return [State(f"group {name}", frozenset(groups[name])) for name in sorted(groups)]


def _unique(what: str, ids: Iterable[str]) -> None:
    seen: set[str] = set()
    for one in ids:
        if one in seen:
            message = f"{what} '{one}' occurs twice"
            raise ValueError(message)
        seen.add(one)
