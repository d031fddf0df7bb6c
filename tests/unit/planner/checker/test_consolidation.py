"""The replay of the moves catches every order that breaks something."""

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest

from planner import checker
from planner.checker.consolidation import verify_consolidation
from planner.plan import Plan
from topology.demands import hosted
from topology.model import Hosting, Network

Document = dict[str, Any]


def all_at_once(plan: Document) -> None:
    """Switch everything over in the first window: too many hands, too many servers off."""
    for move in plan["consolidation"]["moves"]:
        move["first_window"] = move["last_window"] = 1
    plan["consolidation"]["windows"] = 1
    plan["consolidation"]["rooms"][0]["freed_window"] = 1


def one_stays_behind(plan: Document) -> None:
    plan["consolidation"]["moves"].pop()


def one_twice(plan: Document) -> None:
    moves = plan["consolidation"]["moves"]
    moves.append(moves[0])


def another_host(plan: Document) -> None:
    plan["consolidation"]["moves"][0]["host"] = "host-05"


def faster_than_the_line(plan: Document) -> None:
    plan["consolidation"]["moves"][0]["mbps"] *= 2


def slower_than_the_window(plan: Document) -> None:
    plan["consolidation"]["moves"][0]["mbps"] = 5.0


def less_copied(plan: Document) -> None:
    plan["consolidation"]["moves"][0]["gib"] -= 1


def after_the_last_week(plan: Document) -> None:
    last = plan["consolidation"]["moves"][-1]
    last["first_window"] = last["last_window"] = 99
    plan["consolidation"]["windows"] = plan["consolidation"]["rooms"][0]["freed_window"] = 99


def earlier_empty(plan: Document) -> None:
    plan["consolidation"]["rooms"][0]["freed_window"] = 1


def it_stays(plan: Document) -> None:
    plan["consolidation"]["rooms"][0]["moves"] = False


def dearer_room(plan: Document) -> None:
    plan["consolidation"]["rooms"][0]["energy_vnd_per_month"] += 1


def worth_more(plan: Document) -> None:
    plan["consolidation"]["rooms"][0]["value_vnd"] += 1


def cheaper_move(plan: Document) -> None:
    plan["consolidation"]["rooms"][0]["move_vnd"] -= 1


def dearer_lines(plan: Document) -> None:
    """With all that follows from it, so that only the price of the lines is wrong."""
    room = plan["consolidation"]["rooms"][0]
    room["lines_vnd"] += 1000
    room["value_vnd"] -= 1000
    room["value_fewest_vnd"] -= 1000


def dearer_hosts(plan: Document) -> None:
    """The same for what the data centre costs more."""
    room = plan["consolidation"]["rooms"][0]
    room["hosts_vnd"] += 1000
    room["with_room"]["present_value_vnd"] += 1000
    room["value_vnd"] -= 1000


def hosts_alone(plan: Document) -> None:
    room = plan["consolidation"]["rooms"][0]
    room["hosts_vnd"] += 1000
    room["value_vnd"] -= 1000


def one_host_fewer(plan: Document) -> None:
    room = plan["consolidation"]["rooms"][0]
    room["without_room"]["hosts"][0]["number"] -= 1


def too_few_hosts(plan: Document) -> None:
    """Both data centres lack the same hosts, at the price of what is left: only the machines tell."""
    room = plan["consolidation"]["rooms"][0]
    for house in ("with_room", "without_room"):
        room[house] = {**room[house], "hosts": [], "present_value_vnd": 0}
    room["hosts_vnd"], room["value_vnd"] = 0, room["value_vnd"] + room["hosts_vnd"]


def unknown_model(plan: Document) -> None:
    plan["consolidation"]["rooms"][0]["with_room"]["hosts"][0]["kind"] = "nothing"


def no_houses(plan: Document) -> None:
    plan["consolidation"]["rooms"][0]["with_room"] = None


def no_rooms(plan: Document) -> None:
    plan["consolidation"]["rooms"] = []


def no_order(plan: Document) -> None:
    plan["consolidation"]["moves"] = []
    plan["consolidation"]["rooms"][0]["freed_window"] = None


def no_part(plan: Document) -> None:
    plan["consolidation"] = None


TAMPERINGS = (
    all_at_once, one_stays_behind, one_twice, another_host, faster_than_the_line, slower_than_the_window, less_copied,
    after_the_last_week, earlier_empty, it_stays, dearer_room, worth_more, cheaper_move, dearer_lines, dearer_hosts,
    hosts_alone, one_host_fewer, too_few_hosts, unknown_model, no_houses, no_rooms, no_order, no_part,
)  # fmt: skip


@pytest.mark.parametrize("tamper", TAMPERINGS, ids=lambda tamper: tamper.__name__)
def test_tampering_is_caught(mini_plan: Plan, mini: Network, tamper: Callable[[Document], None]) -> None:
    document = mini_plan.model_dump(mode="json")
    tamper(document)
    assert checker.verify(Plan.model_validate(document), mini)[1]


def test_a_host_without_the_disk_is_caught(mini_plan: Plan, mini: Network) -> None:
    """Images of copies stand beside the disks: a larger share of staging than the hosts have room for."""
    assert mini.records.moving is not None
    huge = mini.records.moving.model_copy(
        update={"staging_share": mini.records.moving.staging_share.model_copy(update={"value": 40.0})}
    )
    network = dataclasses.replace(mini, records=dataclasses.replace(mini.records, moving=huge))
    network = hosted(network, Hosting(moved=frozenset({"room-finance"})))
    _, violations = verify_consolidation(mini_plan, network)
    assert any("GiB of" in str(violation) for violation in violations)
