"""The oracle of a single cut equals enumeration; its facets hold for every purchase that survives."""

import math
from itertools import product

import numpy as np
import pytest

from planner.survivable.hull import CutModel


def random_model(seed: int) -> tuple[CutModel, np.ndarray]:
    chance = np.random.default_rng(seed)
    links, count = [], 0
    for _ in range(chance.integers(2, 5)):
        kinds = int(chance.integers(1, 4))
        units = np.sort(chance.choice(np.arange(1, 8), kinds, replace=False))
        stepped = bool(kinds > 1 and chance.random() < 0.5)
        links.append([(count + at, int(units[at]), stepped) for at in range(kinds)])
        count += kinds
    model = CutModel(links, int(chance.integers(1, 7)), spare=bool(chance.random() < 0.6))
    return model, chance.choice([0.0, 0.3, 0.5, 1.0, 2.0], count)


def enumerated(model: CutModel, alpha: np.ndarray) -> float:
    options = []
    for link in model.links:
        if link[0][2]:
            weights = np.cumsum([alpha[column] for column, _, _ in link])
            options.append([(0, 0.0), *((units, w) for (_, units, _), w in zip(link, weights, strict=True))])
        else:
            ranges = [range(model.needed // units + 2) for _, units, _ in link]
            options.append(
                [
                    (
                        sum(n * units for n, (_, units, _) in zip(chosen, link, strict=True)),
                        sum(n * alpha[column] for n, (column, _, _) in zip(chosen, link, strict=True)),
                    )
                    for chosen in product(*ranges)
                ]
            )
    least = math.inf
    for chosen in product(*options):
        units = [held for held, _ in chosen]
        if sum(units) - (max(units) if model.spare else 0) >= model.needed:
            least = min(least, sum(weight for _, weight in chosen))
    return least


@pytest.mark.parametrize("seed", range(60))
def test_oracle_equals_enumeration(seed: int) -> None:
    model, alpha = random_model(seed)
    found = model.cheapest(alpha, most=4)
    expected = enumerated(model, alpha)
    assert (found[0][0] if found else math.inf) == pytest.approx(expected)
    for value, point in found:
        assert alpha @ point == pytest.approx(value)
        held = [
            max((units for column, units, _ in link if point[column]), default=0)
            if link[0][2]
            else sum(point[column] * units for column, units, _ in link)
            for link in model.links
        ]
        assert sum(held) - (max(held) if model.spare else 0) >= model.needed
