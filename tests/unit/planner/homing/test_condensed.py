"""The condensed program: no dearer than any plan, made stronger by cuts that no plan breaks, made real link by link."""

import random
from itertools import combinations, product
from math import inf

import numpy as np
import pytest

from planner.checker.homing import verify_homing
from planner.homing import read, solve
from planner.homing.assign import Effort
from planner.homing.branch import Tree
from planner.homing.bundles import bundle, configurations
from planner.homing.condensed import Condensed, over
from planner.homing.paths import paths
from planner.homing.realise import realise
from planner.homing.rounds import relaxed, simplex
from planner.homing.routing import cost, greedy, loads
from planner.homing.seek import seek
from planner.homing.settle import settle_stars
from planner.homing.strengthen import Separator
from planner.limits import Limits, Watch
from tests.unit.planner.homing.instances import cheapest, instance

EFFORT = Effort(5, 20, 1)
CLOSED = 1e-6


def made(seed, **shape):
    data = instance(seed, **shape)
    found = read(data)
    ways = {s: list(paths(found, s)) for s in range(1, len(found.names)) if found.demands[s] > 0}
    return data, found, ways, Condensed(found, ways)


def without_limit():
    return inf


def bounded(program, cuts=(), **more):
    separator = Separator(program)
    settings = {"rounds": 30, "enough": 0.0, "aim": inf, "left_s": without_limit, **more}
    return relaxed(simplex(program), separator, (), cuts, **settings)


def point(program, found, pairs):
    """Return the values of the program's columns for a plan."""
    values = np.zeros(len(program.costs))
    on = loads(found, pairs)
    for site, pair in pairs.items():
        routes = [(site, *path.nodes, 0) for path in pair]
        for route in routes:
            values[program.routes[route]] = 1.0
        if routes[0] == routes[1]:
            values[program.twice[site]] = 1.0
    for one, carried in program.shared.items():
        bought = sorted((found.sizes[found.size(e, on[e])] for e in program.links[one] if on[e] > 0), reverse=True)
        price = sum(found.price(e, on[e]) for e in program.links[one] if on[e] > 0)
        most = sum(demand for demand, _ in carried.users)
        if bought:
            values[
                next(
                    column
                    for column, size in carried.sizes
                    if size.price <= price + 1e-9
                    and len(size.capacities) >= len(bought)
                    and all(min(a, most) >= min(b, most) for a, b in zip(size.capacities, bought, strict=False))
                )
            ] = 1.0
    return values


