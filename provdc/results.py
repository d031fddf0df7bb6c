"""Results of the compliance tests as the suite wrote them, with the catalogue of its controls."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

import yaml

from provdc.place import ROOT

Outcome = Literal["passed", "failed", "skipped", "waived"]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
CATALOGUE = ROOT / "tests" / "compliance" / "catalogue.yaml"


@dataclass(frozen=True, slots=True, order=True)
class Result:
    """One compliance test on one machine, or on the plan."""

    control: str
    """Control id, `NET-ZONE`."""
    machine: str
    """Machine id, or `plan`."""
    test: str
    """Name of the test."""
    outcome: Outcome
    """What came of it."""
    message: str
    """Why it failed, was skipped or waived."""


@dataclass(frozen=True, slots=True)
class Control:
    """One requirement of law or standard."""

    id: str
    """`NET-ZONE`."""
    title: dict[str, str]
    """Language → title."""
    law: str
    """Where it stands."""


@dataclass(frozen=True, slots=True)
class Results:
    """All results of one run against one plan."""

    digest: str
    """Digest of the records that the verified plan was made from."""
    profile: str
    """Rule set tested against."""
    level: int
    """Security level."""
    results: tuple[Result, ...]
    """Sorted."""

    def count(self, outcome: Outcome) -> int:
        """Return how many tests had this outcome."""
        return sum(result.outcome == outcome for result in self.results)


def read(path: Path) -> Results | None:
    """Return the last results, or None when nothing was verified yet."""
    if not path.is_file():
        return None
    data = json.loads(path.read_text(encoding="utf-8"))
    fields = ("control", "machine", "test", "outcome", "message")
    rows = sorted(Result(*(row[name] for name in fields)) for row in data["results"])
    return Results(data["digest"], data["profile"], data["level"], tuple(rows))


def controls() -> dict[str, Control]:
    """Return the controls that the suite can test, by id."""
    rows = yaml.load(CATALOGUE.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)["controls"]
    return {row["id"]: Control(row["id"], row["title"], row["law"]) for row in rows}
