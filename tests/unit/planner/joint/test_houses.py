"""Data centres of several sites add up; what was placed once is known; a licence joins its sites."""

from dataclasses import replace

import pytest

from planner.datacentre.hardware import Hardware
from planner.datacentre.search import place
from planner.datacentre.standing import settled
from planner.datacentre.workloads import Group, expand
from planner.joint.houses import Houses
from planner.limits import Limits, Watch, silent
from tests.unit.planner.second_site import copy_of_data, room_at, with_copy
from topology.build import build
from topology.model import Hosting, Network, Records

EAST = "district-dong"


@pytest.fixture(scope="module")
def there(mini: Network) -> tuple[Records, tuple[Group, ...]]:
    copy = copy_of_data(("core", EAST), 20.0, replicas=2, disk_gib=2000)
    records = with_copy(mini.records, copy, [room_at(mini.records, EAST)])
    network = settled(build(records), Hosting(moved=frozenset(), stands={"copy": EAST}))
    return records, expand(records, network.demands, network.hosting)


def test_sites_add_up_to_what_they_cost_together(there: tuple[Records, tuple[Group, ...]]) -> None:
    records, groups = there
    houses, watch = Houses(records, Limits()), Watch(Limits())
    found = houses.housed(groups, watch)
    together = place(Hardware(records), groups, Limits(), silent)
    assert found.cost_vnd == found.bound_vnd == together.objective_vnd == together.bound_vnd
    assert found.hosts == len(together.slots)
    assert {one.rack for one in found.standing.hosts} == {slot.rack for slot in together.slots.values()}
    stretched = tuple(replace(group, sizing=(("why", "more traffic"),)) for group in groups)
    assert houses.housed(stretched, watch) == found


def test_a_licence_at_two_sites_is_counted_over_both(there: tuple[Records, tuple[Group, ...]]) -> None:
    records, groups = there
    licensed = tuple(replace(g, licence="database-engine") if g.id == "copy" else g for g in groups)
    covered = 5
    policy = records.placement.model_copy(update={"licences": {"database-engine": covered}})
    records = replace(records, placement=policy)
    found = Houses(records, Limits()).housed(licensed, Watch(Limits()))
    hosts = place(Hardware(records), licensed, Limits(), silent)
    assert found.cost_vnd == hosts.objective_vnd
    used = {slot for (group, slot), count in hosts.counts.items() if count and group in ("copy", "db")}
    assert len(used) <= covered
