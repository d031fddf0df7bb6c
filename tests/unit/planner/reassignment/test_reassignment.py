"""Reassignment: prices of moves equal the whole cost, hard constraints hold at every step, small cases are optimal."""

import itertools
from dataclasses import replace

import numpy as np
import pytest

from planner.checker.reassignment import total, verify
from planner.limits import Limits, Watch
from planner.reassignment import kernel
from planner.reassignment.anew import place_anew, repair
from planner.reassignment.anneal import Schedule, anneal
from planner.reassignment.books import BEST, COST, FULL, MISSING, MOST, Books, Given, opened
from planner.reassignment.books import given as fixed_of
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


def missed(given: Estate, machine: np.ndarray) -> int:
    """Count processes by services that they miss in their neighbourhood, from the definition."""
    there = {(int(s), int(given.neighbourhood[m])) for s, m in zip(given.service, machine, strict=True)}
    return sum(
        (int(t), int(given.neighbourhood[m])) not in there
        for s, m in zip(given.service, machine, strict=True)
        for t in given.needs[s]
    )


def fresh(given: Estate, books: Books) -> None:
    """Assert that all that is kept up to date equals what is counted anew, and that services are as they must be."""
    machine = books.machine[:-1]
    wrong = verify(given, machine.tolist(), int(books.whole[COST]))
    exceeded = {violation.id for violation in wrong if violation.kind == "machine"}
    hard = [violation for violation in wrong if violation.kind != "machine" and "does not find" not in violation.text]
    assert not hard
    assert books.whole[MISSING] == missed(given, machine)
    assert bool(missed(given, machine)) == any("does not find" in violation.text for violation in wrong)
    assert exceeded == set(map(str, np.flatnonzero(books.full).tolist()))
    assert books.whole[FULL] == len(exceeded)
    fixed = fixed_of(given)
    anew = opened(given, fixed, machine, 1)
    for name in ("machine", "above", "room", "cost", "taken", "moved", "tally"):
        kept, counted = getattr(books, name), getattr(anew, name)
        if name == "taken":  # the first row is nobody's
            kept, counted = kept[1:], counted[1:]
        assert (kept == counted).all(), name
    for name in ("at", "reached", "present"):
        assert (getattr(books, name)[fixed.special] == getattr(anew, name)[fixed.special]).all(), name
    assert books.whole[MOST] == anew.whole[MOST]
    assert books.whole[COST] == cost(given, machine)


def opened_at_start(given: Estate, seed: int) -> tuple[Given, Books]:
    fixed = fixed_of(given)
    return fixed, opened(given, fixed, given.start, seed)


def weighed(fixed: Given, books: Books, price: float, lack: float = 1e12) -> None:
    kernel.weigh(fixed, books, np.append(np.full(books.room.shape[1], price), lack), 1.0, 1.0, 1.0, 1.0)


@pytest.mark.parametrize("seed", range(4))
def test_books_stay_exact_and_services_sound_at_any_temperature(seed: int) -> None:
    given = sound_start(seed, machines=8, processes=40, services=15)
    fixed, books = opened_at_start(given, seed)
    made = seen = lacked = 0
    for k in range(12):
        weighed(fixed, books, (3.0, 30.0, 1e4)[k % 3], (2.0, 20.0, 1e12)[k % 3])
        made += kernel.anneal(fixed, books, (200.0, 20.0, 1.0)[k % 3], 3.0, 300, 0.2, 0.3, 0.3)
        fresh(given, books)
        seen += int(books.whole[FULL] > 0)
        lacked += int(books.whole[MISSING] > 0)
        best = books.best[:-1]
        assert good(given, best)
        assert cost(given, best) == books.whole[BEST] <= cost(given, given.start)
    assert made
    assert seen
    assert lacked


def paths(given: Estate, machine: np.ndarray, random: np.random.Generator) -> tuple[list[int], list[int]]:
    """Draw a step of every kind: moves, swaps, passes, rings."""
    moves = int(random.integers(1, 4))
    stops: list[int] = []
    who: list[int] = []
    for p in random.permutation(len(machine)).tolist():
        if len(who) < moves and int(machine[p]) not in stops:
            who.append(p)
            stops.append(int(machine[p]))
    free = [m for m in range(len(given.capacity)) if m not in stops]
    stops.append(stops[0] if moves > 1 and (not free or random.random() < 0.5) else int(random.choice(free)))
    return who, stops


