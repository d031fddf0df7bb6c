"""An instance as arrays: lanes, commodities, states that are not implied by others, columns of capacity."""

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from planner.survivable.instance import Demand, Instance, State
from planner.survivable.sizes import MOST_STEPS, Columns, columns

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.intp]


@dataclass(frozen=True)
class Compiled:
    """Arrays of an instance. n nodes, L links, A lanes, K commodities, S states.

    A lane is what a flow fills: one for each link, two (there, back) where links are bidirected.
    """

    instance: Instance
    tail: Ints
    """Link → source."""
    head: Ints
    """Link → target."""
    lane_link: Ints
    """Lane → link."""
    arcs: tuple[tuple[int, int, int], ...]
    """Ways to travel: (from, to, lane); an undirected link has two on one lane."""
    source: Ints
    """Commodity → node."""
    target: Ints
    """Commodity → node."""
    value: Floats
    """Commodity → traffic."""
    hop_limit: Ints
    """Commodity → most links on a path; n when free."""
    states: tuple[State, ...]
    """States that no other state implies."""
    link_down: Bools
    """S × L: the link, or a node at one of its ends, is down."""
    node_down: Bools
    """S × n."""
    alive: Bools
    """S × K: the commodity has both ends."""
    existing: Floats
    """Link → capacity already there."""
    columns: Columns

    @property
    def nodes(self) -> int:
        """Number of nodes."""
        return len(self.instance.nodes)

    @property
    def links(self) -> int:
        """Number of links."""
        return len(self.instance.links)

    @property
    def lanes(self) -> int:
        """Number of lanes."""
        return len(self.lane_link)

    @cached_property
    def has_hop_limits(self) -> bool:
        """Whether any commodity has a limit that a simple path can break."""
        return bool((self.hop_limit < self.nodes - 1).any())

    @cached_property
    def lane_down(self) -> Bools:
        """S × A."""
        return self.link_down[:, self.lane_link]

    def traffic(self, state: int) -> Floats:
        """Return n × n: traffic of the commodities that live in a state, from row to column."""
        matrix = np.zeros((self.nodes, self.nodes))
        live = self.alive[state]
        np.add.at(matrix, (self.source[live], self.target[live]), self.value[live])
        return matrix


def compiled(instance: Instance, most_steps: int = MOST_STEPS) -> Compiled:
    """Turn an instance into arrays; links with more useful capacities than `most_steps` keep numbers of modules."""
    at = {node: index for index, node in enumerate(instance.nodes)}
    tail = np.array([at[link.source] for link in instance.links], dtype=np.intp)
    head = np.array([at[link.target] for link in instance.links], dtype=np.intp)
    lane_link, arcs = _lanes(instance, tail, head)
    merged = _commodities(instance, at)
    keys = sorted(merged)
    source = np.array([key[0] for key in keys], dtype=np.intp)
    target = np.array([key[1] for key in keys], dtype=np.intp)
    value = np.array([merged[key] for key in keys], dtype=np.float64)
    hop_limit = np.array([key[2] for key in keys], dtype=np.intp)
    states, link_down, node_down, alive = _states(instance, at, tail, head, source, target)
    existing = np.array([link.existing for link in instance.links], dtype=np.float64)
    most = float((alive * value).sum(axis=1).max()) if len(value) else 0.0
    return Compiled(
        instance=instance,
        tail=tail,
        head=head,
        lane_link=lane_link,
        arcs=arcs,
        source=source,
        target=target,
        value=value,
        hop_limit=hop_limit,
        states=states,
        link_down=link_down,
        node_down=node_down,
        alive=alive,
        existing=existing,
        columns=columns(instance, most, most_steps),
    )


def _lanes(instance: Instance, tail: Ints, head: Ints) -> tuple[Ints, tuple[tuple[int, int, int], ...]]:
    arcs: list[tuple[int, int, int]] = []
    lane_link: list[int] = []
    for link, (start, end) in enumerate(zip(tail.tolist(), head.tolist(), strict=True)):
        arcs.append((start, end, len(lane_link)))
        lane_link.append(link)
        if instance.sense == "bidirected":
            arcs.append((end, start, len(lane_link)))
            lane_link.append(link)
        elif instance.sense == "undirected":
            arcs.append((end, start, len(lane_link) - 1))
    return np.array(lane_link, dtype=np.intp), tuple(arcs)


def _commodities(instance: Instance, at: dict[str, int]) -> dict[tuple[int, int, int], float]:
    """Demands with the same ends and the same hop limit are one commodity."""
    merged: dict[tuple[int, int, int], float] = defaultdict(float)
    for demand in instance.demands:
        if demand.value > 0:
            start, end = _ends(instance, demand, at)
            limit = len(instance.nodes) if demand.hop_limit is None else demand.hop_limit
            merged[start, end, min(limit, len(instance.nodes))] += demand.value
    return merged


def _ends(instance: Instance, demand: Demand, at: dict[str, int]) -> tuple[int, int]:
    start, end = at[demand.source], at[demand.target]
    return (min(start, end), max(start, end)) if instance.sense == "undirected" else (start, end)


def _states(
    instance: Instance, at: dict[str, int], tail: Ints, head: Ints, source: Ints, target: Ints
) -> tuple[tuple[State, ...], Bools, Bools, Bools]:
    """Compile the states; one is dropped when another has at least its links down and at least its demands alive."""
    given = instance.states
    priced = any(link.routing_cost > 0 for link in instance.links)
    index = {link.id: number for number, link in enumerate(instance.links)}
    link_down = np.zeros((len(given), len(instance.links)), dtype=bool)
    node_down = np.zeros((len(given), len(instance.nodes)), dtype=bool)
    for row, state in enumerate(given):
        node_down[row, [at[node] for node in state.nodes]] = True
        link_down[row, [index[link] for link in state.links]] = True
    link_down |= node_down[:, tail] | node_down[:, head]
    alive = ~(node_down[:, source] | node_down[:, target])
    kept: list[int] = []
    order = sorted(range(len(given)), key=lambda row: (-int(link_down[row].sum()), -int(alive[row].sum()), row))
    for row in order:
        implied = ((link_down[other] >= link_down[row]).all() and (alive[other] >= alive[row]).all() for other in kept)
        undisturbed = priced and not given[row].links and not given[row].nodes
        if undisturbed or not any(implied):
            kept.append(row)
    kept.sort()
    return tuple(given[row] for row in kept), link_down[kept], node_down[kept], alive[kept]
