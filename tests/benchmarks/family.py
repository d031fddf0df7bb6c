"""What a family is: cases in a folder, a solve, a row of results. Best-known values are for the eye only."""

import csv
import gzip
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Status = Literal["optimal", "feasible", "infeasible", "unknown"]


@dataclass(frozen=True, slots=True)
class Case:
    """One instance under one model."""

    instance: str
    model: str
    path: Path
    best_known: str = ""
    """For printing; nothing may decide by it."""


@dataclass(frozen=True, slots=True)
class Solved:
    """What a solve gave."""

    status: Status
    objective: float | None
    bound: float | None
    checked: bool
    """The independent checker accepts the answer (or the proof that there is none)."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the results, as it goes into the JSON file."""

    instance: str
    family: str
    model: str
    status: Status
    objective: float | None
    bound: float | None
    gap: float | None
    """(objective - bound) / objective."""
    seconds: float
    checked: bool


@dataclass(frozen=True, slots=True)
class Family:
    """How one kind of instance is found and solved."""

    name: str
    cases: Callable[[Path, str | None], list[Case]]
    """(folder, survivability letter or None) → cases, sorted by name."""
    solve: Callable[[Case, float], Solved]
    """(case, time limit in seconds) → answer."""


def index(folder: Path) -> list[dict[str, str]]:
    """Return the rows of the folder's index.csv; none when there is no such file."""
    path = folder / "index.csv"
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def known(folder: Path) -> dict[str, dict[str, str]]:
    """Return instance → its row of the index, for families with one row an instance."""
    return {row["instance"]: row for row in index(folder)}


def stem(path: Path) -> str:
    """Return an instance's name: the file's, without its endings."""
    name = path.name.removesuffix(".gz")
    return name[: name.rindex(".")] if "." in name else name


def read_text(path: Path) -> str:
    """Return the text of a file, unpacked when it is packed."""
    return gzip.decompress(path.read_bytes()).decode() if path.suffix == ".gz" else path.read_text(encoding="utf-8")


def by_file(folder: Path, *endings: str) -> list[Path]:
    """Return the instance files of a folder, packed or not, sorted by name."""
    return sorted(path for path in folder.iterdir() if path.name.removesuffix(".gz").endswith(endings))
