"""Branch and bound on trunks never passes the best plan; its plans can be had; what it fixes loses no solution."""

import random
from concurrent.futures import Future
from math import inf

import numpy as np
import pytest
from ortools.math_opt.python import mathopt

from planner.checker.homing import verify_homing
from planner.homing import read, solve
from planner.homing.arrays import Arrays
from planner.homing.descent import Descent, Gains, split_of
from planner.homing.paths import paths
from planner.homing.program import Program, parts
from planner.limits import Limits, Watch
from tests.unit.planner.homing.instances import cheapest
from tests.unit.planner.homing.test_program import around, province


class Inline:
    """Does at once what a pool of processes does later."""

    def __init__(self, _workers, mp_context, initializer, initargs):
        del mp_context
        self._processes = {}
        initializer(*initargs)

    def submit(self, work, *given):
        done = Future()
        done.set_result(work(*given))
        return done

    def shutdown(self, **_how):
        """Nothing to end."""


@pytest.fixture
def inline(monkeypatch):
    monkeypatch.setattr("planner.homing.descent.ProcessPoolExecutor", Inline)


def three_hubs(seed):
    """Three hubs whose trunks have to be chosen, demands that fill them, links of all sizes."""
    rng = random.Random(seed)
    data = around(3, hubs=3)
    data["links"] += [{"u": u, "v": v, "cost": [45, 80, 240]} for u, v in ((1, 2), (2, 3), (1, 3))]
    data["mods"] = [100, 200, 2000]
    for link in data["links"]:
        link["cost"] = [round(price * rng.uniform(0.7, 1.3), 2) for price in link["cost"]]
    for site in data["sites"][1:]:
        site["d"] = rng.choice((20, 40, 60, 80)) if site["tier"] == 2 else rng.choice((0, 60, 120))
    return data


def made(data):
    found = read(data)
    (part,) = parts({s: list(paths(found, s)) for s in range(1, len(found.names)) if found.demands[s] > 0})
    program = Program(found, part)
    return found, part, program, Arrays(program)


def optimum(program, *, shares):
    """Optimum with whole trunks, sites in shares or whole, by another road."""
    for own in program.patterns.x.values():
        for x in own:
            x.integer = not shares
    result = mathopt.solve(program.model, mathopt.SolverType.HIGHS)
    assert result.termination.reason == mathopt.TerminationReason.OPTIMAL
    return result.objective_value()


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.usefixtures("inline")
def test_the_last_bound_lies_between_whole_trunks_and_whole_sites(seed):
    _, _, program, arrays = made(three_hubs(seed))
    descent = Descent(arrays, Watch(Limits(time_limit_s=60)))
    bounds = list(descent.bounds(lambda: inf, 0.0))
    assert bounds == sorted(bounds)
    assert bounds[0] >= program.relaxed() * (1 - 1e-6)
    assert optimum(program, shares=True) * (1 - 3e-4) <= bounds[-1] <= optimum(program, shares=False) * (1 + 1e-4)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.usefixtures("inline")
def test_no_bound_passes_the_best_plan(seed):
    data = province(seed)
    *_, arrays = made(data)
    bounds = list(Descent(arrays, Watch(Limits(time_limit_s=60))).bounds(lambda: inf, 0.0))
    least = cheapest(data)
    assert 0.9 * least < max(bounds) <= least + 1e-6


@pytest.mark.usefixtures("inline")
def test_it_stops_at_a_plan_that_is_good_enough_and_out_of_time_claims_nothing():
    _, _, program, arrays = made(three_hubs(0))
    known = program.relaxed() * 1.001
    early = list(Descent(arrays, Watch(Limits(time_limit_s=60))).bounds(lambda: known, 0.01))
    assert len(set(early)) == 1
    assert list(Descent(arrays, Watch(Limits(time_limit_s=0.0))).bounds(lambda: inf, 0.0)) == []


def test_every_whole_point_is_on_one_side_of_a_split():
    rng = np.random.default_rng(1)
    gains = Gains()
    for seed in range(3):
        *_, arrays = made(three_hubs(seed))
        point = arrays.shares((), 60.0).point
        trunks = list(arrays.trunks.values())
        for _ in range(40):
            split = split_of(arrays, point, gains)
            whole = np.zeros(len(arrays.costs))
            for own in trunks:
                bought = rng.integers(-1, len(own))
                if bought >= 0:
                    whole[own[bought].column] = 1.0
            assert split_of(arrays, whole, gains) is None
            if split is not None:
                sums = [sum(v * whole[c] for c, v in row.terms) for row in split.sides]
                on = [row.least <= total <= row.most for row, total in zip(split.sides, sums, strict=True)]
                assert on.count(True) == 1
            for own in trunks:
                point[[t.column for t in own]] = rng.dirichlet(np.ones(len(own)))


def test_no_whole_solution_breaks_a_cut():
    rng = random.Random(5)
    found = 0
    for seed in range(3):
        _, _, program, arrays = made(three_hubs(seed))
        cuts = list(arrays.strengthened((), (), 8, 0.0, 60.0).cuts)
        rows = [arrays.exits.rows(np.random.default_rng(k).random(len(arrays.costs)) ** 4) for k in range(10)]
        cuts += [row for some in rows for row in some]
        found += len(cuts)
        whole = [variable for variable in program.model.variables() if variable.integer]
        for _ in range(6):
            program.model.minimize(sum(rng.uniform(0.1, 1) * v for v in rng.sample(whole, len(whole) // 2)))
            values = mathopt.solve(program.model, mathopt.SolverType.HIGHS).variable_values()
            by_column = {variable.id: value for variable, value in values.items()}
            for cut in cuts:
                assert sum(value * by_column[column] for column, value in cut.terms) >= cut.least - 1e-6
    assert found > 15


def test_cuts_raise_the_bound_of_shares():
    gained = 0.0
    for seed in range(4):
        *_, arrays = made(three_hubs(seed))
        plain = arrays.shares((), 60.0).bound
        strong = arrays.strengthened((), (), 8, 0.0, 60.0).bound
        assert strong >= plain - 1e-6
        gained += strong - plain
    assert gained > 1.0


def test_a_large_part_is_branched_on_beside_the_search(monkeypatch):
    monkeypatch.setattr("planner.homing.bounding.LARGE", 0)
    data = province(2)
    answer = solve(read(data), Limits(time_limit_s=60, effort=0.02))
    assert verify_homing(data, answer.pairs, answer.sizes, answer.objective) == []
    least = cheapest(data)
    assert answer.objective == pytest.approx(least)
    assert 0.9 * least < answer.bound <= least + 1e-6
