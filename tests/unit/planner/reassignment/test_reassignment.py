"""Reassignment: prices of moves equal the whole cost, hard constraints hold at every step, small cases are optimal."""

import itertools
from dataclasses import replace

import numpy as np
import pytest

from planner.checker.reassignment import total, verify
from planner.limits import Limits, Watch
from planner.reassignment.anneal import anneal, descend
from planner.reassignment.neighbourhood import Neighbourhood
from planner.reassignment.pairs import Pairs, Sides
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


def fresh(pairs: Pairs, given: Estate) -> None:
    """Assert that all that is kept up to date equals what is counted anew."""
    assert pairs.cost == cost(given, pairs.machine)
    anew = Pairs(given, pairs.machine, 1)
    for name in ("use", "waiting", "moved"):
        assert (getattr(pairs, name) == getattr(anew, name)).all(), name
    for name in ("taken", "at", "spare", "present", "lacks", "wanted"):
        kept, counted = getattr(pairs.services, name), getattr(anew.services, name)
        if name == "at":
            kept, counted = kept[np.append(given.spread > 1, False)], counted[np.append(given.spread > 1, False)]
        if name == "spare":
            kept, counted = kept[:-1][given.spread > 1], counted[:-1][given.spread > 1]
        if name == "present":
            depend = np.append(pairs.services.depend, False)
            kept, counted = kept[depend], counted[depend]
        assert (kept == counted).all(), name
    assert pairs.most_moved == anew.most_moved
    for m in range(len(given.capacity)):
        assert sorted(pairs.slots[m, : pairs.count[m]].tolist()) == np.flatnonzero(pairs.machine == m).tolist()
        assert (pairs.slots[m, pairs.count[m] :] == pairs.nobody).all()


def priced(given: Estate, pairs: Pairs, there: np.ndarray) -> float:
    """What the search must price an assignment at: every leaving process of the most moved services counts."""
    moved = np.bincount(given.service[there != given.start], minlength=len(given.spread))
    before = pairs.moved[:-1]
    leaves = (pairs.machine == given.start) & (there != given.start)
    counted = int((before[given.service[leaves]] >= pairs.most_moved).sum())
    return cost(given, there) + given.service_weight * (counted + pairs.most_moved - int(moved.max(initial=0)))


@pytest.mark.parametrize("seed", range(6))
def test_every_swap_of_a_pair_is_priced_and_permitted_as_the_checker_says(seed: int) -> None:
    given = sound_start(seed)
    pairs = Pairs(given, given.start, seed)
    random = np.random.default_rng(seed)
    seen = 0
    for _ in range(8):
        pairs.sweep(50.0)
        fresh(pairs, given)
        a, b = (np.array([m]) for m in random.choice(len(given.capacity), 2, replace=False))
        left, right = pairs._held(a), pairs._held(b)
        total = pairs.swap_prices(a, b, left, right)[0]
        for i, p in enumerate(left[0].tolist()):
            for j, q in enumerate(right[0].tolist()):
                there = pairs.machine.copy()
                if p < pairs.nobody:
                    there[p] = b[0]
                if q < pairs.nobody:
                    there[q] = a[0]
                if np.isfinite(total[i, j]):
                    seen += 1
                    assert pairs.cost + total[i, j] == priced(given, pairs, there)
                    fits = pairs.services.exchange(*(int(given.service[x]) if x < pairs.nobody else -1 for x in (p, q)),
                                                   int(a[0]), int(b[0]))  # fmt: skip
                    assert fits == good(given, there)
                    if fits:
                        pairs.begin(pairs.machine)
                elif pairs.nobody in (p, q) and p != q:  # one alone: permission is exact
                    assert not good(given, there)
    assert seen


@pytest.mark.parametrize("seed", range(6))
def test_every_subset_of_a_pair_is_priced_as_the_whole_cost_says(seed: int) -> None:
    given = sound_start(seed)
    pairs = Pairs(given, given.start, seed)
    random = np.random.default_rng(seed)
    for _ in range(8):
        pairs.sweep(50.0, 4)
        fresh(pairs, given)
        a, b = (np.array([m]) for m in random.choice(len(given.capacity), 2, replace=False))
        sides: Sides = pairs._drawn(a, b, 4)
        total = pairs.subset_prices(sides)[0]
        for subset, price in enumerate(total.tolist()):
            there = pairs.machine.copy()
            for i in range(sides.leave.shape[1]):
                if subset >> i & 1:
                    p, q = int(sides.leave[0, i]), int(sides.come[0, i])
                    there[[x for x in (p,) if x < pairs.nobody]] = b[0]
                    there[[x for x in (q,) if x < pairs.nobody]] = a[0]
            full = {v.kind for v in verify(given, there.tolist(), total_of(given, there))} & {"machine"}
            assert np.isfinite(price) == (not full)
            if not full:
                assert pairs.cost + price == priced(given, pairs, there)


def total_of(given: Estate, machine: np.ndarray) -> int:
    return total(given, machine.tolist())


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
    found, _ = Neighbourhood(state, np.arange(7), machines).solve(Watch(Limits()), 10.0)
    assert cost(given, found) == least
    assert good(given, found)


@pytest.mark.parametrize("seed", range(4))
def test_annealing_keeps_its_books_and_all_constraints(seed: int) -> None:
    given = sound_start(seed, machines=8, processes=40, services=15)
    pairs = Pairs(given, given.start, seed)
    pairs.raise_prices(7.5)
    for k in range(30):
        pairs.sweep(20.0, (0, 3, 6)[k % 3])
        fresh(pairs, given)
        assert good(given, pairs.machine)
    anneal(pairs, 1.0, 5.0, 0.2, Watch(Limits()))
    descend(pairs, 1.0, Watch(Limits()))
    assert pairs.best_cost == cost(given, pairs.best) <= cost(given, given.start)
    assert good(given, pairs.best)


def test_machines_of_many_processes_are_looked_at_by_lot(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("planner.reassignment.pairs.WIDEST", 3)
    given = sound_start(2, machines=4, processes=40, services=30)
    pairs = Pairs(given, given.start, 1)
    made = 0
    for k in range(40):
        made += pairs.sweep(50.0, (0, 4)[k % 2])
        fresh(pairs, given)
    assert made
    assert good(given, pairs.machine)


@pytest.mark.parametrize("seed", range(4))
def test_placing_anew_never_worsens_and_keeps_all_constraints(seed: int) -> None:
    given = sound_start(seed, machines=8, processes=40, services=15)
    machine = given.start
    random = np.random.default_rng(seed)
    for _ in range(4):
        before = cost(given, machine)
        chosen = np.sort(random.choice(8, 4, replace=False))
        free = np.flatnonzero(np.isin(machine, chosen))
        free = np.sort(random.choice(free, min(12, len(free)), replace=False))
        machine, _ = Neighbourhood(State(given, machine), free, chosen).solve(Watch(Limits()), 2.0)
        assert cost(given, machine) <= before
        assert good(given, machine)


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
    assert not State(given, np.array(machine)).sound()


def test_the_checker_sees_a_wrong_cost_and_a_missing_process() -> None:
    given = sound_start(2)
    paid = cost(given, given.start)
    assert not verify(given, given.start.tolist(), paid)
    assert verify(given, given.start.tolist(), paid - 1)
    assert verify(given, given.start.tolist()[:-1], paid)
    assert verify(given, [99, *given.start.tolist()[1:]], paid)
