"""Equal traffic there and back is designed as undirected links are; anything else is not."""

from dataclasses import replace
from itertools import permutations

import pytest

from planner.checker.inequalities import proved_bound
from planner.checker.survivable import verify_survivable
from planner.limits import Limits
from planner.survivable.instance import Demand, Instance, Link, Module, single_links
from planner.survivable.solve import solve
from planner.survivable.symmetric import undirected
from tests.unit.planner.survivable.small import brute_force, random_instance, ring

LIMITS = Limits(time_limit_s=60.0)


def both_ways(instance: Instance) -> Instance:
    """The same with every demand sent back too, on links with two ways."""
    back = tuple(Demand(f"{d.id} back", d.target, d.source, d.value, d.hop_limit) for d in instance.demands)
    return replace(instance, demands=(*instance.demands, *back), sense="bidirected")


# of seed 210 trying everything takes 20 s
@pytest.mark.parametrize("seed", [seed for seed in range(200, 213) if seed != 210])
def test_equals_brute_force(seed: int) -> None:
    instance = both_ways(replace(random_instance(seed), sense="undirected"))
    assert undirected(instance) is not None
    found = solve(instance, LIMITS, processes=1)
    assert verify_survivable(found, instance)[1] == []
    expected = brute_force(instance)
    assert found.status == ("infeasible" if expected is None else "optimal")
    assert found.objective == (None if expected is None else pytest.approx(expected))


def test_unequal_traffic_stays_as_it_is() -> None:
    instance = both_ways(ring({"ab": 2, "bd": 1}))
    assert undirected(instance) is not None
    first = instance.demands[0]
    assert undirected(replace(instance, demands=(replace(first, value=2.5), *instance.demands[1:]))) is None
    assert undirected(replace(instance, demands=(replace(first, hop_limit=1), *instance.demands[1:]))) is None
    assert undirected(replace(instance, sense="undirected")) is None
    assert undirected(replace(instance, rerouting="one_plus_one")) is None


def test_certificate_holds_only_where_traffic_is_equal() -> None:
    instance = both_ways(ring({"ab": 2, "bd": 3, "ac": 1.5}, ("ac",)))
    found = solve(instance, LIMITS, processes=1)
    assert found.certificate is not None
    bound, faults = proved_bound(found.certificate, instance)
    assert faults == []
    assert bound == pytest.approx(found.certificate.bound)
    assert bound > 0
    less = replace(instance, demands=instance.demands[:-1])
    assert proved_bound(found.certificate, less)[1] != []
    assert any(violation.kind == "inequality" for violation in verify_survivable(found, less)[1])


def test_parallel_links_share_the_flow() -> None:
    nodes = tuple("abc")
    pairs = list(permutations(nodes, 2))
    links = tuple(Link(f"{a}{b}{copy}", a, b, (Module(2, 3),)) for a, b in pairs for copy in range(2))
    for sense in ("undirected", "directed", "bidirected"):
        demands = tuple(Demand(f"{a}{b}", a, b, 1.5 + at) for at, (a, b) in enumerate(pairs))
        instance = Instance(nodes, links, demands, sense=sense)
        instance = instance.surviving(single_links(instance))
        found = solve(instance, LIMITS, processes=1)
        assert found.status == "optimal"
        assert verify_survivable(found, instance)[1] == []
