"""Growth from a series: against hand and closed form, coverage of its band, odd series, and a checker that notices."""

import dataclasses
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.checker import verify_trends
from planner.checker.trends import Fit
from planner.growth import Path, paths, told
from planner.plan import Plan
from planner.trend import LOOK_YEARS, MOST, Points, Trend, trend
from topology.check.consistency import contradictions
from topology.model import Network
from topology.schema.geography import Observed

STUDENT_3 = 1.63774435
"""90 % quantile, three degrees of freedom: Student's table."""


def series(*values: float, first: int = 2014) -> Points:
    return tuple((first + n, value) for n, value in enumerate(values))


def known(points: Points, plan_year: int) -> Trend:
    found = trend(points, plan_year)
    assert found is not None
    return found


def test_a_straight_line_by_the_textbook() -> None:
    """Draper and Smith: slope and prediction error of ln x over -2 … 2, by hand."""
    values = [100.0, 108.0, 104.0, 121.0, 118.0]
    found = known(series(*values, first=2020), 2024)
    logs = [math.log(value) for value in values]
    slope = sum(x * y for x, y in zip(range(-2, 3), logs, strict=True)) / 10
    mean = sum(logs) / 5
    squares = sum((y - mean - slope * x) ** 2 for x, y in zip(range(-2, 3), logs, strict=True)) / 3
    assert (found.fitted.years, found.fitted.first, found.fitted.last, found.fitted.noise_that_stays) == (
        5,
        2020,
        2024,
        0.0,
    )
    assert found.fitted.slope == pytest.approx(slope, abs=1e-9)
    assert found.fitted.sigma == pytest.approx(math.sqrt(squares), abs=1e-8)
    for k in (1, 2, 7):
        error = math.sqrt(squares * (1 + 1 / 5 + (2 + k) ** 2 / 10))
        assert found.p50[k] == pytest.approx(math.exp(slope * k), abs=2e-6)
        assert found.p90[k] == pytest.approx(math.exp(slope * k + STUDENT_3 * error), abs=1e-5)


def test_noise_that_stays_makes_a_random_walk_with_drift() -> None:
    """Of a walk the best prediction is the last use and the mean step: s²(k) = σ² (k + k² / (n - 1))."""
    steps = np.random.default_rng(1).normal(0.08, 0.05, 24)
    found = known(series(*(100 * np.exp(np.concatenate(([0.0], steps)).cumsum())).tolist()), 2038)
    assert found.fitted.noise_that_stays == 1.0
    drift, variance = float(steps.mean()), float(steps.var(ddof=1))
    assert found.fitted.slope == pytest.approx(drift, abs=1e-8)
    student = 1.319460
    for k in (1, 4, 9):
        error = math.sqrt(variance * (k + k * k / 24))
        assert found.p90[k] == pytest.approx(math.exp(drift * k + student * error), rel=2e-6)


def test_years_between_the_series_and_the_plan_widen_the_band() -> None:
    points = series(100, 108, 104, 121, 118)
    near, far = known(points, 2018), known(points, 2021)
    assert near.p50 == far.p50
    assert all(a < b for a, b in zip(near.p90[1:], far.p90[1:], strict=True))


@settings(derandomize=True, max_examples=25, deadline=None)
@given(
    st.lists(st.floats(1.0, 1e6), min_size=4, max_size=13),
    st.sets(st.integers(1, 11), max_size=3),
    st.integers(0, 3),
)
def test_every_band_is_that_of_least_squares(values: list[float], gone: set[int], later: int) -> None:
    """The checker's closed form and the filter agree, whatever is missing; paths start at 1, rise, and never cross."""
    points = tuple(one for n, one in enumerate(series(*values)) if n not in gone or len(values) - len(gone) < 4)
    last = points[-1][0]
    found = known(points, last + later)
    fit = Fit([year for year, _ in points], [use for _, use in points], found.fitted.noise_that_stays)
    if fit.variance > 1e-12:
        assert found.fitted.slope == pytest.approx(float(fit.beta[1]), abs=1e-7)
        assert found.fitted.sigma == pytest.approx(math.sqrt(fit.variance), rel=1e-6, abs=1e-8)
    assert len(points) >= 10 or found.fitted.noise_that_stays == 0.0
    for path in (found.p50, found.p90):
        assert path[0] == 1.0
        assert list(path) == sorted(path)
        assert path[-1] <= MOST
        assert len(path) == LOOK_YEARS + 1
    assert all(low <= high for low, high in zip(found.p50, found.p90, strict=True))


@pytest.mark.parametrize(("years", "stays"), [(5, 0.0), (14, 0.6)])
def test_nine_in_ten_stay_below_p90(years: int, stays: float) -> None:
    """Draws of the model itself: the use three years on is below P90 in about nine cases of ten."""
    generator = np.random.default_rng(7)
    drawn, below = 240 if years < 10 else 80, 0
    for _ in range(drawn):
        noise = generator.normal(0, 0.06 * math.sqrt(1 - stays), years + 3)
        walk = generator.normal(0, 0.06 * math.sqrt(stays), years + 3).cumsum()
        logs = 0.10 * np.arange(years + 3) + walk + noise
        seen = known(series(*np.exp(logs[:years]).tolist()), 2013 + years)
        fit = Fit(range(years), np.exp(logs[:years]).tolist(), seen.fitted.noise_that_stays)
        left = logs[:years] - fit.X @ fit.beta
        kept = seen.fitted.noise_that_stays * (1 + np.minimum(years - 1, fit.t)) @ fit.inverse @ left
        now = float(fit.beta[0] + fit.beta[1] * (years - 1) + kept)
        below += logs[years + 2] - now <= math.log(seen.p90[3])
    assert 0.85 <= below / drawn <= 0.97


