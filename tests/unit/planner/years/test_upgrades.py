"""Paths of modules: the cheapest is the cheapest of all sequences."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.money import Money
from planner.years.upgrades import Worth, capacity, covers, options, paths
from topology.model import CandidateLink, ModuleChoice


def link(*kinds: tuple[float, int, int, int]) -> CandidateLink:
    """Make a link of modules (capacity, one-off, monthly, existing), at most two of each."""
    modules = tuple(ModuleChoice(f"m{n}", c, once, rent, 2, e) for n, (c, once, rent, e) in enumerate(kinds))
    return CandidateLink("l", "access", "a", "b", "c", (), 1.0, modules)


KIND = st.tuples(
    st.sampled_from([10.0, 20.0, 50.0, 100.0]), st.integers(0, 60), st.integers(1, 20), st.sampled_from([0, 0, 1])
)


@settings(derandomize=True, max_examples=60, deadline=None)
@given(
    st.lists(KIND, min_size=1, max_size=2, unique_by=lambda kind: kind[0]),
    st.lists(st.floats(0.1, 1.5), min_size=3, max_size=3),
)
def test_the_cheapest_path_is_the_cheapest_sequence(
    kinds: list[tuple[float, int, int, int]], steps: list[float]
) -> None:
    one = link(*kinds)
    most = max(m.capacity_mbps for m in one.modules)
    needs = [min(most * 2, most * 0.4 * total) for total in itertools.accumulate(steps)]
    worth = Worth.of(0.1, Money.of(0.1, 1).factor_millionths, 3)
    planned = covers(one, needs[0])[0]
    found = paths(one, options(one, needs, planned, worth.months[0]), needs, worth)
    cheapest = min(path.cost_vnd for path in found)
    existing = tuple(m.existing for m in one.modules)
    every = list(itertools.product(*(range(3) for _ in one.modules)))
    best = float("inf")
    for sequence in itertools.product(every, repeat=3):
        if all(capacity(one, o) + 1e-6 >= need for o, need in zip(sequence, needs, strict=True)):
            cost, before = 0.0, existing
            for y, option in enumerate(sequence):
                pairs = list(zip(one.modules, option, before, strict=True))
                cost += worth.start[y] * sum(m.one_off_vnd * max(0, n - was) for m, n, was in pairs)
                cost += worth.months[y] * sum(m.monthly_vnd * n for m, n, _ in pairs)
                before = option
            best = min(best, cost)
    assert cheapest == pytest.approx(best, rel=1e-9, abs=1e-6)


def test_covers_are_smallest() -> None:
    assert covers(link((10, 1, 1, 0), (50, 1, 1, 0)), 15) == [(0, 1), (2, 0)]
