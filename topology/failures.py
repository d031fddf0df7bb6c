"""Failure states: everything that fails at once as one mask over the candidate links and exchanges.

Risk groups nest: a flood takes its ducts down, a duct the links through it, a carrier all its links, an exchange the
links that end there and its concentration point. A line whose ducts only pass by the place of an exchange stays up: it
is spliced through and needs nothing of the exchange's power or equipment.
"""

from collections.abc import Iterable, Iterator

from topology.model import CandidateLink, FailureState, Records, StateKind
from topology.order import natural_key


def single_states(records: Records, links: tuple[CandidateLink, ...]) -> tuple[FailureState, ...]:
    """Return all single failure states that touch anything, sorted by id."""
    through: dict[str, set[str]] = {}
    ending: dict[str, set[str]] = {}
    leased: dict[str, set[str]] = {}
    for link in links:
        for duct in link.ducts:
            through.setdefault(duct, set()).add(link.id)
        for end in (link.a, link.b):
            ending.setdefault(end, set()).add(link.id)
        leased.setdefault(link.carrier, set()).add(link.id)
    states = [_state("link", link.id, [link.id]) for link in links]
    states += [_state("duct", duct.id, through[duct.id]) for duct in records.ducts if duct.id in through]
    for exchange in records.exchanges:
        down = ending.get(exchange.id, set())
        states.append(FailureState(f"exchange:{exchange.id}", "exchange", frozenset(down), frozenset({exchange.id})))
    states += [_state("carrier", name, down) for name, down in leased.items()]
    states += _floods(records, through)
    return tuple(sorted(states, key=lambda state: natural_key(state.id)))


def _floods(records: Records, through: dict[str, set[str]]) -> Iterator[FailureState]:
    zones: dict[str, set[str]] = {}
    for duct in records.ducts:
        if duct.flood_zone:
            zones.setdefault(duct.flood_zone, set()).update(through.get(duct.id, ()))
    for zone, down in zones.items():
        if down:
            yield _state("flood", zone, down)


def _state(kind: StateKind, name: str, links: Iterable[str]) -> FailureState:
    return FailureState(f"{kind}:{name}", kind, frozenset(links), frozenset())
