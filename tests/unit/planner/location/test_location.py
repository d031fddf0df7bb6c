"""Facility location equals brute force and other formulations, whatever the order or the scale of the input."""

import itertools
import math
import time
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool

import numpy as np
import pytest
from scipy import sparse

from planner.checker.location import verify_medians, verify_supply
from planner.limits import Limits, Watch
from planner.location import knapsack
from planner.location.ahead import Ahead
from planner.location.lagrangian import evaluate, fewest
from planner.location.problem import Assigned, Medians, Sites, Supply
from planner.location.single import Dual
from planner.location.single import _restricted as restricted
from planner.location.single import solve as solve_single
from planner.location.split import solve as solve_split
from planner.location.transport import serve
from planner.program import Engine, Program, solve


def sites(seed: int, m: int = 6, n: int = 9) -> Sites:
    random = np.random.default_rng(seed)
    demand = random.integers(0 if seed % 3 == 0 else 1, 20, n).astype(float)
    capacity = random.integers(15, 60, m).astype(float) if seed % 2 else np.full(m, 45.0)
    capacity[0] = demand.sum()
    return Sites(
        capacity, random.integers(10, 300, m).astype(float), demand, random.integers(1, 90, (m, n)).astype(float)
    )


def medians(seed: int, n: int = 8, p: int = 3) -> Medians:
    random = np.random.default_rng(seed)
    at = random.integers(0, 50, (n, 2))
    cost = np.floor(np.hypot(*(at[:, None, :] - at[None, :, :]).transpose(2, 0, 1))).astype(np.int64)
    demand = random.integers(1, 12, n)
    return Medians(p, np.full(n, int(demand.sum() / p * 1.15) + 1), demand, cost)


def sound(given: Sites, found: Supply) -> bool:
    assert found.objective is not None
    return not verify_supply(
        given.capacity.tolist(), given.opening.tolist(), given.demand.tolist(), given.cost.tolist(),
        found.share.tolist(), found.objective,
    )  # fmt: skip


def sound_medians(given: Medians, found: Assigned) -> bool:
    assert found.objective is not None
    return not verify_medians(
        given.count, given.capacity.tolist(), given.demand.tolist(), given.cost.tolist(), found.median.tolist(),
        found.objective,
    )  # fmt: skip


def all_sets(given: Sites) -> float:
    watch, best = Watch(Limits()), math.inf
    for open_ in itertools.product((False, True), repeat=len(given.capacity)):
        served = serve(given, np.array(open_), watch)
        best = min(best, served.cost if served else math.inf)
    return best


def all_assignments(given: Medians) -> float:
    n, best = len(given.demand), math.inf
    for chosen in itertools.combinations(range(n), given.count):
        cost = given.cost[list(chosen)]
        for to in itertools.product(range(given.count), repeat=n):
            load = np.bincount(to, weights=given.demand, minlength=given.count)
            if (load <= given.capacity[list(chosen)]).all():
                best = min(best, float(cost[list(to), range(n)].sum()))
    return best


@pytest.mark.parametrize("seed", range(12))
def test_split_supply_equals_all_sets_of_facilities(seed: int) -> None:
    given = sites(seed)
    found = solve_split(given)
    assert found.status == "optimal"
    assert found.objective == pytest.approx(all_sets(given), rel=1e-9)
    assert found.bound <= found.objective
    assert found.bound == pytest.approx(found.objective, rel=1e-6)
    assert sound(given, found)


@pytest.mark.parametrize("seed", range(5))
def test_single_supply_equals_all_assignments(seed: int) -> None:
    given = medians(seed, n=7)
    found = solve_single(given)
    assert (found.status, found.objective) == ("optimal", all_assignments(given))
    assert found.bound == found.objective
    assert sound_medians(given, found)


def strong(given: Sites) -> Program:
    """The strong formulation, written without any of the code under test."""
    m, n = given.cost.shape
    x = np.arange(m * n).reshape(m, n)
    entries: list[tuple[list[int], list[float], float, float]] = [
        (x[:, j].tolist(), [1.0] * m, 1.0, 1.0) for j in range(n)
    ]
    entries += [
        ([*x[i].tolist(), m * n + i], [*given.demand.tolist(), -given.capacity[i]], -math.inf, 0.0) for i in range(m)
    ]
    entries += [([int(x[i, j]), m * n + i], [1.0, -1.0], -math.inf, 0.0) for i in range(m) for j in range(n)]
    rows = sparse.lil_array((len(entries), m * n + m))
    for k, (where, values, _, _) in enumerate(entries):
        rows[k, where] = values
    low, high = (np.array([entry[at] for entry in entries], dtype=float) for at in (2, 3))
    whole = np.arange(m * n + m) >= m * n
    cost = np.concatenate((given.cost.ravel(), given.opening))
    return Program(cost, rows.tocsr(), low, high, np.zeros(m * n + m), np.ones(m * n + m), whole)


@pytest.mark.parametrize("engine", ["highs", "scip"])
@pytest.mark.parametrize("seed", range(100, 110))
def test_other_solvers_agree_on_split_supply(seed: int, engine: Engine) -> None:
    given = sites(seed, 7, 12)
    other = solve(strong(given), Watch(Limits()), engine=engine)
    assert other.optimal
    assert solve_split(given).objective == pytest.approx(other.objective, rel=1e-7)


