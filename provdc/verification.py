"""Runs the compliance suite against the machines: pytest in a process of its own, results as JSON and JUnit."""

import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from provdc import results
from provdc.console import Console
from provdc.errors import UserError
from provdc.place import ROOT, Place
from provdc.results import Results

SUITE = ROOT / "tests" / "compliance"
SHARE = re.compile(r"\[ *(\d+)%\]")


@dataclass(frozen=True, slots=True)
class Goal:
    """What is verified."""

    profile: str = "vn-2022"
    level: int = 3
    drill: bool = False
    """Also the tests that stop something on purpose."""
    machines: bool = True
    """False: only what the plan alone can answer."""


def run(place: Place, goal: Goal, ssh_config: Path | None, console: Console) -> Results:
    """Run the suite and return its results; they are kept for the report.

    Raises
    ------
    UserError
        E-CLI-011 when the suite itself could not run.

    """
    folder = place.results.parent
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "pytest.log"
    with console.progress(console.say("step_verify")) as line, log.open("w", encoding="utf-8") as kept:
        suite = subprocess.Popen(
            command(place, goal, ssh_config), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        try:
            for text in suite.stdout or ():
                kept.write(text)
                done = SHARE.search(text)
                if done:
                    line.update(console.say("verifying"), f"{done[1]} %")
        finally:
            code = end(suite)
    found = results.read(place.results)
    if code not in (0, 1) or found is None:
        tail = log.read_text(encoding="utf-8").strip().splitlines()
        raise UserError(11, "suite_broken", reason=tail[-1] if tail else f"exit {code}", log=log)
    return found


def end(suite: "subprocess.Popen[str]") -> int:
    """Return the exit code; a suite that is left early (an interrupt) is told to stop."""
    if suite.poll() is None and suite.stdout is not None and not suite.stdout.closed:
        try:
            return suite.wait(timeout=5)
        except subprocess.TimeoutExpired:
            suite.terminate()
    return suite.wait(timeout=60)


def command(place: Place, goal: Goal, ssh_config: Path | None) -> list[str]:
    """Return the command line of the suite."""
    options = ["--plan", str(place.plan), "--results", str(place.results)]
    options += ["--junitxml", str(place.results.with_name("junit.xml"))]
    options += ["--profile", goal.profile, "--level", str(goal.level)]
    if place.waivers.is_file():
        options += ["--waivers", str(place.waivers)]
    if ssh_config is not None and goal.machines:
        options += ["--ssh-config", str(ssh_config)]
    if goal.drill:
        options.append("--drill")
    return [sys.executable, "-m", "pytest", "-q", "--color=no", str(SUITE), *options]


def show(found: Results, console: Console) -> None:
    """Print the results as a table, what did not pass last, and the counts."""
    words = [console.say(f"verify_{name}") for name in ("control", "machine", "test", "outcome", "message")]
    order = {"passed": 0, "skipped": 1, "waived": 2, "failed": 3}
    rows = [
        [row.control, row.machine, row.test, console.say(f"outcome_{row.outcome}"), row.message[:160]]
        for row in sorted(found.results, key=lambda row: (order[row.outcome], row))
    ]
    console.table(words, rows)
    counts = {outcome: found.count(outcome) for outcome in results.OUTCOMES}
    console.out(console.say("verified", **counts), "bad" if counts["failed"] else "good")
