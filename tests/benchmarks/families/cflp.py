"""Capacitated facility location with split supply in the OR-Library's format; the word "capacity" leaves it open."""

import re
from pathlib import Path

import numpy as np

from planner.checker.location import verify_supply
from planner.limits import Limits
from planner.location.problem import Sites
from planner.location.split import solve as supply
from tests.benchmarks.family import Case, Family, Solved, by_file, index, known, read_text, stem

SIZES = {
    "capa": (8000, 10000, 12000, 14000),
    "capb": (5000, 6000, 7000, 8000),
    "capc": (5000, 5750, 6500, 7250),
}
"""The OR-Library's sizes for the files that leave them open, where no index gives others."""


def cases(folder: Path, _: str | None) -> list[Case]:
    best = known(folder)
    names = [row["instance"] for row in index(folder)]
    found = []
    for path in by_file(folder, ".txt"):
        name = stem(path)
        if not re.search(r"[A-Za-z]", read_text(path)):
            found.append(Case(name, "split", path, best.get(name, {}).get("best_known", "")))
            continue
        listed = [one for one in names if re.fullmatch(rf"{re.escape(name)}_\d+", one)]
        opened = listed or [f"{name}_{size}" for size in SIZES.get(name, ())]
        found += [Case(one, "split", path, best.get(one, {}).get("best_known", "")) for one in opened]
    return found


def read(text: str, size: float | None) -> Sites:
    """Read "facilities customers", "capacity price" of each facility, then "demand" and the costs of each customer.

    The costs are those of serving the whole demand of the customer. `size` is what the word "capacity" stands for.
    """
    words = text.split()
    m, n = int(words[0]), int(words[1])
    if len(words) != 2 + 2 * m + n * (m + 1):
        message = f"{m} facilities and {n} customers have {2 + 2 * m + n * (m + 1)} numbers, the file {len(words)}"
        raise ValueError(message)
    capacity = [size if word[0].isalpha() else float(word) for word in words[2 : 2 + 2 * m : 2]]
    if any(value is None for value in capacity):
        message = "the file leaves the capacity open and no size is given"
        raise ValueError(message)
    opening = np.array(words[3 : 2 + 2 * m : 2], dtype=float)
    customers = np.array(words[2 + 2 * m :], dtype=float).reshape(n, m + 1)
    return Sites(np.array(capacity, dtype=float), opening, customers[:, 0].copy(), customers[:, 1:].T.copy())


def solve(case: Case, time_limit_s: float) -> Solved:
    tail = re.search(r"_(\d+)$", case.instance)
    sites = read(read_text(case.path), float(tail.group(1)) if tail else None)
    found = supply(sites, Limits(time_limit_s=time_limit_s))
    if found.objective is None:
        return Solved(found.status, None, None, checked=found.status == "infeasible")
    wrong = verify_supply(
        sites.capacity.tolist(), sites.opening.tolist(), sites.demand.tolist(), sites.cost.tolist(),
        found.share.tolist(), found.objective,
    )  # fmt: skip
    return Solved(found.status, found.objective, found.bound, checked=not wrong)


FAMILY = Family("cflp_orlib", cases, solve)
