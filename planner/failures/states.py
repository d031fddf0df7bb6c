"""Failure states as masks over links and nodes: single ones, pairs, samples. A mask never edits the graph.

Masks are kept twice: as sorted lists, for the few things that a state takes down, and packed into words of 64 states,
so that one machine instruction asks a question of 64 states at once.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from planner.failures.graph import FailureGraph, Ints

Bits = NDArray[np.uint64]
"""Rows × words; bit k of word w is state 64·w + k."""
Kind = Literal["link", "node", "group"]
KINDS: tuple[Kind, ...] = ("link", "node", "group")
WORD = 64


@dataclass(frozen=True)
class States:
    """Failure states over one graph; state k takes down links[link_at[k]:link_at[k+1]] and the nodes likewise."""

    graph: FailureGraph
    names: tuple[str, ...]
    links: Ints
    link_at: Ints
    nodes: Ints
    node_at: Ints

    def __len__(self) -> int:
        return len(self.names)

    @property
    def words(self) -> int:
        """Words in a row of bits."""
        return -(-len(self) // WORD)

    @cached_property
    def link_state(self) -> Ints:
        """State of each entry of `links`."""
        return np.repeat(np.arange(len(self), dtype=np.int64), np.diff(self.link_at))

    @cached_property
    def node_state(self) -> Ints:
        """State of each entry of `nodes`."""
        return np.repeat(np.arange(len(self), dtype=np.int64), np.diff(self.node_at))

    @cached_property
    def links_down(self) -> Bits:
        """Links × words."""
        return scatter(self.links, self.link_state, len(self.graph.links), self.words)

    @cached_property
    def nodes_down(self) -> Bits:
        """Nodes × words."""
        return scatter(self.nodes, self.node_state, len(self.graph.nodes), self.words)

    @cached_property
    def arcs_down(self) -> Bits:
        """Arcs × words: the link or one of the ends is down."""
        graph = self.graph
        down: Bits = self.links_down[graph.link]
        if len(self.nodes):
            down = down | self.nodes_down[graph.tail] | self.nodes_down[graph.head]
        return down

    @cached_property
    def valid(self) -> Bits:
        """One row: the bits that are states."""
        return pack(np.ones((1, len(self)), dtype=bool))[0] if len(self) else np.zeros(0, dtype=np.uint64)

    def of(self, state: int) -> tuple[Ints, Ints]:
        """Return the links and nodes that a state takes down."""
        return (
            self.links[self.link_at[state] : self.link_at[state + 1]],
            self.nodes[self.node_at[state] : self.node_at[state + 1]],
        )

    def stretch(self, first: int, last: int) -> "States":
        """Return the states from first to last, without the last."""
        lists = []
        for entries, at in ((self.links, self.link_at), (self.nodes, self.node_at)):
            lists += [entries[at[first] : at[last]], at[first : last + 1] - at[first]]
        return States(self.graph, self.names[first:last], *lists)

    def subset(self, chosen: Sequence[int] | Ints) -> "States":
        """Return some of the states, in the order given."""
        return make(self.graph, [(self.names[k], *self.of(int(k))) for k in chosen])


def make(graph: FailureGraph, states: Iterable[tuple[str, Iterable[int], Iterable[int]]]) -> States:
    """Return states of (name, links, nodes); numbers may repeat and stand in any order."""
    names, links, nodes = [], [], []
    link_at, node_at = [0], [0]
    for name, down_links, down_nodes in states:
        names.append(name)
        links += sorted({int(link) for link in down_links})
        nodes += sorted({int(node) for node in down_nodes})
        link_at.append(len(links))
        node_at.append(len(nodes))
    as_ints = [np.array(values, dtype=np.int64) for values in (links, link_at, nodes, node_at)]
    return States(graph, tuple(names), *as_ints)


def singles(graph: FailureGraph, kinds: Sequence[Kind] = KINDS) -> States:
    """Return every single link, node and group, in that order, as far as wanted."""
    found: list[tuple[str, tuple[int, ...], tuple[int, ...]]] = []
    if "link" in kinds:
        found += [(f"link:{link}", (index,), ()) for index, link in enumerate(graph.links)]
    if "node" in kinds:
        found += [(f"node:{node}", (), (index,)) for index, node in enumerate(graph.nodes)]
    if "group" in kinds:
        found += [(name, group.links, group.nodes) for name, group in graph.groups.items()]
    return make(graph, found)


def together(states: States, chosen: NDArray[np.bool_]) -> States:
    """Return the states in which all the chosen ones hold: a row each, a column for each of `states`."""
    rows, count = csr_array(chosen).astype(np.int64), len(states)
    lists = []
    for entries, at, size in (
        (states.links, states.link_at, len(states.graph.links)),
        (states.nodes, states.node_at, len(states.graph.nodes)),
    ):
        members = csr_array((np.ones(len(entries), dtype=np.int64), entries, at), shape=(count, size))
        found = rows @ members
        found.sort_indices()
        lists += [found.indices.astype(np.int64), found.indptr.astype(np.int64)]
    at, every = rows.indptr, rows.indices
    names = tuple("+".join([states.names[k] for k in every[first:last]]) for first, last in pairwise(at.tolist()))
    return States(states.graph, names, *lists)


def pack(rows: NDArray[np.bool_]) -> Bits:
    """Pack rows × states into rows × words."""
    columns = rows.shape[1]
    width = -(-columns // WORD) * WORD
    if columns != width:
        rows = np.pad(rows, ((0, 0), (0, width - columns)))
    return np.ascontiguousarray(np.packbits(rows, axis=1, bitorder="little")).view(np.uint64)


def unpack(bits: Bits, states: int) -> NDArray[np.bool_]:
    """Return rows × states."""
    if not bits.size:
        return np.zeros((len(bits), states), dtype=bool)
    as_bytes = np.ascontiguousarray(bits).view(np.uint8)
    return np.unpackbits(as_bytes, axis=1, bitorder="little", count=states).astype(bool)


def scatter(rows: Ints, states: Ints, height: int, words: int) -> Bits:
    """Return height × words with a bit set for each (row, state)."""
    bits = np.zeros((height, words), dtype=np.uint64)
    values = np.uint64(1) << (states % WORD).astype(np.uint64)
    np.bitwise_or.at(bits, (rows, states // WORD), values)
    return bits
