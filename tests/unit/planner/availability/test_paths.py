"""Inclusion and exclusion against counting every state of at most twelve elements."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.availability.paths import all_up, any_up, unavailability

SHARE = st.floats(0.0, 1.0, allow_nan=False)
ELEMENTS = "abcdefghijkl"


def counted(paths: list[dict[str, float]]) -> float:
    """Probability that some path is up, by going through all states.

    An element is up, or down for the paths whose cable takes longest to mend: for every level of its shares one state.
    """
    elements = sorted({element for path in paths for element in path})
    states = []
    for element in elements:
        levels = sorted({path[element] for path in paths if element in path})
        chances = [1.0 - levels[-1], *(high - low for low, high in zip([0.0, *levels[:-1]], levels, strict=True))]
        # state 0: up; state k: down for every path whose share is at least levels[k - 1]
        states.append([(0.0, chances[0]), *zip(levels, chances[1:], strict=True)])
    total = 0.0
    for state in product(*states):
        chance = 1.0
        for _, part in state:
            chance *= part
        least = {element: level for element, (level, _) in zip(elements, state, strict=True)}
        up = any(all(not least[e] or share < least[e] for e, share in path.items()) for path in paths)
        total += chance * up
    return total


@settings(max_examples=150, deadline=None)
@given(st.lists(st.dictionaries(st.sampled_from(ELEMENTS[:6]), SHARE, min_size=1, max_size=5), min_size=1, max_size=3))
def test_any_paths(paths: list[dict[str, float]]) -> None:
    assert any_up(paths) == pytest.approx(counted(paths), abs=1e-12)


@settings(max_examples=20, deadline=None)
@given(st.lists(SHARE, min_size=12, max_size=12), st.integers(1, 11))
def test_two_disjoint_paths_of_twelve_elements(shares: list[float], cut: int) -> None:
    rates = dict(zip(ELEMENTS, shares, strict=True))
    one, two = ({e: rates[e] for e in part} for part in (ELEMENTS[:cut], ELEMENTS[cut:]))
    assert any_up([one, two]) == pytest.approx(counted([one, two]), abs=1e-12)
    assert any_up([one, two]) == pytest.approx(1 - (1 - all_up([one])) * (1 - all_up([two])), abs=1e-12)


@given(st.dictionaries(st.sampled_from(ELEMENTS), SHARE, max_size=12), SHARE)
def test_a_second_path_never_hurts_and_a_longer_path_never_helps(path: dict[str, float], share: float) -> None:
    assert any_up([path, {"a": share}]) >= any_up([path]) - 1e-12
    assert all_up([path | {"z": share}]) <= all_up([path])


def test_one_cut_two_cables() -> None:
    """Both carriers' cables are cut at once; the faster one is whole again while the other is still mended."""
    assert any_up([{"duct": 0.1}, {"duct": 0.3}]) == pytest.approx(0.9)


def test_no_path_is_never_up() -> None:
    assert any_up([]) == 0.0


def test_too_many_paths_are_refused() -> None:
    with pytest.raises(ValueError, match="9 paths"):
        any_up([{"a": 0.1}] * 9)


@given(st.floats(0, 1e6), st.floats(0, 1e6))
def test_unavailability_is_a_share(rate: float, hours: float) -> None:
    assert 0.0 <= unavailability(rate, hours) < 1.0
    assert unavailability(rate, hours) <= rate * hours / 8760 + 1e-12
