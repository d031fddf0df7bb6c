"""The project's gates: `python -m tests.gate check`, `test` or `e2e`. Every stage is timed; any failure fails the gate.

check   static checks and unit tests, under 5 minutes
test    check, then everything that needs real machines, a browser or the documents, under 30 minutes
e2e     only what test adds
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
WORK = ROOT / ".provdc" / "gate"
BUDGET_S = {"check": 5 * 60, "test": 30 * 60, "e2e": 25 * 60}
PACKAGES = ("topology", "planner", "stacks", "inventory", "playbooks", "provdc")


@dataclass(frozen=True)
class Stage:
    """One command of a gate."""

    name: str
    command: tuple[str, ...]
    tests: bool = False
    """True when pytest runs and counts."""
    environment: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Outcome:
    """What came of a stage."""

    name: str
    passed: int
    failed: int
    skipped: int
    seconds: float


def tool(name: str, *arguments: str) -> tuple[str, ...]:
    """Return a command of the virtual environment."""
    return (str(BIN / name), *arguments)


def pytest(name: str, *arguments: str) -> Stage:
    """Return a stage that runs tests."""
    return Stage(name, (sys.executable, "-m", "pytest", "-q", *arguments), tests=True)


def static() -> list[Stage]:
    """Return the checks that run nothing, the longest first."""
    return [
        Stage("ansible-lint", tool("ansible-lint", "--offline", "--nocolor", "-q", "--profile=production", "playbooks"),
              environment=(("ANSIBLE_HOME", str(WORK / "ansible")), ("PATH", f"{BIN}:{os.environ['PATH']}"))),
        Stage("mypy", tool("mypy", "--no-error-summary")),
        Stage("ruff", tool("ruff", "check", "--quiet", ".")),
        Stage("ruff-format", tool("ruff", "format", "--check", "--quiet", ".")),
        Stage("imports", tool("lint-imports", "--no-cache")),
        Stage("deptry", tool("deptry", ".", "--no-ansi")),
        Stage("codespell", tool("codespell", *tracked("*.py", "*.md", "*.yaml", "*.yml", "*.toml", "Makefile"))),
        Stage("yamllint", tool("yamllint", "--strict", *tracked("*.yaml", "*.yml"))),
        Stage("generated", (sys.executable, "-m", "tests.generated", "--check")),
    ]  # fmt: skip


def unit() -> list[Stage]:
    """Return the unit tests."""
    return [pytest("unit", "-n", "2", "tests/unit")]


def whole() -> list[Stage]:
    """Return what needs a browser, a built plan or machines. The lab's tests share machines: one process."""
    return [pytest("end-to-end", "tests/e2e", "-m", "not lab"), pytest("lab", "tests/e2e", "-m", "lab")]


GATES: dict[str, tuple[Callable[[], list[Stage]], ...]] = {
    "check": (static, unit),
    "test": (static, unit, whole),
    "e2e": (whole,),
}
SIDE_BY_SIDE = {static: 2}
"""Stages of one processor each that do not touch what the others read; all others run one after another."""


def tracked(*patterns: str) -> tuple[str, ...]:
    """Return the files that git knows and that are there."""
    done = subprocess.run(["git", "ls-files", *patterns], cwd=ROOT, capture_output=True, text=True, check=True)
    return tuple(name for name in done.stdout.splitlines() if (ROOT / name).is_file())


def run(stage: Stage) -> Outcome:
    """Run a stage; its output is shown when it fails, at once and whole, and kept."""
    log, junit = WORK / f"{stage.name}.log", WORK / f"{stage.name}.xml"
    junit.unlink(missing_ok=True)
    command = (*stage.command, f"--junitxml={junit}") if stage.tests else stage.command
    began = time.monotonic()
    with log.open("w", encoding="utf-8") as kept:
        environment = os.environ | dict(stage.environment)
        code = subprocess.run(
            command, cwd=ROOT, stdout=kept, stderr=subprocess.STDOUT, env=environment, check=False
        ).returncode
    seconds = time.monotonic() - began
    if stage.tests:
        passed, failed, skipped = counts(junit)
        failed += code not in (0, 1) or (code == 1 and failed == 0)
    else:
        passed, failed, skipped = int(code == 0), int(code != 0), 0
    shown = log.read_text(encoding="utf-8", errors="replace") if failed else ""
    shown += f"{stage.name:<14} {passed} passed, {failed} failed, {skipped} skipped  {seconds:7.1f} s\n"
    shown += "".join(f"    skipped {name}: {reason}\n" for name, reason in skips(junit))
    sys.stdout.write(shown)
    sys.stdout.flush()
    return Outcome(stage.name, passed, failed, skipped, seconds)


def counts(junit: Path) -> tuple[int, int, int]:
    """Return passed, failed and skipped of a JUnit file; no file is a failure."""
    if not junit.is_file():
        return 0, 1, 0
    suites = list(ElementTree.parse(junit).getroot().iter("testsuite"))
    total, failures, errors, skipped = (
        sum(int(suite.get(name, "0")) for suite in suites) for name in ("tests", "failures", "errors", "skipped")
    )
    return total - failures - errors - skipped, failures + errors, skipped


def skips(junit: Path) -> list[tuple[str, str]]:
    """Return the skipped tests with their reasons, each reason once."""
    if not junit.is_file():
        return []
    found: dict[str, str] = {}
    for case in ElementTree.parse(junit).getroot().iter("testcase"):
        reason = case.find("skipped")
        if reason is not None:
            found.setdefault(re.sub(r"\s+", " ", reason.get("message") or ""), case.get("name", ""))
    return [(name, reason) for reason, name in found.items()]


def main() -> int:
    """Run a gate and return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.gate")
    parser.add_argument("gate", choices=sorted(GATES))
    gate: str = parser.parse_args().gate
    shutil.rmtree(WORK, ignore_errors=True)
    WORK.mkdir(parents=True)
    began = time.monotonic()
    outcomes: list[Outcome] = []
    for stages in GATES[gate]:
        with ThreadPoolExecutor(SIDE_BY_SIDE.get(stages, 1)) as pool:
            outcomes += pool.map(run, stages())
    passed, failed, skipped = (sum(getattr(o, name) for o in outcomes) for name in ("passed", "failed", "skipped"))
    seconds, budget = time.monotonic() - began, BUDGET_S[gate]
    late = seconds > budget
    sys.stdout.write(f"\n{gate}: {passed} passed, {failed} failed, {skipped} skipped in {seconds:.0f} s ")
    sys.stdout.write(f"(budget {budget} s{', EXCEEDED' if late else ''})\n")
    return 1 if failed or late else 0


if __name__ == "__main__":
    sys.exit(main())
