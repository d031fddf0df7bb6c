"""The whole line on real machines, as a user runs it: killed, resumed, again, verified, a firewall lost, taken down.

The tests are chapters of one life and run in this order. Needs root and podman.
"""

import json
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from planner import plan_io
from stacks.lab.home import name_of
from stacks.lab.names import stack_name
from tests.e2e.conftest import BIN, ROOT, environment
from tests.e2e.sabotage import BREAKAGES
from tests.e2e.test_docs import follow

pytestmark = [
    pytest.mark.lab,
    pytest.mark.skipif(os.geteuid() != 0, reason="the lab needs root"),
    pytest.mark.skipif(shutil.which("podman") is None, reason="the lab needs podman: bootstrap/setup --lab"),
]

STREAM_S = 30
RATE_BYTES = 400_000
DOWNLOAD = """
import ssl, sys, time, urllib.request
url, rate, seconds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
wanted = urllib.request.Request(url, headers={"Range": f"bytes=0-{rate * seconds - 1}"})
began, got, longest = time.monotonic(), 0, 0.0
with urllib.request.urlopen(wanted, timeout=20) as reply:
    print("streaming", flush=True)
    for second in range(seconds):
        before = time.monotonic()
        got += len(reply.read(rate))
        longest = max(longest, time.monotonic() - before)
        time.sleep(max(0.0, began + second + 1 - time.monotonic()))
print(got, round(longest, 1), flush=True)
"""


def provdc(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [BIN / "provdc", *words], cwd=home, env=environment(), capture_output=True, text=True, timeout=1800, check=False
    )


def stopped_at(home: Path, words: str, number: signal.Signals) -> tuple[int, list[str]]:
    """Start `provdc up`, stop it as soon as it says these words; return exit code and all it said.

    An interrupt reaches its children too, as from a keyboard; a kill takes the program alone.
    """
    said: list[str] = []
    with subprocess.Popen(
        [BIN / "provdc", "up", "-p", "demo", "--lang", "en"],
        cwd=home, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        start_new_session=True,
    ) as running:  # fmt: skip
        assert running.stderr is not None
        for line in running.stderr:
            said.append(line.rstrip())
            if words in line and running.poll() is None:
                if number == signal.SIGINT:
                    os.killpg(running.pid, number)
                else:
                    running.send_signal(number)
    return running.returncode, said


