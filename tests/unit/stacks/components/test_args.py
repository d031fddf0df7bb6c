"""What no component accepts, already at preview; each error names the property."""

from collections.abc import Callable
from typing import Any

import pulumi
import pytest

from planner.plan import Interface, Machine, Plan
from stacks.components import FirewallPairArgs, NetworksArgs, ServersArgs, SiteArgs
from stacks.program import program
from tests.fixtures.lab import slice_plan
from tests.unit.stacks.components.recorded import declare, driver

PLAN = slice_plan()
SAME = PLAN.machine("fw-a").interfaces[2].address


def machine(name: str, **changes: Any) -> Machine:
    return PLAN.machine(name).model_copy(update=changes)


def leg(name: str, index: int = 0, **changes: Any) -> tuple[Interface, ...]:
    legs = list(PLAN.machine(name).interfaces)
    legs[index] = legs[index].model_copy(update=changes)
    return tuple(legs)


@pytest.mark.parametrize(
    ("path", "args"),
    [
        ("a.peer", FirewallPairArgs(machine("fw-a", peer=None), machine("fw-b"))),
        ("b.peer", FirewallPairArgs(machine("fw-a"), machine("fw-b", peer="mail"))),
        ("b.interfaces", FirewallPairArgs(machine("fw-a"), machine("fw-b", interfaces=leg("fw-b")[1:]))),
        ("b.interfaces", FirewallPairArgs(machine("fw-a"), machine("fw-b", interfaces=leg("fw-b", 2, address=SAME)))),
        ("b.interfaces", FirewallPairArgs(machine("fw-a"), machine("fw-b", interfaces=leg("fw-b", 1, virtual=())))),
        ("members", ServersArgs(())),
        ("members[1].id", ServersArgs((machine("mail"), machine("mail")))),
        ("members[1].role", ServersArgs((machine("mail"), machine("av")))),
        ("clients[0].site", SiteArgs(machine("gw-05083"), (machine("client-05083", site="core"),))),
        ("clients[0].interfaces", SiteArgs(machine("gw-05083"), (machine("app", site="commune-05083"),))),
        ("segments[1].id", NetworksArgs((PLAN.segments[0], PLAN.segments[0]))),
        (
            "segments[1].vlan",
            NetworksArgs((PLAN.segments[1], PLAN.segments[2].model_copy(update={"vlan": PLAN.segments[1].vlan}))),
        ),
        (
            "segments[1].prefix",
            NetworksArgs((PLAN.segments[1], PLAN.segments[2].model_copy(update={"prefix": PLAN.segments[1].prefix}))),
        ),
    ],
)
def test_wrong_args_are_refused(path: str, args: Any) -> None:
    with pytest.raises(pulumi.InputPropertyError) as caught:
        args.check()
    assert caught.value.property_path == path


def test_right_args_are_accepted() -> None:
    FirewallPairArgs(machine("fw-a"), machine("fw-b")).check()
    ServersArgs((machine("mail"),)).check()
    SiteArgs(machine("gw-05083"), (machine("client-05083"),)).check()
    NetworksArgs(PLAN.segments).check()


def with_mail(**changes: Any) -> Plan:
    changed = machine("mail", **changes)
    return PLAN.model_copy(
        update={
            "machines": tuple(changed if one.id == changed.id else one for one in PLAN.machines),
        }
    )


@pytest.mark.parametrize(
    ("path", "plan"),
    [
        ("members[0].interfaces", lambda: with_mail(interfaces=())),
        ("members[0].interfaces[0].segment", lambda: with_mail(interfaces=leg("mail", segment="seg-no"))),
        ("members[0].interfaces[0].address", lambda: with_mail(interfaces=leg("mail", address="10.9.9.9/24"))),
        ("members[0].interfaces[0].gateway", lambda: with_mail(interfaces=leg("mail", gateway="10.9.9.1"))),
        ("firewalls[0]", lambda: slice_plan("fw-b", "mail")),
        ("sites[0].gateway", lambda: slice_plan("client-05083", "mail")),
    ],
)
@pytest.mark.parametrize("preview", [False, True])
def test_a_wrong_plan_fails_before_anything_is_made(path: str, plan: Callable[[], Plan], preview: bool) -> None:
    wrong = plan()
    with pytest.raises(pulumi.InputPropertyError) as caught:
        declare(lambda: program(wrong, driver()), preview=preview)
    assert caught.value.property_path == path
