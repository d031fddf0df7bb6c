"""Reassignment: prices of moves equal the whole cost, hard constraints hold at every step, small cases are optimal."""

import itertools
from dataclasses import replace

import numpy as np
import pytest

from planner.checker.reassignment import total, verify
from planner.limits import Limits, Watch
from planner.reassignment.anneal import Annealer
from planner.reassignment.neighbourhood import Neighbourhood
from planner.reassignment.problem import Balance, Estate, bound, cost
from planner.reassignment.solve import solve
from planner.reassignment.state import State


def estate(seed: int, machines: int = 6, processes: int = 18, services: int = 9) -> Estate:
    """A random case whose start keeps all hard constraints: spread and dependencies are read off the start."""
    random = np.random.default_rng(seed)
    resources = 3
    location = np.arange(machines) % 4
    neighbourhood = np.arange(machines) % 3
    service = np.concatenate((np.arange(services), random.integers(0, services, processes - services)))
    start = np.zeros(processes, dtype=np.int64)
    for s in range(services):
        own = np.flatnonzero(service == s)[:machines]
        start[own] = random.choice(machines, len(own), replace=False)
    service = np.where(
        np.bincount(service, minlength=services)[service] > machines, np.arange(processes) % services, service
    )
    requirement = random.integers(1, 30, (processes, resources))
    use = np.zeros((machines, resources), dtype=np.int64)
    np.add.at(use, start, requirement)
    capacity = np.maximum(use + random.integers(5, 40, (machines, resources)), 60)
    spread = np.ones(services, dtype=np.int64)
    depends = []
    for s in range(services):
        at = start[service == s]
        if len(at):
            spread[s] = max(1, len(set(location[at].tolist())) - int(random.integers(0, 2)))
        for t in range(services):
            near = set(neighbourhood[start[service == t]].tolist())
            if s != t and set(neighbourhood[at].tolist()) <= near and random.random() < 0.3:
                depends.append((s, t))
    return Estate(
        capacity=capacity, safety=(capacity * 0.6).astype(np.int64), transient=np.array([True, False, False]),
        location=location, neighbourhood=neighbourhood, requirement=requirement, service=service, spread=spread,
        depends=tuple(depends), start=start, move_cost=random.integers(1, 9, processes),
        machine_move=random.integers(1, 5, (machines, machines)).astype(np.int32),
        load_weight=np.array([10, 1, 5]), balances=(Balance(0, 1, 2, 3),), process_weight=1, service_weight=10,
        machine_weight=2,
    )  # fmt: skip


def sound_start(seed: int, **sizes: int) -> Estate:
    """The first random case from this seed on whose services have no two processes on one machine."""
    for k in range(50):
        given = estate(1000 * seed + k, **sizes)
        if not verify(given, given.start.tolist(), cost(given, given.start)):
            return given
    raise AssertionError


def good(given: Estate, machine: np.ndarray) -> bool:
    return not verify(given, machine.tolist(), total(given, machine.tolist()))


@pytest.mark.parametrize("seed", range(6))
def test_both_costs_agree(seed: int) -> None:
    given = sound_start(seed)
    random = np.random.default_rng(seed)
    for _ in range(10):
        machine = random.integers(0, len(given.capacity), len(given.service))
        assert cost(given, machine) == total(given, machine.tolist())


@pytest.mark.parametrize("seed", range(6))
def test_the_price_and_the_permission_of_every_move_are_exact(seed: int) -> None:
    given = sound_start(seed)
    random = np.random.default_rng(seed)
    state = State(given, given.start)
    for _ in range(25):
        p = int(random.integers(len(given.service)))
        now = cost(given, state.machine)
        delta = state.deltas(p)
        for m in range(len(given.capacity)):
            there = state.machine.copy()
            there[p] = m
            assert np.isfinite(delta[m]) == good(given, there)
            if np.isfinite(delta[m]):
                assert now + delta[m] == cost(given, there)
        choices = np.flatnonzero(np.isfinite(delta))
        state.put(p, int(random.choice(choices)))
        fresh = State(given, state.machine)
        for name in ("use", "waiting", "present", "lacks", "wanted", "moved", "machine_cost"):
            assert (getattr(state, name) == getattr(fresh, name)).all(), name
        assert state.most_moved == fresh.most_moved
        assert state.total() == cost(given, state.machine)


@pytest.mark.parametrize("seed", range(6))
def test_every_swap_that_is_made_is_allowed_and_priced(seed: int) -> None:
    given = sound_start(seed)
    state = State(given, given.start)
    others = np.arange(len(given.service))
    made = 0
    for p in range(len(given.service)):
        now, before = cost(given, state.machine), state.machine.copy()
        partners, delta = state.swap_deltas(p, others)
        for q, change in zip(partners.tolist(), delta.tolist(), strict=True):
            swapped = before.copy()
            swapped[p], swapped[q] = before[q], before[p]
            allowed = good(given, swapped) and before[p] != before[q]
            most = state.most_moved
            if state.exchange(p, q):
                assert allowed
                assert now + change + given.service_weight * (state.most_moved - most) == cost(given, swapped)
                assert state.exchange(p, q)  # and back
                made += 1
            assert (state.machine == before).all()
    assert made


