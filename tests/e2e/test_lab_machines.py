"""Real machines: up, again, killed in the middle, changed, lost, down. Needs root and podman."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from planner.plan import Plan
from stacks import apply as stacks
from stacks.lab.leftovers import reachable
from stacks.lab.network import addresses, namespaces
from tests.fixtures.lab import slice_plan

pytestmark = [
    pytest.mark.lab,
    pytest.mark.skipif(os.geteuid() != 0, reason="the lab needs root"),
]

ROOT = Path(__file__).parents[2]
CACHE = ROOT / ".provdc" / "cache"


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A home for one stack; whatever a test leaves standing is taken down."""
    home = tmp_path / "t" / "stacks"
    yield home
    stacks.destroy(home)
    assert stacks.leftovers(home) == []


def up(plan: Plan, home: Path) -> stacks.Machines:
    return stacks.apply(plan, home, "embedded", cache=CACHE)


def on(home: Path, machine: str, command: str) -> str:
    argv = ["ssh", "-F", str(home / "ssh" / "ssh_config"), machine, command]
    return subprocess.run(argv, capture_output=True, text=True, timeout=60, check=True).stdout


def test_two_machines_stand_talk_and_go(home: Path) -> None:
    plan = slice_plan("mail", "mirror", "gw-05083", "client-05083")
    machines = up(plan, home)
    assert machines.names == ("client-05083", "gw-05083", "mail", "mirror")
    assert stacks.standing(home).machines == machines.machines

    for machine in machines.machines:
        assert on(home, machine.id, "hostname").strip() == machine.id
        assert on(home, machine.id, "systemctl is-system-running").strip() == "running"
        shown = json.loads(on(home, machine.id, "ip -j -4 address show scope global"))
        assert {leg["ifname"]: addresses(leg) for leg in shown} == {
            leg.name: [leg.address] for leg in plan.machine(machine.id).interfaces
        }
    on(home, "client-05083", "ping -c 1 -W 2 10.17.64.1")
    with pytest.raises(subprocess.CalledProcessError):
        on(home, "mail", "ping -c 1 -W 1 10.17.64.10")  # nothing joins the two segments

    again = up(plan, home)
    assert again.changes == 0
    assert again.machines == machines.machines

    assert stacks.destroy(home) > 0
    assert stacks.leftovers(home) == []
    assert not (home / "machines.json").exists()


def test_a_machine_is_no_way_into_the_computer(home: Path) -> None:
    plan = slice_plan("mail", "mirror")
    up(plan, home)
    assert on(home, "mail", "id -un").strip() == "provdc-admin"
    assert on(home, "mail", "sudo cat /etc/shadow").splitlines()[0].split(":")[1].startswith("!")
    settings = on(home, "mail", "sudo sshd -T")
    assert "permitrootlogin no" in settings
    assert "passwordauthentication no" in settings
    assert on(home, "mail", "sudo find /dev -type b") == ""
    for wrong in (
        "sudo date -s 2001-01-01",
        "sudo sysctl -w kernel.pid_max=100000",
        "sudo touch /sys/kernel/x",
        "sudo touch /srv/mirror/x",
    ):
        with pytest.raises(subprocess.CalledProcessError):
            on(home, "mirror", wrong)
    forwarding = Path("/proc/sys/net/ipv4/ip_forward").read_text()
    assert on(home, "mirror", "sudo sysctl -n -w net.ipv4.ip_forward=1").strip() == "1"
    assert Path("/proc/sys/net/ipv4/ip_forward").read_text() == forwarding  # its own, not the computer's
    assert reachable([segment.prefix for segment in plan.segments]) == []
    standing = stacks.leftovers(home)
    assert f"container {stacks.standing(home).stack}-mail" in standing
    assert not [found for found in standing if found.startswith("link ")]


def test_the_mirror_serves_packages_that_install(home: Path) -> None:
    up(slice_plan("mirror"), home)
    on(
        home,
        "mirror",
        "sudo sh -c '. /etc/os-release; cp /srv/mirror/current/provdc.gpg /etc/apt/keyrings/ && "
        "echo deb [signed-by=/etc/apt/keyrings/provdc.gpg] file:/srv/mirror/current $VERSION_CODENAME main "
        "> /etc/apt/sources.list.d/provdc.list && apt-get -q update'",
    )
    on(home, "mirror", "sudo DEBIAN_FRONTEND=noninteractive apt-get -qy --no-install-recommends install nginx-light")
    assert on(home, "mirror", "systemctl is-active nginx").strip() == "active"


PROGRAM = """
import sys
from pathlib import Path
from stacks import apply as stacks
from stacks.engine.events import StepStarted, StepFinished
from tests.fixtures.lab import slice_plan

def say(event):
    if isinstance(event, (StepStarted, StepFinished)):
        print(type(event).__name__, event.urn.rpartition("::")[2], flush=True)

stacks.apply(slice_plan("fw-a", "fw-b", "mail", "mirror"), Path(sys.argv[1]), "embedded", say, cache=Path(sys.argv[2]))
"""


