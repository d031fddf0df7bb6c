"""Quarters in which things are full, against the closed form of one growing use."""

import math

from hypothesis import given
from hypothesis import strategies as st

from planner.growth import Path, Use, full_quarter
from planner.trend import LOOK_YEARS

RATE = st.floats(0.01, 1.0)
SHARE = st.floats(0.01, 0.99)


def number(quarter: str) -> int:
    year, _, rest = quarter.partition("-Q")
    return 4 * (int(year) - 2025) + int(rest) - 1


@given(RATE, SHARE)
def test_one_use_is_full_when_the_logarithm_says(rate: float, share: float) -> None:
    years = math.log(1 / share) / math.log(1 + rate)
    found = full_quarter([Use({"a": share}, 1.0)], {"a": Path(rate)}, 2025)
    if found is None:
        assert years > LOOK_YEARS - 1e-6
    else:
        assert number(found) / 4 - 1e-6 <= years <= (number(found) + 1) / 4 + 1e-6


@given(st.dictionaries(st.sampled_from("abcd"), SHARE, min_size=1), RATE, RATE)
def test_faster_growth_is_never_full_later(parts: dict[str, float], one: float, two: float) -> None:
    slow, fast = sorted((one, two))
    use = [Use(parts, 4.0)]
    late, early = (full_quarter(use, dict.fromkeys(parts, Path(rate)), 2025) for rate in (slow, fast))
    assert late is None or (early is not None and number(early) <= number(late))


def test_what_is_full_today_is_full_in_the_first_quarter() -> None:
    assert full_quarter([Use({"a": 3.0}, 2.0)], {}, 2025) == "2025-Q1"


def test_the_first_of_several_uses_counts() -> None:
    uses = [Use({"a": 1.0}, 10.0), Use({"b": 1.0}, 1.2)]
    assert full_quarter(uses, {"a": Path(0.1), "b": Path(0.1)}, 2025) == "2026-Q4"


def test_what_does_not_grow_is_never_full() -> None:
    assert full_quarter([Use({"a": 0.99}, 1.0)], {"b": Path(9.0)}, 2025) is None
    assert full_quarter([], {"b": Path(9.0)}, 2025) is None
