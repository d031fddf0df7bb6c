"""The checker of bridges catches a plan that was changed, whatever is changed."""

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest

from planner import checker
from planner.limits import Limits
from planner.plan import Plan
from planner.solve import solve
from topology.model import Network

Document = dict[str, Any]


@pytest.fixture(scope="module")
def cascaded(mini: Network) -> tuple[Network, Plan]:
    """The miniature province with bridges in its districts."""
    trees = tuple(
        tree.model_copy(update={"cascade": "required"}) if tree.id == "conf-communes" else tree
        for tree in mini.records.conferences
    )
    network = dataclasses.replace(mini, records=dataclasses.replace(mini.records, conferences=trees))
    return network, solve(network, Limits())[0]


def homes_at_the_core(plan: Document) -> None:
    plan["conference"]["homes"] = {}


def home_that_is_no_place(plan: Document) -> None:
    name = min(plan["conference"]["homes"])
    plan["conference"]["homes"][name] = "commune-01"


def unknown_group(plan: Document) -> None:
    plan["conference"]["homes"]["conf-communes:nowhere"] = "district-dong"


def one_bridge_less_away(plan: Document) -> None:
    place = next(place for place in plan["conference"]["bridges"] if place["site"] != "core")
    gone = place["machines"].pop()
    plan["machines"] = [machine for machine in plan["machines"] if machine["id"] != gone]


def bridge_that_is_no_machine(plan: Document) -> None:
    plan["conference"]["bridges"][-1]["machines"].append("bridge-nowhere-1")


def bridge_named_twice(plan: Document) -> None:
    machines = plan["conference"]["bridges"][-1]["machines"]
    machines.append(machines[0])


def fewer_places(plan: Document) -> None:
    plan["conference"]["places"]["concurrent"] -= 1


def lighter_core(plan: Document) -> None:
    plan["conference"]["trees"][0]["core_mbps"] -= 1


def heavier_flat(plan: Document) -> None:
    plan["conference"]["trees"][0]["flat_mbps"] += 1


def other_hours(plan: Document) -> None:
    plan["conference"]["hours"]["concurrent"].pop()


def cheaper_boxes(plan: Document) -> None:
    place = next(place for place in plan["conference"]["bridges"] if place["site"] != "core")
    place["cost"]["one_off_vnd"] -= 1


def no_part(plan: Document) -> None:
    plan["conference"] = None


def smaller_line(plan: Document) -> None:
    site = next(site for site in plan["network"]["sites"] if site["id"] in plan["conference"]["homes"].values())
    site["demand_by_class_mbps"]["af41"] -= 1


TAMPERINGS = (
    homes_at_the_core, home_that_is_no_place, unknown_group, one_bridge_less_away, bridge_that_is_no_machine,
    bridge_named_twice, fewer_places, lighter_core, heavier_flat, other_hours, cheaper_boxes, no_part, smaller_line,
)  # fmt: skip


def test_the_untouched_plan_passes(cascaded: tuple[Network, Plan]) -> None:
    network, plan = cascaded
    assert checker.verify(plan, network)[1] == []


@pytest.mark.parametrize("tamper", TAMPERINGS, ids=lambda tamper: tamper.__name__)
def test_tampering_is_caught(cascaded: tuple[Network, Plan], tamper: Callable[[Document], None]) -> None:
    network, plan = cascaded
    document = plan.model_dump(mode="json")
    tamper(document)
    assert checker.verify(Plan.model_validate(document), network)[1]


def test_a_bridge_that_fails_has_a_spare(mini: Network, mini_plan: Plan) -> None:
    """One bridge of the core less: everyone still has a seat, but not after the next failure."""
    document = mini_plan.model_dump(mode="json")
    core = document["conference"]["bridges"][0]
    gone = core["machines"].pop()
    document["machines"] = [machine for machine in document["machines"] if machine["id"] != gone]
    texts = [str(violation) for violation in checker.verify(Plan.model_validate(document), mini)[1]]
    assert any("may fail" in text for text in texts)
