"""Names: short enough for Linux, different for different things, the same on every run."""

from hypothesis import given
from hypothesis import strategies as st

from stacks.lab import names

ids = st.from_regex(r"[a-z0-9]+(-[a-z0-9]+){0,4}", fullmatch=True).filter(lambda text: len(text) <= 48)
interfaces = st.from_regex(r"[a-z][a-z0-9-]{0,14}", fullmatch=True)


@given(ids, interfaces)
def test_interface_names_fit_linux(name: str, interface: str) -> None:
    assert len(names.bridge(name)) <= 15
    assert len(names.port(name, interface)) <= 15


@given(st.sets(st.tuples(ids, interfaces), max_size=40))
def test_ports_of_different_legs_differ(legs: set[tuple[str, str]]) -> None:
    # `a-b` + `c` and `a` + `b-c` would read the same: a plan has no such pair, since a leg is named after its zone
    readable = {f"{machine}-{interface}" for machine, interface in legs}
    assert len({names.port(*leg) for leg in legs}) == len(readable)


def test_short_names_stay_readable() -> None:
    assert names.bridge("seg-dmz") == "br-dmz"
    assert names.port("fw-a", "dmz") == "fw-a-dmz"
    assert names.container("provdc-x-0000", "fw-a") == "provdc-x-0000-fw-a"


def test_two_homes_have_two_stacks() -> None:
    assert names.stack_name("mini", "/a") != names.stack_name("mini", "/b")
    assert names.stack_name("mini", "/a") == names.stack_name("mini", "/a")


@given(ids, interfaces)
def test_hardware_addresses_are_locally_administered_and_not_multicast(machine: str, interface: str) -> None:
    first = int(names.mac("provdc-x-0000", machine, interface).split(":")[0], 16)
    assert first & 0b11 == 0b10