@pytest.mark.parametrize(
    ("moment", "pause"),
    [
        ("StepStarted mail", 0.0),
        ("StepStarted mail", 0.3),
        ("StepStarted mail", 0.8),
        ("StepFinished mirror", 0.0),
    ],
)
def test_killed_in_the_middle_up_completes(home: Path, moment: str, pause: float) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(home), str(CACHE)], cwd=ROOT, text=True, stdout=subprocess.PIPE
    )
    assert child.stdout is not None
    seen = [line.strip() for line in iter(child.stdout.readline, moment + "\n") if line]
    time.sleep(pause)
    assert child.poll() is None, seen
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    child.stdout.close()
    plan = slice_plan("fw-a", "fw-b", "mail", "mirror")
    machines = up(plan, home)
    assert machines.names == plan.slice_machines
    for name in machines.names:
        assert on(home, name, "systemctl is-system-running").strip() == "running"
    assert up(plan, home).changes == 0


def test_killed_in_the_middle_down_still_takes_everything_away(home: Path) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(home), str(CACHE)], cwd=ROOT, text=True, stdout=subprocess.PIPE
    )
    assert child.stdout is not None
    for line in child.stdout:
        if line == "StepStarted mail\n":
            break
    time.sleep(0.4)
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    child.stdout.close()
    stacks.destroy(home)
    assert stacks.leftovers(home) == []


def with_address(plan: Plan, name: str, address: str) -> Plan:
    machine = plan.machine(name)
    moved = machine.model_copy(
        update={"interfaces": (machine.interfaces[0].model_copy(update={"address": address}), *machine.interfaces[1:])}
    )
    return plan.model_copy(update={"machines": tuple(moved if one.id == name else one for one in plan.machines)})


def test_a_changed_plan_changes_what_it_must(home: Path) -> None:
    plan = slice_plan("mail", "mirror")
    first = up(plan, home)

    moved = up(with_address(plan, "mail", "10.17.1.77/24"), home)
    assert moved.changes == 1
    assert moved.machines[0].address == "10.17.1.77"
    assert moved.machines[0].host_key == first.machines[0].host_key  # the same machine, rewired
    assert "10.17.1.77/24" in on(home, "mail", "ip -br -4 address")
    assert "10.17.1.11/24" not in on(home, "mail", "ip -br -4 address")

    bigger = tuple(one.model_copy(update={"memory_gib": 1}) if one.id == "mail" else one for one in plan.machines)
    replaced = up(plan.model_copy(update={"machines": bigger}), home)
    assert replaced.changes == 1
    assert replaced.machines[0].host_key != first.machines[0].host_key  # another machine
    assert on(home, "mail", "hostname").strip() == "mail"
    assert replaced.machines[1] == first.machines[1]

    alone = up(slice_plan("mirror"), home)
    assert alone.names == ("mirror",)
    assert not [name for name in namespaces() if name == f"{first.stack}-mail"]


def test_what_was_lost_comes_back(home: Path) -> None:
    plan = slice_plan("mail", "mirror")
    first = up(plan, home)
    on(home, "mail", "sudo touch /kept")
    subprocess.run(["podman", "kill", f"{first.stack}-mail"], check=True, capture_output=True)
    subprocess.run(["podman", "rm", "--force", f"{first.stack}-mirror"], check=True, capture_output=True)
    subprocess.run(["ip", "netns", "delete", f"{first.stack}-mirror"], check=True)
    subprocess.run(["ip", "-n", first.stack, "link", "delete", "br-dmz"], check=True)
    second = up(plan, home)
    assert second.changes == 3  # one starts again, one is made anew, so is the bridge
    assert second.machines[0].host_key == first.machines[0].host_key
    assert second.machines[1].host_key != first.machines[1].host_key
    on(home, "mail", "test -e /kept")
    assert on(home, "mail", "cat /sys/class/net/dmz/operstate").strip() == "up"
    assert up(plan, home).changes == 0


def test_two_stacks_stand_side_by_side(home: Path, tmp_path: Path) -> None:
    other = tmp_path / "other" / "stacks"
    try:
        first, second = up(slice_plan("mirror"), home), up(slice_plan("mirror"), other)
        assert first.stack != second.stack
        stacks.destroy(other)
        assert stacks.leftovers(other) == []
        assert on(home, "mirror", "hostname").strip() == "mirror"
    finally:
        stacks.destroy(other)


def test_preview_makes_nothing(home: Path) -> None:
    home.mkdir(parents=True)
    assert stacks.preview(slice_plan("mirror"), home, "embedded").changes > 0
    assert stacks.leftovers(home) == []
    assert not (home / "name").exists()
    assert not [name for name in namespaces() if name.startswith("provdc-slice") and str(home) in name]
