"""All failure states at once: sites × states and links × states as matrices.

For site s with paths p, q and state k, with F the incidence of links and exchanges with states:

    down_p[s,k] = ∨_{e ∈ p} F[e,k]         primary[s,k] = ¬down_p          backup[s,k] = down_p ∧ ¬down_q
    load[e,k]   = Σ_{s: e ∈ p} d_s · primary[s,k]  +  Σ_{s: e ∈ q} δ_s d_s · backup[s,k]

A state that hits nothing in use changes nothing, so only the others are computed. Failures are masks, never edits.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from topology.model import FailureState

NORMAL = "normal"
Element = str
"""A link or an exchange."""


@dataclass(frozen=True, slots=True)
class Walk:
    """A path from a site to the core."""

    links: tuple[str, ...]
    """Link ids in order."""
    forward: tuple[bool, ...]
    """Whether each link is walked from its `a` to its `b`."""
    nodes: tuple[str, ...]
    """Exchanges passed."""


@dataclass(frozen=True, slots=True)
class Routing:
    """The paths of one site and what they carry: (down, up) in one unit for the whole sweep."""

    site: str
    primary: Walk
    backup: Walk | None
    full: tuple[float, float]
    """On the primary."""
    degraded: tuple[float, float]
    """On the backup."""


@dataclass(frozen=True)
class Sweep:
    """What each state does. Row order: `sites`, `elements`; column 0 is the normal state."""

    sites: tuple[str, ...]
    elements: tuple[Element, ...]
    """Links in use, then exchanges in use, each in the order first met."""
    states: tuple[str, ...]
    """`normal`, then the states that hit something in use."""
    idle_states: int
    """Number of states that hit nothing in use."""
    on_backup: NDArray[np.bool_]
    """Sites × states: the backup is in use."""
    cut_off: NDArray[np.bool_]
    """Sites × states: no path left."""
    forward: NDArray[np.float64]
    """Elements × states: load from a to b; through an exchange towards the core."""
    reverse: NDArray[np.float64]
    """Elements × states: load from b to a; through an exchange from the core."""

    @cached_property
    def busier(self) -> NDArray[np.float64]:
        """Elements × states: load in the busier way."""
        busier: NDArray[np.float64] = np.maximum(self.forward, self.reverse)
        return busier

    @cached_property
    def row(self) -> dict[Element, int]:
        """Element → row."""
        return {element: index for index, element in enumerate(self.elements)}

    @cached_property
    def column(self) -> dict[str, int]:
        """State → column."""
        return {state: index for index, state in enumerate(self.states)}

    def worst(
        self, element: Element, most: int = 10, among: NDArray[np.bool_] | None = None
    ) -> list[tuple[str, float]]:
        """Return the failure states with the highest load on an element, worst first, ties by id.

        `among` restricts the states (mask over columns); the normal state is not listed.
        """
        loads = self.busier[self.row[element]]
        allowed = range(1, len(self.states)) if among is None else [int(k) for k in np.flatnonzero(among) if k]
        order = sorted(allowed, key=lambda k: (-loads[k], self.states[k]))
        return [(self.states[k], float(loads[k])) for k in order[:most]]


def sweep(routings: Sequence[Routing], states: Sequence[FailureState]) -> Sweep:
    """Work out every state.

    Parameters
    ----------
    routings
        One for each site.
    states
        Failure states, in the order wanted.

    Returns
    -------
    Sweep
        Sites × states and elements × states.
    """
    links: dict[str, int] = {}
    nodes: dict[str, int] = {}
    for routing in routings:
        for walk in _walks(routing):
            for link in walk.links:
                links.setdefault(link, len(links))
            for node in walk.nodes:
                nodes.setdefault(node, len(nodes))
    used_links, used_nodes = frozenset(links), frozenset(nodes)
    names: list[str] = [NORMAL]
    hits: list[list[int]] = [[]]
    for state in states:
        hit = [links[link] for link in state.links & used_links]
        hit += [len(links) + nodes[node] for node in state.exchanges & used_nodes]
        if hit:
            names.append(state.id)
            hits.append(hit)
    size = len(links) + len(nodes)
    failed = np.zeros((size + 1, len(names)), dtype=bool)
    for column, hit in enumerate(hits):
        failed[hit, column] = True
    down_primary = _down([routing.primary for routing in routings], links, nodes, failed)
    down_backup = _down([routing.backup for routing in routings], links, nodes, failed)
    has_backup = np.array([routing.backup is not None for routing in routings], dtype=bool)[:, None]
    on_backup = down_primary & ~down_backup & has_backup
    cut_off = down_primary & ~on_backup
    on = np.vstack([~down_primary, on_backup]).astype(np.float64)
    towards, back = _incidence(routings, links, nodes)
    return Sweep(
        sites=tuple(routing.site for routing in routings),
        elements=(*links, *nodes),
        states=tuple(names),
        idle_states=len(states) + 1 - len(names),
        on_backup=on_backup,
        cut_off=cut_off,
        forward=towards @ on,
        reverse=back @ on,
    )


def _walks(routing: Routing) -> list[Walk]:
    return [routing.primary] if routing.backup is None else [routing.primary, routing.backup]


def _down(
    walks: Sequence[Walk | None], links: dict[str, int], nodes: dict[str, int], failed: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Return walks × states: some element is down. The last row of `failed` is a dummy that never fails."""
    rows = [
        [] if walk is None else [links[link] for link in walk.links] + [len(links) + nodes[node] for node in walk.nodes]
        for walk in walks
    ]
    longest = max((len(row) for row in rows), default=0)
    padded = np.full((len(walks), max(longest, 1)), len(failed) - 1, dtype=np.intp)
    for index, row in enumerate(rows):
        padded[index, : len(row)] = row
    down = failed[padded[:, 0]]
    for position in range(1, longest):
        down |= failed[padded[:, position]]
    return down


def _incidence(
    routings: Sequence[Routing], links: dict[str, int], nodes: dict[str, int]
) -> tuple[sparse.csr_array, sparse.csr_array]:
    """Elements × (primaries, backups): what each path carries on each element, forward and reverse."""
    rows: list[int] = []
    columns: list[int] = []
    towards: list[float] = []
    back: list[float] = []
    for offset, role in ((0, "primary"), (len(routings), "backup")):
        for index, routing in enumerate(routings):
            walk = routing.primary if role == "primary" else routing.backup
            if walk is None:
                continue
            down, up = routing.full if role == "primary" else routing.degraded
            for link, forward in zip(walk.links, walk.forward, strict=True):
                rows.append(links[link])
                columns.append(offset + index)
                towards.append(up if forward else down)
                back.append(down if forward else up)
            for node in walk.nodes:
                rows.append(len(links) + nodes[node])
                columns.append(offset + index)
                towards.append(up)
                back.append(down)
    shape = (len(links) + len(nodes), 2 * len(routings))
    at = (rows, columns)
    return sparse.csr_array((towards, at), shape=shape), sparse.csr_array((back, at), shape=shape)
