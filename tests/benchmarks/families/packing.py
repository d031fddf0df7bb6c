"""One-dimensional bin packing and cutting stock, BPPLIB's formats, split by white space.

Number of items, capacity, then the sizes; or number of sizes, capacity, then size and demand of each.
"""

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


def read(text: str) -> tuple[int, list[int], list[int]]:
    """Return capacity, sizes and how many of each.

    Raises
    ------
    ValueError
        The file is cut short, or holds something else.

    """
    count, capacity, *sizes = (int(number) for number in re.split(r"\s+", text.strip()))
    if len(sizes) < count:
        message = f"{count} sizes announced, {len(sizes)} there"
        raise ValueError(message)
    if len(sizes) == 2 * count:
        return capacity, sizes[::2], sizes[1::2]
    return capacity, sizes[:count], [1] * count


def solve(case: Case, time_limit_s: float) -> Solved:
    """Pack one instance."""
    capacity, sizes, counts = read(read_text(case.path))
    needs = [[size] for size in sizes]
    number = np.array(counts)
    found = place(np.array(needs), number, np.array([capacity]), number, Watch(Limits(time_limit_s=time_limit_s)))
    good = not verify_packing(needs, counts, [capacity], counts, found.hosts)
    good &= fewest(needs, counts, [capacity], counts) <= found.bound <= len(found.hosts)
    return Solved("optimal" if found.optimal else "feasible", len(found.hosts), found.bound, checked=good)


FAMILY = Family("binpacking_bpplib", cases, solve)