def test_degenerate_series() -> None:
    assert trend(series(1, 2, 4), 2016) is None
    still = known(series(*[50.0] * 11), 2024)
    assert still.p50 == still.p90 == (1.0,) * (LOOK_YEARS + 1)
    doubling = known(series(*(2.0**n for n in range(12))), 2025)
    assert doubling.fitted.noise_that_stays == 0.0
    assert doubling.p90[:4] == doubling.p50[:4] == pytest.approx((1, 2, 4, 8))
    assert doubling.p50[-1] == MOST
    falling = known(series(8, 4, 2, 1), 2017)
    assert set(falling.p50) == {1.0}
    assert falling.fitted.slope < 0
    calm, odd = (known(series(100, 102, 101, 103, third, 104, 105), 2020) for third in (104, 300))
    assert odd.p90[1] > calm.p90[1] * 1.5  # one outlier makes the band honest, not the median wild
    assert odd.p50[5] < 2


def with_series(network: Network, *values: float, first: int = 2010) -> Network:
    amount = network.records.money.energy_vnd_per_kwh
    points = tuple(
        Observed(year=first + n, value=amount.model_copy(update={"value": value})) for n, value in enumerate(values)
    )
    one, *others = network.records.services
    one = one.model_copy(update={"growth": one.growth.model_copy(update={"series": points})})
    return dataclasses.replace(network, records=dataclasses.replace(network.records, services=(one, *others)))


def test_no_trend_is_drawn_through_what_is_none(mini: Network) -> None:
    year = mini.records.province.plan_year
    odd = with_series(mini, 10.0, 0.0, 12.0, 13.0, first=year - 3)
    twice = odd.records.services[0].growth.series
    said = {path.rpartition("series/")[2]: what for path, what, _ in contradictions(odd.records)}
    assert said == {"1/value": "no use has no growth rate"}
    growth = odd.records.services[0].growth.model_copy(update={"series": (twice[0], twice[0], twice[3])})
    services = (odd.records.services[0].model_copy(update={"growth": growth}), *odd.records.services[1:])
    said = {
        path.rpartition("series/")[2]
        for path, _, _ in contradictions(dataclasses.replace(odd.records, services=services))
    }
    assert said == {"1/year"}
    ahead = with_series(mini, 10.0, 11.0, first=year)
    assert [what for _, what, _ in contradictions(ahead.records)] == [f"year {year + 1} is yet to come"]


def test_a_path_is_geometric_between_years() -> None:
    path = Path(factors=(1.0, 1.21, 1.21, 2.0))
    assert [path.after(t) for t in (0, 0.5, 1, 1.5, 3)] == pytest.approx([1, 1.1, 1.21, 1.21, 2.0])
    assert path.along(np.array([0.5, 2.5])).tolist() == pytest.approx([1.1, math.sqrt(1.21 * 2)])
    steady = Path(0.2)
    assert steady.along(np.array([0.0, 2.0])).tolist() == pytest.approx([1.0, 1.44])


ROUGH = (100.0, 108.0, 104.0, 121.0, 140.0, 133.0, 150.0, 171.0, 165.0, 190.0, 204.0, 233.0)


def test_the_checker_notices_every_false_word(mini: Network, mini_plan: Plan) -> None:
    network = with_series(mini, *ROUGH)
    growth = told(network.records)
    plan = mini_plan.model_copy(update={"growth": growth})
    assert verify_trends(plan, network) == (len(network.records.services), [])
    index = next(n for n, one in enumerate(growth) if one.trend is not None)
    other = next(n for n, one in enumerate(growth) if one.trend is None)
    fitted, stated = growth[index], growth[other]
    assert fitted.trend is not None
    assert paths(network.records, "p90")[fitted.service].after(1) == fitted.p90[0]

    def says(place: int, **update: Any) -> list[str]:
        changed = [*growth]
        changed[place] = changed[place].model_copy(update=update)
        found = verify_trends(plan.model_copy(update={"growth": tuple(changed)}), network)[1]
        return [violation.text for violation in found]

    def of_trend(**update: Any) -> list[str]:
        assert fitted.trend is not None
        return says(index, trend=fitted.trend.model_copy(update=update))

    for tampered in (
        says(index, p90=tuple(factor * 0.999 for factor in fitted.p90)),
        says(index, p50=fitted.p50[:-1]),
        says(other, p50=tuple(factor + 1e-3 for factor in stated.p50)),
        says(index, basis="rates"),
        says(index, trend=None),
        says(other, sources=("nowhere",)),
        of_trend(years=11),
        of_trend(slope=fitted.trend.slope + 1e-6),
        of_trend(sigma=fitted.trend.sigma * 0.9),
        of_trend(noise_that_stays=1.0 if fitted.trend.noise_that_stays < 0.5 else 0.0),
        of_trend(noise_that_stays=1.5),
    ):
        assert tampered
    assert verify_trends(plan.model_copy(update={"growth": growth[1:]}), network)[1]
