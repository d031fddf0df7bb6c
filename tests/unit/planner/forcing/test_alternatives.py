"""Other plans: each keeps its difference and is checked; what is proved far, or fewest, is so by trying all."""

from dataclasses import replace
from math import inf

import pytest

from planner.checker.network import verify_network
from planner.forcing import Wish
from planner.forcing import price as price_module
from planner.forcing.alternatives import alternatives, differences
from planner.limits import Limits, Watch
from tests.unit.planner.forcing.test_price import SEEDS, forcing, narrowed, planned
from tests.unit.planner.network.brute import cheapest_cost


def without(network, one):
    """Leave out what a difference leaves out, in words of our own."""
    if one.kind == "unused":
        return narrowed(network, one.value)
    kept = tuple(x for x in network.links if one.kind != "no-trunks-of" or (x.kind, x.carrier) != ("trunk", one.value))
    return replace(network, links=kept)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("within", [0.02, 0.6])
def test_each_alternative_is_what_it_says(seed, within):
    network, found = planned(seed)
    cost = found.proof.objective
    told = list(alternatives(forcing(seed), within))
    assert told
    for one in told:
        asked = one.forced.wishes[0]
        if one.near == "impossible":
            assert asked.kind not in ("points", "unused", "no-trunks-of") or true_cost(network, asked) == inf
            continue
        if one.near == "far":
            assert asked.kind == "used" or true_cost(network, asked) > (1 + within) * cost - 2
        if one.forced.part is None:
            continue
        _, _, violations = verify_network(one.forced.part, network)
        assert not violations
        if one.near == "near":
            assert one.forced.at_most_vnd <= within * cost
        paid = sum(link.cost.present_value_vnd for link in one.forced.part.links)
        paid += sum(point.cost.present_value_vnd for point in one.forced.part.concentration_points)
        assert paid - cost == pytest.approx(one.forced.at_most_vnd, abs=2)
        assert keeps(one.forced.part, asked)


def true_cost(network, one):
    """Return the cost of the cheapest plan with a difference, by trying everything."""
    accepted = None
    if one.kind == "points":
        most = int(one.value)
        accepted = lambda chosen: len(set().union(*(nodes for nodes, _ in chosen.values()))) <= most  # noqa: E731
    return cheapest_cost(without(network, one), accepted=accepted)


def keeps(part, one):
    links = part.links
    return {
        "points": lambda: len(part.concentration_points) <= int(one.value),
        "unused": lambda: not any(one.value in (x.id, x.carrier, x.a, x.b) for x in links),
        "no-trunks-of": lambda: not any(x.kind == "trunk" and x.carrier == one.value for x in links),
        "internet-only": lambda: not any(x.kind != "internet" and x.carrier == one.value for x in links),
        "used": lambda: any(x.carrier == one.value for x in links),
        "mobiles": lambda: sum(x.kind == "mobile" for x in links) == int(one.value),
    }[one.kind]()


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("within", [0.05, 0.3, 0.8])
def test_the_fewest_masts_within_a_share_are_so_by_trying_everything(seed, within):
    network, found = planned(seed)
    last = [one for one in alternatives(forcing(seed), within) if one.fewest_at_least is not None]
    most = (1 + within) * found.proof.objective
    fewest = next(
        n for n in range(9)
        if cheapest_cost(network, accepted=lambda chosen, n=n: sum(m for _, m in chosen.values()) <= n) <= most + 2
    )  # fmt: skip
    for one in last:
        assert one.fewest_at_least <= fewest <= int(one.forced.wishes[0].value)


def test_differences_are_those_of_the_plan():
    network, found = planned(SEEDS[2])
    listed = differences(forcing(SEEDS[2]))
    assert len(set(listed)) == len(listed)
    points = [point.id for point in found.parts.concentration_points]
    assert {Wish("unused", point) for point in points} | {Wish("points", str(len(points) - 1))} <= set(listed)
    trunks = {link.carrier for link in found.parts.links if link.kind == "trunk"}
    assert {one.value for one in listed if one.kind == "no-trunks-of"} == trunks
    assert all(link.carrier in {x.carrier for x in network.links} for link in found.parts.links)


def test_a_stop_keeps_what_is_there():
    begun = []
    pricing = forcing(SEEDS[2])
    every = [one.id for one in differences(pricing)]
    pricing.report = lambda event: begun.append(event.phase) if event.phase in every else None
    watch = Watch(Limits(time_limit_s=60, should_stop=lambda: len(begun) >= 2))
    assert 1 <= len(list(alternatives(pricing, 0.02, watch))) <= 2
    assert len(list(alternatives(forcing(SEEDS[2]), 0.02))) > 2


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("within", [0.02, 0.6])
def test_in_a_large_province_each_alternative_is_what_it_says(seed, within, monkeypatch):
    monkeypatch.setattr(price_module, "EXACT_PATHS", 0)
    network, found = planned(seed)
    pricing = forcing(seed)
    assert not pricing.small
    told = list(alternatives(pricing, within))
    every = [one for other in told for one in (*other.forced.wishes, *other.also)]
    assert len(set(every)) == len(every)
    for one in told:
        for asked in (*one.forced.wishes, *one.also):
            true = inf if asked.kind in ("used", "mobiles", "internet-only") else true_cost(network, asked)
            if one.forced.at_least_vnd is not None and true < inf and asked not in one.also:
                assert found.proof.objective + one.forced.at_least_vnd <= true + 2
            assert one.near != "impossible" or true == inf
            if one.forced.part is not None:
                assert keeps(one.forced.part, asked)
        if one.forced.part is not None:
            assert not verify_network(one.forced.part, network)[2]
        if one.near == "near":
            assert one.forced.at_most_vnd <= within * found.proof.objective
