"""The design equals brute force, behaves as the world does, and says infeasible only with the reason in hand."""

from dataclasses import replace

import numpy as np
import pytest

from planner.checker.survivable import verify_survivable
from planner.limits import Limits
from planner.survivable import compact, tree
from planner.survivable.cuts import Row
from planner.survivable.design import Design
from planner.survivable.instance import (
    NORMAL,
    Demand,
    Instance,
    Link,
    Module,
    State,
    risk_groups,
    single_links,
    single_nodes,
)
from planner.survivable.search import Outcome
from planner.survivable.separation import Separator
from planner.survivable.solve import solve
from tests.unit.planner.survivable.small import brute_force, random_instance, relabelled, ring

LIMITS = Limits(time_limit_s=60.0)
ENGINES = [
    pytest.param("tree", marks=pytest.mark.skipif(not tree.available(), reason="PySCIPOpt is missing")),
    "rounds",
]


def answer(instance: Instance, engine: str | None = None) -> Design:
    found = solve(instance, LIMITS, engine=engine, processes=1)
    assert verify_survivable(found, instance)[1] == []
    return found


@pytest.mark.parametrize("seed", range(24))
def test_equals_brute_force(seed: int) -> None:
    instance = random_instance(seed)
    engine = "rounds" if seed % 4 == 3 or not tree.available() else "tree"
    found = answer(instance, engine)
    expected = brute_force(instance)
    if expected is None:
        assert found.status == "infeasible"
    else:
        assert found.status == "optimal"
        assert found.objective == pytest.approx(expected)


