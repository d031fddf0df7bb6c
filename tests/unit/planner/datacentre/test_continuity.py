"""Of equal cost, what changes an earlier plan least: as trying everything says, and as the checker counts."""

import dataclasses
import itertools
import random

import pytest

from planner.assemble import assemble
from planner.checker.datacentre import verify_datacentre
from planner.checker.stays import verify_stays
from planner.continuity import with_stays
from planner.datacentre.continuity import Before, _fill, keep
from planner.datacentre.hardware import Hardware
from planner.datacentre.search import place
from planner.datacentre.solve import solve
from planner.limits import Limits, Watch, silent
from planner.plan import Plan
from tests.unit.planner.datacentre.test_affinity import drawn, hardware_of, holds_together, within_hosts
from tests.unit.planner.datacentre.test_placement import group
from topology.model import Network as Planned


def again(planned: Planned, plan: Plan, previous: Plan) -> Plan:
    datacentre, proof = solve(planned, Limits(), previous=previous)
    made = assemble(planned, plan.network, datacentre, (proof,), version="test", findings=(), verdict=plan.verdict)
    return with_stays(made, planned, previous, datacentre.stay_bound)


def swapped(plan: Plan) -> Plan:
    """Give all hosts other names, of which some leave a hole: a good plan that nobody would have made."""
    document = plan.model_dump_json()
    for number in range(1, len(plan.datacentre.hosts) + 1):
        document = document.replace(f'"host-{number:02}"', f'"host-{number + 40:02}"')
    return Plan.model_validate_json(document)


def test_the_same_records_leave_everything_where_it_is(plan: Plan, planned: Planned) -> None:
    for previous in (plan, swapped(plan)):
        made = again(planned, plan, previous)
        assert made.stays is not None
        assert (made.stays.stay, made.stays.moves) == (made.stays.machines, ())
        assert made.stays.machines == sum(m.bottom_u is not None or m.host is not None for m in plan.machines)
        assert made.proofs[0].objective == plan.proofs[0].objective
        assert verify_datacentre(made, planned)[1] == []
        assert verify_stays(made, planned, previous)[1] == []
        assert again(planned, plan, previous) == made


def test_a_slightly_larger_machine_moves_alone(plan: Plan, planned: Planned) -> None:
    records = planned.records
    service = next(s for s in records.services if any(w.id == "monitor" for w in s.workloads))
    larger = tuple(
        w.model_copy(update={"memory_gib": w.memory_gib.model_copy(update={"value": w.memory_gib.value + 1})})
        if w.id == "monitor" else w for w in service.workloads
    )  # fmt: skip
    services = tuple(s.model_copy(update={"workloads": larger}) if s is service else s for s in records.services)
    changed = dataclasses.replace(planned, records=dataclasses.replace(records, services=services))
    made = again(changed, plan, swapped(plan))
    assert made.stays is not None
    assert made.stays.stay >= made.stays.machines - 1
    assert verify_stays(made, changed, swapped(plan))[1] == []


def most_that_stay(hardware: Hardware, groups: list, slots: list, before: dict[str, str]) -> int | None:
    """Try every placement without losses."""
    names = [name for one in groups for name in one.names]
    best = None
    for chosen in itertools.product([slot.id for slot in slots], repeat=len(names)):
        where = dict(zip(names, chosen, strict=True))
        left = {slot.id for slot in slots}
        if within_hosts(hardware, slots, groups, where) and holds_together(hardware, slots, groups, where, left):
            stay = sum(where[name] == before.get(name) for name in names)
            best = stay if best is None else max(best, stay)
    return best


@pytest.mark.parametrize("seed", range(20))
def test_small_cases_equal_trying_everything(planned: Planned, seed: int) -> None:
    _, groups, slots = drawn(planned.records, seed)
    hardware = hardware_of(planned.records, ())
    draw = random.Random(seed)
    before = {name: draw.choice(slots).id for one in groups for name in one.names if draw.random() < 0.8}
    earlier = Before({slot.id: (slot.rack, slot.model) for slot in slots}, before, {})
    found, proved = _fill(hardware, groups, slots, earlier, Watch(Limits()))
    best = most_that_stay(hardware, groups, slots, before)
    assert proved
    assert (found is None) == (best is None)
    if found is not None:
        (counts, _), bound = found
        stood = {(g.id, s.id): sum(before.get(n) == s.id for n in g.names) for g in groups for s in slots}
        assert sum(min(n, stood[key]) for key, n in counts.items()) == bound == best


def test_hosts_that_are_too_few_are_tried_no_more(planned: Planned) -> None:
    """What stood in the earlier plan does not fit there any more: the cost stays the least."""
    hardware = hardware_of(planned.records, ("host",))
    groups = (group("a", 20.0, 3, "host"), group("b", 9.0, 2))
    placed = place(hardware, groups, Limits(), silent)
    rack, model = next(iter(hardware.racks)), next(iter(hardware.models))
    on = {name: "host-01" for one in groups for name in one.names}
    held = keep(hardware, groups, placed, Before({"host-01": (rack, model)}, on, {}), Watch(Limits()))
    assert held.placed.objective_vnd == placed.objective_vnd
    assert sum(held.placed.counts.values()) == 5


def test_a_false_count_is_caught(plan: Plan, planned: Planned) -> None:
    previous = swapped(plan)
    made = again(planned, plan, previous)
    assert made.stays is not None
    for update in (
        {"stay": made.stays.stay - 1},
        {"machines": made.stays.machines + 1},
        {"digest": "0" * 64},
        {"most": 0},
    ):
        wrong = made.model_copy(update={"stays": made.stays.model_copy(update=update)})
        assert verify_stays(wrong, planned, previous)[1], update
    assert verify_stays(made, planned, plan)[1], "another plan than the one it was compared with"
    assert verify_stays(made.model_copy(update={"stays": None}), planned, previous)[1]
