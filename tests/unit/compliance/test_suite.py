"""The suite as `provdc verify --plan-only` runs it: results, JUnit, waivers, levels, profiles."""

import datetime as dt
import json
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from tests.fixtures.plans import build

ROOT = Path(__file__).parents[3]
TODAY = dt.datetime.now(dt.UTC).date()


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """A plan in which one check fails: a flow that opens every port."""
    raw = build(12).model_dump(mode="json", by_alias=True)
    next(flow for flow in raw["flows"] if flow["protocol"] == "tcp")["ports"] = []
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(raw), encoding="utf-8")
    return path


def verify(plan: Path, *options: str) -> int:
    """Run the suite here and return its exit code; a process of its own would load all libraries again."""
    return pytest.main([
        "-q", "-p", "no:pytest11.testinfra", "-p", "no:xdist", "-c", str(ROOT / "pyproject.toml"),
        str(ROOT / "tests" / "compliance" / "test_zones.py"),
        "--plan", str(plan), "--results", str(plan.with_name("results.json")),
        "--junitxml", str(plan.with_name("junit.xml")), "-k", "flow_names_its_ports", *options,
    ])  # fmt: skip


def outcome(plan: Path) -> dict:
    (row,) = json.loads(plan.with_name("results.json").read_text(encoding="utf-8"))["results"]
    return row


def waivers(plan: Path, expires: dt.date | str, control: str = "NET-DEFDENY") -> Path:
    path = plan.with_name("waivers.yaml")
    who = "machine: plan, reason: line is being renewed, owner: network team"
    path.write_text(f"- {{control: {control}, {who}, expires: {expires}}}\n", encoding="utf-8")
    return path


def test_a_failure_is_told_with_its_control_in_both_files(broken: Path) -> None:
    assert verify(broken) == 1
    assert outcome(broken)["outcome"] == "failed"
    assert outcome(broken)["control"] == "NET-DEFDENY"
    (case,) = ElementTree.parse(broken.with_name("junit.xml")).getroot().iter("testcase")
    assert case.find("failure") is not None
    properties = {each.get("name"): each.get("value") for each in case.iter("property")}
    assert properties["control"] == "NET-DEFDENY"
    assert "11930" in properties["law"]


def test_a_waiver_excuses_until_it_expires(broken: Path) -> None:
    assert verify(broken, "--waivers", str(waivers(broken, TODAY))) == 0
    assert outcome(broken)["outcome"] == "waived"
    assert "network team" in outcome(broken)["message"]
    assert verify(broken, "--waivers", str(waivers(broken, TODAY - dt.timedelta(days=1)))) == 1
    assert outcome(broken)["outcome"] == "failed"


def test_a_waiver_of_another_control_excuses_nothing(broken: Path) -> None:
    assert verify(broken, "--waivers", str(waivers(broken, TODAY, "NET-FW"))) == 1


def test_a_waiver_without_a_date_is_refused(broken: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert verify(broken, "--waivers", str(waivers(broken, "soon"))) == pytest.ExitCode.USAGE_ERROR
    shown = capfd.readouterr()
    assert "expires must be a date" in shown.out + shown.err


def test_a_control_of_level_three_is_not_asked_at_level_two(broken: Path) -> None:
    assert verify(broken, "--level", "2") == 5
