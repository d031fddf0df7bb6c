"""Workloads that stand together: as trying everything says, normally and after every loss, and the checker sees it."""

import dataclasses
import itertools
import random
from typing import Any

import pytest

from planner.checker.datacentre import verify_datacentre
from planner.datacentre.affinity import domains, together
from planner.datacentre.conflict import refuse_hopeless
from planner.datacentre.greedy import Greedy
from planner.datacentre.hardware import Hardware, Slot
from planner.datacentre.placement import Placement, states
from planner.datacentre.search import exact, place
from planner.datacentre.workloads import Group
from planner.errors import PlanningError
from planner.limits import Limits, Watch, silent
from planner.plan import Plan
from tests.unit.planner.datacentre.test_placement import group
from topology.model import Network as Planned
from topology.model import Records


def beside(one: Group, *others: tuple[str, str]) -> Group:
    return dataclasses.replace(one, beside=others)


def hardware_of(records: Records, survive: tuple[str, ...]) -> Hardware:
    policy = records.placement.model_copy(update={"survive": survive})
    hardware = Hardware(dataclasses.replace(records, placement=policy, existing_hosts=()))
    hardware.__dict__["affine"] = True
    return hardware


def holds_together(
    hardware: Hardware, slots: list[Slot], groups: list[Group], where: dict[str, str], left: set[str]
) -> bool:
    """Tell whether machine → slot has every machine in one domain with one of its neighbour's."""
    of = {name: one for one in groups for name in one.names}
    for name, slot in where.items():
        for other, within in of[name].beside:
            domain = next(set(d) for d in domains(hardware, slots, within) if slot in d) & left
            if not any(of[n].id == other and s in domain for n, s in where.items()):
                return False
    return True


def within_hosts(hardware: Hardware, slots: list[Slot], groups: list[Group], where: dict[str, str]) -> bool:
    of = {name: one for one in groups for name in one.names}
    for slot in slots:
        here = [of[name] for name, at in where.items() if at == slot.id]
        if sum(one.need[0] for one in here) > hardware.offers[slot.model][0] + 1e-9:
            return False
        if any(one.spread != "none" and here.count(one) > 1 for one in here):
            return False
    return True