def whole_medians(given: Medians) -> Program:
    n = len(given.demand)
    x = np.arange(n * n).reshape(n, n)
    rows = sparse.lil_array((2 * n + 1, n * n + n))
    for k in range(n):
        rows[k, x[:, k]] = 1.0
        rows[n + k, x[k]] = given.demand.astype(float)
        rows[n + k, n * n + k] = -float(given.capacity[k])
        rows[2 * n, n * n + k] = 1.0
    low = np.concatenate((np.ones(n), np.full(n, -np.inf), [0.0]))
    high = np.concatenate((np.ones(n), np.zeros(n), [given.count]))
    size = n * n + n
    cost = np.concatenate((given.cost.ravel().astype(float), np.zeros(n)))
    return Program(cost, rows.tocsr(), low, high, np.zeros(size), np.ones(size), np.ones(size, dtype=bool))


@pytest.mark.parametrize("engine", ["highs", "scip", "cpsat"])
@pytest.mark.parametrize("seed", range(200, 205))
def test_other_solvers_agree_on_single_supply(seed: int, engine: Engine) -> None:
    given = medians(seed, n=12, p=3)
    other = solve(whole_medians(given), Watch(Limits()), engine=engine)
    assert other.optimal
    assert solve_single(given).objective == pytest.approx(other.objective)


@pytest.mark.parametrize("seed", range(6))
def test_order_and_scale_change_nothing(seed: int) -> None:
    given, random = sites(seed), np.random.default_rng(seed)
    before = solve_split(given).objective
    i, j = random.permutation(len(given.capacity)), random.permutation(len(given.demand))
    shuffled = Sites(given.capacity[i], given.opening[i], given.demand[j], given.cost[np.ix_(i, j)])
    assert solve_split(shuffled).objective == pytest.approx(before, rel=1e-9)
    scaled = Sites(given.capacity * 64, given.opening * 1000, given.demand * 64, given.cost * 1000)
    assert solve_split(scaled).objective == pytest.approx(1000 * (before or 0), rel=1e-9)


@pytest.mark.parametrize("seed", range(6))
def test_more_capacity_is_never_dearer_and_more_demand_never_cheaper(seed: int) -> None:
    given = sites(seed)
    before = solve_split(given).objective or 0.0
    roomier = Sites(given.capacity * 1.2, given.opening, given.demand, given.cost)
    assert (solve_split(roomier).objective or 0.0) <= before * (1 + 1e-9)
    points = medians(seed)
    first = solve_single(points).objective or 0
    more = Medians(points.count, points.capacity + 3, points.demand, points.cost)
    assert (solve_single(more).objective or 0) <= first
    order = np.random.default_rng(seed).permutation(len(points.demand))
    relabelled = Medians(points.count, points.capacity[order], points.demand[order], points.cost[np.ix_(order, order)])
    assert solve_single(relabelled).objective == first


def test_too_little_capacity_is_infeasible() -> None:
    given = sites(1)
    small = Sites(given.capacity * 0.0 + 1.0, given.opening, given.demand, given.cost)
    assert solve_split(small).status == "infeasible"
    points = medians(1)
    assert solve_single(Medians(1, points.capacity, points.demand, points.cost)).status == "infeasible"


def test_capacity_that_suffices_in_sum_but_not_in_parts_is_infeasible() -> None:
    cost = np.ones((4, 4), dtype=np.int64)
    given = Medians(2, np.full(4, 10), np.array([6, 6, 6, 2]), cost)
    assert solve_single(given).status == "infeasible"


def test_a_stopped_search_claims_nothing() -> None:
    given = sites(2)
    stopped = Limits(should_stop=lambda: True)
    assert solve_split(given, stopped).status in {"unknown", "feasible"}
    assert solve_single(medians(2), stopped).status == "unknown"


@pytest.mark.parametrize("seed", range(8))
def test_every_price_vector_bounds_and_cuts_below_the_optimum(seed: int) -> None:
    given, random = sites(seed), np.random.default_rng(seed)
    best, watch = all_sets(given), Watch(Limits())
    for _ in range(5):
        prices = random.uniform(0, 80, len(given.demand))
        point = evaluate(given, prices)
        assert point.bound <= best + 1e-6
        for open_ in random.random((5, len(given.capacity))) < 0.6:
            served = serve(given, open_, watch)
            if served is not None:
                cut = prices.sum() + float((given.opening + point.serving)[open_].sum())
                assert cut <= served.cost + 1e-6


def test_fewest_counts_the_largest() -> None:
    assert fewest(Sites(np.array([5.0, 9.0, 4.0]), np.ones(3), np.array([7.0, 3.0]), np.ones((3, 2)))) == 2


