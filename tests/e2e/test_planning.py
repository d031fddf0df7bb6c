"""The planning half as a user runs it: the program itself, on a copy of the teaching province."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROVDC = Path(sys.executable).parent / "provdc"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("home")
    shutil.copytree(ROOT / "inventory" / "mini", folder / "inventory" / "mini")
    return folder


def provdc(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [PROVDC, *arguments],
        cwd=home,
        env=os.environ | {"LANG": "C.UTF-8", "NO_COLOR": "1", "COLUMNS": "160"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def plan(home: Path, out: Path) -> bytes:
    done = provdc(home, "plan", "--province", str(home / "inventory" / "mini"), "--out", str(out), "--lang", "en")
    assert done.returncode == 0, done.stdout + done.stderr
    return (out / "plan.json").read_bytes()


def test_the_same_records_give_the_same_bytes(home: Path) -> None:
    assert plan(home, home / "one") == plan(home, home / "two")


def test_check_reports_nothing_on_the_teaching_province(home: Path) -> None:
    done = provdc(home, "check", "--province", str(home / "inventory" / "mini"), "--format", "json")
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout) == []


def test_a_wrong_record_is_named_with_its_place(home: Path, tmp_path: Path) -> None:
    province = Path(shutil.copytree(home / "inventory" / "mini", tmp_path / "mini"))
    sites = (province / "sites.csv").read_text(encoding="utf-8")
    (province / "sites.csv").write_text(sites.replace("commune,district-tay", "commune,district-tai", 1), "utf-8")
    done = provdc(home, "check", "--province", str(province), "--lang", "en")
    assert done.returncode == 1
    assert "sites.csv:9:32" in done.stdout + done.stderr
    assert "E-REF-005" in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def test_two_plans_are_compared(home: Path) -> None:
    same = provdc(home, "diff", str(home / "one" / "plan.json"), str(home / "two" / "plan.json"))
    assert same.returncode == 0, same.stdout + same.stderr
    document = json.loads((home / "one" / "plan.json").read_text(encoding="utf-8"))
    gone = document["flows"].pop(0)["id"]
    (home / "other.json").write_text(json.dumps(document), encoding="utf-8")
    changed = provdc(home, "diff", str(home / "one" / "plan.json"), str(home / "other.json"))
    assert changed.returncode == 2
    assert gone in changed.stdout
