"""The command line: exit codes, JSON, languages, and no traceback for a user's mistake."""

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from planner import plan_io
from planner.plan import Plan
from provdc import place as places
from provdc.main import app
from tests.fixtures.plans import build
from topology import load

MINI = Path(__file__).parents[3] / "inventory" / "mini"
VERBS = ["init", "check", "plan", "explain", "diff", "up", "verify", "report", "doctor", "down"]


@pytest.fixture
def province(tmp_path: Path) -> Path:
    """A copy of the teaching province with a plan that fits its records."""
    records = tmp_path / "inventory" / "mini"
    shutil.copytree(MINI, records)
    plan = build(12).model_copy(update={"digest": load(records).digest})
    plan_io.write_atomic(tmp_path / ".provdc" / "mini" / "plan.json", plan_io.canonical(plan))
    return records


def run(*words: object, lang: str = "C") -> Result:
    return CliRunner().invoke(app, [str(word) for word in words], env={"LANG": lang, "LC_ALL": "", "LC_MESSAGES": ""})


def state(province: Path) -> set[Path]:
    root = province.parents[1]
    return {path.relative_to(root) for path in root.rglob("*") if path.is_file()}


def test_verbs_stand_in_the_order_of_the_work() -> None:
    text = run("--help").output
    commands = text[text.index("Commands:") :].splitlines()[1:]
    assert [line.split()[0] for line in commands if line.strip()] == VERBS


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help(verb: str) -> None:
    result = run(verb, "--help")
    assert result.exit_code == 0
    assert "Usage" in result.output


def test_version() -> None:
    assert run("--version").output.strip() == plan_version()


def plan_version() -> str:
    return build(12).version


def test_check_finds_nothing_wrong_in_the_teaching_province(province: Path) -> None:
    result = run("check", "-p", province)
    assert result.exit_code == 0, result.output
    assert "12" in result.output


def test_check_shows_an_error_with_its_place_and_exits_1(province: Path) -> None:
    ducts = province / "ducts.csv"
    ducts.write_text(ducts.read_text(encoding="utf-8").replace("commune-02", "commune-22", 1), encoding="utf-8")
    result = run("check", "-p", province)
    assert result.exit_code == 1
    assert "ducts.csv:" in result.output
    assert "E-REF-003" in result.output
    rows = json.loads(run("check", "-p", province, "--json").output)
    assert rows[0]["code"] == "E-REF-003"
    assert json.loads(run("check", "-p", province, "--format", "sarif").output)["version"] == "2.1.0"


def test_unknown_province_names_the_near_one_in_both_languages() -> None:
    english, vietnamese = run("check", "-p", "minj"), run("check", "-p", "minj", lang="vi_VN.UTF-8")
    assert english.exit_code == vietnamese.exit_code == 1
    assert "Did you mean 'mini'?" in english.output
    assert "Có phải 'mini'?" in vietnamese.output
    assert "Traceback" not in english.output + vietnamese.output


def test_explain_reads_and_writes_nothing(province: Path) -> None:
    before = state(province)
    result = run("explain", "mail-1", "-p", province)
    assert result.exit_code == 0
    assert "10.17.2." in result.output
    document = json.loads(run("explain", "mail-1", "-p", province, "--json").output)
    assert document["kind"] == "machine"
    assert document["decision"]["id"] == "mail-1"
    assert state(province) == before


def test_explain_suggests_near_ids(province: Path) -> None:
    result = run("explain", "mail-l", "-p", province)
    assert result.exit_code == 1
    assert "mail-1" in result.output


def test_explain_says_when_the_plan_is_stale(province: Path) -> None:
    sites = province / "sites.csv"
    sites.write_text(sites.read_text(encoding="utf-8").replace("Xã", "Phường", 1), encoding="utf-8")
    result = run("explain", "mail-1", "-p", province)
    assert result.exit_code == 0
    assert "E-CLI-003" in result.output


def test_explain_shows_the_page_of_a_code() -> None:
    result = run("explain", "E-REF-003")
    assert result.exit_code == 0
    assert result.output.startswith("# E-REF-003")


