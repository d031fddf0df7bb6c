"""One-dimensional bin packing, BPPLIB's format: number of items, capacity, then the sizes, split by white space."""

import re
from pathlib import Path

import numpy as np

from planner.checker.packing import fewest, verify_packing
from planner.limits import Limits, Watch
from planner.packing.workloads import place
from tests.benchmarks.family import Case, Family, Solved, by_file, known, read_text, stem

ENDINGS = (".txt", ".bpp", ".BPP")


def cases(folder: Path, _: str | None) -> list[Case]:
    """Find the instances."""
    rows = known(folder)
    return [
        Case(stem(path), "1D bin packing", path, rows.get(stem(path), {}).get("best_known", ""))
        for path in by_file(folder, *ENDINGS)
    ]


def read(text: str) -> tuple[int, list[int]]:
    """Return capacity and sizes.

    Raises
    ------
    ValueError
        The file is cut short, or holds something else.

    """
    count, capacity, *sizes = (int(number) for number in re.split(r"\s+", text.strip()))
    if len(sizes) < count:
        message = f"{count} sizes announced, {len(sizes)} there"
        raise ValueError(message)
    return capacity, sizes[:count]


def solve(case: Case, time_limit_s: float) -> Solved:
    """Pack one instance."""
    capacity, sizes = read(read_text(case.path))
    needs, ones = [[size] for size in sizes], [1] * len(sizes)
    found = place(
        np.array(needs), np.array(ones), np.array([capacity]), np.array(ones), Watch(Limits(time_limit_s=time_limit_s))
    )
    good = not verify_packing(needs, ones, [capacity], ones, found.hosts)
    good &= fewest(needs, ones, [capacity], ones) <= found.bound <= len(found.hosts)
    return Solved("optimal" if found.optimal else "feasible", len(found.hosts), found.bound, checked=good)


FAMILY = Family("binpacking_bpplib", cases, solve)
