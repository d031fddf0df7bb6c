"""`provdc explain --instead` and `--alternatives`: prices in words and as JSON, refusals, nothing written."""

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from planner import plan_io
from planner.checker import as_decided
from planner.limits import Limits
from planner.network import solve
from planner.years.budgets import Budget
from provdc import otherwise
from provdc.main import app
from provdc.text import LANGS, table
from tests.fixtures.plans import build
from topology import build as build_network
from topology import load

MINI = Path(__file__).parents[3] / "inventory" / "mini"


@pytest.fixture(scope="module")
def province(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the teaching province with a plan whose network half is solved from its records."""
    home = tmp_path_factory.mktemp("otherwise")
    records = home / "inventory" / "mini"
    shutil.copytree(MINI, records)
    loaded = load(records)
    plan = build(12).model_copy(update={"digest": loaded.digest})
    found = solve(as_decided(plan, build_network(loaded)), Limits(time_limit_s=60))
    other = [proof for proof in plan.proofs if proof.part != "network"]
    plan = plan.model_copy(update={"network": found.parts, "proofs": (*other, found.proof)})
    plan_io.write_atomic(home / ".provdc" / "mini" / "plan.json", plan_io.canonical(plan))
    return records


def run(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words], env={"LANG": "C", "LC_ALL": "", "LC_MESSAGES": ""})


def test_another_carrier_has_a_price_and_the_lines_that_move(province: Path) -> None:
    told = run("explain", "commune-05", "--instead", "carrier=alpha", "-p", province)
    assert told.exit_code == 0, told.output
    assert "exactly" in told.output
    assert "link-05-core-alpha: – → 1 × " in told.output
    assert "link-05-core-beta: 1 × " in told.output
    found = json.loads(run("explain", "commune-05", "--instead", "carrier=alpha", "-p", province, "--json").stdout)
    (price,) = found["instead"]
    assert price["status"] == "exact"
    assert 0 < price["than_this_plan"]["at_least_vnd"] <= price["than_this_plan"]["at_most_vnd"]
    assert price["states_checked"] > 10
    assert {line["id"] for line in price["lines"]} == {"link-05-core-alpha", "link-05-core-beta"}


def test_everything_that_can_be_asked_of_a_site_is_a_table_in_both_languages(province: Path) -> None:
    texts = table()
    for lang in LANGS:
        told = run("explain", "district-dong", "--instead", "all", "-p", province, "--lang", lang)
        assert told.exit_code == 0
        assert "backup=mobile" in told.stdout
        assert texts["cli.impossible"][lang] in told.stdout
        assert texts["cli.already"][lang] in told.stdout


def test_a_carrier_that_cannot_be_done_without_says_why(province: Path) -> None:
    told = run("explain", "beta", "--instead", "unused", "-p", province)
    assert "impossible" in told.output
    assert "E-PLAN-311" in told.output


def test_words_that_nobody_knows_are_told_with_those_that_are(province: Path) -> None:
    told = run("explain", "commune-05", "--instead", "carrier=nobody", "-p", province)
    assert told.exit_code == 1
    assert "E-CLI-016" in told.output
    assert "carrier=alpha, carrier=beta" in told.output
    assert "E-CLI-017" in run("explain", "-p", province).output
    assert "E-CLI-018" in run("explain", "--alternatives", "--within", "much", "-p", province).output


def test_alternatives_are_a_table_and_json_and_write_nothing(province: Path) -> None:
    before = sorted(province.parents[1].rglob("*"))
    told = run("explain", "--alternatives", "--within", "30%", "-p", province)
    assert told.exit_code == 0, told.output
    assert "without gamma" in told.stdout
    found = json.loads(run("explain", "--alternatives", "--within", "0.3", "-p", province, "--json").stdout)
    near = [one for one in found["alternatives"] if one["near"] == "near"]
    assert near
    assert all(one["lines"] for one in near)
    assert any(one["fewest_at_least"] is not None for one in near)
    assert sorted(province.parents[1].rglob("*")) == before


def test_a_stale_plan_is_refused(province: Path, tmp_path: Path) -> None:
    shutil.copytree(province.parents[1], tmp_path / "home")
    sites = tmp_path / "home" / "inventory" / "mini" / "sites.csv"
    sites.write_text(sites.read_text(encoding="utf-8").replace("Xã", "Phường", 1), encoding="utf-8")
    told = run("explain", "commune-05", "--instead", "carrier=alpha", "-p", sites.parent)
    assert told.exit_code == 1
    assert "E-CLI-003" in told.output


def test_limits_are_told_with_their_records(province: Path) -> None:
    told = run("explain", "commune-06", "--limits", "-p", province)
    assert told.exit_code == 0, told.output
    assert str(load(province).positions["policy/classes/commune/survive/duct"]) in told.stdout
    found = json.loads(run("explain", "district-dong", "--limits", "-p", province, "--json").stdout)
    kinds = {(one["what"], one["detail"]) for one in found["limits"]}
    assert {("survive", "duct"), ("backup", "fixed"), ("rate", ""), ("hops", "")} <= kinds
    assert any(one["binds"] and one["saves_vnd"] > 0 for one in found["limits"])
    assert "E-CLI-019" in run("explain", "mail-1", "--limits", "-p", province).output


def test_shares_are_read_as_people_write_them() -> None:
    assert [otherwise.share(text) for text in ("2%", "2,5 %", "0.02", "0")] == [0.02, 0.025, 0.02, 0.0]
    for text in ("", "x", "-1", "150%"):
        with pytest.raises(ValueError, match=r"^(could not convert|x|-1|150%)"):
            otherwise.share(text)


def test_words_are_completed() -> None:
    assert otherwise.completions("backup=") == ["backup=fixed", "backup=mobile", "backup="]
    assert "unused" in otherwise.completions("un")


def test_all_failures_are_told_with_draws_of_one_seed(province: Path) -> None:
    texts = table()
    for lang in LANGS:
        told = run("explain", "failures", "-p", province, "--lang", lang)
        assert told.exit_code == 0, told.output
        for key in ("explain.singles", "explain.drawn", "explain.mean_dark"):
            assert texts[key][lang] in told.output
        assert {"en": "hours a year", "vi": "giờ mỗi năm"}[lang] in told.output
    found, again = (json.loads(run("explain", "failures", "-p", province, "--json").stdout) for _ in range(2))
    assert found == again
    drawn = found["decision"]
    assert (drawn["seed"], drawn["draws"]) == (1, 200_000)
    assert drawn["mean"]["low"] <= drawn["mean"]["share"] <= drawn["mean"]["high"]
    for one in drawn["sites"].values():
        assert one["low"] <= one["share"] <= one["high"]


def test_a_site_is_told_how_often_it_is_reached_over_any_line(province: Path) -> None:
    told = run("explain", "commune-05", "-p", province)
    assert told.exit_code == 0, told.output
    assert "over any leased line" in told.output


def test_budgets_of_the_years_are_limits(province: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = [
        Budget(2025, "p50", 900_000_000, 1_000_000_000, 0, None),
        Budget(2025, "p90", 1_100_000_000, 1_000_000_000, 50_000_000, None),
        Budget(2026, "p50", 0, 1_000_000_000, None, None),
    ]
    monkeypatch.setattr(otherwise, "budgets", lambda *_: iter(told))
    texts = table()
    for lang in LANGS:
        shown = run("explain", "years", "--limits", "-p", province, "--lang", lang)
        assert shown.exit_code == 0, shown.output
        assert texts["cli.year"][lang] in shown.output
        assert texts["cli.not_binding"][lang] in shown.output
    found = json.loads(run("explain", "years", "--limits", "-p", province, "--json").stdout)["limits"]
    assert [(one["slack"], one["binds"]) for one in found] == [
        (100_000_000, False),
        (-100_000_000, True),
        (1_000_000_000, False),
    ]
    monkeypatch.setattr(otherwise, "budgets", lambda *_: iter(()))
    refused = run("explain", "years", "--limits", "-p", province)
    assert refused.exit_code == 1
    assert "E-CLI-019" in refused.output
