"""`provdc plan --pareto`: points are kept, a second run makes none, what the clock left open is made again."""

import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

import topology
from planner.limits import Limits
from planner.plan import Plan
from planner.shared import Shared
from planner.years import pareto as model
from provdc import pareto
from provdc.console import Console
from provdc.place import locate
from provdc.report import promises, render
from tests.fixtures.plans import build


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """Three promises, and a planner that writes down what it was asked."""
    asked: list[str] = []
    plan = build(12)

    def solve(network: object, limits: Limits, report: object, shared: object) -> tuple[Plan, dict[str, float]]:
        asked.append(network.records.digest)  # type: ignore[attr-defined]
        return plan, {}

    def point(promise: model.Promise, plan: Plan) -> model.Point:
        return model.Point(
            promise.id, promise.records.digest, cost_vnd=len(asked), availability=0.9, cut_short=len(asked) == 3
        )

    monkeypatch.setattr(pareto, "promises", lambda records: model.promises(records)[:3])
    monkeypatch.setattr(pareto, "solve", solve)
    monkeypatch.setattr(pareto, "point", point)
    return asked


def test_a_second_run_goes_on_where_the_first_stopped(few: list[str], tmp_path: Path) -> None:
    place = replace(locate("mini"), state=tmp_path)
    first = pareto.run(place, Console("en"), time_limit_s=10, seed=1, jobs=1)
    assert len(few) == 3
    assert len(first.points) == first.asked == 3
    pareto.run(place, Console("en"), time_limit_s=10, seed=1, jobs=1)
    assert len(few) == 3
    pareto.run(place, Console("en"), time_limit_s=20, seed=1, jobs=1)  # what the clock cut short gets the longer time
    assert few[3:] == [few[2]]
    told = json.loads((tmp_path / "pareto" / "front.json").read_text(encoding="utf-8"))
    assert told["front"] == [first.points[0].promise]
    assert len(list((tmp_path / "pareto").glob("*/plan.json"))) == 3


