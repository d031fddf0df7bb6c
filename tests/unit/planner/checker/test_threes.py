"""The least count over three groups equals enumeration; certificates with such inequalities are checked."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from planner.checker.inequalities import proved_bound
from planner.checker.threes import crossing, least_count, leaving
from planner.limits import Limits, Watch
from planner.survivable.compiled import compiled
from planner.survivable.describe import certificate
from planner.survivable.design import Certificate
from planner.survivable.instance import Demand, Instance, Link, Module, single_links
from planner.survivable.relaxation import tighten
from planner.survivable.separation import Separator


def triangle(seed: int) -> Instance:
    """Three nodes, two links or so between each two."""
    chance = np.random.default_rng(seed)
    pairs = ["ab", "ac", "bc", "ab", *(("ac", "bc")[at] for at in chance.integers(0, 2, 2))]
    modules = (Module(1, 3), Module(4, 7))
    links = tuple(
        Link(f"{pair}{at}", pair[0], pair[1], tuple(replace(m, cost=m.cost + int(chance.integers(3))) for m in modules))
        for at, pair in enumerate(pairs)
    )
    demands = tuple(Demand(pair, pair[0], pair[1], float(chance.integers(1, 5))) for pair in ("ab", "ac", "bc"))
    instance = Instance(("a", "b", "c"), links, demands)
    return instance.surviving(single_links(instance))


@pytest.mark.parametrize("seed", range(40))
def test_least_count_equals_enumeration(seed: int) -> None:
    instance = triangle(seed)
    chance = np.random.default_rng(seed)
    group = {"a": 0, "b": 1, "c": 2}
    sides, needs = crossing(instance, group), leaving(instance, group, 1.0)
    options = {}
    for link in instance.links:
        units = sorted({0, *chance.integers(1, max(needs) + 1, 2).tolist()})
        weights = [0.0, *np.cumsum(chance.choice([0.0, 0.2, 0.5], len(units) - 1)).tolist()]
        options[link.id] = list(zip(units, weights, strict=True))
    least = 1.0
    for chosen in product(*options.values()):
        units_of = dict(zip(options, chosen, strict=True))
        kept = True
        for of, need in enumerate(needs):
            around = [units_of[link.id][0] for pair, links in sides.items() if of in pair for link in links]
            kept &= sum(around) - max(around) >= need
        if kept:
            least = min(least, sum(weight for _, weight in chosen))
    assert least_count(sides, options, needs) == pytest.approx(least)


def root_certificate(seed: int) -> tuple[Instance, Certificate]:
    instance = triangle(seed)
    problem = compiled(instance)
    root = tighten(problem, Separator(problem, 1), Watch(Limits(time_limit_s=20)))
    return instance, certificate(problem, root.proof)


def test_certificates_over_three_groups_hold_and_tampered_ones_are_caught() -> None:
    met = 0
    for seed in range(12):
        instance, proof = root_certificate(seed)
        bound, faults = proved_bound(proof, instance)
        assert faults == []
        assert bound >= proof.bound - 1e-6
        for at, one in enumerate(proof.inequalities):
            if one.groups:
                met += 1
                assert one.weights is not None
                half = {link: tuple((size, w / 2) for size, w in steps) for link, steps in one.weights.items()}
                for wrong in (
                    replace(one, weights=half),
                    replace(one, groups=one.groups[1:]),
                    replace(one, groups=tuple((node, 0) for node, _ in one.groups)),
                    replace(one, weights=None),
                ):
                    tampered = (*proof.inequalities[:at], wrong, *proof.inequalities[at + 1 :])
                    assert proved_bound(replace(proof, inequalities=tampered), instance)[1]
    assert met
