"""Every code of the planner's data-centre half has a page, and the page's example gives the code."""

import re
import shutil
from pathlib import Path

import pytest

import topology
from planner.datacentre.solve import solve
from planner.errors import PlanningError
from planner.limits import Limits

ROOT = Path(__file__).parents[4]
PAGES = ROOT / "docs" / "errors"
SOURCES = [
    *sorted((ROOT / "planner" / "datacentre").glob("*.py")),
    ROOT / "planner" / "plan_io.py",
    ROOT / "planner" / "solve.py",
]
CODES = sorted({code for path in SOURCES for code in re.findall(r'"([EW]-(?:PLAN|ENG)-\d{3})"', path.read_text())})
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
def test_the_example_of_a_page_gives_its_code(tmp_path: Path, code: str) -> None:
    province = tmp_path / "mini"
    shutil.copytree(ROOT / "inventory" / "mini", province)
    steps = STEP.findall(page(code))
    assert steps
    for file, verb, old, new in steps:
        path = province / file
        before = path.read_text(encoding="utf-8")
        assert shown(old) in before, f"{file} has no such lines"
        path.write_text(before.replace(shown(old), shown(new) if verb == "change" else "", 1), encoding="utf-8")
    network = topology.build(topology.load(province))
    with pytest.raises(PlanningError) as caught:
        solve(network, Limits())
    assert code in {problem.code for problem in caught.value.problems}
    assert all(problem.where for problem in caught.value.problems)
