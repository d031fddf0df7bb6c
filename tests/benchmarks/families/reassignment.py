"""Machine reassignment in the format of the ROADEF/EURO challenge 2012: model_X.txt and assignment_X.txt."""

from pathlib import Path

import numpy as np

from planner.checker.reassignment import verify
from planner.limits import Limits
from planner.reassignment.problem import Balance, Estate
from planner.reassignment.problem import cost as cost_of
from planner.reassignment.solve import solve as reassign
from tests.benchmarks.family import Case, Family, Solved, by_file, known, read_text, stem


def cases(folder: Path, _: str | None) -> list[Case]:
    best = known(folder)
    found = []
    for path in by_file(folder, ".txt"):
        kind, _, name = stem(path).partition("_")
        if kind == "model" and name:
            found.append(Case(name, "MRP", path, best.get(name, {}).get("best_known", "")))
    return found


def beside(path: Path) -> Path:
    """Return the file of the first assignment that belongs to a model."""
    name = path.name.replace("model_", "assignment_", 1)
    plain = name.removesuffix(".gz")
    found = [path.with_name(one) for one in (name, plain, plain + ".gz") if path.with_name(one).is_file()]
    if not found:
        message = f"{path.name} has no {plain} beside it"
        raise FileNotFoundError(message)
    return found[0]


class Numbers:
    """Whole numbers, taken one after the other."""

    def __init__(self, text: str) -> None:
        self.values = np.fromstring(text, dtype=np.int64, sep=" ")  # a list of words would take ten times the memory
        self.at = 0

    def one(self) -> int:
        return int(self.take(1)[0])

    def take(self, count: int) -> np.ndarray:
        if self.at + count > len(self.values):
            message = "the file ends too early"
            raise ValueError(message)
        self.at += count
        return self.values[self.at - count : self.at]

    def end(self) -> None:
        if self.at != len(self.values):
            message = f"{len(self.values) - self.at} numbers are left over"
            raise ValueError(message)


def read(model: str, assignment: str) -> Estate:
    """Read both files: resources, machines, services, processes, balances, weights; the machine of every process."""
    numbers = Numbers(model)
    r = numbers.one()
    resources = numbers.take(2 * r).reshape(r, 2)
    m = numbers.one()
    machines = numbers.take(m * (2 + 2 * r + m)).reshape(m, 2 + 2 * r + m)
    spread, depends = [], []
    for s in range(numbers.one()):
        spread.append(numbers.one())
        depends += [(s, int(other)) for other in numbers.take(numbers.one())]
    p = numbers.one()
    processes = numbers.take(p * (2 + r)).reshape(p, 2 + r)
    balances = []
    for _ in range(numbers.one()):
        a, b, target, weight = (int(value) for value in numbers.take(4))
        balances.append(Balance(a, b, target, weight))
    weights = numbers.take(3)
    numbers.end()
    return Estate(
        capacity=machines[:, 2 : 2 + r].copy(), safety=machines[:, 2 + r : 2 + 2 * r].copy(),
        transient=resources[:, 0] == 1, location=machines[:, 1].copy(), neighbourhood=machines[:, 0].copy(),
        requirement=processes[:, 1 : 1 + r].copy(), service=processes[:, 0].copy(),
        spread=np.array(spread, dtype=np.int64), depends=tuple(depends),
        start=np.array(assignment.split(), dtype=np.int64), move_cost=processes[:, 1 + r].copy(),
        machine_move=machines[:, 2 + 2 * r :].astype(np.int32), load_weight=resources[:, 1].copy(),
        balances=tuple(balances), process_weight=int(weights[0]), service_weight=int(weights[1]),
        machine_weight=int(weights[2]),
    )  # fmt: skip


def solve(case: Case, time_limit_s: float) -> Solved:
    estate = read(read_text(case.path), read_text(beside(case.path)))
    found = reassign(estate, Limits(time_limit_s=time_limit_s))
    violations = verify(estate, found.machine.tolist(), found.objective)
    good = not violations and found.objective <= cost_of(estate, estate.start) and found.bound <= found.objective
    return Solved(found.status, float(found.objective), float(found.bound), checked=good)


FAMILY = Family("roadef2012", cases, solve)
