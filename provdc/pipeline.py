"""The whole work in one line: records → check → graph → plan → machines → configuration → verification → report.

A newcomer reads this file first. Each step takes what the last one returned; none reaches back. Every step can be
run again: what is done stays done, so that an interrupted run goes on where it stopped.
"""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from inventory import hosts as inventory
from planner import plan_io
from planner.plan import Plan
from playbooks import runner as playbooks
from provdc import events, planning, report, verification
from provdc import records as patched
from provdc.console import Console
from provdc.place import Place
from provdc.results import Results
from provdc.text import Lang
from stacks import apply as stacks


@dataclass(frozen=True, slots=True)
class Goal:
    """What is asked of one run."""

    plan: Path | None = None
    """A plan of one's own instead of the province's; refused when it is stale."""
    time_limit_s: float = 300.0
    engine: str = "auto"
    """`auto`, `embedded` or `pulumi`."""
    suite: verification.Goal = field(default_factory=verification.Goal)
    report_lang: Lang = "vi"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one run did."""

    plan: Plan
    operations: int
    """Stack operations; 0 when nothing had to be built."""
    changed: int
    """Changed tasks; 0 when everything was configured already."""
    results: Results
    report: Path


def run(place: Place, goal: Goal, console: Console) -> Outcome:
    """From the records to a verified data centre.

    Raises
    ------
    ProvinceError
        The records have errors.
    PlanningError
        No plan exists.
    StackError, LabError
        Machines or networks could not be made.
    InventoryError, PlaybookError
        The machines cannot be, or were not, configured.
    UserError
        The plan that is there was made from other records; the compliance suite could not run.

    """
    step = stepper(console)

    step("check")
    place = asked(place, goal)
    records = patched.load(place)

    step("plan")
    plan = decide(place, goal, console, records.digest)

    step("machines")
    with console.progress(console.say("step_machines")) as line:
        machines = stacks.apply(plan, place.stacks, goal.engine, events.of_stack(line))

    step("configure")
    hosts = inventory.hosts(plan, machines)
    with console.progress(console.say("step_configure")) as line:
        configured = playbooks.apply(hosts, place.state, events.of_play(line))
    plan_io.write_atomic(place.configured, json.dumps(asdict(configured), ensure_ascii=False, indent=1).encode())

    step("verify")
    results = verification.run(place, goal.suite, machines.ssh_config, console)

    step("report")
    html = report.render(plan, goal.report_lang, outlines=place.outlines, results=results, front=place.front)
    plan_io.write_atomic(place.report, html.encode())
    return Outcome(plan, machines.changes, configured.changed, results, place.report)


def asked(place: Place, goal: Goal) -> Place:
    """Return the place of the plan that is to be built: a scenario's only when its plan is named."""
    if goal.plan is None:
        return place
    return place.with_scenarios(use.id for use in plan_io.read(goal.plan).scenarios)


def decide(place: Place, goal: Goal, console: Console, digest: str) -> Plan:
    """Return the plan to build: the one named, else the fresh one that is there, else a new one."""
    if goal.plan is not None:
        plan = plan_io.read(goal.plan)
        planning.require_fresh(plan, digest, place)
        plan_io.write_atomic(place.plan, plan_io.canonical(plan))
        return plan
    made = planning.fresh(place)
    if made is not None:
        console.note(console.say("kept_plan"))
        return made.plan
    return planning.make(place, console, time_limit_s=goal.time_limit_s).plan


def stepper(console: Console) -> Callable[[str], None]:
    """Return what announces the steps."""
    names = ("check", "plan", "machines", "configure", "verify", "report")

    def step(name: str) -> None:
        console.note(f"[{names.index(name) + 1}/{len(names)}] {console.say(f'step_{name}')}", None)

    return step
