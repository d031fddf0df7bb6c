"""The checker catches a plan that was tampered with, whatever was changed."""

from collections.abc import Callable
from typing import Any

import pytest

from planner.checker.datacentre import verify_datacentre
from planner.plan import Plan
from topology.model import Network as Planned

Document = dict[str, Any]


def overload(d: Document) -> None:
    first, second = d["datacentre"]["hosts"][:2]
    moved = first["machines"]
    second["machines"] += moved
    first["machines"] = []
    for machine in d["machines"]:
        if machine["id"] in moved:
            machine["host"], machine["rack"] = second["id"], second["rack"]


def lose_machine(d: Document) -> None:
    gone = d["datacentre"]["hosts"][0]["machines"].pop()
    d["machines"] = [machine for machine in d["machines"] if machine["id"] != gone]


def shrink_machine(d: Document) -> None:
    next(machine for machine in d["machines"] if machine["host"])["memory_gib"] = 0.1


def wrong_rack(d: Document) -> None:
    next(machine for machine in d["machines"] if machine["host"])["rack"] = "rack-9"


def same_unit(d: Document) -> None:
    hosts = d["datacentre"]["hosts"]
    first = hosts[0]
    other = next((host for host in hosts[1:] if host["rack"] == first["rack"]), hosts[1])
    other["rack"], other["bottom_u"] = first["rack"], first["bottom_u"]


def high_unit(d: Document) -> None:
    d["datacentre"]["hosts"][0]["bottom_u"] = 500


def drop_evacuation(d: Document) -> None:
    d["datacentre"]["evacuations"] = [e for e in d["datacentre"]["evacuations"] if not e["state"].startswith("rack:")]


def evacuate_to_the_lost(d: Document) -> None:
    evacuation = next(e for e in d["datacentre"]["evacuations"] if e["moves"] and e["state"].startswith("host:"))
    lost = evacuation["state"].partition(":")[2]
    evacuation["moves"] = dict.fromkeys(evacuation["moves"], lost)


def forget_a_move(d: Document) -> None:
    evacuation = next(e for e in d["datacentre"]["evacuations"] if e["moves"])
    evacuation["moves"].popitem()


def cheaper_host(d: Document) -> None:
    d["datacentre"]["hosts"][0]["cost"]["one_off_vnd"] -= 1


def unknown_model(d: Document) -> None:
    d["datacentre"]["hosts"][0]["model"] = "host-dream"


def unplug(d: Document) -> None:
    d["datacentre"]["hosts"][0]["feeds"] = d["datacentre"]["hosts"][0]["feeds"][:1]


def hide_power(d: Document) -> None:
    d["datacentre"]["racks"][0]["power_w"] += 500


def firewalls_together(d: Document) -> None:
    pair = [machine for machine in d["machines"] if machine["role"] == "firewall"]
    pair[1]["rack"] = pair[0]["rack"]


TAMPERINGS: list[Callable[[Document], None]] = [
    overload, lose_machine, shrink_machine, wrong_rack, same_unit, high_unit, drop_evacuation, evacuate_to_the_lost,
    forget_a_move, cheaper_host, unknown_model, unplug, hide_power, firewalls_together,
]  # fmt: skip


@pytest.mark.parametrize("tamper", TAMPERINGS, ids=lambda tamper: tamper.__name__)
def test_tampering_is_caught(plan: Plan, planned: Planned, tamper: Callable[[Document], None]) -> None:
    document = plan.model_dump(mode="json")
    tamper(document)
    _, violations = verify_datacentre(Plan.model_validate(document), planned)
    assert violations
