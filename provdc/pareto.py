"""Budget against availability: plan the province under one promise after another, keep each, go on later."""

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import topology
from planner import plan_io
from planner.errors import PlanningError
from planner.limits import Limits, Progress, Report
from planner.solve import solve
from planner.years.pareto import Point, Promise, front, point, promises
from provdc import planning
from provdc import records as patched
from provdc.console import Console
from provdc.place import Place
from provdc.text.numbers import money, percent


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


def run(place: Place, console: Console, *, time_limit_s: float, seed: int) -> Front:
    """Plan every promise that has no plan yet; the first interrupt stops after the promise at hand."""
    records = patched.load(place)
    listed = promises(records)
    folder = place.front.parent
    points: list[Point] = []
    with console.progress(console.say("step_pareto")) as line, planning.stoppable() as stopped:
        for number, promise in enumerate(listed, 1):
            held = _held(folder, promise, time_limit_s)
            if held is None and stopped.is_set():
                continue
            head = f"{number}/{len(listed)} {promise.id}"

            def report(event: Progress, head: str = head) -> None:
                phase, details = planning.words(console, event)
                line.update(f"{head} · {phase}", details)

            limits = Limits(time_limit_s=time_limit_s, seed=seed, should_stop=stopped.is_set)
            known = held or _made(folder, promise, limits, report)
            if known is not None:
                points.append(known)
    found = Front(records.digest, tuple(points), front(points), len(listed), folder)
    plan_io.write_atomic(place.front, json.dumps(as_json(found), ensure_ascii=False, indent=1).encode())
    return found


def _file(folder: Path, promise: Promise) -> Path:
    return folder / f"{promise.records.digest[:16]}.point.json"


def _held(folder: Path, promise: Promise, time_limit_s: float) -> Point | None:
    """Return the point that an earlier run made of the same records; what the clock left open is made again."""
    try:
        data = json.loads(_file(folder, promise).read_text(encoding="utf-8"))
        held = Point(**{**data, "refused": tuple(data["refused"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None
    settled = not (held.cut_short or held.undecided) or held.limit_s >= time_limit_s
    return held if settled and held.digest == promise.records.digest else None


def _made(folder: Path, promise: Promise, limits: Limits, report: Report) -> Point | None:
    """Plan a promise, write its plan and its point; None when an interrupt cut it short: the next run makes it."""
    plan = None
    try:
        plan, _ = solve(topology.build(promise.records), limits, report)
    except PlanningError as error:
        codes = tuple(sorted({problem.code for problem in error.problems}))
        found = Point(promise.id, promise.records.digest, refused=codes)
    else:
        found = point(promise, plan)
    if limits.should_stop():
        return None
    found = replace(found, limit_s=limits.time_limit_s)
    if plan is not None:
        plan_io.write_atomic(folder / promise.records.digest[:16] / plan_io.PLAN_FILE, plan_io.canonical(plan))
    plan_io.write_atomic(_file(folder, promise), json.dumps(asdict(found), ensure_ascii=False).encode())
    return found


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
            expected=money(lang, one.expected_vnd) if one.expected_vnd else "–",
            availability=percent(lang, one.availability, 4),
            worst=percent(lang, one.worst, 3),
        )
        rows.append((one.promise, text if one.promise in best else f"{text}   {say('pareto_beaten')}"))
    console.definitions(rows)
    if len(found.points) < found.asked:
        console.note(say("pareto_more"), "warm")