def possible(hardware: Hardware, groups: list[Group], slots: list[Slot]) -> bool:
    """Try every placement, and after every loss every restart."""
    names = [name for one in groups for name in one.names]
    ids = [slot.id for slot in slots]
    racks = {slot.id: slot.rack for slot in slots}
    for chosen in itertools.product(ids, repeat=len(names)):
        where = dict(zip(names, chosen, strict=True))
        if any(
            one.spread == "rack" and
            max([racks[where[n]] for n in one.names].count(r) for r in racks.values())
            > -(-one.count // len(hardware.racks))
            for one in groups
        ):  # fmt: skip
            continue
        if not within_hosts(hardware, slots, groups, where):
            continue
        if not holds_together(hardware, slots, groups, where, set(ids)):
            continue
        for gone in states(hardware, slots).values():
            left = [i for i in ids if i not in gone]
            hit = [n for n in names if where[n] in gone]
            if not any(
                within_hosts(hardware, slots, groups, after) and
                holds_together(hardware, slots, groups, after, set(left))
                for again in itertools.product(left, repeat=len(hit))
                for after in [where | dict(zip(hit, again, strict=True))]
            ):  # fmt: skip
                break
        else:
            return True
    return False


def drawn(records: Records, seed: int) -> tuple[Hardware, list[Group], list[Slot]]:
    draw = random.Random(seed)
    hardware = hardware_of(records, draw.choice([("host",), ("rack",), ("host", "rack")]))
    model = min(hardware.models, key=lambda m: hardware.offers[m][0])
    racks = list(hardware.racks)[:2]
    slots = [Slot(f"host-{i + 1:02}", racks[i % 2], model, existing=False, pool="shared")
             for i in range(draw.choice([3, 4]))]  # fmt: skip
    whole = hardware.offers[model][0]
    groups = [group(f"g{i}", round(whole * draw.choice([0.2, 0.3, 0.45]), 2), draw.choice([1, 1, 2]),
                    draw.choice(["none", "none", "host"])) for i in range(3)]  # fmt: skip
    groups[1] = beside(groups[1], (groups[0].id, draw.choice(["host", "rack", "room"])))
    if draw.random() < 0.5:
        groups[2] = beside(groups[2], (groups[draw.choice([0, 1])].id, draw.choice(["host", "rack"])))
    return hardware, groups, slots


@pytest.mark.parametrize("seed", range(24))
def test_small_cases_equal_trying_everything(planned: Planned, seed: int) -> None:
    hardware, groups, slots = drawn(planned.records, seed)
    filling, proved = exact(hardware, groups, slots, Watch(Limits()), 20.0, 1)
    assert proved
    assert (filling is not None) == possible(hardware, groups, slots)
    by_rule = Greedy(hardware, groups, slots).place(1)
    for counts, restarts in [found for found in (filling, by_rule) if found]:
        assert filling is not None
        for gone, moved in [(frozenset[str](), {}), *((states(hardware, slots)[s], m) for s, m in restarts.items())]:
            left = {slot.id for slot in slots} - gone
            names = {one.id: iter(one.names) for one in groups}
            running = [(g, s, n) for running in (counts, moved) for (g, s), n in sorted(running.items()) if s in left]
            where = {next(names[g]): s for g, s, n in running for _ in range(n)}
            assert len(where) == sum(one.count for one in groups)
            assert within_hosts(hardware, slots, groups, where)
            assert holds_together(hardware, slots, groups, where, left)


def test_the_rows_of_the_model(planned: Planned) -> None:
    hardware = hardware_of(planned.records, ())
    rack = next(iter(hardware.racks))
    model = next(iter(hardware.models))
    slots = [Slot(f"host-0{i}", rack, model, existing=False, pool="shared") for i in (1, 2)]
    groups = [group("a", 1.0, 3), beside(group("b", 1.0, 2), ("a", "host"))]
    with_, without = (Placement(hardware, groups, slots, without=w) for w in ((), ("beside",)))
    assert _rows(with_) - _rows(without) == {
        "-2·n[a,host-01] + 1·n[b,host-01] ≤ 0",
        "-2·n[a,host-02] + 1·n[b,host-02] ≤ 0",
    }


def _rows(model: Placement) -> set[str]:
    proto = model.cp.proto
    return {
        " + ".join(
            f"{c}·{proto.variables[v].name}" for c, v in sorted(zip(row.linear.coeffs, row.linear.vars, strict=True))
        )
        + f" ≤ {row.linear.domain[-1]}"
        for row in proto.constraints
    }


def test_machines_too_large_together_are_refused(planned: Planned) -> None:
    hardware = hardware_of(planned.records, ("host",))
    whole = max(offer[0] for offer in hardware.offers.values())
    groups = [group("a", 0.6 * whole, 1), beside(group("b", 0.6 * whole, 1), ("a", "host"))]
    assert [one.id for one in together(groups, "b")] == ["b", "a"]
    with pytest.raises(PlanningError) as caught:
        refuse_hopeless(hardware, groups)
    assert [problem.code for problem in caught.value.problems] == ["E-PLAN-419"]


def test_a_rule_that_cannot_be_kept_is_named(planned: Planned) -> None:
    """Six machines that stand apart, each beside one of two that stand apart: whatever is bought, it cannot be."""
    hardware = hardware_of(planned.records, ("host",))
    parted = [group("a", 1.0, 2, "host"), beside(group("b", 1.0, 6, "host"), ("a", "host"))]
    with pytest.raises(PlanningError) as caught:
        place(hardware, parted, Limits(), silent)
    assert [problem.code for problem in caught.value.problems] == ["E-PLAN-419"]


def _mini(plan: Plan, change: Any) -> Plan:
    document = plan.model_dump(mode="json")
    change(document)
    return Plan.model_validate(document)


def test_the_checker_catches_machines_that_were_parted(plan: Plan, planned: Planned) -> None:
    where = {machine.id: machine.host for machine in plan.machines}
    assert where["mailbox-1"] == where["mail-1"]
    assert not verify_datacentre(plan, planned)[1]

    def part_after_a_loss(document: Any) -> None:
        for evacuation in document["datacentre"]["evacuations"]:
            moves = evacuation["moves"]
            if "mailbox-1" in moves:
                other = [
                    h["id"]
                    for h in document["datacentre"]["hosts"]
                    if h["id"] not in (where["mail-1"], moves["mail-1"])
                ]
                moves["mailbox-1"] = other[0]

    def part(document: Any) -> None:
        hosts = document["datacentre"]["hosts"]
        machine = next(m for m in document["machines"] if m["id"] == "mailbox-1")
        target = next(h for h in hosts if h["id"] != machine["host"])
        for host in hosts:
            host["machines"] = [m for m in host["machines"] if m != "mailbox-1"]
        target["machines"].append("mailbox-1")
        machine["host"], machine["rack"] = target["id"], target["rack"]

    for change, state in ((part, "normal"), (part_after_a_loss, "host:")):
        _, violations = verify_datacentre(_mini(plan, change), planned)
        assert any("no machine of mail in its host" in str(v) and state in str(v) for v in violations), change