@pytest.mark.parametrize("seed", range(4))
def test_knapsacks_equal_all_subsets(seed: int) -> None:
    random = np.random.default_rng(seed)
    profit, size, capacity = random.normal(3, 6, (3, 6)), random.integers(0, 7, 6), random.integers(3, 15, 3)
    subsets = np.array(list(itertools.product((0, 1), repeat=6)))
    fits = (subsets @ size)[None, :] <= capacity[:, None]
    value = np.where(fits, (profit @ subsets.T), -np.inf)
    assert knapsack.best(profit, size, capacity) == pytest.approx(value.max(axis=1))
    taken = knapsack.chosen(profit, size, capacity)
    assert (taken * profit).sum(axis=1) == pytest.approx(value.max(axis=1))
    assert (taken @ size <= capacity).all()
    forced = knapsack.with_item(profit, size, capacity)
    for item in range(6):
        assert forced[:, item] == pytest.approx(np.where(subsets[:, item] == 1, value, -np.inf).max(axis=1))


def test_the_checker_sees_tampering() -> None:
    given = sites(4)
    found = solve_split(given)
    assert found.objective is not None

    def verdict(share: np.ndarray, objective: float) -> bool:
        return not verify_supply(
            given.capacity.tolist(), given.opening.tolist(), given.demand.tolist(), given.cost.tolist(),
            share.tolist(), objective,
        )  # fmt: skip

    assert verdict(found.share, found.objective)
    assert not verdict(found.share, found.objective - 1)
    assert not verdict(found.share * 0.9, found.objective)
    overloaded = np.zeros_like(found.share)
    smallest = int(given.capacity.argmin())
    overloaded[smallest] = 1.0
    assert not verdict(overloaded, float(given.opening[smallest] + given.cost[smallest].sum()))
    negative = found.share.copy()
    negative[:, 0] = 0.0
    negative[0, 0], negative[1, 0] = 2.0, -1.0
    assert not verdict(negative, found.objective)


def test_the_checker_sees_tampered_medians() -> None:
    given = medians(3)
    found = solve_single(given)
    assert found.objective is not None
    n = len(given.demand)

    def wrong(median: list[int], objective: int) -> bool:
        arguments = (given.capacity.tolist(), given.demand.tolist(), given.cost.tolist())
        return bool(verify_medians(given.count, *arguments, median, objective))

    assert not wrong(found.median.tolist(), found.objective)
    assert wrong(found.median.tolist(), found.objective + 1)
    assert wrong(found.median.tolist()[:-1], found.objective)
    assert wrong([0] * n, int(given.cost[0].sum()))
    assert wrong(list(range(n)), 0)
    assert wrong([-1] * n, 0)


@pytest.mark.parametrize(
    "broken", [{"capacity": np.array([-1.0, 2.0])}, {"demand": np.array([1.0])}, {"opening": np.array([1.0, np.nan])}]
)
def test_broken_input_is_refused(broken: dict[str, np.ndarray]) -> None:
    good = {"capacity": np.ones(2), "opening": np.ones(2), "demand": np.ones(2), "cost": np.ones((2, 2))}
    with pytest.raises(ValueError, match=r"capacit|opening|demand"):
        Sites(**{**good, **broken})


class Later:
    """Does at once what a process does later, or is lost on the way."""

    lost = False
    asked = 0

    def __init__(self, _workers, mp_context, initializer):
        del mp_context, initializer
        self._processes = {}

    def submit(self, work, *given):
        done = Future()
        type(self).asked += 1
        if self.lost:
            done.set_exception(BrokenProcessPool())
        else:
            done.set_result(work(*given))
        return done

    def shutdown(self, **_how):
        """Nothing to end."""


@pytest.mark.parametrize("lost", [False, True])
def test_the_next_cost_tried_ahead_changes_no_answer(lost, monkeypatch):
    monkeypatch.setattr("planner.location.ahead.ProcessPoolExecutor", Later)
    monkeypatch.setattr(Later, "lost", lost)
    monkeypatch.setattr(Later, "asked", 0)
    monkeypatch.setattr("planner.location.single.FIRST_ROOM", 0.0)
    for seed in range(2):
        given = medians(seed, n=14, p=4)
        monkeypatch.setattr("planner.location.single.MANY", 10**9)
        alone = solve_single(given)
        monkeypatch.setattr("planner.location.single.MANY", 0)
        both = solve_single(given)
        assert both.status == "optimal"
        assert (both.objective, both.bound, both.median.tolist()) == (
            alone.objective,
            alone.bound,
            alone.median.tolist(),
        )
    assert Later.asked == 2


def test_a_process_ahead_answers_and_ends():
    given = medians(5, n=14, p=4)
    watch = Watch(Limits(time_limit_s=60))
    dual = Dual(given)
    dual.ascend(watch)
    small = restricted(dual, 0, int(given.cost.max(axis=0).sum()))
    ahead = Ahead()
    try:
        ahead.ask(small.program, 0.999, watch)
        (process,) = ahead._pool._processes.values()
        found = ahead.answer(watch)
        assert found.optimal
        assert round(found.objective) == solve_single(given).objective
        assert ahead.answer(watch) is None
    finally:
        ahead.close()
    end = time.monotonic() + 10
    while process.exitcode is None and time.monotonic() < end:  # the pool's own thread may be the one that is told
        time.sleep(0.01)
    assert process.exitcode is not None
