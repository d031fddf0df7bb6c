"""Scenarios at the command line: a place of their own, the province's plan untouched, and nothing built by mistake."""

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from planner import plan_io
from provdc import pipeline, planning, records
from provdc.console import Console
from provdc.errors import UserError
from provdc.main import app
from provdc.place import locate

MINI = Path(__file__).parents[3] / "inventory" / "mini"


def run(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words], env={"LANG": "C", "LC_ALL": "", "LC_MESSAGES": ""})


@pytest.fixture(scope="module")
def province(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the teaching province, planned as it is and with a scenario over its plan."""
    folder = Path(shutil.copytree(MINI, tmp_path_factory.mktemp("province") / "inventory" / "mini"))
    assert run("plan", "-p", folder).exit_code == 0
    done = run("plan", "-p", folder, "--scenario", "merged-communes", "--scenario", "busy-counters", "--json")
    assert done.exit_code == 0, done.output
    return folder


def test_the_plan_of_scenarios_has_a_place_of_its_own(province: Path) -> None:
    state = province.parents[1] / ".provdc" / "mini"
    own = plan_io.read(state / "plan.json")
    both = plan_io.read(state / "scenarios" / "busy-counters+merged-communes" / "plan.json")
    assert own.scenarios == ()
    assert [use.id for use in both.scenarios] == ["busy-counters", "merged-communes"]
    assert own.digest != both.digest
    assert both.changeover is not None
    assert records.load(locate(str(province))).digest == own.digest
    place = locate(str(province), ["merged-communes", "busy-counters"])
    assert records.load(place).digest == both.digest
    assert planning.fresh(place) is not None


def test_diff_takes_scenarios_by_name(province: Path) -> None:
    result = run("diff", province, "merged-communes+busy-counters", "-p", province)
    assert result.exit_code == 2, result.output
    assert "mini + busy-counters + merged-communes" in result.output
    result = run("diff", province, "busy-counters", "-p", province)
    assert result.exit_code == 1
    assert "--scenario busy-counters" in result.output


def test_explain_says_which_scenario_set_a_value(province: Path) -> None:
    named = ("--scenario", "busy-counters", "--scenario", "merged-communes", "-p", province)
    text = run("explain", "commune-06", *named).output
    assert "merged-communes: site/commune-06/officials 20 → 40   scenarios/merged-communes.yaml:" in text
    gone = run("explain", "mobile-07-gamma", *named).output
    assert "cancel" in gone
    assert "2026-06-26" in gone
    assert "free" in run("explain", "feed-a", *named).output
    assert "full in" in run("explain", "hosts", "-p", province).output
    assert "set by scenario" not in run("explain", "commune-06", "-p", province).output


def test_the_report_names_the_scenarios(province: Path) -> None:
    named = ("--scenario", "busy-counters", "--scenario", "merged-communes", "-p", province)
    path = Path(json.loads(run("report", *named, "--json").output)["report"])
    page = path.read_text(encoding="utf-8")
    assert path.parent.name == "busy-counters+merged-communes"
    assert 'id="changeover"' in page
    assert 'id="ledger"' in page
    assert "Sáp nhập hai xã" in page


def test_an_unknown_scenario_names_the_near_one(province: Path) -> None:
    result = run("plan", "-p", province, "--scenario", "busy-counter")
    assert result.exit_code == 1
    assert "E-CLI-014" in result.output
    assert "Did you mean 'busy-counters'?" in result.output


def test_a_scenario_over_a_plan_needs_that_plan(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(MINI, tmp_path / "mini"))
    result = run("plan", "-p", folder, "--scenario", "merged-communes")
    assert result.exit_code == 1
    assert "E-CLI-002" in result.output


def test_a_scenario_over_a_stale_plan_is_refused(province: Path, tmp_path: Path) -> None:
    shutil.copytree(province.parents[1], tmp_path / "all")
    sites = tmp_path / "all" / "inventory" / "mini" / "sites.csv"
    sites.write_text(sites.read_text(encoding="utf-8").replace("Xã", "Phường", 1), encoding="utf-8")
    result = run("plan", "-p", sites.parent, "--scenario", "merged-communes")
    assert result.exit_code == 1
    assert "E-CLI-003" in result.output


def test_nothing_of_a_scenario_is_built_by_mistake(province: Path, tmp_path: Path) -> None:
    """A scenario's plan that was put in the place of the province's is refused; named with --plan it is taken."""
    shutil.copytree(province.parents[1], tmp_path / "all")
    place = locate(str(tmp_path / "all" / "inventory" / "mini"))
    scenario = place.with_scenarios(["busy-counters", "merged-communes"])
    own = place.plan.read_bytes()
    place.plan.write_bytes(scenario.plan.read_bytes())
    with pytest.raises(UserError, match="E-CLI-015"):
        planning.fresh(place)
    place.plan.write_bytes(own)
    goal = pipeline.Goal(plan=scenario.plan)
    asked = pipeline.asked(place, goal)
    assert asked.plan == scenario.plan
    digest = records.load(asked).digest
    assert pipeline.decide(asked, goal, Console("en"), digest).scenarios
    assert place.plan.read_bytes() == own
    assert asked.stacks == place.stacks
    assert asked.results != place.results
    assert pipeline.asked(place, pipeline.Goal()) == place
