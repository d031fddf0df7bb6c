"""The same data centre is placed once; whatever a placement reads makes another one."""

from dataclasses import replace
from typing import Any

import pytest

from planner.datacentre import known
from planner.datacentre.hardware import Hardware
from planner.datacentre.known import Known
from planner.datacentre.search import Placed
from planner.datacentre.workloads import expand
from planner.limits import Limits, silent
from topology.model import Network


class Unread(dict[str, Any]):
    """Promises that nobody may look at."""

    def __getitem__(self, key: str) -> Any:
        pytest.fail("a placement reads what classes are promised")

    get = values = items = __getitem__  # type: ignore[assignment]


def test_it_is_placed_once_whatever_classes_are_promised(mini: Network) -> None:
    held = Known()
    groups = expand(mini.records, mini.demands)
    first = held.place(Hardware(mini.records), groups, Limits(), silent)
    blind = Hardware(replace(mini.records, classes=Unread(), digest="another"))
    assert held.place(blind, groups, Limits(), silent) is first
    assert Known().place(blind, groups, Limits(), silent) == first
    assert (held.asked, len(held.placements)) == (2, 1)


def test_whatever_it_reads_is_placed_anew(mini: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    records, groups = mini.records, expand(mini.records, mini.demands)
    model, room = records.host_models[0], records.rooms[0]
    price = model.price_vnd.model_copy(update={"value": model.price_vnd.value + 1})
    dearer = model.model_copy(update={"price_vnd": price})
    cooler = room.model_copy(update={"cooling_w": room.cooling_w.model_copy(update={"value": 1.0})})
    asked: list[object] = []
    answer = Placed({}, {}, {}, {}, 1, 1)

    def place(*given: object) -> Placed:
        asked.append(given)
        return answer

    monkeypatch.setattr(known, "place", place)
    held = Known()
    changes: list[tuple[Any, Any, Limits, int]] = [
        (records, groups, Limits(), 5),
        (replace(records, host_models=(dearer, *records.host_models[1:])), groups, Limits(), 5),
        (replace(records, rooms=(cooler, *records.rooms[1:])), groups, Limits(), 5),
        (replace(records, placement=records.placement.model_copy(update={"survive": ()})), groups, Limits(), 5),
        (records, groups[1:], Limits(), 5),
        (records, groups, Limits(seed=2), 5),
        (records, groups, Limits(effort=0.5), 5),
        (records, groups, Limits(), 6),
    ]
    for changed, some, limits, rounds in [*changes, *changes]:
        held.place(Hardware(changed), some, limits, silent, None, rounds)
    assert len(asked) == len(changes)
    answer = replace(answer, cut_short=True)
    for _ in range(2):
        held.place(Hardware(records), groups[2:], Limits(), silent)
    assert len(asked) == len(changes) + 2  # what the clock cut short is asked again
