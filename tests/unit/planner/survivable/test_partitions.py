"""Facets of three node groups hold for every purchase that survives, by enumeration."""

import math
from itertools import product

import numpy as np
import pytest

from planner.survivable.cutmodel import Offer, bundles, part_of
from planner.survivable.partitions import GROUPS, PartitionModel, three_groups


def random_model(seed: int) -> PartitionModel:
    chance = np.random.default_rng(seed)
    needs = tuple(int(need) for need in chance.integers(0, 6, 3))
    offers, classes, count = [], [], 0
    for number in range(int(chance.integers(4, 6))):
        kinds = int(chance.integers(1, 3))
        units = np.sort(chance.choice(np.arange(1, 6), kinds, replace=False)).tolist()
        stepped = bool(kinds > 1 and chance.random() < 0.5)
        table, held = bundles(units, chance.integers(1, 3, kinds).tolist(), max(*needs, 1), steps=stepped)
        offers.append(Offer(np.arange(count, count + kinds), table, held, stepped))
        classes.append(number % 3 if number < 3 else int(chance.integers(3)))
        count += kinds
    return PartitionModel(offers, classes, (needs[0], needs[1], needs[2]))


def survives(model: PartitionModel, units: list[int]) -> bool:
    for pair, need in zip(GROUPS, model.needs, strict=True):
        held = [one for one, of in zip(units, model.classes, strict=True) if of in pair]
        if need > 0 and sum(held) - max(held, default=0) < need:
            return False
    return True


@pytest.mark.parametrize("seed", range(150))
def test_listed_and_lifted(seed: int) -> None:
    model = random_model(seed)
    chance = np.random.default_rng(seed)
    parts = []
    for offer in model.offers[: 2 + seed % (len(model.offers) - 1)]:
        values = chance.choice([0.0, 0.3, 1.0], len(offer.columns))
        parts.append(part_of(offer, np.sort(values)[::-1] if offer.steps else values, 1e-6) or offer)
    small = PartitionModel(parts, model.classes[: len(parts)], model.needs)
    alpha = chance.choice([0.0, 0.3, 0.5, 1.0, 2.0], len(small.columns))
    listed = small.minimal(100_000)
    assert listed is not None
    least = (listed @ alpha).min(initial=math.inf)
    every = [
        [int(offer.units[at]) for offer, at in zip(parts, chosen, strict=True)]
        for chosen in product(*(range(len(offer.units)) for offer in parts))
    ]
    assert bool(len(listed)) == any(survives(small, units) for units in every)
    found = small.cheapest(alpha, most=4)
    assert (found[0][0] if found else math.inf) == pytest.approx(least)
    for value, point in found:
        assert alpha @ point == pytest.approx(value)
        assert survives(
            small,
            [
                int(offer.units[(offer.bundles == point[part]).all(axis=1)][0])
                for offer, part in zip(small.offers, small.parts, strict=True)
            ],
        )
    assert small.cheapest(alpha, below=least * (1 - 1e-9)) == []
    if not math.isfinite(least) or least <= 0:
        return
    weights = small.lifted(alpha / least, model.offers, model.classes)
    for chosen in product(*(range(len(offer.units)) for offer in model.offers)):
        if survives(model, [int(offer.units[at]) for offer, at in zip(model.offers, chosen, strict=True)]):
            worth = sum(
                float(offer.bundles[at] @ w) for offer, w, at in zip(model.offers, weights, chosen, strict=True)
            )
            assert worth >= 1 - 1e-9


def test_two_node_sets_make_three_groups_when_nested_or_apart() -> None:
    one, two, across = (np.array(bits, dtype=bool) for bits in ([0, 1, 1, 0], [0, 1, 0, 0], [0, 0, 1, 1]))
    assert [group.tolist() for group in three_groups([one, two], 9)] == [[0, 1, 2, 0]]
    assert three_groups([one, across], 9) == []