def test_diff_of_equal_plans_is_0_and_of_others_2(province: Path, tmp_path: Path) -> None:
    assert run("diff", province.parents[1] / ".provdc" / "mini", province).exit_code == 0
    other = tmp_path / "other.json"
    other.write_bytes(plan_io.canonical(dearer(build(12))))
    result = run("diff", province, other)
    assert result.exit_code == 2
    assert "~ cost total  present value: " in result.output
    found = json.loads(run("diff", province, other, "--json").output)
    assert {"kind": "cost", "id": "total", "what": "present_value_vnd"}.items() <= found["groups"]["money"][-1].items()
    assert [part["part"] for part in found["money"]] == ["network", "datacentre", "total"]
    shown = run("diff", province, other, "--format", "markdown")
    assert shown.exit_code == 2
    assert shown.output.startswith("### ")
    assert "<details><summary>Money (1)</summary>" in shown.output


def dearer(plan: Plan) -> Plan:
    cost = plan.costs.total.model_copy(update={"present_value_vnd": plan.costs.total.present_value_vnd + 10**9})
    return plan.model_copy(update={"costs": plan.costs.model_copy(update={"total": cost})})


def test_diff_of_what_is_no_plan_is_told(tmp_path: Path) -> None:
    broken = tmp_path / "plan.json"
    broken.write_text("{}", encoding="utf-8")
    result = run("diff", broken, broken)
    assert result.exit_code == 1
    assert "E-PLAN-502" in result.output
    assert "E-CLI-005" in run("diff", tmp_path / "nothing.json", broken).output


def test_report_goes_where_it_is_told_and_nowhere_else(province: Path, tmp_path: Path) -> None:
    before = state(province)
    out = tmp_path / "out" / "r.html"
    result = run("report", "-p", province, "--out", out, "--lang", "en")
    assert result.exit_code == 0, result.output
    assert "Fixture province" in out.read_text(encoding="utf-8")
    assert state(province) - before == {out.relative_to(tmp_path)}


def test_report_is_vietnamese_unless_told(province: Path) -> None:
    result = run("report", "-p", province, "--json")
    path = Path(json.loads(result.output)["report"])
    assert '<html lang="vi">' in path.read_text(encoding="utf-8")


def test_verbs_that_need_a_plan_say_how_to_make_one(province: Path) -> None:
    (province.parents[1] / ".provdc" / "mini" / "plan.json").unlink()
    for verb in ("report", "verify"):
        result = run(verb, "-p", province)
        assert result.exit_code == 1
        assert "provdc plan" in result.output


def test_verify_refuses_a_stale_plan(province: Path) -> None:
    sites = province / "sites.csv"
    sites.write_text(sites.read_text(encoding="utf-8").replace("Xã", "Phường", 1), encoding="utf-8")
    result = run("verify", "-p", province)
    assert result.exit_code == 1
    assert "E-CLI-003" in result.output


def test_init_makes_a_province_that_checks_and_never_overwrites(tmp_path: Path) -> None:
    folder = tmp_path / "ninh-binh"
    assert run("init", folder).exit_code == 0
    assert load(folder).province.id == "ninh-binh"
    assert run("check", "-p", folder).exit_code == 0
    again = run("init", folder)
    assert again.exit_code == 1
    assert "E-CLI-006" in again.output
    assert "E-CLI-007" in run("init", tmp_path / "Ninh Bình").output
    assert sorted(path.name for path in tmp_path.iterdir()) == ["ninh-binh"]


def test_wrong_option_is_explained_by_the_parser() -> None:
    result = run("plan", "--time-limit", "soon")
    assert result.exit_code == 2
    assert "--time-limit" in result.output


def test_a_mistake_of_ours_is_short_and_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def broken(*asked: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("provdc.verbs.check.locate", broken)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    result = run("check")
    assert result.exit_code == 1
    assert "Traceback" not in result.output
    (log,) = tmp_path.glob("provdc-*.log")
    assert "ZeroDivisionError" in log.read_text(encoding="utf-8")
    assert str(log) in result.output


def test_state_lies_beside_the_records(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder in (tmp_path / "inventory" / "a", tmp_path / "b"):
        shutil.copytree(MINI, folder)
    assert places.locate(str(tmp_path / "inventory" / "a")).state == tmp_path / ".provdc" / "a"
    assert places.locate(str(tmp_path / "b")).state == tmp_path / ".provdc" / "b"
    monkeypatch.chdir(tmp_path)
    assert places.locate("b").records == tmp_path / "b"
    assert places.locate("mini").records == MINI


def test_doctor_lists_what_is_needed() -> None:
    result = run("doctor", "--json")
    document = json.loads(result.output)
    assert document["planning"] is True
    assert {"python", "ortools", "podman", "root"} <= {tool["name"] for tool in document["tools"]}
    assert result.exit_code == (0 if document["lab"] else 3)
