"""Programs that fail say which, how and what to do."""

import json
from typing import Any

import pytest

from stacks.lab import leftovers, network
from stacks.lab.apt import _is_about_fetching
from stacks.lab.network import Cable
from stacks.lab.shell import LabError, missing, run, try_run


def test_a_missing_program_is_named() -> None:
    with pytest.raises(LabError, match="E-LAB-001  'no-such-program-here'"):
        run(["no-such-program-here"])
    assert missing(["no-such-program-here", "sh"]) == ["no-such-program-here"]


def test_a_failing_program_shows_its_last_lines() -> None:
    with pytest.raises(LabError) as caught:
        run(["sh", "-c", "echo first >&2; echo last >&2; exit 3"])
    assert caught.value.code == "E-LAB-002"
    assert "exit 3" in str(caught.value)
    assert "last" in str(caught.value)
    assert try_run(["false"]) is None


def test_a_program_that_does_not_end_is_stopped() -> None:
    with pytest.raises(LabError, match="E-LAB-003"):
        run(["sleep", "20"], timeout=0.1)


def test_standard_input_is_passed_on() -> None:
    assert run(["cat"], stdin="tiếng Việt\n") == "tiếng Việt\n"


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ('Acquire::http::Proxy "x";', True),
        ('Acquire::Languages:: "none";', True),
        ('Acquire::IndexTargets::deb::Packages::MetaKey "x";', False),
        ('APT::Update::Post-Invoke:: "rm";', False),
        ('Acquire::http "";', False),
    ],
)
def test_only_settings_for_fetching_are_taken_over(line: str, kept: bool) -> None:
    assert _is_about_fetching(line) is kept


def test_routes_into_the_lab_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    routes = [{"dst": "default"}, {"dst": "192.0.2.0/24"}, {"dst": "10.17.1.5"}, {"dst": "10.0.0.0/8"}]
    monkeypatch.setattr(leftovers, "run", lambda _: json.dumps(routes))
    assert leftovers.reachable(["10.17.1.0/24"]) == ["10.0.0.0/8", "10.17.1.5/32"]
    assert leftovers.reachable(["10.200.0.0/24"]) == ["10.0.0.0/8"]
    assert leftovers.reachable(["172.16.0.0/24"]) == []


class Computer:
    """Stands in for `ip`: remembers the batches that it was given."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, links: dict[str, Any], ports: dict[str, Any]) -> None:
        self.batches: list[tuple[str, str]] = []
        monkeypatch.setattr(network, "ensure_namespace", lambda _: None)
        monkeypatch.setattr(network, "links", lambda name: dict(links if name == "m" else ports))
        monkeypatch.setattr(network, "gateways", lambda _: {"dmz": "10.1.1.1"} if links else {})
        monkeypatch.setattr(network, "_ip", self.ip)

    def ip(self, namespace: str, commands: list[str]) -> None:
        self.batches += [(namespace, command) for command in commands]


CABLE = Cable("dmz", "mail-dmz", "br-dmz", "02:00:00:00:00:01", "10.1.1.5/24", "10.1.1.1")
LINK = {"ifname": "dmz", "addr_info": [{"family": "inet", "local": "10.1.1.5", "prefixlen": 24}]}
PORT = {"mail-dmz": {"master": "br-dmz", "flags": ["UP"]}}


def test_a_cable_that_is_right_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    computer = Computer(monkeypatch, {"dmz": LINK}, PORT)
    network.wire("s", "m", [CABLE])
    assert computer.batches == [("m", "link set lo up"), ("m", "link set dmz up")]


def test_a_machine_is_wired_from_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    computer = Computer(monkeypatch, {}, {})
    network.wire("s", "m", [CABLE])
    assert computer.batches == [
        ("m", "link set lo up"),
        ("s", "link add mail-dmz type veth peer name dmz netns m address 02:00:00:00:00:01"),
        ("s", "link set mail-dmz master br-dmz up"),
        ("m", "link set dmz up"),
        ("m", "address add 10.1.1.5/24 dev dmz"),
        ("m", "route add default via 10.1.1.1 dev dmz"),
    ]


def test_a_new_address_takes_the_place_of_the_former_and_of_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    computer = Computer(monkeypatch, {"dmz": LINK}, PORT)
    moved = Cable("dmz", "mail-dmz", "br-dmz", CABLE.mac, "10.1.1.6/24", "10.1.1.1")
    network.wire("s", "m", [moved], former=[CABLE])
    assert computer.batches[-2:] == [
        ("m", "address delete 10.1.1.5/24 dev dmz"),
        ("m", "address add 10.1.1.6/24 dev dmz"),
    ]


def test_a_leg_that_left_the_plan_is_pulled_out(monkeypatch: pytest.MonkeyPatch) -> None:
    computer = Computer(monkeypatch, {"dmz": LINK, "old": LINK}, PORT)
    network.wire("s", "m", [CABLE])
    assert ("m", "link delete old") in computer.batches
