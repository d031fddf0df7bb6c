"""Every code of the planner's data-centre half has a page, and the page's example gives the code."""

import re
import shutil
from pathlib import Path

import pytest

import topology
from planner import plan_io
from planner.datacentre.solve import solve
from planner.errors import PlanningError
from planner.limits import Limits
from planner.plan import Plan
from planner.solve import solve as solve_whole
from topology.model import Network

ROOT = Path(__file__).parents[4]
PAGES = ROOT / "docs" / "errors"
SOURCES = [
    *sorted((ROOT / "planner" / "datacentre").glob("*.py")),
    ROOT / "planner" / "plan_io.py",
    ROOT / "planner" / "solve.py",
]
CODES = sorted({code for path in SOURCES for code in re.findall(r'"([EW]-(?:PLAN|ENG)-\d{3})"', path.read_text())})
OF_RECORDS, OF_A_PLAN = "In a copy of `inventory/mini`:", "In a copy of `.provdc/mini/plan.json`:"
STEP = re.compile(
    r"^- in `(.+?)` (change|delete)\n\n  ```\n(.*?)\n  ```(?:\n\n  to\n\n  ```\n(.*?)\n  ```)?", re.S | re.M
)


def shown(block: str) -> str:
    return "\n".join(line.removeprefix("  ") for line in block.split("\n"))


def page(code: str) -> str:
    return (PAGES / f"{code}.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("code", CODES)
def test_every_code_has_a_page(code: str) -> None:
    assert page(code).startswith(f"# {code}\n")


@pytest.mark.parametrize("code", [code for code in CODES if "## Reproduce" in page(code)])
def test_every_example_starts_from_something_known(code: str) -> None:
    assert (OF_RECORDS in page(code)) != (OF_A_PLAN in page(code))


def follow(page: str, folder: Path) -> None:
    """Do in a folder what a page's example says."""
    steps = STEP.findall(page)
    assert steps
    for file, verb, old, new in steps:
        path = folder / file
        before = path.read_text(encoding="utf-8")
        assert shown(old) in before, f"{file} has no such lines"
        path.write_text(before.replace(shown(old), shown(new) if verb == "change" else "", 1), encoding="utf-8")


@pytest.mark.parametrize("code", [code for code in CODES if OF_A_PLAN in page(code)])
def test_the_example_of_a_plan_gives_its_code(tmp_path: Path, mini: Network, mini_plan: Plan, code: str) -> None:
    plan = tmp_path / "plan.json"
    plan.write_bytes(plan_io.canonical(mini_plan))
    assert plan_io.read(plan) == mini_plan
    follow(page(code), tmp_path)
    with pytest.raises(PlanningError) as caught:
        solve_whole(mini, Limits(), previous=plan_io.read(plan))
    assert [problem.code for problem in caught.value.problems] == [code]


@pytest.mark.parametrize("code", [code for code in CODES if OF_RECORDS in page(code)])
def test_the_example_of_a_page_gives_its_code(tmp_path: Path, code: str) -> None:
    province = tmp_path / "mini"
    shutil.copytree(ROOT / "inventory" / "mini", province)
    follow(page(code), province)
    network = topology.build(topology.load(province))
    with pytest.raises(PlanningError) as caught:
        solve(network, Limits())
    assert code in {problem.code for problem in caught.value.problems}
    assert all(problem.where for problem in caught.value.problems)
