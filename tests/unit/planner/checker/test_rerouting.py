"""What routers would make of failures is found again by other code; a tampered figure is caught, each kind alone."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from planner.checker import verify_rerouting
from planner.failures.planned import rerouting
from planner.limits import Limits
from planner.network import solve
from planner.plan import Plan
from tests.unit.planner.network.provinces import province
from topology.model import Network


def tampered(plan: Plan, change: Callable[[dict[str, Any]], None]) -> Plan:
    document = plan.model_dump(mode="json")
    change(document["network"]["rerouting"])
    return Plan.model_validate(document)


def test_the_plan_is_right(mini: Network, mini_plan: Plan) -> None:
    states, violations = verify_rerouting(mini_plan, mini)
    assert violations == []
    assert mini_plan.network.rerouting is not None
    assert states == mini_plan.network.rerouting.states


@pytest.mark.parametrize("seed", [1, 2, 4, 5])
def test_random_networks_agree(seed: int, mini_plan: Plan) -> None:
    network = province(seed, communes=4, districts=1, departments=0, exchanges=2)  # type: ignore[no-untyped-call]
    cheap = {"concentration_one_off_vnd": 1_000_000, "concentration_monthly_vnd": 10_000}
    exchanges = tuple(exchange.model_copy(update=cheap) for exchange in network.records.exchanges)
    network = replace(network, records=replace(network.records, exchanges=exchanges))
    part = solve(network, Limits(time_limit_s=30)).parts
    part = part.model_copy(update={"rerouting": rerouting(part, network.records)})
    plan = mini_plan.model_copy(update={"network": part})
    assert verify_rerouting(plan, network)[1] == []


def above(told: dict[str, Any]) -> None:
    told["above_warn"] += 1


def limit(told: dict[str, Any]) -> None:
    told["above_limit"] += 1


def states(told: dict[str, Any]) -> None:
    told["states"] -= 1


def pairs(told: dict[str, Any]) -> None:
    told["pairs"] += 1


def fuller(told: dict[str, Any]) -> None:
    told["highest"][0][2] += 0.001


def another_state(told: dict[str, Any]) -> None:
    told["highest"][0][1] = "duct:nowhere"


def dropped(told: dict[str, Any]) -> None:
    del told["highest"][0]


def more(told: dict[str, Any]) -> None:
    told["carried"][0]["share"] += 0.01


def nowhere(told: dict[str, Any]) -> None:
    told["carried"][0]["state"] = "duct:nowhere"


def forgotten(told: dict[str, Any]) -> None:
    del told["carried"][0]


def cutting(told: dict[str, Any]) -> None:
    told["pairs_cutting"] -= 1


def worse(told: dict[str, Any]) -> None:
    told["worst_pairs"][0][1] += 1


def better(told: dict[str, Any]) -> None:
    del told["worst_pairs"][0]


def safer(told: dict[str, Any]) -> None:
    site = next(iter(told["exposed"]))
    told["exposed"][site] -= 1


def unexposed(told: dict[str, Any]) -> None:
    del told["exposed"][next(iter(told["exposed"]))]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (cutting, "cut somebody off"), (worse, "cuts off"), (better, "cuts off more than"), (safer, "pairs cut it off"),
        (unexposed, "more pairs than"),
        (above, "warning limit"), (limit, "allowed limit"), (states, "pairs, found"), (pairs, "pairs, found"),
        (fuller, "at most"), (another_state, "no single failure"), (dropped, "fuller than a line"),
        (more, "carries"), (nowhere, "is no single failure"), (forgotten, "carries less"),
    ],
)  # fmt: skip
def test_a_tampered_figure_is_caught(
    mini: Network, mini_plan: Plan, change: Callable[[dict[str, Any]], None], says: str
) -> None:
    _, violations = verify_rerouting(tampered(mini_plan, change), mini)
    assert violations
    assert any(says in str(violation) for violation in violations)
