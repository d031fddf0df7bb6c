"""The program declares the plan's slice: all of it, nothing else, each machine where the plan says."""

import pulumi
import pytest

from planner.plan import Plan
from stacks.program import program
from tests.fixtures.lab import COMMUNE, slice_plan
from tests.unit.stacks.components.recorded import Declared, declare, driver


def declared(plan: Plan, *, preview: bool = False) -> Declared:
    return declare(lambda: program(plan, driver()), preview=preview)


@pytest.mark.parametrize("preview", [False, True])
def test_every_machine_of_the_slice_appears_once(preview: bool) -> None:
    plan = slice_plan()
    found = [one.name for one in declared(plan, preview=preview).resources if one.type.endswith(":Machine")]
    assert sorted(found) == sorted(plan.slice_machines)


def test_a_machine_outside_the_slice_does_not_appear() -> None:
    found = declared(slice_plan("mail", "mirror")).of("Machine")
    assert sorted(found) == ["mail", "mirror"]


@pytest.mark.parametrize(
    ("machine", "component", "parent"),
    [
        ("fw-a", "FirewallPair", "firewall-fw-a-fw-b"),
        ("fw-b", "FirewallPair", "firewall-fw-a-fw-b"),
        ("mail", "MailGateway", "mail-gateway"),
        ("av", "AntivirusServer", "antivirus"),
        ("conf", "ConferenceBridge", "conference"),
        ("log", "LogCollector", "log-collector"),
        ("mirror", "PackageMirror", "mirror"),
        ("app", "ApplicationServer", "application"),
        ("gw-05083", "Site", COMMUNE),
        ("client-05083", "Site", COMMUNE),
    ],
)
def test_each_machine_belongs_to_its_component(machine: str, component: str, parent: str) -> None:
    found = declared(slice_plan())
    assert found.of("Machine")[machine].parent == parent
    assert parent in found.of(component)


def test_only_the_segments_of_the_slice_are_made_and_before_its_machines() -> None:
    found = declared(slice_plan("client-05083", "gw-05083"))
    assert sorted(found.of("Segment")) == ["seg-05083-lan", "seg-wan"]
    assert {one.parent for one in found.of("Segment").values()} == {"networks"}
    assert found.of("Machine")["gw-05083"].depends_on == {"seg-05083-lan", "seg-wan"}
    assert found.of("Segment")["seg-wan"].depends_on == {"fabric"}


def test_a_machine_is_given_what_the_plan_says_of_it() -> None:
    plan = slice_plan()
    given = declared(plan).of("Machine")["fw-a"].inputs
    planned = plan.machine("fw-a")
    assert [(leg["name"], leg["segment"], leg["address"]) for leg in given["interfaces"]] == [
        (leg.name, leg.segment, leg.address) for leg in planned.interfaces
    ]
    assert given["hostname"] == "fw-a"


def test_only_the_mirror_holds_the_packages() -> None:
    machines = declared(slice_plan()).of("Machine")
    assert {name for name, one in machines.items() if one.inputs["mounts"]} == {"mirror"}
    assert machines["mirror"].inputs["mounts"] == {"/home/x/repository": "/srv/mirror"}


def test_memory_is_the_plans_up_to_the_ceiling() -> None:
    plan = slice_plan("mail", "app")
    machines = tuple(one.model_copy(update={"memory_gib": 1.5 if one.id == "mail" else 64}) for one in plan.machines)
    found = declared(plan.model_copy(update={"machines": machines})).of("Machine")
    assert found["mail"].inputs["memory_mib"] == 1536
    assert found["app"].inputs["memory_mib"] == 2048


def test_the_stack_exports_how_each_machine_is_reached() -> None:
    plan = slice_plan("mail", "mirror")
    exported: dict[str, object] = {}

    def wanted() -> pulumi.Output[None]:
        program(plan, driver())
        outputs = pulumi.runtime.settings.get_root_resource().outputs  # type: ignore[union-attr]
        return pulumi.Output.from_input(dict(outputs)).apply(lambda said: exported.update(said))

    declare(wanted)  # type: ignore[arg-type]
    assert exported["plan"] == plan.digest
    assert exported["machines"] == {
        name: {"id": name, "role": role, "address": address, "host_key": f"key of {name}", "container": f"c-{name}"}
        for name, role, address in (("mail", "mail-gateway", "10.17.1.11"), ("mirror", "mirror", "10.17.3.12"))
    }


def test_a_component_registers_what_it_made() -> None:
    said = declared(slice_plan("mail", "mirror")).outputs["mail-gateway"]
    assert said["machines"]["mail"]["container"] == "c-mail"


def test_the_same_plan_declares_the_same_resources() -> None:
    first, second = declared(slice_plan()), declared(slice_plan())

    def key(found: Declared) -> list[tuple[str, str, str]]:
        return sorted((one.type, one.name, str(one.inputs)) for one in found.resources)

    assert key(first) == key(second)
