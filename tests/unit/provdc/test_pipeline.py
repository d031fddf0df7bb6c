"""The pipeline without machines: order of the steps, which plan is built, what is refused untouched."""

import itertools
import json
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner

from planner import plan_io
from planner.plan import Plan
from playbooks.events import Change, Configured, HostRecap, PlayStarted, TaskDone
from provdc import events, lock, pipeline, planning, verification
from provdc.console import Console, Line
from provdc.errors import UserError, told
from provdc.main import app
from provdc.place import Place, locate
from provdc.results import Result, Results
from stacks.engine.events import Diagnostic, Op, StepFailed, StepFinished, StepStarted
from tests.fixtures.plans import build
from topology import load

MINI = Path(__file__).parents[3] / "inventory" / "mini"


@pytest.fixture
def place(tmp_path: Path) -> Place:
    records = tmp_path / "inventory" / "mini"
    shutil.copytree(MINI, records)
    return locate(str(records))


@pytest.fixture
def plan(place: Place) -> Plan:
    return build(12).model_copy(update={"digest": load(place.records).digest})


@dataclass
class World:
    """Stands for machines, configuration and suite; remembers what was asked, in its order."""

    place: Place
    asked: list[str]
    outcome: str = "passed"
    changes: int = 0

    def machines(self, plan: Plan, root: Path, engine: str, listener: Callable[..., None]) -> Any:
        self.asked.append(f"machines {plan.digest} {root} {engine}")
        listener(StepStarted("urn::mail-1", Op.CREATE))
        return SimpleNamespace(changes=self.changes, ssh_config=root / "ssh" / "ssh_config", plan=plan.digest)

    def hosts(self, plan: Plan, machines: Any) -> Any:
        self.asked.append("hosts")
        return machines

    def configure(self, hosts: Any, root: Path, listener: Callable[..., None]) -> Configured:
        self.asked.append(f"configure {root}")
        changes = (Change("mail-1", "Write", ""),) * self.changes
        return Configured({"mail-1": HostRecap(3, self.changes, 0, 0)}, changes, 1.0, False)

    def verify(self, place: Place, goal: verification.Goal, ssh_config: Path, console: Console) -> Results:
        self.asked.append(f"verify {ssh_config}")
        plan = plan_io.read(place.plan)
        return Results(plan.digest, goal.profile, goal.level, (Result("HOST-AV", "mail-1", "t", self.outcome, "why"),))


@pytest.fixture
def world(place: Place, monkeypatch: pytest.MonkeyPatch) -> World:
    world = World(place, [])
    monkeypatch.setattr(pipeline.stacks, "apply", world.machines)
    monkeypatch.setattr(pipeline.inventory, "hosts", world.hosts)
    monkeypatch.setattr(pipeline.playbooks, "apply", world.configure)
    monkeypatch.setattr(pipeline.verification, "run", world.verify)
    monkeypatch.setattr("provdc.verbs.up.require_lab", lambda: None)
    return world


def run(*words: object) -> Any:
    return CliRunner().invoke(app, [str(word) for word in words], env={"LANG": "C", "LC_ALL": ""})


def test_a_fresh_plan_is_built_step_by_step(place: Place, plan: Plan, world: World) -> None:
    plan_io.write_atomic(place.plan, plan_io.canonical(plan))
    before = place.plan.read_bytes()
    outcome = pipeline.run(place, pipeline.Goal(engine="embedded"), Console("en"))
    assert [step.split()[0] for step in world.asked] == ["machines", "hosts", "configure", "verify"]
    assert world.asked[0] == f"machines {plan.digest} {place.stacks} embedded"
    assert outcome.plan == plan
    assert place.plan.read_bytes() == before
    assert "HOST-AV" in place.report.read_text(encoding="utf-8")
    assert json.loads(place.configured.read_text(encoding="utf-8"))["recap"]["mail-1"]["ok"] == 3


def test_a_stale_plan_is_refused_before_anything_is_touched(place: Place, plan: Plan, world: World) -> None:
    stale = plan.model_copy(update={"digest": "f" * 64})
    plan_io.write_atomic(place.plan, plan_io.canonical(stale))
    result = run("up", "-p", place.records)
    assert result.exit_code == 1
    assert "E-CLI-003" in result.output
    assert "f" * 12 in result.output
    assert plan.digest[:12] in result.output
    assert "provdc plan" in result.output
    assert world.asked == []