def every_assignment(given: Estate) -> int:
    machines = range(len(given.capacity))
    best = cost(given, given.start)
    for machine in itertools.product(machines, repeat=len(given.service)):
        at = np.array(machine)
        price = cost(given, at)
        if price < best and good(given, at):
            best = price
    return best


@pytest.mark.parametrize("seed", range(4))
def test_small_cases_equal_every_assignment(seed: int) -> None:
    given = sound_start(seed, machines=3, processes=7, services=4)
    least = every_assignment(given)
    assert bound(given) <= least
    state = State(given, given.start)
    machines = np.arange(3)
    Neighbourhood(state, np.arange(7), machines).solve(Watch(Limits()), 10.0)
    assert cost(given, state.machine) == least
    assert good(given, state.machine)


@pytest.mark.parametrize("seed", range(4))
def test_annealing_keeps_its_books_and_all_constraints(seed: int) -> None:
    given = sound_start(seed, machines=8, processes=40, services=15)
    state = State(given, given.start)
    annealer = Annealer(state, float(cost(given, given.start)), seed)
    watch = Watch(Limits())
    annealer.run(np.geomspace(100, 0.5, 10), 60, 0.4, watch)
    assert annealer.cost == cost(given, state.machine)
    assert good(given, state.machine)
    annealer.reset()
    annealer.descend(watch)
    assert annealer.best.cost == cost(given, annealer.best.machine) <= cost(given, given.start)
    assert good(given, annealer.best.machine)


@pytest.mark.parametrize("seed", range(4))
def test_placing_anew_never_worsens_and_keeps_all_constraints(seed: int) -> None:
    given = sound_start(seed, machines=8, processes=40, services=15)
    state = State(given, given.start)
    random = np.random.default_rng(seed)
    for _ in range(4):
        before = cost(given, state.machine)
        chosen = np.sort(random.choice(8, 4, replace=False))
        free = np.flatnonzero(np.isin(state.machine, chosen))
        free = np.sort(random.choice(free, min(12, len(free)), replace=False))
        Neighbourhood(state, free, chosen).solve(Watch(Limits()), 2.0)
        assert cost(given, state.machine) <= before
        assert good(given, state.machine)


def test_the_whole_search_is_no_worse_than_the_start_and_the_same_again() -> None:
    given = sound_start(3, machines=3, processes=7, services=4)
    first = solve(given, Limits(time_limit_s=1.5))
    assert first.objective == cost(given, first.machine) <= cost(given, given.start)
    assert first.bound <= first.objective
    assert not verify(given, first.machine.tolist(), first.objective)
    assert first.objective == every_assignment(given)
    stopped = solve(given, Limits(should_stop=lambda: True))
    assert (stopped.machine == given.start).all()


def test_a_start_that_breaks_a_constraint_is_refused() -> None:
    given = sound_start(1)
    with pytest.raises(ValueError, match="hard constraint"):
        solve(replace(given, capacity=given.capacity * 0), Limits(time_limit_s=1.0))


def test_arrays_that_do_not_fit_are_refused() -> None:
    given = sound_start(1)
    with pytest.raises(ValueError, match="safety"):
        replace(given, safety=given.safety[1:])
    with pytest.raises(ValueError, match="start"):
        replace(given, start=given.start + 100)
    with pytest.raises(ValueError, match="dependency"):
        replace(given, depends=((0, 99),))


def two(**changes: object) -> Estate:
    """Two processes on three machines; nothing binds until it is changed."""
    plain = {
        "capacity": np.full((3, 1), 10), "safety": np.full((3, 1), 10), "transient": np.array([False]),
        "location": np.array([0, 1, 1]), "neighbourhood": np.array([0, 1, 1]), "requirement": np.array([[6], [6]]),
        "service": np.array([0, 1]), "spread": np.array([1, 1]), "depends": (), "start": np.array([0, 1]),
        "move_cost": np.array([1, 1]), "machine_move": np.zeros((3, 3), dtype=np.int32), "load_weight": np.array([1]),
    }  # fmt: skip
    return Estate(**{**plain, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "machine", "kind"),
    [
        (two(), [0, 0], "machine"),
        (two(transient=np.array([True])), [2, 0], "machine"),
        (two(service=np.array([0, 0]), spread=np.array([1]), requirement=np.array([[1], [1]])), [2, 2], "service"),
        (two(service=np.array([0, 0]), spread=np.array([2])), [1, 2], "service"),
        (two(depends=((0, 1),), start=np.array([1, 2])), [0, 2], "service"),
    ],
)
def test_each_hard_constraint_is_seen(given: Estate, machine: list[int], kind: str) -> None:
    found = verify(given, machine, total(given, machine))
    assert [violation.kind for violation in found] == [kind]
    everything = np.arange(len(given.spread)), np.arange(3)
    assert not State(given, np.array(machine)).sound(*everything)


def test_the_checker_sees_a_wrong_cost_and_a_missing_process() -> None:
    given = sound_start(2)
    paid = cost(given, given.start)
    assert not verify(given, given.start.tolist(), paid)
    assert verify(given, given.start.tolist(), paid - 1)
    assert verify(given, given.start.tolist()[:-1], paid)
    assert verify(given, [99, *given.start.tolist()[1:]], paid)
