"""Networks under looser promises lead to those under stricter ones: against brute force, and without a lead."""

from dataclasses import replace
from itertools import product
from math import inf
from typing import Any

import pytest

from planner.checker.network import verify_network
from planner.errors import PlanningError
from planner.limits import Limits, Watch, silent
from planner.network import search, solve, solver, turns
from planner.network.candidates import Candidates
from planner.network.columns import Choices
from planner.network.lead import Lead, begin, no_stricter, used
from planner.network.paths import accesses
from planner.network.search import Search
from planner.network.solve import NetworkAnswer
from planner.network.solver import Answer
from tests.unit.planner.network.brute import cheapest_cost
from tests.unit.planner.network.provinces import class_policy, province
from topology.model import Network

LIMITS = Limits(time_limit_s=60)
LADDER = [
    class_policy("none", (), 30, 0.3),
    class_policy("any", ("link",), 30, 0.3),
    class_policy("any", ("link", "duct"), 30, 0.3),
    class_policy("fixed", ("link",), 30, 0.3),
    class_policy("fixed", ("link", "duct", "carrier"), 30, 0.3),
    class_policy("mobile", ("link", "duct"), 30, 0.3),
]
BELOW = {(0, n) for n in range(6)} | {(n, n) for n in range(6)}
BELOW |= {(1, 2), (1, 3), (1, 4), (1, 5), (2, 4), (2, 5), (3, 4)}
"""Places in the ladder: no stricter, stricter."""


def tiny(seed: int, commune: int) -> Network:
    made = province(
        seed, communes=2, districts=0, departments=1, exchanges=1, carriers=2, access_candidates=1, second_routes=False
    )
    classes = {**made.records.classes, "commune": LADDER[commune]}
    return replace(made, records=replace(made.records, classes=classes))


def planned(network: Network, lead: Lead | None = None) -> NetworkAnswer | None:
    try:
        return solve(network, LIMITS, leading=lead)
    except PlanningError:
        return None


def test_which_promise_is_no_stricter() -> None:
    def of(place: int) -> dict[str, object]:
        return {"core": class_policy("none", ()), "commune": LADDER[place]}

    for loose, strict in product(range(6), range(6)):
        assert no_stricter(of(loose), of(strict)) == ((loose, strict) in BELOW)
    flooded = class_policy("none", ("flood",), 30, 0.3)  # a backup may be what keeps it
    assert not no_stricter({"commune": flooded}, {"commune": class_policy("any", ("flood",), 30, 0.3)})
    assert not no_stricter({"commune": LADDER[0]}, {"commune": class_policy("any", ("link",), 20, 0.3)})
    assert not no_stricter({}, of(0))


@pytest.mark.parametrize("seed", range(4))
def test_a_stricter_promise_never_costs_less(seed: int) -> None:
    """Everything is tried: so a bound under the looser one bounds the stricter one."""
    costs = [cheapest_cost(tiny(seed, commune)) for commune in range(6)]
    assert all(costs[loose] <= costs[strict] for loose, strict in BELOW)
    assert costs[0] < inf


@pytest.mark.parametrize("way", ["columns", "hubs"])
@pytest.mark.parametrize("seed", range(2, 5))
def test_with_a_lead_the_answer_is_as_good(seed: int, way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "SMALL", {"columns": 10**9, "hubs": -1}[way])
    answers = {commune: planned(tiny(seed, commune)) for commune in range(5)}
    for loose, strict in sorted(BELOW):
        first = answers.get(loose)
        if loose == strict or strict == 5 or first is None:
            continue
        network = tiny(seed, strict)
        alone, led = answers[strict], planned(network, Lead(((first.parts, first.proof),)))
        assert (alone is None) == (led is None)
        if alone is None or led is None:
            continue
        assert verify_network(led.parts, network)[2] == []
        assert led.proof.bound >= first.proof.bound - 1
        assert led.proof.bound <= min(led.proof.objective, alone.proof.objective)
        assert alone.proof.bound <= led.proof.objective
        if way == "columns":
            assert led.proof.objective == pytest.approx(alone.proof.objective, rel=0.004)
        internet = sum(link.cost.present_value_vnd for link in led.parts.links if link.kind == "internet")
        assert led.proof.bound - internet <= cheapest_cost(network) + 1


def test_what_keeps_the_stricter_promise_too_is_not_searched_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "SMALL", -1)
    network = tiny(3, 1)
    first = planned(network)
    assert first is not None
    lead = Lead(((first.parts, first.proof),))
    monkeypatch.setattr(Search, "run", lambda self: pytest.fail("searched"))
    again = planned(network, lead)
    assert again is not None
    assert (again.parts, again.proof.bound) == (first.parts, first.proof.bound)
    monkeypatch.setattr(search, "SMALL", 10**9)  # what is searched in no time is searched
    candidates = Candidates(network)
    own = accesses(candidates)
    state = Search(candidates, {s: Choices(candidates, s, o) for s, o in own.items()}, Watch(LIMITS), silent)
    assert not begin(state, own, lead, 0)
    assert state.best is not None
    assert set(state.best.opened) <= used(state, lead)


def test_what_an_interior_point_calls_impossible_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    network, asked = tiny(1, 2), []
    monkeypatch.setattr(search, "SMALL", -1)
    expected = planned(network)
    assert expected is not None

    def doubtful(*arguments: Any, interior: bool = False) -> Answer:
        answer = solver.whole(*arguments, interior=interior)
        asked.append(interior)
        return replace(answer, infeasible=True, values=None, bound=inf) if interior else answer

    monkeypatch.setattr(turns, "whole", doubtful)
    found = planned(network)
    assert asked[:2] == [True, False]
    assert found is not None
    assert (found.proof.objective, found.proof.bound) == (expected.proof.objective, expected.proof.bound)
