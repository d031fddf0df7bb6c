"""What came out: one row per control, test and machine, for the table, the report and JUnit."""

import datetime as dt
import json
import os
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

Outcome = Literal["passed", "failed", "waived", "skipped"]


@dataclass(frozen=True, slots=True)
class Result:
    """Outcome of one test on one machine (or on the plan)."""

    control: str
    test: str
    machine: str
    """Machine id, or `plan`."""
    outcome: Outcome
    message: str
    seconds: float


def summary(results: list[Result]) -> dict[str, int]:
    """Count the outcomes."""
    counts = {"passed": 0, "failed": 0, "waived": 0, "skipped": 0}
    for result in results:
        counts[result.outcome] += 1
    return counts


def write(path: Path, results: list[Result], *, province: str, digest: str, profile: str, level: int) -> None:
    """Write the results as JSON: temp, fsync, rename."""
    rows = sorted(results, key=lambda result: (result.control, result.test, result.machine))
    document = {
        "province": province,
        "digest": digest,
        "profile": profile,
        "level": level,
        "finished": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "summary": summary(rows),
        "results": [asdict(row) for row in rows],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        json.dump(document, stream, ensure_ascii=False, indent=1)
        stream.write("\n")
        stream.flush()
        os.fsync(stream.fileno())
    Path(name).replace(path)