def ssh(home: Path, machine: str, *command: str) -> subprocess.Popen[str]:
    config = home / ".provdc" / "demo" / "stacks" / "ssh" / "ssh_config"
    return subprocess.Popen(
        ["ssh", "-F", str(config), machine, *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def answer(home: Path, machine: str, *command: str) -> str:
    said, wrong = ssh(home, machine, *command).communicate(timeout=60)
    return said + wrong


def as_root(home: Path, machine: str, script: str) -> None:
    config = home / ".provdc" / "demo" / "stacks" / "ssh" / "ssh_config"
    subprocess.run(
        ["ssh", "-F", str(config), machine, "sudo", "sh", "-e"],
        input=script, text=True, capture_output=True, timeout=60, check=True,
    )  # fmt: skip


def stack(home: Path) -> str:
    """Return what every thing of this lab is called after; other labs of this computer are left alone."""
    stacks = home / ".provdc" / "demo" / "stacks"
    return name_of(stacks) or stack_name("demo", str(stacks))


def containers(home: Path) -> list[str]:
    listed = subprocess.run(
        ["podman", "ps", "--all", "--format", "{{.Names}}"], capture_output=True, text=True, check=True
    )
    return [name for name in listed.stdout.split() if name.startswith(f"{stack(home)}-")]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with a planned province of its own; image and packages are those of the repository's lab."""
    home = tmp_path_factory.mktemp("lab")
    (ROOT / ".provdc" / "cache").mkdir(parents=True, exist_ok=True)
    (home / ".provdc").mkdir()
    (home / ".provdc" / "cache").symlink_to(ROOT / ".provdc" / "cache")
    assert provdc(home, "init", "demo").returncode == 0
    planned = provdc(home, "plan", "-p", "demo")
    assert planned.returncode == 0, planned.stderr
    yield home
    provdc(home, "down", "-p", "demo")


def test_a_stale_plan_is_refused_before_anything_is_made(home: Path) -> None:
    zones = home / "demo" / "zones.yaml"
    before = zones.read_text(encoding="utf-8")
    zones.write_text(before.replace("Internal servers", "Inner servers", 1), encoding="utf-8")
    assert zones.read_text(encoding="utf-8") != before
    refused = provdc(home, "up", "-p", "demo", "--lang", "en")
    zones.write_text(before, encoding="utf-8")
    assert refused.returncode == 1
    assert "E-CLI-003" in refused.stderr
    assert not (home / ".provdc" / "demo" / "stacks").exists()
    assert containers(home) == []


def test_an_interrupt_while_machines_are_made_is_told_kindly(home: Path) -> None:
    code, said = stopped_at(home, "create mail-1", signal.SIGINT)
    assert code == 1
    assert any("run up again to complete it" in line for line in said), said[-5:]
    assert not any("Traceback" in line for line in said)
    assert not (home / ".provdc" / "demo" / "configured.json").exists()


def test_killed_while_machines_are_configured(home: Path) -> None:
    code, said = stopped_at(home, "configure: Servers and workstations", signal.SIGKILL)
    assert code == -signal.SIGKILL, said[-5:]
    assert any("create" in line for line in said), "what the interrupted run left out is made"
    assert not (home / ".provdc" / "demo" / "configured.json").exists()


def test_up_again_verify_as_the_tutorial_says(home: Path) -> None:
    follow("tutorial.md", home, mark="lab", timeout=1800)
    results = json.loads((home / ".provdc" / "demo" / "verify" / "results.json").read_text(encoding="utf-8"))
    assert results["summary"]["failed"] == 0
    assert results["summary"]["passed"] > 100
    plan = plan_io.read(home / ".provdc" / "demo" / "plan.json")
    machines = {row["machine"] for row in results["results"] if row["outcome"] == "passed"}
    assert machines >= set(plan.slice_machines)
    report = (home / ".provdc" / "demo" / "report.html").read_text(encoding="utf-8")
    assert "NET-ZONE" in report
    junit = (home / ".provdc" / "demo" / "verify" / "junit.xml").read_text(encoding="utf-8")
    assert "NET-ZONE" in junit


def test_the_machines_are_those_of_the_plan(home: Path) -> None:
    plan = plan_io.read(home / ".provdc" / "demo" / "plan.json")
    for name in ("app-1", "gw-04", "client-04"):
        shown = json.loads(answer(home, name, "ip", "-j", "-4", "address", "show", "scope", "global"))
        found = {leg["ifname"]: f"{leg['addr_info'][0]['local']}/{leg['addr_info'][0]['prefixlen']}" for leg in shown}
        assert found == {leg.name: leg.address for leg in plan.machine(name).interfaces}, name


def test_a_download_survives_the_loss_of_the_active_firewall(home: Path) -> None:
    plan = plan_io.read(home / ".provdc" / "demo" / "plan.json")
    virtual = plan.machine("fw-a").interfaces[0].virtual or plan.machine("fw-a").interfaces[1].virtual
    wanted = virtual[0].partition("/")[0]
    held = {name: wanted in answer(home, name, "ip", "-4", "address", "show") for name in ("fw-a", "fw-b")}
    assert sorted(held.values()) == [False, True], held
    active = next(name for name, holds in held.items() if holds)
    container = next(name for name in containers(home) if name.endswith(active))
    url = f"https://{plan.machine('app-1').fqdn}/download.bin"
    client = ssh(home, "client-04", "python3", "-c", f"'{DOWNLOAD}'", url, str(RATE_BYTES), str(STREAM_S))
    assert client.stdout is not None
    assert client.stdout.readline() == "streaming\n", client.communicate(timeout=30)
    subprocess.run(["podman", "kill", "--signal", "KILL", container], capture_output=True, check=True)
    said, wrong = client.communicate(timeout=STREAM_S * 3)
    assert client.returncode == 0, wrong
    got, longest = said.split()
    assert int(got) == RATE_BYTES * STREAM_S
    assert float(longest) < 15


def test_up_brings_back_what_was_lost(home: Path) -> None:
    repaired = provdc(home, "up", "-p", "demo", "--lang", "en", "--json")
    assert repaired.returncode == 0, repaired.stdout[-2000:] + repaired.stderr
    told = json.loads(repaired.stdout)
    assert told["operations"] > 0
    assert all(row["outcome"] == "passed" for row in told["results"]["results"])


def test_every_control_notices_a_machine_broken_for_it(home: Path) -> None:
    for broken in BREAKAGES:
        for machine in broken.machine.split():
            as_root(home, machine, broken.command)
    for machine in ("app-1", "mirror-1"):
        as_root(home, machine, "systemctl reload ssh")
    verified = provdc(home, "verify", "-p", "demo", "--profile", "vn-2026", "--drill", "--json")
    assert verified.returncode == 2, verified.stdout[-2000:] + verified.stderr
    failed = {
        (row["control"], row["test"], row["machine"])
        for row in json.loads(verified.stdout)["results"]
        if row["outcome"] == "failed"
    }
    wanted = {(broken.control, broken.test, broken.noticed_at or broken.machine) for broken in BREAKAGES}
    assert not wanted - failed, sorted(wanted - failed)


def test_every_test_of_a_machine_has_been_seen_to_fail() -> None:
    """A test that no breakage makes fail may be one that cannot fail."""
    asked = {
        test
        for file in (ROOT / "tests" / "compliance").glob("test_*.py")
        for test in re.findall(r"^def (test_\w+)\(.*(?:host|remote|machine)\b", file.read_text(encoding="utf-8"), re.M)
    }
    assert not asked - {broken.test for broken in BREAKAGES}


def test_up_mends_what_it_manages(home: Path) -> None:
    for broken in BREAKAGES:
        if broken.mend:
            as_root(home, broken.machine, broken.mend)
    mended = provdc(home, "up", "-p", "demo", "--lang", "en", "--json")
    assert mended.returncode == 0, mended.stdout[-2000:] + mended.stderr
    told = json.loads(mended.stdout)
    assert told["operations"] == 0
    assert told["changed"] > 0
    assert all(row["outcome"] == "passed" for row in told["results"]["results"])


def test_the_drill_finds_the_pair_whole_again(home: Path) -> None:
    drilled = provdc(home, "verify", "-p", "demo", "--drill", "--lang", "en", "--json")
    assert drilled.returncode == 0, drilled.stdout[-2000:] + drilled.stderr
    tests = {row["test"]: row["outcome"] for row in json.loads(drilled.stdout)["results"]}
    assert tests["test_the_virtual_addresses_move_within_three_seconds"] == "passed"


def test_down_leaves_nothing(home: Path) -> None:
    follow("tutorial.md", home, mark="lab down", timeout=300)
    assert containers(home) == []
    names = subprocess.run(["ip", "netns"], capture_output=True, text=True, check=True).stdout
    assert stack(home) not in names
    assert str(home) not in Path("/proc/self/mountinfo").read_text(encoding="utf-8")
    commands = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists()]
    assert not [line for line in commands if f"{stack(home)}-".encode() in line]
    assert (home / ".provdc" / "demo" / "plan.json").is_file()
    again = provdc(home, "down", "-p", "demo", "--lang", "en")
    assert again.returncode == 0, again.stderr


def test_verify_without_machines_names_the_next_command(home: Path) -> None:
    done = provdc(home, "verify", "-p", "demo")
    assert done.returncode == 1
    assert "provdc up" in done.stderr
