"""The two-edge-connected design equals brute force and other solvers; no inequality cuts off an answer."""

import itertools

import numpy as np
import pytest
from scipy import sparse

from planner.checker.connectivity import bridges, verify
from planner.connectivity.cuts import partitions, smallest
from planner.connectivity.design import solve
from planner.connectivity.problem import Prices
from planner.connectivity.relaxation import Relaxation
from planner.connectivity.tour import length, tour
from planner.limits import Limits, Watch
from planner.program import Engine, Program
from planner.program import solve as solve_program


def prices(seed: int, n: int, plane: bool = True) -> np.ndarray:
    random = np.random.default_rng(seed)
    at = random.integers(0, 100, (n, 2))
    cost = np.rint(np.hypot(*(at[:, None, :] - at[None, :, :]).transpose(2, 0, 1))).astype(np.int64)
    if not plane:
        upper = np.triu(random.integers(0, 30, (n, n)), 1)
        cost = upper + upper.T
    return cost


def sound(cost: np.ndarray, edges: tuple[tuple[int, int], ...]) -> bool:
    return not list(bridges(len(cost), edges))


def every_set(cost: np.ndarray) -> int:
    pairs = list(itertools.combinations(range(len(cost)), 2))
    best = 10**9
    for size in range(len(cost), len(pairs) + 1):
        for edges in itertools.combinations(pairs, size):
            total = sum(int(cost[edge]) for edge in edges)
            if total < best and sound(cost, edges):
                best = total
    return best


def all_cuts(cost: np.ndarray, engine: Engine) -> float:
    """Every cut written out: 2^(n-1) rows."""
    n = len(cost)
    a, b = np.triu_indices(n, 1)
    sides = np.array([(0, *bits) for bits in itertools.product((0, 1), repeat=n - 1)][1:])
    rows = sparse.csr_array((sides[:, a] != sides[:, b]).astype(float))
    m = len(a)
    program = Program(
        cost[a, b].astype(float), rows, np.full(len(sides), 2.0), np.full(len(sides), np.inf), np.zeros(m), np.ones(m),
        np.ones(m, dtype=bool),
    )  # fmt: skip
    found = solve_program(program, Watch(Limits()), engine=engine)
    assert found.optimal
    assert found.objective is not None
    return found.objective


@pytest.mark.parametrize("plane", [True, False])
@pytest.mark.parametrize("seed", range(3))
def test_it_equals_every_set_of_edges(seed: int, plane: bool) -> None:
    cost = prices(seed, 5, plane)
    found = solve(Prices(cost))
    assert (found.status, found.objective) == ("optimal", every_set(cost))
    assert not verify(cost.tolist(), found.edges, found.objective or 0)


@pytest.mark.parametrize("engine", ["highs", "scip", "cpsat"])
@pytest.mark.parametrize("seed", range(8))
def test_other_solvers_agree(seed: int, engine: Engine) -> None:
    cost = prices(seed, 8, plane=seed % 2 == 0)
    found = solve(Prices(cost))
    assert found.objective == pytest.approx(all_cuts(cost, engine))
    assert found.bound == found.objective
    assert not verify(cost.tolist(), found.edges, found.objective or 0)


@pytest.mark.parametrize("seed", range(3))
def test_forty_nodes_are_proved_whatever_their_order(seed: int) -> None:
    cost = prices(seed, 40)
    found = solve(Prices(cost))
    assert found.status == "optimal"
    assert not verify(cost.tolist(), found.edges, found.objective or 0)
    order = np.random.default_rng(seed).permutation(40)
    assert solve(Prices(cost[np.ix_(order, order)])).objective == found.objective
    cheaper = cost.copy()
    cheaper[0, 1:] -= np.minimum(cheaper[0, 1:], 2)
    cheaper[1:, 0] = cheaper[0, 1:]
    assert (solve(Prices(cheaper)).objective or 0) <= (found.objective or 0)


