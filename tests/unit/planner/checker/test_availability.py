"""The checker finds other figures than a tampered plan states; the plan's own are the ones it finds."""

from collections.abc import Callable
from typing import Any

import pytest

from planner.checker import verify_availability
from planner.plan import Plan
from topology.model import Network


def tampered(plan: Plan, change: Callable[[dict[str, Any]], None]) -> Plan:
    document = plan.model_dump(mode="json")
    change(document)
    return Plan.model_validate(document)


def test_the_plan_is_right(mini: Network, mini_plan: Plan) -> None:
    made, violations = verify_availability(mini_plan, mini)
    assert violations == []
    assert made > len(mini_plan.network.sites) + len(mini_plan.services)


def share(document: dict[str, Any]) -> None:
    document["network"]["availability"]["commune-03"]["share"] += 1e-6


def bounds(document: dict[str, Any]) -> None:
    document["network"]["availability"]["commune-03"] |= {"method": "bounds", "low": 0.9999, "high": 1.0}


def target(document: dict[str, Any]) -> None:
    document["network"]["availability"]["commune-03"]["target"] = 0.5


def core(document: dict[str, Any]) -> None:
    document["network"]["availability"]["core"]["share"] = 1.0


def stranger(document: dict[str, Any]) -> None:
    found = document["network"]["availability"]
    found["nowhere"] = found["commune-03"]


def service(document: dict[str, Any]) -> None:
    load = next(load for load in document["services"] if load["id"] == "firewall")
    load["availability"]["centre"] = 0.9999


def pair(document: dict[str, Any]) -> None:
    document["network"]["rerouting"]["worst_pairs"][0][1] -= 1


def no_pair(document: dict[str, Any]) -> None:
    document["network"]["rerouting"]["worst_pairs"][0][0] = "duct:nowhere+duct:neither"


@pytest.mark.parametrize(("change", "says"), [
    (share, "site commune-03: is reached"), (bounds, "site commune-03: availability"),
    (target, "site commune-03: has the target"), (core, "site core: is reached"),
    (stranger, "site nowhere: has an availability"), (service, "service firewall: runs"),
    (pair, "cuts off"), (no_pair, "is no pair of failures"),
])  # fmt: skip
def test_a_tampered_plan_is_caught(
    mini: Network, mini_plan: Plan, change: Callable[[dict[str, Any]], None], says: str
) -> None:
    _, violations = verify_availability(tampered(mini_plan, change), mini)
    assert len(violations) == 1
    assert says in str(violations[0])