def test_without_a_plan_one_is_made(place: Place, plan: Plan, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def make(place: Place, console: Console, *, time_limit_s: float) -> planning.Made:
        world.asked.append(f"plan {time_limit_s:.0f}")
        plan_io.write_atomic(place.plan, plan_io.canonical(plan))
        return planning.Made(plan, load(place.records), {})

    monkeypatch.setattr(planning, "make", make)
    assert run("up", "-p", place.records, "--time-limit", 7).exit_code == 0
    assert world.asked[0] == "plan 7"
    assert run("up", "-p", place.records).exit_code == 0
    assert sum(step.startswith("plan") for step in world.asked) == 1


def test_a_plan_of_ones_own_becomes_the_provinces_unless_it_is_stale(
    place: Place, plan: Plan, world: World, tmp_path: Path
) -> None:
    own = tmp_path / "own.json"
    own.write_bytes(plan_io.canonical(plan))
    assert run("up", "-p", place.records, "--plan", own).exit_code == 0
    assert place.plan.read_bytes() == own.read_bytes()
    own.write_bytes(plan_io.canonical(plan.model_copy(update={"digest": "0" * 64})))
    world.asked.clear()
    assert run("up", "-p", place.records, "--plan", own).exit_code == 1
    assert world.asked == []


def test_exit_code_tells_failed_checks_and_json_what_was_done(place: Place, plan: Plan, world: World) -> None:
    plan_io.write_atomic(place.plan, plan_io.canonical(plan))
    quiet = json.loads(run("up", "-p", place.records, "--json").stdout)
    assert (quiet["operations"], quiet["changed"]) == (0, 0)
    world.outcome, world.changes = "failed", 2
    result = run("up", "-p", place.records)
    assert result.exit_code == 2
    assert "2 stack operations, 2 changed tasks" in result.output
    assert "FAILED" in result.output


def test_wrong_records_stop_everything(place: Place, plan: Plan, world: World) -> None:
    plan_io.write_atomic(place.plan, plan_io.canonical(plan))
    (place.records / "zones.yaml").unlink()
    assert run("up", "-p", place.records).exit_code == 1
    assert world.asked == []


def test_two_at_once_are_refused(place: Place) -> None:
    with lock.alone(place), pytest.raises(UserError, match="E-CLI-010"), lock.alone(place):
        pass
    with lock.alone(place):
        pass


def test_the_suite_gets_plan_results_and_the_way_in(place: Place, tmp_path: Path) -> None:
    goal = verification.Goal("vn-2026", 4, drill=True)
    words = verification.command(place, goal, tmp_path / "ssh_config")
    pairs = dict(itertools.pairwise(words))
    assert pairs["--plan"] == str(place.plan)
    assert pairs["--ssh-config"] == str(tmp_path / "ssh_config")
    assert (pairs["--profile"], pairs["--level"]) == ("vn-2026", "4")
    assert "--drill" in words
    assert "--waivers" not in words
    place.waivers.write_text("[]", encoding="utf-8")
    assert "--waivers" in verification.command(place, goal, None)
    assert "--ssh-config" not in verification.command(place, replace(goal, machines=False), tmp_path)


def test_a_suite_that_breaks_is_told_with_its_log(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    words = [sys.executable, "-c", "print('no suite'); raise SystemExit(4)"]
    monkeypatch.setattr(verification, "command", lambda *arguments: words)
    with pytest.raises(UserError, match=r"E-CLI-011.*no suite"):
        verification.run(place, verification.Goal(), None, Console("en"))
    assert "no suite" in (place.results.parent / "pytest.log").read_text(encoding="utf-8")


def test_events_of_machines_and_plays_become_lines() -> None:
    lines: list[str] = []
    stack = events.of_stack(Line(lines.append, live=True))
    for event in (
        StepStarted("a::b::mail-1", Op.CREATE),
        StepFinished("a::b::mail-1", Op.CREATE, 0.1),
        StepStarted("a::b::fw-a", Op.CREATE),
        StepFailed("a::b::fw-a", Op.CREATE, 0.1, "no bridge"),
        Diagnostic("debug", "noise"),
        Diagnostic("info", "image"),
    ):
        stack(event)
    assert lines == ["create mail-1  · 0", "create fw-a  · 1", "create fw-a: no bridge", "image"]
    lines.clear()
    play = events.of_play(Line(lines.append, live=False))
    play(PlayStarted("Servers"))
    play(TaskDone("mail-1", "Write", "changed"))
    assert lines == ["Servers"]


@pytest.mark.parametrize("lang", ["en", "vi"])
def test_known_errors_are_told_in_lines(lang: Any) -> None:
    from inventory.reach import InventoryError
    from planner.errors import refuse
    from playbooks.events import PlaybookError
    from stacks.engine.errors import StackError
    from stacks.lab.shell import LabError

    for error in (
        UserError(9, "not_root"),
        refuse("E-PLAN-001", "nothing fits.", "Buy more."),
        StackError("E-STACK-001", "up failed", "again"),
        LabError("E-LAB-001", "no podman", "install it"),
        InventoryError("E-INV-001", "no flow", "add it"),
        PlaybookError("E-PLAY-001", "a task failed", "again"),
        FileNotFoundError(2, "No such file", "x.yaml"),
    ):
        lines = told(error, lang)
        assert lines is not None
        assert lines[0].startswith("E-")
        assert len(lines) >= 2
    assert told(ValueError("ours"), lang) is None
