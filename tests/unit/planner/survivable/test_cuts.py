"""Every inequality that is separated holds for every design that survives; facets are as deep as they can be."""

from dataclasses import replace

import numpy as np
import pytest
from ortools.linear_solver import pywraplp

from planner.checker.inequalities import proved_bound
from planner.limits import Limits, Watch
from planner.survivable.compiled import Compiled, compiled
from planner.survivable.cutmodel import PART
from planner.survivable.cuts import Cut, Derivation, rounded
from planner.survivable.describe import certificate
from planner.survivable.instance import Instance, Module, Sizing, single_nodes
from planner.survivable.nodesets import few_links
from planner.survivable.relaxation import Relaxation, tighten
from planner.survivable.routing import Router
from planner.survivable.separation import Separator
from tests.unit.planner.survivable.small import random_instance, ring

INSTANCES = [
    ring({"ab": 2, "bd": 3, "ac": 1.5}, ("ac",)),
    ring({"ab": 2.5, "bd": 3, "ac": 1.5, "cd": 4}, modules=(Module(2, 3), Module(3, 4))),
    ring({"ab": 1, "bd": 2}, ("bd",), modules=(Module(1, 2),)),
]
INSTANCES += [INSTANCES[0].surviving(single_nodes(INSTANCES[0]))]


def points(problem: Compiled, most: int) -> list[np.ndarray]:
    """Whole points whose capacities can be routed in every state."""
    columns = problem.columns
    router = Router(problem)
    rng = np.random.default_rng(1)
    found = []
    for _ in range(900):
        point = np.zeros(columns.count)
        for link in range(problem.links):
            mine = np.flatnonzero(columns.link == link)
            if (columns.before[mine] >= 0).any():
                point[mine[: rng.integers(len(mine) + 1)]] = 1
            else:
                point[mine] = [rng.integers(int(top) + 1) for top in columns.most[mine]]
        capacity = problem.existing + columns.capacity(point, problem.links)
        if all(router.refuse(state, capacity) is None for state in range(len(problem.states))):
            found.append(point)
        if len(found) >= most:
            break
    return found


@pytest.mark.parametrize("instance", INSTANCES)
def test_separated_rows_hold_everywhere(instance: Instance) -> None:
    problem = compiled(instance)
    separator = Separator(problem, 1)
    survivors = points(problem, 60)
    assert survivors
    relaxation = Relaxation(problem)
    seen = 0
    for _ in range(12):
        solved = relaxation.solve()
        assert solved is not None
        rows = separator.rows(solved[1], deep=True, metric=True, hull=20, triples=20)
        for row in rows:
            seen += 1
            assert row.violation(solved[1]) > 0
            assert min(row.coefficients @ point for point in survivors) >= row.least * (1 - 1e-6)
        if not rows:
            break
        relaxation.add(rows)
    assert seen


@pytest.mark.parametrize("values", [{"ab": 2.9, "bd": 3.1, "ac": 1.5}, {"ab": 5.5, "bd": 3, "cd": 4.2}])
def test_certificate_holds_with_modules_that_others_beat(values: dict[str, float]) -> None:
    instance = ring(values, ("ac",), modules=(Module(0.5, 3), Module(2, 3), Module(4, 5)))
    problem = compiled(instance)
    root = tighten(problem, Separator(problem, 1), Watch(Limits(time_limit_s=20)))
    # every row that was tight lately, facets among them, whether the bound needs it or not
    for rows in (root.proof, tuple((0.5, row) for row in root.rows)):
        proof = certificate(problem, rows)
        proved, faults = proved_bound(proof, instance)
        assert faults == []
        assert proved == pytest.approx(proof.bound)
    assert any(one.weights is not None for one in proof.inequalities)


def test_facets_keep_no_noise() -> None:
    instance = ring({"ab": 2.9, "bd": 3.1, "ac": 1.5}, ("ac",), modules=(Module(0.5, 3), Module(2, 3), Module(4, 5)))
    problem = compiled(instance)
    root = tighten(problem, Separator(problem, 1), Watch(Limits(time_limit_s=20)))
    facets = [row.coefficients for row in root.rows if row.cut.hull]
    assert facets
    assert all(coefficients[coefficients != 0].min() >= PART for coefficients in facets)


