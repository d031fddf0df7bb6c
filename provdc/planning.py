"""Records to plan.json: the planning half of the work, with progress and a kind interrupt."""

import datetime as dt
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

import topology
from planner import plan_io
from planner.limits import Limits, Progress
from planner.plan import Plan
from planner.solve import solve
from provdc import records as patched
from provdc.console import Console
from provdc.errors import UserError
from provdc.place import Place
from provdc.text import has, say
from provdc.text.numbers import money, percent
from topology.model import Records


@dataclass(frozen=True, slots=True)
class Made:
    """A plan with the records that it was made from."""

    plan: Plan
    records: Records
    seconds: dict[str, float]
    """Part → seconds; empty when the plan was there already."""


def fresh(place: Place) -> Made | None:
    """Return the plan that is there when it was made from these records; None when there is none.

    Raises
    ------
    UserError
        E-CLI-003 when it was made from other records.

    """
    if not place.plan.is_file():
        return None
    records = patched.load(place)
    plan = plan_io.read(place.plan)
    require_fresh(plan, records.digest, place)
    return Made(plan, records, {})


def require_fresh(plan: Plan, digest: str, place: Place) -> None:
    """Refuse a plan that was made from other records, naming both digests and the next command."""
    named = tuple(use.id for use in plan.scenarios)
    if named != place.scenarios:
        own = place.with_scenarios(())
        raise UserError(15, "of_scenario", plan=place.with_scenarios(named).shown, province=own.shown)
    if plan.digest != digest:
        facts = {"plan": plan.digest[:12], "records": digest[:12], "province": place.shown}
        raise UserError(3, "stale_plan", **facts)


def make(
    place: Place, console: Console, *, time_limit_s: float = 300.0, seed: int = 1, previous: Plan | None = None
) -> Made:
    """Check the records, plan the province, write plan.json and its run record."""
    began, clock = dt.datetime.now(dt.UTC), time.monotonic()
    records = patched.load(place)
    network = topology.build(records)
    with console.progress(console.say("step_plan")) as line, stoppable() as stopped:

        def report(event: Progress) -> None:
            line.update(*words(console, event))

        limits = Limits(time_limit_s=time_limit_s, seed=seed, should_stop=stopped.is_set)
        plan, seconds = solve(network, limits, report, previous)
    seconds = seconds | {"total": time.monotonic() - clock}
    plan_io.write(plan, plan_io.RunRecord.now(plan.digest, began, seconds), place.plan.parent)
    return Made(plan, records, seconds)


def words(console: Console, event: Progress) -> tuple[str, str]:
    """Return a step of the solve as a phase and its details."""
    key = f"report.part_{event.part}"
    phase = f"{say(console.lang, key) if has(key) else event.part}: {event.phase}"
    parts = [f"{event.seconds:.0f} s"]
    if event.incumbent is not None:
        parts.append(money(console.lang, event.incumbent))
    if event.gap is not None:
        parts.append(console.say("gap", gap=percent(console.lang, event.gap, 1)))
    return phase, " · ".join(parts)


@contextmanager
def stoppable() -> Iterator[threading.Event]:
    """Let the first interrupt ask for the best answer so far; the second one ends everything."""
    stopped = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stopped
        return

    def ask(number: int, frame: FrameType | None) -> None:
        if stopped.is_set():
            raise KeyboardInterrupt
        stopped.set()

    before = signal.signal(signal.SIGINT, ask)
    try:
        yield stopped
    finally:
        signal.signal(signal.SIGINT, before)
