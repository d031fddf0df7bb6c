"""Whatever number, name or place in the data-centre half is changed, the checker says so."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from planner.checker.datacentre import verify_datacentre
from planner.plan import Plan
from topology.model import Network as Planned

Path = tuple[str | int, ...]

FREE = {"why", "bottom_u", "alternatives", "moves"}
"""Reasons are prose; another free unit and another host with room are other good answers."""
MACHINE_FIELDS = (
    "role",
    "service",
    "zone",
    "level",
    "form",
    "host",
    "height_u",
    "power_w",
    "cost",
    "vcpu",
    "memory_gib",
    "disk_gib",
    "iops",
    "network_mbps",
)


def leaves(value: Any, path: Path = ()) -> list[Path]:
    """Every place of a document that holds a number or a text and is not free."""
    if isinstance(value, dict):
        return [leaf for key, inner in value.items() if key not in FREE for leaf in leaves(inner, (*path, key))]
    if isinstance(value, list):
        return [leaf for index, inner in enumerate(value) for leaf in leaves(inner, (*path, index))]
    return [path] if value is not None else []


def at(document: Any, path: Path) -> Any:
    for step in path:
        document = document[step]
    return document


def changed(value: Any, by: int, path: Path) -> Any:
    if path[-1] == "form":
        return "appliance" if value == "vm" else "vm"
    if path[-1] == "level":
        return value % 5 + 1
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + (by * 10 if path[-1].endswith("vnd") else by)
    return f"{value}9" if isinstance(value, str) else value


@settings(max_examples=150, deadline=None, derandomize=True)
@given(place=st.integers(0, 10**6), by=st.sampled_from([-1000, -7, -1, 1, 5, 1000]))
def test_any_changed_value_is_caught(plan: Plan, planned: Planned, place: int, by: int) -> None:
    document = plan.model_dump(mode="json")
    paths = [("datacentre", *path) for path in leaves(document["datacentre"])]
    for index, machine in enumerate(document["machines"]):
        if machine["rack"]:
            found = leaves({field: machine[field] for field in MACHINE_FIELDS})
            paths += [("machines", index, *path) for path in found]
    path = paths[place % len(paths)]
    holder, before = at(document, path[:-1]), at(document, path)
    holder[path[-1]] = changed(before, by, path)
    _, violations = verify_datacentre(Plan.model_validate(document), planned)
    assert violations, (path, before, at(document, path))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(draw=st.data())
def test_a_machine_moved_by_hand_is_caught(plan: Plan, planned: Planned, draw: st.DataObject) -> None:
    document = plan.model_dump(mode="json")
    hosts = document["datacentre"]["hosts"]
    source = draw.draw(st.sampled_from([host for host in hosts if host["machines"]]))
    target = draw.draw(st.sampled_from([host for host in hosts if host["id"] != source["id"]]))
    moved = source["machines"].pop(draw.draw(st.integers(0, len(source["machines"]) - 1)))
    target["machines"].append(moved)
    machine = next(machine for machine in document["machines"] if machine["id"] == moved)
    machine["host"], machine["rack"] = target["id"], target["rack"]
    _, violations = verify_datacentre(Plan.model_validate(document), planned)
    assert any(v.kind == "state" for v in violations)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(draw=st.data())
def test_an_evacuation_to_a_host_without_room_is_caught(plan: Plan, planned: Planned, draw: st.DataObject) -> None:
    document = plan.model_dump(mode="json")
    evacuation = draw.draw(st.sampled_from([e for e in document["datacentre"]["evacuations"] if e["moves"]]))
    target = draw.draw(st.sampled_from(sorted(evacuation["moves"].values())))
    victims = [machine for machine in document["machines"] if machine["id"] in evacuation["moves"]]
    for machine in victims:
        evacuation["moves"][machine["id"]] = target
        machine["memory_gib"] = planned.records.host_models[-1].memory_gib.value
    _, violations = verify_datacentre(Plan.model_validate(document), planned)
    assert any(v.kind == "host" and evacuation["state"] in v.text for v in violations)
