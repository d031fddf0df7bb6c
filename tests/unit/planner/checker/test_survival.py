"""The checker's count against one search for every state; it shares nothing with the engine."""

from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from planner.checker.survival import link_cut_offs

LINKS = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=9)


def lost(nodes: int, links: list[tuple[int, int]], hub: int) -> int:
    found = {hub}
    for _ in range(nodes):
        found |= {b for pair in links for a, b in (pair, pair[::-1]) if a in found}
    return nodes - len(found)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(LINKS, st.integers(0, 5))
def test_single_and_double_failures(links: list[tuple[int, int]], hub: int) -> None:
    def without(*gone: int) -> int:
        return lost(6, [link for k, link in enumerate(links) if k not in gone], hub)

    singles = sum(without(k) for k in range(len(links)))
    doubles = sum(without(*pair) for pair in combinations(range(len(links)), 2))
    assert link_cut_offs(6, links, hub) == (singles, doubles)
