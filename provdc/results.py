"""Results of the compliance tests: read from pytest's JUnit file, kept as JSON for the report. Imports nothing of ours."""

import json
import xml.etree.ElementTree as ElementTree
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, get_args

Outcome = Literal["passed", "failed", "skipped", "waived"]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)


@dataclass(frozen=True, slots=True, order=True)
class Result:
    """One compliance test on one host, for one control."""

    control: str
    """Control id, `NET-ZONE`."""
    host: str
    """Machine id, or `plan` for a test on the plan alone."""
    test: str
    """Name of the test."""
    outcome: Outcome
    """What came of it."""
    law: str = ""
    """Where the control comes from."""
    message: str = ""
    """Why it failed, was skipped or waived: first line."""


@dataclass(frozen=True, slots=True)
class Results:
    """All results of one run against one plan."""

    digest: str
    """Digest of the records that the verified plan was made from."""
    profile: str
    """Compliance profile."""
    results: tuple[Result, ...]
    """Sorted."""

    def count(self, outcome: Outcome) -> int:
        """Return how many tests had this outcome."""
        return sum(result.outcome == outcome for result in self.results)

    @property
    def good(self) -> bool:
        """True when something was verified and nothing failed."""
        return bool(self.results) and self.count("failed") == 0


def from_junit(path: Path, digest: str, profile: str) -> Results:
    """Read pytest's JUnit file; one result for each control that a test names in its properties."""
    found = []
    for case in ElementTree.parse(path).getroot().iter("testcase"):  # noqa: S314 - our own pytest wrote it
        properties: dict[str, list[str]] = {}
        for item in case.iter("property"):
            properties.setdefault(item.get("name", ""), []).append(item.get("value", ""))
        outcome, message = verdict(case)
        if properties.get("waiver") and outcome != "passed":
            outcome, message = "waived", properties["waiver"][0]
        found += [
            Result(
                control=control,
                host=properties.get("host", ["plan"])[0],
                test=case.get("name", ""),
                outcome=outcome,
                law=properties.get("law", [""])[0],
                message=message,
            )
            for control in properties.get("control", ["-"])
        ]
    return Results(digest, profile, tuple(sorted(found)))


def verdict(case: ElementTree.Element) -> tuple[Outcome, str]:
    """Return the outcome of a test case and the first line of its message."""
    outcomes: tuple[tuple[str, Outcome], ...] = (("failure", "failed"), ("error", "failed"), ("skipped", "skipped"))
    for tag, outcome in outcomes:
        element = case.find(tag)
        if element is not None:
            lines = (element.get("message") or element.text or "").strip().splitlines()
            return outcome, lines[0] if lines else ""
    return "passed", ""


def to_json(results: Results) -> str:
    """Return the results as JSON, sorted, with a final newline."""
    return json.dumps(asdict(results), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def from_json(text: str) -> Results:
    """Read what `to_json` wrote."""
    data = json.loads(text)
    return Results(data["digest"], data["profile"], tuple(Result(**item) for item in data["results"]))
