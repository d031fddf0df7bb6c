"""What the providers say of changes: definite, in place where it can be, by a new container where it must."""

import pickle
from typing import Any

import pytest
from pulumi.dynamic import ResourceProvider

from stacks.lab import machine, providers
from stacks.lab.shell import LabError
from tests.fixtures.lab import slice_plan
from tests.unit.stacks.components.recorded import driver

PLAN = slice_plan()


def inputs(name: str = "mail", **changes: Any) -> dict[str, Any]:
    return {**driver().machine_inputs(PLAN.machine(name)), **changes}


def outputs(name: str = "mail", **changes: Any) -> dict[str, Any]:
    made = {"container": f"provdc-x-0000-{name}", "host_key": "ssh-ed25519 K", "state": "running", "made_of": "0"}
    return {**inputs(name), **made, **changes}


def test_numbers_that_come_back_as_floats_are_no_change() -> None:
    olds = outputs(memory_mib=2048.0, cpu_shares=2048.0, __provider="something else")
    answer = providers.MachineProvider().diff("id", olds, inputs(__provider="p"))
    assert answer.changes is False


@pytest.mark.parametrize("key", ["image", "memory_mib", "cpu_shares", "mounts", "hostname", "owner"])
def test_what_a_container_is_made_of_needs_a_new_one(key: str) -> None:
    answer = providers.MachineProvider().diff("id", outputs(), inputs(**{key: "other"}))
    assert answer.changes is True
    assert answer.replaces == [key]
    assert answer.delete_before_replace is True


@pytest.mark.parametrize(("key", "value"), [("interfaces", []), ("key", "ssh-ed25519 OTHER")])
def test_legs_and_key_change_in_place(key: str, value: object) -> None:
    answer = providers.MachineProvider().diff("id", outputs(), inputs(**{key: value}))
    assert answer.changes is True
    assert answer.replaces == []


def test_a_machine_that_stands_still_is_a_change_in_place() -> None:
    answer = providers.MachineProvider().diff("id", outputs(state="exited"), inputs())
    assert (answer.changes, answer.replaces) == (True, [])


def test_a_segment_takes_over_the_plans_words_in_place() -> None:
    segment = driver().segment_inputs(PLAN.segments[1])
    provider = providers.SegmentProvider()
    assert provider.diff("id", segment, {**segment, "vlan": 7}).replaces == []
    assert provider.diff("id", segment, {**segment, "bridge": "br-other"}).replaces == ["bridge"]
    assert provider.diff("id", segment, segment).changes is False


NAME = "provdc-x-0000-mail"