def plans(found, ways, number):
    rng = random.Random(number)
    for _ in range(number):
        order = sorted(ways)
        rng.shuffle(order)
        some = {s: rng.sample(own, max(1, len(own) * 2 // 3)) for s, own in ways.items()}
        plan = greedy(found, some, order)
        if plan:
            yield plan


@pytest.mark.parametrize("seed", range(6))
def test_no_plan_breaks_a_row_or_a_cut_or_costs_less_than_the_program_says(seed):
    _, found, ways, program = made(seed, hubs=3, communes=6, chaining=seed % 2 == 0)
    separator = Separator(program)
    rng = np.random.default_rng(seed)
    cuts = list(bounded(program).cuts)
    for _ in range(12):
        cuts += separator.rows(rng.random(len(program.costs)) ** 3)
    assert any(row.least > -inf for row in cuts)
    assert any(row.most < inf for row in cuts)
    checked = 0
    for plan in plans(found, ways, 20):
        values = point(program, found, plan)
        assert np.array(program.costs) @ values <= cost(found, loads(found, plan)) + 1e-6
        for row in (*program.rows, *program.implied, *cuts):
            assert row.least - 1e-6 <= sum(v * values[c] for c, v in row.terms) <= row.most + 1e-6
        checked += 1
    assert checked


@pytest.mark.parametrize("seed", range(6))
def test_bound_and_plan_of_a_small_star_meet_what_trying_everything_costs(seed):
    data, found, ways, program = made(seed, chaining=False)
    least = cheapest(data)
    best = seek(program, found.sizes[-1], None, EFFORT)
    if least == inf:
        assert best.values is None
        assert bounded(program).bound == inf
        return
    assert best.bound <= least + 1e-6
    assert bounded(program).bound <= best.bound + 1e-6
    real = realise(program, ways, *program.chosen(best.values), EFFORT)
    assert cost(found, loads(found, real)) >= least - 1e-6


def test_cuts_of_crumbs_give_what_flows_told_apart_by_size_give():
    from ortools.math_opt.python import mathopt

    for seed in range(6):
        _, _, _, program = made(seed, hubs=3, communes=8, chaining=False)
        model = mathopt.Model()
        x = [model.add_variable(lb=0, ub=1) for _ in program.costs]
        for row in program.rows:
            model.add_linear_constraint(lb=row.least, ub=row.most, expr=sum(v * x[c] for c, v in row.terms))
        for carried in program.shared.values():
            parts = {}
            for user, (_, columns) in enumerate(carried.users):
                for column, _ in carried.sizes:
                    parts[user, column] = model.add_variable(lb=0)
                    model.add_linear_constraint(parts[user, column] <= x[column])
                model.add_linear_constraint(
                    sum(parts[user, column] for column, _ in carried.sizes) == sum(x[c] for c in columns)
                )
            for column, size in carried.sizes:
                load = sum(d * parts[user, column] for user, (d, _) in enumerate(carried.users))
                model.add_linear_constraint(load <= size.room * x[column])
        model.minimize(sum(c * v for c, v in zip(program.costs, x, strict=True)))
        exact = mathopt.solve(model, mathopt.SolverType.GLOP).objective_value()
        separator = Separator(program)
        separator.leaving = []
        ours = relaxed(simplex(program), separator, (), (), rounds=60, enough=0.0, aim=inf, left_s=without_limit).bound
        assert ours == pytest.approx(exact, rel=2e-4)
        assert ours <= exact + 1e-6


def test_the_tree_closes_on_the_optimum_and_never_passes_it():
    _, found, _, program = made(3, hubs=3, communes=4, chaining=False)
    best = seek(program, found.sizes[-1], None, Effort(20, 60, 1))
    optimum = sum(c * v for c, v in zip(program.costs, best.values, strict=True))
    assert best.bound == pytest.approx(optimum)
    tree = Tree(program, Watch(Limits(time_limit_s=60)))
    try:
        bound = tree.bound(optimum * 1.05, CLOSED)
    finally:
        tree.close()
    assert bounded(program).bound - 1e-6 <= bound <= optimum + 1e-6
    assert bound == pytest.approx(optimum)
    assert np.array(program.costs) @ tree.values == pytest.approx(optimum)


def test_a_tree_out_of_time_claims_nothing():
    *_, program = made(3, communes=4, chaining=False)
    tree = Tree(program, Watch(Limits(time_limit_s=0.0)))
    try:
        assert tree.bound(1e6, CLOSED) == -inf
    finally:
        tree.close()


@pytest.mark.parametrize("seed", range(8))
def test_a_configuration_left_out_is_covered_by_one_kept(seed):
    rng = random.Random(seed)
    options = [[(c, rng.randint(1, 9) * p) for c, p in ((100, 10), (1000, 24), (10000, 75))] for _ in range(3)]
    most = rng.choice((90, 950, 2500, 40000))
    kept = configurations(options, most)
    for choice in product(*([None, *own] for own in options)):
        bought = [size for size in choice if size]
        capacities = sorted((min(c, most) for c, _ in bought), reverse=True)
        if bought:
            assert any(
                one.price <= sum(p for _, p in bought)
                and len(one.capacities) >= len(capacities)
                and all(min(a, most) >= b for a, b in zip(one.capacities, capacities, strict=False))
                for one in kept
            )
    for one, two in combinations(kept, 2):
        assert one.capacities != two.capacities
        assert one.room <= two.room <= most


def test_a_star_is_settled_and_a_chain_is_left():
    for chaining in (False, True):
        _, found, ways, _ = made(5, communes=3, chaining=chaining)
        pairs, bound, rest = settle_stars(found, [ways], Watch(Limits(time_limit_s=30, effort=0.1)), CLOSED)
        assert bool(pairs) != bool(rest) == chaining
        assert bound <= (cost(found, loads(found, pairs)) if pairs else 0.0) + 1e-6


def test_a_larger_star_is_settled_with_processes_and_checked(monkeypatch):
    monkeypatch.setattr("planner.homing.settle.SMALL", 0)
    data = instance(2, hubs=3, communes=9, chaining=False)
    answer = solve(read(data), Limits(time_limit_s=40, effort=0.02))
    assert verify_homing(data, answer.pairs, answer.sizes, answer.objective) == []
    assert 0 < answer.bound <= answer.objective
    assert over((5, 2, 0)) == [bundle(2, 5), bundle(0, 2)]
