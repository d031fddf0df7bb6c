"""Rules that conflict on given hosts: minimal by trying every placement; the way out that is told is the cheapest."""

import dataclasses
from collections.abc import Sequence
from itertools import product
from typing import Literal

import pytest

from planner.datacentre import conflict, minimal
from planner.datacentre.bounds import needs, offered
from planner.datacentre.hardware import Hardware, Slot
from planner.datacentre.workloads import Group, expand
from planner.limits import Limits, Watch
from topology.model import Network as Planned

Spread = Literal["none", "host", "rack"]
CASES: dict[str, tuple[tuple[tuple[Spread, int, str | None], ...], dict[str, int], int]] = {
    "replicas": ((("host", 3, None), ("none", 1, None)), {}, 2),
    "two replicas": ((("host", 3, None), ("host", 4, None)), {}, 2),
    "licence": ((("host", 2, "engine"), ("host", 2, None)), {"engine": 1}, 2),
    "licence and replicas": ((("host", 2, "engine"), ("host", 3, None)), {"engine": 1}, 2),
    "nothing": ((("host", 2, None), ("none", 2, None)), {"engine": 1}, 2),
}
"""Name → (spread, machines, licence) of each group, hosts of each licence, hosts."""


def made(planned: Planned, name: str) -> tuple[Hardware, tuple[Group, ...], tuple[Slot, ...]]:
    shapes, licences, count = CASES[name]
    every = expand(planned.records, planned.demands)
    vm = next(group for group in every if group.form == "vm")
    groups = tuple(
        dataclasses.replace(
            vm, id=f"g{n}", names=tuple(f"g{n}-{k}" for k in range(1, many + 1)), spread=spread, licence=licence,
            need=tuple(0.01 for _ in vm.need),
        )
        for n, (spread, many, licence) in enumerate(shapes, 1)
    )  # fmt: skip
    policy = planned.records.placement.model_copy(update={"survive": (), "licences": licences})
    hardware = Hardware(dataclasses.replace(planned.records, placement=policy))
    rack = next(iter(hardware.racks))
    model = next(iter(hardware.offers))
    slots = tuple(Slot(f"h{n}", rack, model, existing=False, pool=vm.pool) for n in range(1, count + 1))
    return hardware, groups, slots


def fits(hardware: Hardware, groups: Sequence[Group], slots: Sequence[Slot]) -> bool:
    """Try every number of machines on every host."""
    ways = [
        [n for n in product(range(group.count + 1), repeat=len(slots)) if sum(n) == group.count
         and (group.spread == "none" or max(n) <= 1)]
        for group in groups
    ]  # fmt: skip
    for chosen in product(*ways):
        room = all(
            all(
                sum(n[place] * needs(g)[k] for g, n in zip(groups, chosen, strict=True)) <= offer
                for k, offer in enumerate(offered(hardware.offers[slot.model]))
            )
            for place, slot in enumerate(slots)
        )
        covered = all(
            sum(
                any(n[place] for g, n in zip(groups, chosen, strict=True) if g.licence == name)
                for place in range(len(slots))
            )
            <= most
            for name, most in hardware.policy.licences.items()
        )  # fmt: skip
        if room and covered:
            return True
    return False


@pytest.mark.parametrize("name", CASES)
def test_the_conflict_is_minimal_by_trying_everything(planned: Planned, name: str) -> None:
    hardware, groups, slots = made(planned, name)
    every = minimal.rules(hardware, groups)
    found = minimal.conflict(hardware, groups, slots, Watch(Limits(time_limit_s=60)))
    if fits(hardware, groups, slots):
        assert found is None
        return
    assert found is not None
    assert found.minimal

    def kept(some: Sequence[minimal.Rule]) -> bool:
        return fits(*minimal.without(hardware, groups, [rule for rule in every if rule not in some]), slots)

    assert not kept(found.rules)
    for rule in found.rules:
        assert kept([other for other in found.rules if other != rule]), rule


def test_the_words_name_the_rules_and_the_cheapest_way_out(planned: Planned) -> None:
    hardware, groups, slots = made(planned, "licence")
    found = minimal.conflict(hardware, groups, slots, Watch(Limits(time_limit_s=60)))
    assert found is not None
    assert {(rule.family, rule.id) for rule in found.rules} == {("licences", "engine"), ("apart", "g1")}

    def price(eased: Hardware, machines: Sequence[Group]) -> int | None:
        return 5_000 if "engine" not in eased.policy.licences else 7_000

    told = conflict.rules_problem(hardware, groups, found, price)
    assert told.code == "E-PLAN-415"
    assert "licence 'engine' on 1 hosts" in told.message
    assert "replicas of 'g1' apart by host" in told.message
    assert "Without any one of them they fit." in told.message
    assert "the limit of licence 'engine'; that data centre costs 5,000 VND" in told.hint