def link(address: str | None = "10.17.1.11/24", *, up: bool = True, **more: Any) -> dict[str, Any]:
    """Return an interface as `ip -j address show` describes it."""
    local, _, length = (address or "").partition("/")
    told = [{"family": "inet", "local": local, "prefixlen": int(length)}] if address else []
    return {"flags": ["UP"] if up else [], "addr_info": told, **more}


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the computer shows of the machine `mail`; change it to tell another story."""
    given = inputs()
    container = {
        "Config": {"Labels": {"provdc.owner": given["owner"], "provdc.digest": "0"}},
        "State": {"Status": "running", "Running": True},
        "ImageName": given["image"],
    }
    leg = given["interfaces"][0]
    shown: dict[str, Any] = {
        "container": container,
        "namespaces": [NAME],
        "legs": {"dmz": link()},
        "gateways": {"dmz": leg["gateway"]},
        "ports": {"mail-dmz": link(None, master=leg["bridge"])},
    }
    monkeypatch.setattr(machine, "inspect", lambda _: shown["container"])
    monkeypatch.setattr(machine, "namespaces", lambda: shown["namespaces"])
    monkeypatch.setattr(machine, "links", lambda _: shown["legs"])
    monkeypatch.setattr(machine, "gateways", lambda _: shown["gateways"])
    monkeypatch.setattr(providers, "links", lambda _: shown["ports"])
    return shown


def told() -> tuple[str | None, bool]:
    """Return the id that `read` gives, and whether `diff` then sees a change."""
    provider = providers.MachineProvider()
    answer = provider.read(NAME, outputs())
    changes = bool(provider.diff("id", answer.outs, inputs()).changes) if answer.id else True
    return answer.id, changes


def test_read_sees_no_change_where_there_is_none(seen: dict[str, Any]) -> None:
    assert told() == (NAME, False)


def test_read_says_that_there_is_no_machine(seen: dict[str, Any]) -> None:
    seen |= {"container": None, "namespaces": [], "legs": {}, "gateways": {}}
    assert told() == (None, True)


@pytest.mark.parametrize(
    "story",
    [
        {"container": None},  # its namespace is left
        {"legs": {}},
        {"legs": {"dmz": link(None)}},
        {"legs": {"dmz": link(up=False)}},
        {"legs": {"dmz": link("10.17.1.99/24")}},
        {"gateways": {}},
        {"gateways": {"dmz": "10.17.1.9"}},
        {"ports": {}},
        {"ports": {"mail-dmz": link(None, master="br-wrong")}},
        {"ports": {"mail-dmz": link(None, up=False, master="br-dmz")}},
    ],
)
def test_read_shows_what_is_wrong(seen: dict[str, Any], story: dict[str, Any]) -> None:
    seen |= story
    assert told() == (NAME, True)


@pytest.mark.parametrize("state", ["exited", "paused", "created"])
def test_read_shows_that_it_does_not_run(seen: dict[str, Any], state: str) -> None:
    seen["container"]["State"] = {"Status": state, "Running": False}
    assert told() == (NAME, True)


def test_read_shows_another_image(seen: dict[str, Any]) -> None:
    seen["container"]["ImageName"] = "localhost/base:0"
    answer = providers.MachineProvider().read(NAME, outputs())
    assert providers.MachineProvider().diff("id", answer.outs, inputs()).replaces == ["image"]


def test_an_address_that_a_pair_shares_is_not_wrong(seen: dict[str, Any]) -> None:
    seen["legs"]["dmz"]["addr_info"] += link("10.17.1.1/24")["addr_info"]
    assert told() == (NAME, False)


def test_read_finds_the_id_from_the_inputs_alone(seen: dict[str, Any]) -> None:
    assert providers.MachineProvider().read("", inputs()).id == NAME


def test_a_half_made_machine_is_found_from_its_inputs(seen: dict[str, Any]) -> None:
    seen |= {"container": None, "legs": {}, "gateways": {}, "ports": {}}
    answer = providers.MachineProvider().read("", inputs())
    assert (answer.id, answer.outs["state"]) == (NAME, "absent")


def test_anothers_machine_is_neither_read_nor_taken_nor_removed(
    seen: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen["container"]["Config"]["Labels"]["provdc.owner"] = "/home/other"
    done: list[str] = []
    monkeypatch.setattr(machine, "wait_for_others", lambda _: None)
    monkeypatch.setattr(machine, "wire", lambda *_, **__: done.append("wire"))
    monkeypatch.setattr(machine, "podman", lambda *argv, **_: done.append(argv[0]))
    monkeypatch.setattr(machine, "remove_namespace", lambda _: done.append("remove"))
    provider = providers.MachineProvider()
    assert provider.read("", inputs()).id is None
    with pytest.raises(LabError, match=r"E-LAB-020  .*belongs to '/home/other'"):
        provider.create(inputs())
    provider.delete(NAME, outputs())
    assert done == []


@pytest.mark.parametrize(("flags", "state"), [(["UP"], "up"), ([], "down")])
def test_a_bridge_that_is_down_is_set_up_in_place(
    seen: dict[str, Any], monkeypatch: pytest.MonkeyPatch, flags: list[str], state: str
) -> None:
    segment = driver().segment_inputs(PLAN.segments[1])
    provider = providers.SegmentProvider()
    seen["ports"] = {segment["bridge"]: {"flags": flags}}
    answer = provider.read("", segment)
    assert (answer.id, answer.outs["state"]) == (f"provdc-x-0000/{segment['bridge']}", state)
    difference = provider.diff("id", answer.outs, segment)
    assert (difference.changes, difference.replaces) == (state == "down", [])
    set_up: list[tuple[str, str]] = []
    monkeypatch.setattr(providers, "ensure_bridge", lambda *which: set_up.append(which))
    assert provider.update("id", answer.outs, segment).outs["state"] == "up"
    assert set_up == [("provdc-x-0000", segment["bridge"])]
    seen["ports"] = {}
    assert provider.read("", segment).id is None


def test_the_fabric_is_found_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(providers, "namespaces", lambda: ["provdc-x-0000"])
    assert providers.FabricProvider().read("", {"stack": "provdc-x-0000"}).id == "provdc-x-0000"
    answer = providers.FabricProvider().read("", {"stack": "provdc-y-0000"})
    assert (answer.id, answer.outs) == (None, {})


@pytest.mark.parametrize("kind", ["FabricProvider", "SegmentProvider", "MachineProvider"])
def test_providers_are_kept_by_reference_under_a_frozen_name(kind: str) -> None:
    provider: ResourceProvider = getattr(providers, kind)()
    kept = pickle.dumps(provider)
    assert b"stacks.lab.providers" in kept
    assert kind.encode() in kept
    assert len(kept) < 100  # the name, not the code
    assert provider.serialize_as_secret_always is False  # type: ignore[attr-defined]
