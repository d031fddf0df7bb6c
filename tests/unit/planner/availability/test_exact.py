"""Every method against counting all states of at most twelve elements; bounds hold; chance within three sigma."""

from itertools import product

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.availability.assess import DRAWS, assess, sampled
from planner.availability.bounds import bounds
from planner.availability.disjoint import TooManySetsError, cuts, minimal, paths, union
from planner.availability.exact import Factoring, TooManyPivotsError, at_least
from planner.availability.structure import Group, Structure, elements, every, holds, some
from planner.availability.structure import at_least as group
from planner.availability.twoterminal import TooManyPathsError, between

NAMES = "abcdefghijkl"


def structures(names: str = NAMES) -> st.SearchStrategy[Structure]:
    def grow(inner: st.SearchStrategy[Structure]) -> st.SearchStrategy[Structure]:
        return st.lists(inner, min_size=1, max_size=4).flatmap(
            lambda parts: st.integers(0, len(parts) + 1).map(lambda need: group(need, parts))
        )

    return st.recursive(st.sampled_from(names) | st.booleans(), grow, max_leaves=14)


SHARES = st.lists(st.sampled_from((0.0, 0.1, 0.5, 0.9, 0.999, 1.0)), min_size=12, max_size=12).map(
    lambda shares: dict(zip(NAMES, shares, strict=True))
)


def counted(structure: Structure, up: dict[str, float]) -> float:
    """Go through all states."""
    names = sorted(elements(structure))
    total = 0.0
    for state in product((True, False), repeat=len(names)):
        row = dict(zip(names, state, strict=True))
        weight = 1.0
        for name in names:
            weight *= up[name] if row[name] else 1.0 - up[name]
        total += weight * holds(structure, row.__getitem__)
    return total


@settings(max_examples=150, deadline=None, derandomize=True)
@given(structures(NAMES[:8]), SHARES)
def test_factoring_and_disjoint_products(structure: Structure, up: dict[str, float]) -> None:
    truth = counted(structure, up)
    assert Factoring(up).probability(structure) == pytest.approx(truth, abs=1e-12)
    assert union(paths(structure), up) == pytest.approx(truth, abs=1e-12)
    down = {name: 1.0 - share for name, share in up.items()}
    assert 1.0 - union(cuts(structure), down) == pytest.approx(truth, abs=1e-12)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.lists(structures(NAMES[:5]), max_size=4), st.integers(-1, 6), st.lists(st.booleans(), min_size=5, max_size=5))
def test_simplifying_keeps_the_meaning(parts: list[Structure], need: int, state: list[bool]) -> None:
    up = dict(zip(NAMES, state, strict=False))
    met = sum(holds(part, up.__getitem__) for part in parts)
    assert holds(group(need, parts), up.__getitem__) == (met >= need)
    assert holds(every(parts), up.__getitem__) == (met == len(parts))
    assert holds(some(parts), up.__getitem__) == (met > 0)


@pytest.mark.parametrize(("need", "parts"), [(0, ("a", "b")), (3, ("a", "b")), (1, ("a",))])
def test_what_is_no_group_is_refused(need: int, parts: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="no group"):
        Group(need, parts)


@settings(max_examples=12, deadline=None, derandomize=True)
@given(structures(NAMES), SHARES)
def test_twelve_elements(structure: Structure, up: dict[str, float]) -> None:
    assert Factoring(up).probability(structure) == pytest.approx(counted(structure, up), abs=1e-12)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(structures(NAMES[:7]), SHARES, st.integers(1, 6))
def test_bounds_hold_and_close(structure: Structure, up: dict[str, float], cases: int) -> None:
    truth = counted(structure, up)
    low, high = bounds(structure, up, cases)
    assert low - 1e-12 <= truth <= high + 1e-12
    assert bounds(structure, up) == pytest.approx((truth, truth), abs=1e-12)