@pytest.mark.skipif(not tree.available(), reason="PySCIPOpt is missing")
@pytest.mark.parametrize("seed", [2, 5, 13])
def test_without_time_for_cuts_below_the_root_the_optimum_is_the_same(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for share in ("SEPARATE", "METRIC", "CHECKS", "FREE_S"):
        monkeypatch.setattr(tree, share, 0.0)
    monkeypatch.setattr(tree, "ROOT_ROUNDS", 0)
    instance = random_instance(seed)
    expected = brute_force(instance)
    assert expected is not None
    assert answer(instance, "tree").objective == pytest.approx(expected)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("sense", ["undirected", "bidirected"])
def test_engines_agree(engine: str, sense: str) -> None:
    instance = replace(ring({"ab": 2, "bd": 3, "ac": 1.5}, ("ac",)), sense=sense)
    assert answer(instance, engine).objective == pytest.approx({"undirected": 41, "bidirected": 31}[sense])


@pytest.mark.parametrize("engine", ENGINES)
def test_bridge_is_proved_and_named(engine: str) -> None:
    links = tuple(Link(pair, pair[0], pair[1], (Module(10, 1),)) for pair in ("ab", "bc", "ca", "cd"))
    instance = Instance(tuple("abcd"), links, (Demand("ad", "a", "d", 2), Demand("ab", "a", "b", 1)))
    instance = instance.surviving(single_links(instance))
    found = answer(instance, engine)
    assert found.status == "infeasible"
    assert found.impossible is not None
    assert found.impossible.state == "link cd"
    assert "'cd' is a bridge" in found.impossible.text
    assert answer(replace(instance, demands=instance.demands[1:]), engine).status == "optimal"


def test_cut_that_cannot_hold_enough_is_named() -> None:
    instance = replace(ring({"ac": 9}), sizing="explicit")
    found = answer(instance)
    assert found.status == "infeasible"
    assert found.impossible is not None
    assert found.impossible.needed > found.impossible.available


def test_hop_limits_bind() -> None:
    instance = replace(ring({"ab": 1, "cd": 1}), states=(NORMAL,))
    free = answer(instance.surviving(single_links(instance)))
    assert free.status == "optimal"
    short = replace(instance, demands=tuple(replace(d, hop_limit=2) for d in instance.demands))
    far = answer(short.surviving(single_links(short)))
    assert far.status == "infeasible"
    assert far.impossible is not None
    assert "no path of 2 links" in far.impossible.text
    assert answer(short).objective == pytest.approx(answer(instance).objective)


def test_more_capacity_is_never_dearer_and_more_states_never_cheaper() -> None:
    instance = ring({"ab": 2, "bd": 3, "ac": 1.5}, ("ac",))
    base = answer(instance).objective
    there = replace(instance, links=(replace(instance.links[0], existing=2.0), *instance.links[1:]))
    more = instance.surviving(single_links(instance), single_nodes(instance), risk_groups({"duct": ["ac", "bc"]}))
    fewer = replace(instance, states=(NORMAL,))
    assert base is not None
    assert answer(there).objective <= base + 1e-9
    assert answer(more).objective >= base - 1e-9
    assert answer(fewer).objective <= base + 1e-9


@pytest.mark.parametrize("seed", range(5))
def test_relabelling_changes_nothing(seed: int) -> None:
    instance = random_instance(100 + seed)
    one, other = answer(instance), answer(relabelled(instance, seed))
    assert one.status == other.status
    assert one.objective == pytest.approx(other.objective)


def test_node_failure_drops_its_demands() -> None:
    instance = ring({"ab": 2, "ac": 2})
    instance = instance.surviving(single_nodes(instance))
    found = answer(instance)
    assert found.status == "optimal"
    assert not found.routing["node a"]
    assert found.routing["node b"]


def test_linear_capacity_and_fixed_charge() -> None:
    links = tuple(replace(link, unit_cost=2.0, fixed_charge=1.0) for link in ring({}).links)
    instance = replace(ring({"ac": 3}), links=links, sizing="linear")
    found = answer(instance)
    assert found.status == "optimal"
    assert found.objective == pytest.approx(4 * (3 * 2 + 1))


def test_routing_cost_is_part_of_the_objective() -> None:
    instance = replace(ring({"ac": 2, "bd": 1}), states=(NORMAL,))
    dear = replace(instance, links=tuple(replace(link, routing_cost=1.0) for link in instance.links))
    plain, priced = answer(instance), answer(dear)
    assert priced.status == "optimal"
    assert priced.objective == pytest.approx(plain.objective + 6)


def test_too_many_flows_are_priced_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    instance = ring({"ac": 2, "bd": 1})
    dear = replace(instance, links=tuple(replace(link, routing_cost=1.0) for link in instance.links))
    together = answer(dear)
    monkeypatch.setattr(compact, "MOST_FLOWS", 0)
    apart = answer(dear)
    assert together.status == "optimal"
    assert apart.bound <= together.objective + 1e-6
    assert apart.objective >= together.objective - 1e-6


def test_one_plus_one_is_at_least_as_dear_as_rerouting() -> None:
    instance = ring({"ab": 2, "bd": 3, "ac": 1.5}, ("ac",))
    fixed = answer(replace(instance, rerouting="one_plus_one"))
    assert fixed.status == "optimal"
    assert fixed.objective >= answer(instance).objective
    for first, second in fixed.protection.values():
        assert not set(first) & set(second)


def test_link_without_modules_serves_with_what_is_there() -> None:
    instance = ring({"ab": 2, "bd": 1}, ("ac",))
    links = (replace(instance.links[0], modules=(), existing=3.0), *instance.links[1:])
    found = answer(replace(instance, links=links, constant_cost=5.0))
    assert found.status == "optimal"
    assert "ab" not in {bought.link for bought in found.links}


def test_no_demand_costs_what_is_there() -> None:
    instance = replace(ring({"ab": 0}), constant_cost=7.0)
    assert answer(instance).objective == 7.0


def test_unknown_names_are_refused() -> None:
    with pytest.raises(ValueError, match="unknown"):
        replace(ring({}), states=(State("x", frozenset({"zz"})),))
    with pytest.raises(ValueError, match="no state"):
        replace(ring({}), states=())
    with pytest.raises(ValueError, match="twice"):
        replace(ring({}), links=ring({}).links + ring({}).links[:1])
    with pytest.raises(ValueError, match="finite"):
        replace(ring({}), demands=(Demand("ab", "a", "b", float("nan")),))


def test_stopped_at_any_time_it_never_claims_too_much() -> None:
    instance = ring({"ab": 2.5, "ac": 1.5, "bd": 2.0}, ("ac",))
    least = answer(instance).objective
    assert least is not None
    for asked in (0, 2, 5, 12, 40):
        calls = iter(range(10_000))
        found = solve(instance, replace(LIMITS, should_stop=lambda calls=calls, n=asked: next(calls) >= n), processes=1)
        assert found.status in {"optimal", "feasible", "unknown"}
        assert found.bound is None or found.bound <= least + 1e-6
        if found.objective is not None:
            assert found.objective >= least - 1e-6
            assert not verify_survivable(found, instance)[1]
        if found.status == "optimal":
            assert found.objective == pytest.approx(least)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.skipif(not tree.available(), reason="PySCIPOpt is missing")
def test_a_tree_that_breaks_is_grown_again(monkeypatch: pytest.MonkeyPatch) -> None:
    instance = ring({"ab": 2.5, "ac": 1.5, "bd": 2.0}, ("ac",), modules=(Module(1, 3), Module(3, 7)))
    least = answer(instance, "rounds").objective
    known = Separator.known

    def breaks(separator: Separator, values: np.ndarray, most: int) -> list[Row]:
        monkeypatch.setattr(Separator, "known", known)
        raise ZeroDivisionError

    whole = tree.branch_and_cut

    def watched(*given: object, again: bool = False) -> Outcome:
        if not again:
            monkeypatch.setattr(Separator, "known", breaks)
        outcome = whole(*given, again=again)
        seen.append((again, bool(outcome.work.get("failed"))))
        return outcome

    seen: list[tuple[bool, bool]] = []
    monkeypatch.setattr(tree, "branch_and_cut", watched)
    found = answer(instance, "tree")
    assert seen == [(False, True), (True, False)]
    assert found.status == "optimal"
    assert found.objective == pytest.approx(least)