@pytest.mark.parametrize("seed", range(6))
def test_every_step_is_priced_and_permitted_as_the_checker_says(seed: int) -> None:
    """At a limit of exactly its price a step is made, below it is not; what services forbid is never made."""
    given = sound_start(seed)
    fixed, books = opened_at_start(given, seed)
    random = np.random.default_rng(seed)
    seen = {True: 0, False: 0}
    for _ in range(150):
        weighed(fixed, books, 0.0)  # capacity is free: what is left is the whole cost
        who, stops = paths(given, books.machine[:-1], random)
        there = books.machine[:-1].copy()
        there[who] = stops[1:]
        books.who[: len(who)], books.stop[: len(stops)] = who, stops
        price = float(cost(given, there) - books.whole[COST])
        allowed = not [v for v in verify(given, there.tolist(), total(given, there.tolist())) if v.kind == "service"]
        assert not kernel.step(fixed, books, len(who), 0.0, price - 1.0)
        assert kernel.step(fixed, books, len(who), 0.0, price) == allowed
        assert (books.machine[:-1] == there).all() == allowed
        fresh(given, books)
        seen[allowed] += 1
    assert min(seen.values())


def test_exceeded_capacity_costs_what_lambda_says() -> None:
    given = two(move_cost=np.array([0, 0]), service_weight=0)
    fixed, books = opened_at_start(given, 1)
    weighed(fixed, books, 7.0)
    books.who[0], books.stop[:2] = 0, (0, 1)
    # two processes of 6 on a machine of 10: 2 above safety at 1, 2 above capacity at 7
    assert not kernel.step(fixed, books, 1, 0.0, 15.0)
    assert kernel.step(fixed, books, 1, 0.0, 16.0)
    kernel.weigh(fixed, books, np.full(books.room.shape[1] + 1, 7.0), 2.0, 0.5, 0.1, 10.0)
    assert books.lack[1, 0] == 14.0
    assert books.lack[0, 0] == 3.5


def test_what_is_missing_costs_what_mu_says_and_those_that_need_each_other_follow() -> None:
    """Service 0 needs service 1, and both stand in one neighbourhood: neither goes alone but at that price."""
    given = two(depends=((0, 1),), start=np.array([1, 2]), move_cost=np.array([0, 0]), service_weight=0)
    fixed, books = opened_at_start(given, 1)
    weighed(fixed, books, 0.0, 5.0)
    for p, missing, price in ((1, 1, 5.0), (0, 0, -5.0)):
        there = books.machine[:-1].copy()
        there[p] = 0
        books.who[0], books.stop[:2] = p, (int(given.start[p]), 0)
        price += float(cost(given, there) - books.whole[COST])
        assert not kernel.step(fixed, books, 1, 0.0, price - 1.0)
        assert kernel.step(fixed, books, 1, 0.0, price)
        assert books.whole[MISSING] == missing


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


@pytest.mark.parametrize("seed", range(3))
def test_annealing_is_the_same_for_the_same_steps_and_never_dearer(seed: int) -> None:
    given = sound_start(seed, machines=8, processes=40, services=15)
    schedule = Schedule(hot=1.0, cold=1e-3, cling=1.0, seconds=0.0, steps=60_000)
    fixed = fixed_of(given)
    best, last = anneal(given, fixed, given.start, seed, schedule, Watch(Limits()))
    again, _ = anneal(given, fixed, given.start, seed, schedule, Watch(Limits()))
    assert (best == again).all()
    assert good(given, best)
    assert cost(given, best) < cost(given, given.start)
    mended = repair(given, last, seed, Watch(Limits()))
    assert {v.kind for v in verify(given, mended.tolist(), cost(given, mended))} <= {"machine"}


def test_annealing_in_time_ends_in_time() -> None:
    given = sound_start(1, machines=8, processes=40, services=15)
    watch = Watch(Limits())
    best, _ = anneal(given, fixed_of(given), given.start, 1, Schedule(1.0, 1e-3, 0.0, 0.3), watch)
    assert good(given, best)
    assert watch.seconds < 60.0


def test_an_assignment_that_exceeds_capacity_is_repaired() -> None:
    given = two(requirement=np.array([[6], [5]]))
    found = repair(given, np.array([0, 0]), 1, Watch(Limits()))
    assert good(given, found)
    assert cost(given, found) == cost(given, given.start)


def test_placing_anew_for_a_while_keeps_all_constraints() -> None:
    given = sound_start(2, machines=8, processes=40, services=15)
    found = place_anew(given, given.start, np.arange(8), 1, 0.3, Watch(Limits()))
    assert good(given, found)
    assert cost(given, found) <= cost(given, given.start)


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
    first = solve(given, Limits(time_limit_s=0.8))
    assert first.objective == cost(given, first.machine) <= cost(given, given.start)
    assert first.bound <= first.objective
    assert not verify(given, first.machine.tolist(), first.objective)
    assert first.objective == every_assignment(given)
    larger = sound_start(3, machines=12, processes=60, services=20)
    found = solve(larger, Limits(time_limit_s=0.8))
    assert not verify(larger, found.machine.tolist(), found.objective)
    assert found.bound <= found.objective < cost(larger, larger.start)
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
