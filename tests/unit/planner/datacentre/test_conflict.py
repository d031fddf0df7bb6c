"""What cannot be placed is named, with its place in the records; and the relaxation that is offered is enough."""

import dataclasses
import re
from typing import Any

import pytest

from planner.datacentre.hardware import Hardware
from planner.datacentre.search import place
from planner.datacentre.workloads import Group, expand
from planner.errors import PlanningError, Problem
from planner.limits import Limits, silent
from topology.model import Network as Planned
from topology.model import Records


def refused(records: Records, groups: tuple[Group, ...]) -> tuple[Problem, ...]:
    with pytest.raises(PlanningError) as caught:
        place(Hardware(records), groups, Limits(time_limit_s=30), silent)
    return caught.value.problems


def with_racks(records: Records, count: int | None = None, **fields: float) -> Records:
    rooms = []
    for room in records.rooms:
        racks = [
            rack.model_copy(update={k: getattr(rack, k).model_copy(update={"value": v}) for k, v in fields.items()})
            for rack in room.racks[:count]
        ]
        rooms.append(room.model_copy(update={"racks": tuple(racks)}))
    return dataclasses.replace(records, rooms=tuple(rooms))


def with_policy(records: Records, **fields: Any) -> Records:
    return dataclasses.replace(records, placement=records.placement.model_copy(update=fields))


@pytest.mark.parametrize(
    ("field", "limit", "what"),
    [
        ("feed_limit_w", 1400.0, "watts on one feed"),
        ("cooling_w", 1300.0, "heat"),
        ("max_weight_kg", 150.0, "kilograms"),
        ("switch_ports", 5, "switch ports"),
    ],
)
def test_the_short_resource_is_named_and_raising_it_as_told_is_enough(
    planned: Planned, field: str, limit: float, what: str
) -> None:
    groups = expand(planned.records, planned.demands)
    records = with_racks(planned.records, **{field: limit})
    problems = refused(records, groups)
    assert {problem.code for problem in problems} == {"E-PLAN-401"}
    assert all(what in problem.message and str(problem.where).startswith("facility.yaml") for problem in problems)
    told = {problem.message.split()[0]: problem for problem in problems}
    rooms = []
    for room in records.rooms:
        racks = []
        for rack in room.racks:
            more = re.search(r"raise (\S+) by ([\d.]+)", told[rack.id].hint) if rack.id in told else None
            if more:
                assert more[1] == field
                value = getattr(rack, field)
                raised = type(limit)(value.value + float(more[2]))
                rack = rack.model_copy(update={field: value.model_copy(update={"value": raised})})
            racks.append(rack)
        rooms.append(room.model_copy(update={"racks": tuple(racks)}))
    assert place(Hardware(dataclasses.replace(records, rooms=tuple(rooms))), groups, Limits(), silent).optimal


def test_a_machine_larger_than_every_host_is_named(planned: Planned) -> None:
    groups = expand(planned.records, planned.demands)
    vm = next(group for group in groups if group.form == "vm")
    huge = dataclasses.replace(vm, need=(1.0, 10_000.0, 1.0, 1.0, 1.0))
    (problem,) = refused(planned.records, (huge,))
    assert problem.code == "E-PLAN-411"
    assert f"'{vm.id}'" in problem.message
    assert "memory_gib 10000" in problem.message
    assert problem.where == planned.records.positions[f"workload/{vm.id}/memory_gib"]


def test_the_only_rack_cannot_be_lost(planned: Planned) -> None:
    groups = expand(planned.records, planned.demands)
    (problem,) = refused(with_racks(planned.records, 1), groups)
    assert problem.code == "E-PLAN-412"
    assert str(problem.where).startswith("policy.yaml")


def test_the_only_feed_cannot_be_lost(planned: Planned) -> None:
    records = planned.records
    rooms = tuple(room.model_copy(update={"feeds": room.feeds[:1]}) for room in records.rooms)
    problems = refused(dataclasses.replace(records, rooms=rooms), expand(records, planned.demands))
    assert [problem.code for problem in problems] == ["E-PLAN-414"]


def test_a_licence_for_too_few_hosts_is_named(planned: Planned) -> None:
    groups = expand(planned.records, planned.demands)
    chosen = next(group for group in groups if group.form == "vm" and group.spread != "none" and group.count > 1)
    licensed = tuple(dataclasses.replace(g, licence="engine") if g.id == chosen.id else g for g in groups)
    (problem,) = refused(with_policy(planned.records, licences={"engine": chosen.count}), licensed)
    assert problem.code == "E-PLAN-415"
    enough = with_policy(planned.records, licences={"engine": chosen.count + 1})
    found = place(Hardware(enough), licensed, Limits(), silent)
    hosts = {slot for moves in (found.counts, *found.restarts.values()) for g, slot in moves if g == chosen.id}
    assert len(hosts) <= chosen.count + 1
    (problem,) = refused(with_racks(enough, 2), licensed)
    assert (problem.code, problem.hint) == ("E-PLAN-415", f"Cover {2 * chosen.count} hosts."), "either rack may be lost"
    place(
        Hardware(with_policy(with_racks(enough, 2), licences={"engine": 2 * chosen.count})), licensed, Limits(), silent
    )