@pytest.mark.parametrize("seed", range(4))
def test_no_inequality_cuts_off_the_optimum(seed: int) -> None:
    cost = prices(seed, 24)
    best = solve(Prices(cost))
    watch = Watch(Limits())
    relaxation = Relaxation(cost, tour(cost, 0, watch), watch)
    relaxation.run()
    a, b = (np.array(side) for side in zip(*best.edges, strict=True))
    for row in relaxation.rows:
        assert row.coefficients(a, b).sum() >= row.low - 1e-9
    assert relaxation.bound <= (best.objective or 0) + 1e-6
    inside = set(best.edges)
    for i, j in itertools.combinations(range(24), 2):  # reduced costs price every edge, bought or not
        change = relaxation.reduced[i, j]
        room = (best.objective or 0) - relaxation.bound + 1e-6
        assert ((i, j) in inside and change <= room) or ((i, j) not in inside and -change <= room)


def test_partitions_are_found_where_cuts_are_none() -> None:
    """Two triangles of halves joined by three whole edges: every cut holds, the optimum is not fractional."""
    a = np.array([0, 0, 1, 3, 3, 4, 0, 1, 2])
    b = np.array([1, 2, 2, 4, 5, 5, 3, 4, 5])
    x = np.array([0.5] * 6 + [1.0] * 3)
    assert not list(smallest(6, a, b, x))
    found = list(partitions(6, a, b, x))
    assert found
    assert all(float(cut.coefficients(a, b) @ x) < cut.low for cut in found)


def test_cuts_of_a_point_in_pieces_surround_them() -> None:
    a, b, x = np.array([0, 0, 1, 3, 3, 4]), np.array([1, 2, 2, 4, 5, 5]), np.ones(6)
    assert {tuple(np.flatnonzero(cut.inside)) for cut in smallest(6, a, b, x)} == {(0, 1, 2), (3, 4, 5)}


@pytest.mark.parametrize("n", [3, 4, 5, 7, 30])
def test_a_tour_visits_every_node_once(n: int) -> None:
    cost = prices(n, n)
    order = tour(cost, 5, Watch(Limits()))
    assert sorted(order.tolist()) == list(range(n))
    assert length(cost, order) <= length(cost, np.arange(n))


def test_small_graphs() -> None:
    assert solve(Prices(np.zeros((1, 1), dtype=np.int64))).objective == 0
    assert solve(Prices(np.array([[0, 3], [3, 0]]))).status == "infeasible"
    assert solve(Prices(np.array([[0, 1, 2], [1, 0, 3], [2, 3, 0]]))).objective == 6


def test_stopped_at_once_it_still_gives_a_sound_answer() -> None:
    cost = prices(1, 30)
    found = solve(Prices(cost), Limits(should_stop=lambda: True))
    assert found.status == "feasible"
    assert not verify(cost.tolist(), found.edges, found.objective or 0)
    assert found.bound <= (found.objective or 0)


def test_the_checker_sees_tampering() -> None:
    cost = prices(2, 9)
    found = solve(Prices(cost))
    total, edges = found.objective or 0, found.edges
    assert not verify(cost.tolist(), edges, total)
    assert verify(cost.tolist(), edges, total - 1)
    a, b = edges[0]
    assert verify(cost.tolist(), edges[1:], total - int(cost[a, b]))
    assert verify(cost.tolist(), (*edges, (b, a)), total + int(cost[a, b]))
    assert verify(cost.tolist(), (*edges, (0, 9)), total)
    assert verify(cost.tolist(), (*edges, (0, 0)), total)


def test_bridges_of_two_rings_joined_once() -> None:
    edges = [(0, 1), (1, 2), (2, 0), (2, 3), (3, 4), (4, 5), (5, 3)]
    assert list(bridges(6, edges)) == [(2, 3)]
    assert list(bridges(7, edges)) == [(2, 3), (0, 6)]


def test_prices_must_be_symmetric() -> None:
    with pytest.raises(ValueError, match="symmetric"):
        Prices(np.array([[0, 1], [2, 0]]))
    with pytest.raises(ValueError, match="negative"):
        Prices(np.array([[0, -1], [-1, 0]]))