@pytest.mark.parametrize(("need", "share"), [(1, 0.999), (2, 0.972), (3, 0.729)])
def test_two_of_three_by_hand(need: int, share: float) -> None:
    assert at_least([0.9, 0.9, 0.9], need) == pytest.approx(share)


END = st.integers(0, 4)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    st.lists(st.tuples(END, END, st.sampled_from(NAMES[:5])), max_size=8),
    st.sets(st.integers(1, 3), max_size=2),
    SHARES,
)
def test_a_connection_in_a_multigraph(
    links: list[tuple[int, int, str]], failing: set[int], up: dict[str, float]
) -> None:
    """Links share elements, are parallel, are loops; some nodes on the way fail too."""
    nodes = {f"n{node}": NAMES[6 + node] for node in failing}
    made = [(f"n{a}", f"n{b}", needs) for a, b, needs in links]
    structure = between(made, nodes, "n0", "n4")
    names = sorted({needs for *_, needs in links} | set(nodes.values()))
    truth = 0.0
    for state in product((True, False), repeat=len(names)):
        row = dict(zip(names, state, strict=True))
        net = nx.Graph()
        net.add_nodes_from(["n0", "n4"])
        net.add_edges_from((a, b) for a, b, needs in made if row[needs])
        net.remove_nodes_from([node for node, needs in nodes.items() if not row[needs]])
        weight = 1.0
        for name in names:
            weight *= up[name] if row[name] else 1.0 - up[name]
        truth += weight * nx.has_path(net, "n0", "n4")
    assert Factoring(up).probability(structure) == pytest.approx(truth, abs=1e-12)


def test_series_and_parallel_need_no_pivot() -> None:
    chain = [("s", "x", "a"), ("x", "t", "b"), ("s", "t", "c"), ("x", "y", "d")]
    structure = between(chain, {"x": "e"}, "s", "t")
    up = dict.fromkeys("abcde", 0.9)
    assert Factoring(up, most_pivots=0).probability(structure) == pytest.approx(1 - 0.1 * (1 - 0.9**3))


def tangle(size: int) -> tuple[Structure, dict[str, float]]:
    """A structure in which everything shares with everything: all pairs of elements that are not next to each other."""
    names = [f"e{k:02d}" for k in range(size)]
    pairs = [
        every([a, b, names[(i * j) % size]]) for i, a in enumerate(names) for j, b in enumerate(names) if i < j - 2
    ]
    return some(pairs), {name: 0.2 + 0.02 * (k % 7) for k, name in enumerate(names)}


def test_what_is_too_tangled_gets_bounds_and_chance() -> None:
    structure, up = tangle(14)
    truth = Factoring(up).probability(structure)
    with pytest.raises(TooManyPivotsError):
        Factoring(up, most_pivots=5).probability(structure)
    found = assess(structure, up, most_pivots=5, most_cases=3)
    assert found.method == "sampled"
    assert found.low <= truth <= found.high
    assert found.high - found.low < 0.01
    sigma = (truth * (1 - truth) / DRAWS) ** 0.5
    assert abs(found.share - truth) <= 3 * sigma
    assert sampled(structure, up, 1000, seed=3) == sampled(structure, up, 1000, seed=3)
    assert assess(structure, up, most_pivots=5).method == "bounds"
    assert assess(structure, up).share == truth


def test_too_much_is_refused_not_cut_short() -> None:
    structure, up = tangle(14)
    with pytest.raises(TooManySetsError):
        paths(structure, most=10)
    with pytest.raises(TooManySetsError):
        union(minimal(paths(structure)), up, most_terms=3)
    grid = [
        (f"{x},{y}", f"{x + dx},{y + dy}", f"{x}{y}{dx}")
        for x in range(6)
        for y in range(6)
        for dx, dy in ((0, 1), (1, 0))
    ]
    with pytest.raises(TooManyPathsError):
        between(grid, {}, "0,0", "5,5")
