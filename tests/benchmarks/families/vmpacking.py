"""Workloads on equal hosts: JSON files of `tests.benchmarks.generate`; an empty folder stands for its whole family."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from planner.checker.packing import fewest, verify_packing
from planner.limits import Limits, Watch
from planner.packing.workloads import place
from tests.benchmarks.family import Case, Family, Solved, by_file, known, read_text, stem
from tests.benchmarks.generate import instance, names


def cases(folder: Path, _: str | None) -> list[Case]:
    """Find the instances, or name those of the generator when there are none."""
    rows, files = known(folder), by_file(folder, ".json")
    found = [(stem(path), path) for path in files] or [(name, folder / f"{name}.json") for name in names()]
    return [Case(name, "VM packing", path, rows.get(name, {}).get("best_known", "")) for name, path in found]


def solve(case: Case, time_limit_s: float) -> Solved:
    """Pack one instance."""
    data: dict[str, Any] = json.loads(read_text(case.path)) if case.path.exists() else instance(case.instance)
    workloads, offer = data["workloads"], data["host"]
    needs, counts = [w["need"] for w in workloads], [w.get("replicas", 1) for w in workloads]
    apart = [min(w.get("most_per_host", n), n) for w, n in zip(workloads, counts, strict=True)]
    found = place(*(np.array(a) for a in (needs, counts, offer, apart)), Watch(Limits(time_limit_s=time_limit_s)))
    good = not verify_packing(needs, counts, offer, apart, found.hosts)
    good &= fewest(needs, counts, offer, apart) <= found.bound <= len(found.hosts)
    return Solved("optimal" if found.optimal else "feasible", len(found.hosts), found.bound, checked=good)


FAMILY = Family("vmpacking", cases, solve)
