"""Runs the compliance suite against the machines: pytest in a process of its own, results as JSON and JUnit."""

import re
import subprocess
import sys
from collections import Counter
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
    with (
        console.progress(console.say("step_verify")) as line,
        log.open("w", encoding="utf-8") as kept,
        subprocess.Popen(
            command(place, goal, ssh_config), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as suite,
    ):
        try:
            for text in suite.stdout or ():
                kept.write(text)
                done = SHARE.search(text)
                if done:
                    line.update(console.say("verifying"), f"{done[1]} %")
        except BaseException:
            suite.terminate()  # an interrupt ends the suite too
            raise
    code = suite.returncode
    found = results.read(place.results)
    if code not in (0, 1) or found is None:
        tail = log.read_text(encoding="utf-8").strip().splitlines()
        raise UserError(11, "suite_broken", reason=tail[-1] if tail else f"exit {code}", log=log)
    return found


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
    # the suite has options and fixtures of its own instead of those of testinfra's plugin
    return [sys.executable, "-m", "pytest", "-q", "--color=no", "-p", "no:pytest11.testinfra", str(SUITE), *options]


def show(found: Results, console: Console) -> None:
    """Print a line for each control, then everything that did not pass, reasons that repeat once."""
    known = results.controls()
    rows = []
    for control in dict.fromkeys(row.control for row in found.results):
        counts = Counter(row.outcome for row in found.results if row.control == control)
        title = known[control].title[console.lang] if control in known else ""
        rows.append((control, f"{said(counts, console):<34}  {title}"))
    console.definitions(rows)
    for outcome in ("skipped", "waived", "failed"):
        reasons: dict[str, list[results.Result]] = {}
        for row in found.results:
            if row.outcome == outcome:
                reasons.setdefault(row.message if outcome != "failed" else f"{row.test} {row.message}", []).append(row)
        for reason, here in reasons.items():
            where = " ".join(dict.fromkeys(row.machine for row in here))
            text = f"{console.say(f'outcome_{outcome}')}  {here[0].control}  {where}: {reason}"
            console.out(
                text if len(here) < 4 else f"{console.say(f'outcome_{outcome}')}  {len(here)} ×: {reason}",
                {"failed": "bad", "waived": "warm"}.get(outcome, "muted"),
            )
    totals: dict[str, int] = {outcome: found.count(outcome) for outcome in results.OUTCOMES}
    console.out(console.say("verified", **totals), "bad" if totals["failed"] else "good")


def said(counts: Counter[results.Outcome], console: Console) -> str:
    """Return the outcomes that occur, with their numbers."""
    return ", ".join(
        f"{counts[outcome]} {console.say(f'outcome_{outcome}')}" for outcome in results.OUTCOMES if counts[outcome]
    )
