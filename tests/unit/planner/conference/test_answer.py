"""What the videoconference part of a plan tells: loads side by side, and who loses a meeting."""

import dataclasses
from pathlib import Path

import topology
from planner.conference.answer import core_mbps, lost_of_one, per_district
from planner.plan import Plan
from topology import conference
from topology.model import FLAT, Network, Records
from topology.schema.base import Amount, Count

INVENTORY = Path(__file__).parents[4] / "inventory"
MARK = {"quality": "assumption", "source": "test"}


def with_tree(records: Records, name: str, **update: object) -> Records:
    trees = tuple(t.model_copy(update=update) if t.id == name else t for t in records.conferences)
    return dataclasses.replace(records, conferences=trees)


def test_the_core_load_of_the_busy_meeting_comes_out_of_the_arithmetic() -> None:
    """162 endpoints of 4 Mbit/s: 648 flat; ten streams of 6 Mbit/s between bridges instead of 151 endpoints."""
    rate = Amount(value=4, **MARK)
    same = {"endpoint_mbps": dict.fromkeys(("core", "department", "district", "commune"), rate)}
    records = with_tree(topology.load(INVENTORY / "hoa-binh"), "conf-party", **same)
    network = topology.build(records)
    district = per_district(network)
    assert district is not None
    assert core_mbps(network, FLAT, ["conf-party"]) == 648
    assert core_mbps(network, district, ["conf-party"]) == 11 * 4 + 10 * 6
    assert core_mbps(network, district, ["conf-communes"]) == 6 + 10 * 6


def test_who_loses_when_one_bridge_fails(mini: Network) -> None:
    """13 endpoints, 5 on a bridge: three bridges and a spare carry on, three alone leave three places out."""
    trees = tuple(t.model_copy(update={"bridge_capacity": Count(value=5, **MARK)}) for t in mini.records.conferences)
    network = dataclasses.replace(mini, records=dataclasses.replace(mini.records, conferences=trees))
    known = conference.groups(network.records)
    assert lost_of_one(network, known, "core", {"core": 4}) == (5, ())
    moved, lost = lost_of_one(network, known, "core", {"core": 3})
    assert (moved, len(lost)) == (2, 3)
    assert lost_of_one(network, known, "core", {"core": 1})[0] == 0


def test_side_by_side(mini_plan: Plan) -> None:
    part = mini_plan.conference
    assert part is not None
    by_name = {option.name: option for option in part.options}
    assert by_name["decided"].core_mbps == by_name["flat"].core_mbps == {"concurrent": 64.0}
    assert by_name["districts"].core_mbps == {"concurrent": 64.0 - 7 * 4 + 2 * 6}
    assert by_name["districts"].boxes == 4, "one and a spare in each of two districts"
    assert by_name["districts"].line_mbps == 4 * 4 + 6
    assert part.places == {"concurrent": 12}