@pytest.mark.parametrize("sizing", ["explicit", "modular"])
def test_facets_of_links_with_one_module_at_most_are_proved(sizing: Sizing) -> None:
    modules = (Module(2, 3), Module(5, 4), Module(8, 9))
    instance = replace(ring({"ab": 3, "ad": 1, "bc": 2, "cd": 2.5}, ("ac", "bd"), modules), sizing=sizing)
    problem = compiled(instance)
    root = tighten(problem, Separator(problem, 1), Watch(Limits(time_limit_s=20)))
    proof = certificate(problem, tuple((0.5, row) for row in root.rows))
    assert proved_bound(proof, instance)[1] == []
    weak = replace(proof.inequalities[0], weights={}, divisor=0.0)
    assert proved_bound(replace(proof, inequalities=(weak,)), instance)[1] != []


@pytest.mark.parametrize("seed", range(6))
def test_certificate_proves_what_it_claims(seed: int) -> None:
    instance = random_instance(seed + 40)
    problem = compiled(instance)
    root = tighten(problem, Separator(problem, 1), Watch(Limits(time_limit_s=20)))
    proof = certificate(problem, root.proof)
    proved, faults = proved_bound(proof, instance)
    assert faults == []
    assert proved >= proof.bound - 1e-6
    assert proof.bound == pytest.approx(root.bound + instance.constant_cost, rel=1e-4, abs=1e-4)


def test_rounding_function_is_subadditive_and_rising() -> None:
    for b, divisor in ((7.0, 3.0), (5.5, 2.0), (4.0, 4.0), (9.0, 2.5)):
        amounts = np.linspace(0, 12, 49)
        f = rounded(amounts, divisor, b)
        assert (np.diff(f) >= -1e-12).all()
        pairs = rounded(amounts[:, None] + amounts[None, :], divisor, b)
        assert (pairs <= f[:, None] + f[None, :] + 1e-9).all()
        assert rounded(np.array([b]), divisor, b)[0] == pytest.approx(np.ceil(b / divisor))


def test_inequality_of_a_node_is_the_golden_text() -> None:
    """Node a of the ring holds 2 + 1.5: with one link down the other must hold 3.5."""
    problem = compiled(ring({"ab": 2, "ac": 1.5}))
    lanes = tuple((lane, 1) for lane in range(problem.lanes) if 0 in (problem.tail[lane], problem.head[lane]))
    state = next(s for s in range(len(problem.states)) if problem.states[s].id == "link ab")
    row = Derivation(problem).row(Cut((state,), lanes, 3.5, 1.0))
    assert row is not None
    columns = problem.columns
    text = " + ".join(
        f"{row.coefficients[c]:g} {problem.instance.links[columns.link[c]].id}[{columns.size[c]:g}]"
        for c in np.flatnonzero(row.coefficients)
    )
    assert f"{text} >= {row.least:g}" == "1 da[1] + 1 da[2] + 2 da[4] >= 4"


def test_node_sets_are_connected_on_both_sides() -> None:
    sets = few_links(compiled(ring({"ab": 1})), 100)
    assert {"".join("abcd"[n] for n in np.flatnonzero(row)) for row in sets} == {"b", "c", "d", "bc", "cd", "bcd"}


def test_a_failure_of_the_linear_solver_is_not_the_end() -> None:
    problem = compiled(random_instance(1))
    relaxation = Relaxation(problem)
    solved = relaxation.solve()
    assert solved is not None
    relaxation.add(Separator(problem, 1).rows(solved[1], deep=True, metric=True))
    expected = relaxation.solve()
    assert expected is not None
    relaxation.solver.Solve = lambda: pywraplp.Solver.ABNORMAL
    again = relaxation.solve()
    assert again is not None
    assert again[0] == pytest.approx(expected[0])
