"""Pricing is exact: tables, whole programs and labels find what listing every pattern finds."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.packing.filling import Filling
from planner.packing.knapsack import Knapsack
from planner.packing.patterns import Patterns
from planner.packing.problem import Problem, fits
from tests.unit.planner.packing.brute import patterns

Priced = tuple[Problem, np.ndarray, list[tuple[int, ...]]]


@st.composite
def priced(draw: st.DrawFn) -> Priced:
    resources, kinds = draw(st.integers(1, 3)), draw(st.integers(1, 5))
    offer = np.array(draw(st.lists(st.integers(4, 16), min_size=resources, max_size=resources)))
    needs = np.array([[draw(st.integers(0 if k else 1, int(c))) for k, c in enumerate(offer)] for _ in range(kinds)])
    counts = np.array(draw(st.lists(st.integers(1, 4), min_size=kinds, max_size=kinds)))
    most = np.minimum(counts, fits(needs, offer))
    value = np.array(draw(st.lists(st.integers(0, 50), min_size=kinds, max_size=kinds)))
    every = patterns(needs.tolist(), most.tolist(), offer.tolist())
    return Problem(needs, counts, most, offer), value, every


@settings(derandomize=True, max_examples=100, deadline=None)
@given(priced())
def test_the_best_pattern_is_found(case: Priced) -> None:
    problem, value, every = case
    best = max(int(np.array(pattern) @ value) for pattern in every)
    for pricing in (Knapsack(problem), Filling(problem)):
        ceiling, found = pricing.best(value, 0, 10)
        assert ceiling == best
        assert all(tuple(pattern.tolist()) in every for pattern in found)
        assert max((int(pattern @ value) for pattern in found), default=0) == best
        quick = pricing.quick(value, 3, 10)
        assert all(tuple(pattern.tolist()) in every and pattern @ value > 3 for pattern in quick)


@settings(derandomize=True, max_examples=100, deadline=None)
@given(priced(), st.integers(0, 80), st.integers(0, 6))
def test_all_patterns_above_are_found(case: Priced, least: int, waste: int) -> None:
    problem, value, every = case
    found = Patterns(problem).above(value, least, 10**6)
    assert found.complete
    assert sorted(map(tuple, found.patterns.tolist())) == [p for p in every if np.array(p) @ value >= least]
    tight = Patterns(problem).above(value, least, 10**6, np.full(len(problem.offer), waste))
    wanted = {
        p for p in every
        if np.array(p) @ value >= least and (problem.offer - np.array(p) @ problem.needs <= waste).all()
    }  # fmt: skip
    assert set(map(tuple, tight.patterns.tolist())) == wanted


def test_labels_that_are_cut_say_so() -> None:
    problem = Problem(np.array([[1], [1], [2]]), np.array([9, 9, 9]), np.array([9, 9, 5]), np.array([10]))
    found = Patterns(problem).above(np.array([1, 1, 2]), 5, 4)
    assert not found.complete
    assert (found.values >= 5).all()


def test_large_offers_are_scaled_without_losing_a_pattern() -> None:
    needs, offer = np.array([[70_001, 3], [30_011, 5]]), np.array([200_003, 16])
    problem = Problem(needs, np.array([3, 3]), np.array([2, 3]), offer)
    every = patterns(needs.tolist(), [2, 3], offer.tolist())
    found = Patterns(problem).above(np.array([7, 3]), 9, 1000)
    assert sorted(map(tuple, found.patterns.tolist())) == [p for p in every if np.array(p) @ [7, 3] >= 9]
