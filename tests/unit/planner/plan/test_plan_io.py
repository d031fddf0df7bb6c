"""Plans on disk: the same bytes, clear refusals, honest differences."""

import datetime as dt
from pathlib import Path

import pytest

from planner import plan_io
from planner.errors import PlanningError
from planner.limits import Limits
from planner.plan import Plan
from planner.solve import solve
from topology.model import Network

RUN = plan_io.RunRecord.now("d", dt.datetime(2025, 1, 1, tzinfo=dt.UTC), {"total": 1.0})


def test_the_same_records_give_the_same_bytes(mini: Network, mini_plan: Plan) -> None:
    again, _ = solve(mini, Limits(time_limit_s=120))
    assert plan_io.canonical(again) == plan_io.canonical(mini_plan)


def test_a_plan_is_read_as_it_was_written(tmp_path: Path, mini_plan: Plan) -> None:
    path = plan_io.write(mini_plan, RUN, tmp_path)
    assert plan_io.read(path) == mini_plan
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["plan.json", "run.json"]


def test_no_plan_is_refused_with_the_next_command(tmp_path: Path) -> None:
    with pytest.raises(PlanningError, match=r"E-PLAN-501 .*provdc plan"):
        plan_io.read(tmp_path / "plan.json")


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"schema_version": 0}', b'{"schema_version": "99"}', b"\xff"])
def test_a_damaged_plan_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "plan.json"
    path.write_bytes(content)
    with pytest.raises(PlanningError, match="E-PLAN-502"):
        plan_io.read(path)


def test_a_plan_of_a_newer_version_is_refused_as_such(tmp_path: Path, mini_plan: Plan) -> None:
    path = tmp_path / "plan.json"
    path.write_bytes(plan_io.canonical(mini_plan).replace(b'"schema_version": 1', b'"schema_version": 2'))
    with pytest.raises(PlanningError, match=r"E-PLAN-505 .*schema is 2, this version reads up to 1"):
        plan_io.read(path)


def test_an_earlier_plan_of_another_province_is_refused(mini: Network, mini_plan: Plan) -> None:
    other = mini_plan.model_copy(update={"province": "elsewhere"})
    with pytest.raises(PlanningError, match=r"E-PLAN-504 .*'elsewhere'.*'mini'"):
        solve(mini, Limits(), previous=other)


def test_a_stale_plan_is_refused_naming_both_digests(mini_plan: Plan) -> None:
    with pytest.raises(PlanningError) as refused:
        plan_io.require_fresh(mini_plan, "f" * 64)
    assert mini_plan.digest[:12] in str(refused.value)
    assert "f" * 12 in str(refused.value)


def test_a_failed_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "plan.json"
    plan_io.write_atomic(path, b"old")

    def refuse(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(plan_io.os, "fsync", refuse)
    with pytest.raises(OSError, match="No space left"):
        plan_io.write_atomic(path, b"new")
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["plan.json"]


def test_equal_plans_do_not_differ(mini_plan: Plan) -> None:
    assert plan_io.compare(mini_plan, mini_plan) == []


def test_differences_are_named(mini_plan: Plan) -> None:
    document = mini_plan.model_dump(mode="json")
    gone = document["flows"].pop(0)["id"]
    document["machines"][0]["memory_gib"] = 999.0
    changes = plan_io.compare(mini_plan, Plan.model_validate(document))
    said = {(change.kind, change.id, change.what) for change in changes}
    assert said == {("flow", gone, "removed"), ("machine", document["machines"][0]["id"], "memory_gib")}
