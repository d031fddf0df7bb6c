"""What is worth buying on a link: nothing that others beat, nothing left out that they do not."""

import random
from itertools import product

import numpy as np
import pytest

from planner.survivable.instance import Demand, Instance, Link, Module
from planner.survivable.sizes import columns, elementary


def test_mixtures_are_no_modules_of_their_own() -> None:
    listed = [(20 * half + 20, 6590 * (half % 2 == 0) + 7590 * ((half + 1) // 2)) for half in range(40)]
    modules = tuple(Module(float(capacity), float(cost)) for capacity, cost in listed)
    assert [module.capacity for module in elementary(modules)] == [20.0, 40.0]
    cheaper = (*modules[:4], Module(100.0, 21_769.0))
    assert [module.capacity for module in elementary(cheaper)] == [20.0, 40.0, 100.0]


@pytest.mark.parametrize("seed", range(20))
def test_every_amount_costs_the_same_without_them(seed: int) -> None:
    chance = random.Random(seed)
    modules = tuple(Module(float(chance.randint(1, 9)), float(chance.randint(1, 9))) for _ in range(4))
    kept = elementary(modules)
    for amount in range(1, 19):
        assert least(tuple(kept), amount) == least(modules, amount)


def test_numbers_of_modules_hold_everything_worth_having() -> None:
    modules = (Module(1.0, 3.0), Module(4.0, 7.0), Module(9.0, 15.0))
    link = Link("ab", "a", "b", modules)
    instance = Instance(("a", "b"), (link,), (Demand("ab", "a", "b", 11.0),))
    whole = columns(instance, 11.0, 0)
    assert (whole.before < 0).all()
    for amount in range(1, 12):
        some = product(*(range(int(most) + 1) for most in whole.most))
        costs = [float(whole.cost @ counts) for counts in some if np.array(counts) @ whole.size >= amount]
        assert min(costs) == least(modules, amount)


def least(modules: tuple[Module, ...], amount: int) -> float:
    """The least cost of at least an amount, by trying everything."""
    most = [int(amount // module.capacity) + 2 for module in modules]
    return min(
        sum(count * module.cost for count, module in zip(counts, modules, strict=True))
        for counts in product(*(range(count) for count in most))
        if sum(count * module.capacity for count, module in zip(counts, modules, strict=True)) >= amount
    )


def test_what_opens_a_link() -> None:
    dear, plain = (Module(1.0, 30.0), Module(2.0, 32.0)), (Module(1.0, 3.0), Module(2.0, 6.0))
    links = (
        Link("ab", "a", "b", dear),
        Link("ba", "b", "a", plain),
        Link("bc", "b", "c", plain, fixed_charge=9.0),
        Link("ca", "c", "a", (Module(0.25, 1.0),), fixed_charge=9.0),
    )
    instance = Instance(("a", "b", "c"), links, (Demand("ab", "a", "b", 9.0),))
    offered = columns(instance, 9.0)
    first = [int(np.flatnonzero(offered.link == link)[0]) for link in range(len(links))]
    assert np.flatnonzero(offered.openings()).tolist() == [first[0], first[2], first[3]]