def test_what_an_interrupt_cut_short_is_no_point(
    few: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither what was planned half nor a refusal for want of time is told: the next run makes it."""
    stopped = threading.Event()

    @contextmanager
    def stoppable() -> Iterator[threading.Event]:
        yield stopped

    def interrupted(network: object, limits: Limits, report: object, shared: object) -> tuple[Plan, dict[str, float]]:
        few.append("asked")
        if len(few) == 2:
            stopped.set()
        return build(12), {}

    monkeypatch.setattr(pareto.planning, "stoppable", stoppable)
    monkeypatch.setattr(pareto, "solve", interrupted)
    place = replace(locate("mini"), state=tmp_path)
    found = pareto.run(place, Console("en"), time_limit_s=10, seed=1, jobs=1)
    assert len(few) == 2
    assert len(found.points) == 1
    assert len(list((tmp_path / "pareto").glob("*/plan.json"))) == 1
    pareto.show(found, Console("en"))
    said = capsys.readouterr().out
    assert "1 of 3 promises planned" in said
    assert "(– with growth)" in said


def test_a_point_without_its_bound_is_made_again(few: list[str], tmp_path: Path) -> None:
    """An earlier version did not tell how far a plan may be from the least cost."""
    place = replace(locate("mini"), state=tmp_path)
    pareto.run(place, Console("en"), time_limit_s=10, seed=1, jobs=1)
    path = next((tmp_path / "pareto").glob("*.point.json"))
    data = json.loads(path.read_text(encoding="utf-8"))
    del data["bound_vnd"]
    path.write_text(json.dumps(data), encoding="utf-8")
    pareto.run(place, Console("en"), time_limit_s=10, seed=1, jobs=1)
    assert len(few) == 4


def test_a_damaged_point_is_made_again(few: list[str], tmp_path: Path) -> None:
    place = replace(locate("mini"), state=tmp_path)
    pareto.run(place, Console("en"), time_limit_s=10, seed=1, jobs=1)
    for path in (tmp_path / "pareto").glob("*.point.json"):
        path.write_text("{", encoding="utf-8")
    pareto.run(place, Console("en"), time_limit_s=10, seed=1, jobs=1)
    assert len(few) == 6


def test_the_report_draws_the_front_of_its_own_records(tmp_path: Path) -> None:
    plan = build(12)
    points = [
        model.Point("loose", "a", cost_vnd=10, availability=0.99),
        model.Point("strict", "b", cost_vnd=30, availability=0.999),
        model.Point("beaten", "c", cost_vnd=40, availability=0.995),
        model.Point("never", "d", refused=("E-PLAN-301",)),
    ]
    found = pareto.Front(plan.digest, tuple(points), model.front(points), 4, tmp_path)
    path = tmp_path / "front.json"
    path.write_text(json.dumps(pareto.as_json(found)), encoding="utf-8")
    drawing = promises.draw(path, plan.digest)
    assert drawing is not None
    loose, strict, beaten = drawing.marks
    assert (loose.best, strict.best, beaten.best) == (True, True, False)
    assert loose.x < strict.x < beaten.x
    assert strict.y < beaten.y < loose.y
    assert all(drawing.left <= mark.x <= drawing.width and 0 <= mark.y <= drawing.bottom for mark in drawing.marks)
    html = render(plan, "vi", front=path)
    assert html.count('<circle class="best"') == 2
    assert 'id="promises"' not in render(plan.model_copy(update={"digest": "0" * 64}), "vi", front=path)
    path.write_text("{", encoding="utf-8")
    assert 'id="promises"' not in render(plan, "vi", front=path)


def test_a_promise_waits_for_all_that_are_looser(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Two at once, in any order: each is led by the plans of the strictest of the looser ones, as one at once is."""
    plan = build(12)
    led: dict[int, dict[str, set[str]]] = {}

    def run(jobs: int) -> None:
        asked: dict[str, set[str]] = {}
        under_way = set[str]()

        def solve(network: object, limits: Limits, report: object, shared: Shared) -> tuple[Plan, dict[str, float]]:
            digest = network.records.digest  # type: ignore[attr-defined]
            under_way.add(digest)
            assert len(under_way) <= jobs
            time.sleep(0.002 * (int(digest[:2], 16) % 7))
            asked[digest] = {one.digest for one in shared.looser}
            under_way.discard(digest)
            return plan.model_copy(update={"digest": digest}), {}

        monkeypatch.setattr(pareto, "solve", solve)
        monkeypatch.setattr(pareto, "point", lambda one, _: model.Point(one.id, one.records.digest, availability=0.9))
        place = replace(locate("mini"), state=tmp_path / str(jobs))
        assert len(pareto.run(place, Console("en"), time_limit_s=10, seed=1, jobs=jobs).points) == 20
        led[jobs] = asked

    run(1)
    run(2)
    assert led[1] == led[2]
    listed = model.promises(topology.load(locate("mini").records))
    for promise in listed:
        before = model.looser(listed, promise)
        among = led[1][promise.records.digest]
        assert among <= {one.records.digest for one in before}
        near = [one for one in before if one.records.digest in among]
        covered = {one.id for other in near for one in (other, *model.looser(listed, other))}
        assert covered == {one.id for one in before}


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_run_killed_while_it_writes_is_gone_on_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SIGKILL at any moment: what is finished is kept, no file is half written, the next run makes the rest."""
    asked = list[str]()

    def solve(network: object, limits: Limits, report: object, shared: object) -> tuple[Plan, dict[str, float]]:
        asked.append(network.records.digest)  # type: ignore[attr-defined]
        time.sleep(0.02)
        return plan, {}

    plan = build(12)
    monkeypatch.setattr(pareto, "solve", solve)
    monkeypatch.setattr(pareto, "point", lambda one, _: model.Point(one.id, one.records.digest, availability=0.9))
    place = replace(locate("mini"), state=tmp_path)
    first = os.fork()
    if not first:
        os.setpgid(0, 0)
        try:
            pareto.run(place, Console("en"), time_limit_s=10, seed=1)
        finally:
            os._exit(0)
    while len(list(tmp_path.glob("pareto/*.point.json"))) < 4:
        time.sleep(0.005)
    os.kill(first, signal.SIGKILL)
    assert os.waitstatus_to_exitcode(os.waitpid(first, 0)[1]) == -signal.SIGKILL
    kept = {path: path.read_bytes() for path in tmp_path.glob("pareto/*.point.json")}
    assert 4 <= len(kept) < 20
    assert len(pareto.run(place, Console("en"), time_limit_s=10, seed=1).points) == 20
    assert len(asked) == 20 - len(kept)
    assert all(path.read_bytes() == content for path, content in kept.items())
