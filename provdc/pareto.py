"""Budget against availability: plan the province under one promise after another, keep each, go on later."""

import json
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import topology
from planner import plan_io
from planner.errors import PlanningError
from planner.limits import Limits, Progress, Report, gap
from planner.plan import Plan
from planner.shared import Shared
from planner.solve import solve
from planner.years.pareto import Point, Promise, front, looser, nearest, point, promises
from provdc import planning
from provdc import records as patched
from provdc.console import Console
from provdc.place import Place
from provdc.text.numbers import money, percent

JOBS = 2
"""Promises planned at once."""
POLL_S = 0.2


@dataclass(frozen=True, slots=True)
class Front:
    """What is known so far."""

    records: str
    """Digest of the records."""
    points: tuple[Point, ...]
    """In the order of the list."""
    best: tuple[Point, ...]
    """Beaten by no other, cheapest first."""
    asked: int
    """Promises of the list."""
    folder: Path
    """Where the plans are."""


def run(place: Place, console: Console, *, time_limit_s: float, seed: int, jobs: int = JOBS) -> Front:
    """Plan every promise that has no plan yet; the first interrupt stops after the promises at hand."""
    records = patched.load(place)
    listed = promises(records)
    folder = place.front.parent
    with console.progress(console.say("step_pareto")) as line, planning.stoppable() as stopped:
        several, lock = len(listed), threading.Lock()

        def told(number: int, promise: Promise) -> Report:
            def report(event: Progress) -> None:
                phase, details = planning.words(console, event)
                with lock:
                    line.update(f"{number}/{several} {promise.id} · {phase}", details)

            return report

        made = _Made(folder, listed, Limits(time_limit_s=time_limit_s, seed=seed, should_stop=stopped.is_set))
        points = made.run({one.id: told(number, one) for number, one in enumerate(listed, 1)}, jobs)
    found = Front(records.digest, points, front(points), len(listed), folder)
    plan_io.write_atomic(place.front, json.dumps(as_json(found), ensure_ascii=False, indent=1).encode())
    return found


class _Made:
    """The points and plans of one run: a promise is planned when all looser ones are settled, so order says nothing.

    Whatever is finished lies in two files, the plan first, so that a run that ends at any moment is gone on with.
    """

    def __init__(self, folder: Path, listed: tuple[Promise, ...], limits: Limits) -> None:
        self.folder, self.listed, self.limits = folder, listed, limits
        self.shared = Shared()
        self.before = {one.id: looser(listed, one) for one in listed}
        self.looser = {name: {one.id for one in before} for name, before in self.before.items()}
        self.points: dict[str, Point | None] = {}

    def run(self, reports: Mapping[str, Report], jobs: int) -> tuple[Point, ...]:
        """Settle all promises, so many at once; those that an interrupt left are missing."""
        running: dict[Future[Point | None], Promise] = {}
        with ThreadPoolExecutor(jobs) as pool:
            waiting = list(self.listed)
            while waiting or running:
                ready = [one for one in waiting if all(other.id in self.points for other in self.before[one.id])]
                for promise in ready[: jobs - len(running)]:
                    waiting.remove(promise)
                    running[pool.submit(self.settle, promise, reports[promise.id])] = promise
                done, _ = wait(running, POLL_S, FIRST_COMPLETED)  # with a timeout, so that an interrupt is heard
                for future in done:
                    self.points[running.pop(future).id] = future.result()
        return tuple(point for one in self.listed if (point := self.points[one.id]) is not None)

    def settle(self, promise: Promise, report: Report) -> Point | None:
        """Return the point that is held, or plan the promise; None when it was interrupted: the next run plans it."""
        held = _held(self.folder, promise, self.limits.time_limit_s)
        if held is not None or self.limits.should_stop():
            return held
        shared = replace(self.shared, looser=nearest(self._plans(self.before[promise.id])))
        plan = None
        try:
            plan, _ = solve(topology.build(promise.records), self.limits, report, shared=shared)
        except PlanningError as error:
            codes = tuple(sorted({problem.code for problem in error.problems}))
            found = Point(promise.id, promise.records.digest, refused=codes)
        else:
            found = point(promise, plan)
        if self.limits.should_stop():
            return None
        found = replace(found, limit_s=self.limits.time_limit_s)
        if plan is not None:
            plan_io.write_atomic(_plan_file(self.folder, promise), plan_io.canonical(plan))
        plan_io.write_atomic(_file(self.folder, promise), json.dumps(asdict(found), ensure_ascii=False).encode())
        return found

    def _plans(self, settled: tuple[Promise, ...]) -> Iterator[Plan]:
        """Give the plans of promises of which none is looser than another; one that is damaged says nothing."""
        planned = [one for one in settled if (held := self.points[one.id]) is not None and not held.refused]
        for one in planned:
            if not any(one.id in self.looser[other.id] for other in planned):
                with suppress(PlanningError):
                    plan = plan_io.read(_plan_file(self.folder, one))
                    if plan.digest == one.records.digest:
                        yield plan


def _plan_file(folder: Path, promise: Promise) -> Path:
    return folder / promise.records.digest[:16] / plan_io.PLAN_FILE


def _file(folder: Path, promise: Promise) -> Path:
    return folder / f"{promise.records.digest[:16]}.point.json"


def _held(folder: Path, promise: Promise, time_limit_s: float) -> Point | None:
    """Return the point that an earlier run made of the same records; what the clock left open is made again."""
    try:
        data = json.loads(_file(folder, promise).read_text(encoding="utf-8"))
        held = Point(**{**data, "bound_vnd": data["bound_vnd"], "refused": tuple(data["refused"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None
    settled = not (held.cut_short or held.undecided) or held.limit_s >= time_limit_s
    return held if settled and held.digest == promise.records.digest else None


def as_json(found: Front) -> dict[str, object]:
    """Return everything, for `--json` and for the file beside the plans."""
    return {
        "records": found.records,
        "asked": found.asked,
        "points": [asdict(one) for one in found.points],
        "front": [one.promise for one in found.best],
        "folder": str(found.folder),
    }


def show(found: Front, console: Console) -> None:
    """Print the front, then what it beats and what has no plan."""
    lang, say, best = console.lang, console.say, {one.promise for one in found.best}
    console.out(say("pareto_head", made=len(found.points), asked=found.asked))
    ordered = [*found.best, *(one for one in found.points if one.promise not in best)]
    rows = []
    for one in ordered:
        if one.refused:
            key = "pareto_undecided" if one.undecided else "pareto_refused"
            rows.append((one.promise, say(key, codes=", ".join(one.refused))))
            continue
        text = say(
            "pareto_point",
            cost=money(lang, one.cost_vnd),
            gap=percent(lang, gap(one.cost_vnd, one.bound_vnd) or 0.0, 2),
            expected=money(lang, one.expected_vnd) if one.expected_vnd else "–",
            availability=percent(lang, one.availability, 4),
            worst=percent(lang, one.worst, 3),
        )
        rows.append((one.promise, text if one.promise in best else f"{text}   {say('pareto_beaten')}"))
    console.definitions(rows)
    if len(found.points) < found.asked:
        console.note(say("pareto_more"), "warm")
