"""Ruin and recreate: its sums are those of the plan, its plans can be had; it leaves overfull links."""

import random

import pytest

from planner.homing import read
from planner.homing.cooling import apart, first_plan
from planner.homing.paths import paths
from planner.homing.rebuild import Rebuild
from planner.homing.routing import cost, greedy, loads
from tests.unit.planner.homing.instances import cheapest, instance
from tests.unit.planner.homing.test_program import province


def made(data):
    found = read(data)
    ways = {s: list(paths(found, s)) for s in range(1, len(found.names)) if found.demands[s] > 0}
    return found, ways, Rebuild(found, ways, first_plan(found, ways))


def never():
    return 0.0


@pytest.mark.parametrize("seed", range(4))
def test_the_price_is_that_of_the_plan_after_every_turn(seed):
    found, _, rebuild = made(instance(seed, hubs=3, communes=7))
    rng = random.Random(seed)
    changed = 0
    for _ in range(60):
        changed += rebuild.turn(rng, 20.0)
        assert rebuild.cost == pytest.approx(cost(found, loads(found, rebuild.pairs)))
        assert all(not one.risks & two.risks for one, two in rebuild.pairs.values())
    assert changed


@pytest.mark.parametrize("seed", range(8))
def test_it_comes_to_what_trying_everything_costs(seed):
    data = province(seed)
    found, _, rebuild = made(data)
    best = rebuild.run(400, 1, 1.0, never)
    assert cost(found, loads(found, best)) == pytest.approx(cheapest(data))


def test_links_that_are_too_full_at_first_are_left():
    data = instance(3, hubs=2, communes=6)
    for site in data["sites"]:
        site["d"] = min(site["d"], 60)
    found = read(data)
    ways = {s: list(paths(found, s)) for s in range(1, len(found.names)) if found.demands[s] > 0}
    first = {site: next((a, b) for a in own for b in own if not a.risks & b.risks) for site, own in ways.items()}
    data["mods"] = [60, 120, max(loads(found, first)) - 1]
    found = read(data)
    rebuild = Rebuild(found, ways, first)
    assert rebuild.cost == float("inf")
    best = rebuild.run(400, 1, 1.0, never)
    assert cost(found, loads(found, best)) < float("inf")


def test_the_same_seed_gives_the_same_plan_and_a_stop_ends_it():
    data = instance(5, hubs=3, communes=7)
    plans = [made(data)[2].run(150, 7, 1.0, never) for _ in range(2)]
    assert plans[0] == plans[1]
    *_, rebuild = made(data)
    before = dict(rebuild.pairs)
    assert rebuild.run(150, 7, 1.0, lambda: 1.0) == before


def test_it_goes_on_from_any_plan():
    found, ways, rebuild = made(instance(2, hubs=3, communes=5))
    other = greedy(found, ways, sorted(ways))
    rebuild.restart(other)
    assert rebuild.cost == pytest.approx(cost(found, loads(found, other)))


def test_time_that_runs_out_cools_it_down():
    found, _, rebuild = made(instance(2, hubs=3, communes=7))
    clock = iter(range(10))
    slow = rebuild.run(10**9, 1, 1.0, lambda: next(clock) / 9)
    assert cost(found, loads(found, slow)) <= cost(found, loads(found, made(instance(2, hubs=3, communes=7))[2].pairs))
    assert next(clock, None) is None


@pytest.mark.parametrize("seed", [1, 3, 5])
def test_no_two_paths_of_a_site_meet_however_full_the_links_are(seed):
    data = instance(3, hubs=2, communes=6)
    data["mods"] = [20, 40, 60]
    found = read(data)
    ways = {s: list(paths(found, s)) for s in range(1, len(found.names)) if found.demands[s] > 0}
    rebuild = Rebuild(found, ways, {site: apart(own) for site, own in ways.items()})
    assert rebuild.cost == float("inf")
    rng = random.Random(seed)
    for _ in range(60):
        rebuild.turn(rng, 20.0)
        assert all(not one.risks & two.risks for one, two in rebuild.pairs.values())
