"""What a plan loses when one thing leaves the records; `python -m tests.unit.provdc.removals` writes the golden."""

import re
import shutil
import tempfile
from functools import cache
from pathlib import Path

from planner.limits import Limits
from planner.plan import Plan
from planner.plan_io import Change, compare
from planner.solve import solve
from provdc.changes import line
from topology import build, load

MINI = Path(__file__).parents[3] / "inventory" / "mini"
DIRECTORY = Path(__file__).with_name("golden")

REMOVALS: dict[str, tuple[tuple[str, str], ...]] = {
    "site": (
        ("sites.csv", r"^commune-06,.*\n"),
        ("mobile.csv", r"^commune-06,.*\n"),
        ("ducts.csv", r"^duct-(01-06|06-tay),.*\n"),
    ),
    "duct": (("ducts.csv", r"^duct-05-office,.*\n"),),
    "server-model": (("catalogue.yaml", r"^  - id: host-small\n(    .*\n)+"),),
    "server-model-not-chosen": (("catalogue.yaml", r"^  - id: host-large\n(    .*\n)+"),),
    "flow": (("flows.yaml", r"^  - \{id: lan-portal,.*\n"),),
}
"""Name → the lines that go, file by file."""


@cache
def changes(name: str) -> tuple[Change, ...]:
    """Return the differences that a removal makes."""
    return tuple(compare(planned(()), planned(REMOVALS[name])))


@cache
def planned(removal: tuple[tuple[str, str], ...]) -> Plan:
    """Return the plan of the teaching province without something."""
    with tempfile.TemporaryDirectory() as folder:
        province = Path(shutil.copytree(MINI, Path(folder) / "mini"))
        for file, lines in removal:
            path = province / file
            kept, count = re.subn(lines, "", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
            assert count, f"{file} has nothing like {lines}"
            path.write_text(kept, encoding="utf-8")
        plan, _seconds = solve(build(load(province)), Limits(seed=1))
    return plan


def words(name: str) -> str:
    """Return the differences as `provdc diff` says them."""
    lines = [line("en", change).replace("\u00a0", " ") for change in changes(name)]
    return "\n".join(lines or ["The plans are the same."]) + "\n"


def main() -> None:
    """Write all golden files."""
    DIRECTORY.mkdir(exist_ok=True)
    for name in REMOVALS:
        (DIRECTORY / f"without-{name}.txt").write_text(words(name), encoding="utf-8")


if __name__ == "__main__":
    main()
