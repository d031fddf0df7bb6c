"""The oracle of a single cut equals enumeration; its facets hold for every purchase that survives."""

import math
from collections.abc import Iterator
from itertools import product

import numpy as np
import pytest

from planner.survivable.cutmodel import CutModel, Offer, bundles, part_of


def random_model(seed: int, needed: int | None = None) -> tuple[CutModel, np.ndarray]:
    chance = np.random.default_rng(seed)
    offers, count = [], 0
    needed = needed or int(chance.integers(1, 7))
    for _ in range(chance.integers(2, 5)):
        kinds = int(chance.integers(1, 4))
        units = np.sort(chance.choice(np.arange(1, 8), kinds, replace=False)).tolist()
        stepped = bool(kinds > 1 and chance.random() < 0.5)
        most = chance.integers(1, 8, kinds).tolist()
        table, held = bundles(units, most, needed, steps=stepped)
        offers.append(Offer(np.arange(count, count + kinds), table, held, stepped))
        count += kinds
    model = CutModel(offers, needed, spare=bool(chance.random() < 0.6))
    return model, chance.choice([0.0, 0.3, 0.5, 1.0, 2.0], count)


def survivors(model: CutModel) -> Iterator[list[int]]:
    """Yield which bundle of each link, for every purchase that survives."""
    for chosen in product(*(range(len(offer.units)) for offer in model.offers)):
        units = [int(offer.units[at]) for offer, at in zip(model.offers, chosen, strict=True)]
        if sum(units) - (max(units) if model.spare else 0) >= model.needed:
            yield list(chosen)


def worth(offers: list[Offer], weights: list[np.ndarray], chosen: list[int]) -> float:
    return sum(float(offer.bundles[at] @ w) for offer, w, at in zip(offers, weights, chosen, strict=True))


@pytest.mark.parametrize("seed", range(60))
def test_oracle_equals_enumeration(seed: int) -> None:
    model, alpha = random_model(seed)
    found = model.cheapest(alpha, most=4)
    weights = [alpha[part] for part in model.parts]
    listed = model.minimal(100_000)
    assert listed is not None
    assert (listed @ alpha).min(initial=math.inf) == pytest.approx(found[0][0] if found else math.inf)
    least = min((worth(model.offers, weights, chosen) for chosen in survivors(model)), default=math.inf)
    assert (found[0][0] if found else math.inf) == pytest.approx(least)
    for value, point in found:
        assert alpha @ point == pytest.approx(value)
        held = []
        for offer, part in zip(model.offers, model.parts, strict=True):
            at = np.flatnonzero((offer.bundles == point[part]).all(axis=1))
            held.append(int(offer.units[at[0]]))
        assert sum(held) - (max(held) if model.spare else 0) >= model.needed


@pytest.mark.parametrize("seed", range(120))
def test_lifted_coefficients_hold_for_every_purchase_that_survives(seed: int) -> None:
    model, _ = random_model(seed)
    chance = np.random.default_rng(seed)
    parts = []
    for offer in model.offers[: 1 + seed % len(model.offers)]:
        values = chance.choice([0.0, 0.3, 1.0], len(offer.columns))
        part = part_of(offer, np.sort(values)[::-1] if offer.steps else values, 1e-6)
        parts.append(part or offer)
    small = CutModel(parts, model.needed, spare=model.spare)
    alpha = chance.choice([0.0, 0.3, 0.5, 1.0, 2.0], len(small.columns))
    found = small.cheapest(alpha)
    if not found or found[0][0] <= 0:
        return
    weights = small.lifted(alpha / found[0][0], model.offers)
    assert all((one >= 0).all() for one in weights)
    for chosen in survivors(model):
        assert worth(model.offers, weights, chosen) >= 1 - 1e-9


def test_bundles_list_every_count_and_full_ones_once() -> None:
    table, held = bundles([1, 3], [2, 4], 5, steps=False)
    assert held.tolist() == sorted(held.tolist())
    assert {tuple(row) for row in table.tolist()} == {(0, 0), (1, 0), (2, 0), (0, 1), (1, 1), (2, 1), (0, 2)}


@pytest.mark.parametrize("seed", range(30))
def test_prices_are_the_least_weights_of_so_many_units(seed: int) -> None:
    model, alpha = random_model(seed)
    for offer, part in zip(model.offers, model.parts, strict=True):
        units, weights, places = offer.prices(alpha[part])
        assert (np.diff(units) > 0).all()
        assert (np.diff(weights) > 0).all()
        for level in range(int(offer.units[-1]) + 1):
            at = int(np.searchsorted(units, level))
            assert weights[at] == pytest.approx((offer.bundles[offer.units >= level] @ alpha[part]).min())
        assert (offer.bundles[places] @ alpha[part]).tolist() == pytest.approx(weights.tolist())
        assert (offer.units[places] >= np.append(-1, units[:-1]) + 1).all()
