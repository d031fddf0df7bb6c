"""Of equal cost, the network that changes an earlier one least: twins of lines make many networks of the same cost."""

import random
from dataclasses import replace

import pytest

from planner.checker.network import verify_network
from planner.limits import Limits
from planner.network import search, solve
from tests.unit.planner.network.provinces import province
from topology.model import CandidateLink, Network

LIMITS = Limits(time_limit_s=60)
SEEDS = (2, 7, 12)


def twin(link: CandidateLink) -> CandidateLink:
    """Return a line beside another, of the same carrier, ducts and price."""
    return replace(link, id=f"a-{link.id}")


def with_twins(network: Network) -> Network:
    """Return the network in which every line of a site and every trunk can be had twice."""
    more = [twin(link) for link in network.links if link.kind in ("access", "trunk")]
    return linked(network, [*network.links, *more])


def linked(network: Network, links: list[CandidateLink]) -> Network:
    """Return the network with these lines, and with states that take twins down together."""
    known = {link.id for link in links}
    states = [state for state in network.states if state.kind != "link"]
    states = [
        replace(state, links=frozenset(n for n in state.links | {f"a-{n}" for n in state.links} if n in known))
        for state in states
    ]
    of_links = [
        replace(network.states[0], id=f"link:{name}", kind="link", links=frozenset({name}), exchanges=frozenset())
        for name in sorted(known)
    ]
    return replace(
        network,
        links=tuple(sorted(links, key=lambda link: link.id)),
        states=tuple(sorted([*states, *of_links], key=lambda state: state.id)),
    )


def drawn(network: Network, seed: int) -> Network:
    """Return the network with one of each pair of twins."""
    draw = random.Random(seed)
    chosen = [twin(link) if link.kind in ("access", "trunk") and draw.random() < 0.6 else link
              for link in network.links]  # fmt: skip
    return linked(network, chosen)


def small(seed: int) -> Network:
    return province(seed, communes=4, districts=1, departments=1, exchanges=2)


def names(answer) -> set[str]:
    return {link.id for link in answer.parts.links}


@pytest.fixture(params=[10**9, -1], ids=["columns", "hubs"])
def way(request, monkeypatch):
    monkeypatch.setattr(search, "SMALL", request.param)


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("seed", SEEDS)
def test_an_earlier_network_of_the_same_cost_is_kept_whole(seed: int) -> None:
    network = small(seed)
    earlier, both = solve(drawn(network, seed), LIMITS), with_twins(network)
    alone = solve(both, LIMITS)
    assert names(alone) != names(earlier), "nothing would have changed anyway"
    kept = solve(both, LIMITS, previous=earlier.parts)
    assert kept.proof.objective <= alone.proof.objective
    assert kept.proof.objective == earlier.proof.objective
    assert kept.proof.bound <= kept.proof.objective
    assert names(kept) == names(earlier)
    assert [(s.primary, s.backup) for s in kept.parts.sites] == [(s.primary, s.backup) for s in earlier.parts.sites]
    assert verify_network(kept.parts, both)[2] == []
    assert solve(both, LIMITS, previous=earlier.parts) == kept


@pytest.mark.parametrize("seed", SEEDS)
def test_what_cannot_stay_changes_alone(seed: int) -> None:
    """Two lines are not offered any more: every other one stays whose twin the best network has."""
    network = small(seed)
    earlier, both = solve(drawn(network, seed), LIMITS), with_twins(network)
    gone = random.Random(seed).sample(sorted(n for n in names(earlier) if n.startswith(("link-", "a-link-"))), 2)
    left = linked(network, [link for link in both.links if link.id not in gone])
    alone = solve(left, LIMITS)
    kept = solve(left, LIMITS, previous=earlier.parts)
    assert kept.proof.objective <= alone.proof.objective
    assert verify_network(kept.parts, left)[2] == []
    same = {name.removeprefix("a-") for name in names(alone)}
    could = [name for name in names(earlier) - set(gone) if name.removeprefix("a-") in same]
    assert len(names(kept) & names(earlier)) >= len(could)
    assert len(names(kept) & names(earlier)) > len(names(alone) & names(earlier))


def test_a_dearer_earlier_network_is_left() -> None:
    network = small(7)
    best = solve(network, LIMITS)
    used = next(link for link in best.parts.links if link.kind == "access")
    worse = solve(linked(network, [link for link in network.links if link.id != used.id]), LIMITS)
    assert worse.proof.objective > best.proof.objective
    again = solve(network, LIMITS, previous=worse.parts)
    assert again.proof.objective <= best.proof.objective
    assert verify_network(again.parts, network)[2] == []


def test_a_network_of_other_places_keeps_nothing_and_costs_the_same() -> None:
    network, other = small(2), five_network()
    assert solve(network, LIMITS, previous=other).proof.objective == solve(network, LIMITS).proof.objective


def five_network():
    from tests.unit.planner.network import five

    return five.planned().parts
