"""Cheapest two-edge-connected spanning subgraphs of TSPLIB's complete graphs, with TSPLIB's rounding of distances."""

from pathlib import Path

import numpy as np

from planner.checker.connectivity import verify
from planner.connectivity.design import solve as design
from planner.connectivity.problem import Prices
from planner.limits import Limits
from tests.benchmarks.family import Case, Family, Solved, by_file, known, read_text, stem

PI, EARTH_KM = 3.141592, 6378.388
"""As TSPLIB 95 gives them."""
SHAPES = {
    "FULL_MATRIX": lambda n: [(i, j) for i in range(n) for j in range(n)],
    "UPPER_ROW": lambda n: [(i, j) for i in range(n) for j in range(i + 1, n)],
    "LOWER_ROW": lambda n: [(i, j) for i in range(n) for j in range(i)],
    "UPPER_DIAG_ROW": lambda n: [(i, j) for i in range(n) for j in range(i, n)],
    "LOWER_DIAG_ROW": lambda n: [(i, j) for i in range(n) for j in range(i + 1)],
    "UPPER_COL": lambda n: [(i, j) for j in range(n) for i in range(j)],
    "LOWER_COL": lambda n: [(i, j) for j in range(n) for i in range(j + 1, n)],
    "UPPER_DIAG_COL": lambda n: [(i, j) for j in range(n) for i in range(j + 1)],
    "LOWER_DIAG_COL": lambda n: [(i, j) for j in range(n) for i in range(j, n)],
}
SECTIONS = ("NODE_COORD_SECTION", "EDGE_WEIGHT_SECTION", "DISPLAY_DATA_SECTION", "FIXED_EDGES_SECTION", "EOF")


def cases(folder: Path, _: str | None) -> list[Case]:
    best = known(folder)
    return [
        Case(stem(path), "2ECSS", path, best.get(stem(path), {}).get("best_known", ""))
        for path in by_file(folder, ".tsp")
    ]


def distances(text: str) -> np.ndarray:
    """Read a TSPLIB file of a symmetric problem; return its distances, shape (n, n)."""
    head: dict[str, str] = {}
    body: dict[str, list[str]] = {}
    section = None
    for line in text.splitlines():
        word = line.strip().split(":")[0].strip()
        if word in SECTIONS:
            section = body.setdefault(word, [])
        elif section is None or ":" in line:
            section = None
            name, _, value = line.partition(":")
            head[name.strip()] = value.strip()
        else:
            section += line.split()
    n, kind = int(head["DIMENSION"]), head["EDGE_WEIGHT_TYPE"]
    if kind == "EXPLICIT":
        return _explicit(n, head["EDGE_WEIGHT_FORMAT"], body["EDGE_WEIGHT_SECTION"])
    numbers = np.array(body["NODE_COORD_SECTION"], dtype=float).reshape(n, -1)[:, 1:]
    return _from_points(kind, numbers)


def _explicit(n: int, shape: str, words: list[str]) -> np.ndarray:
    places = SHAPES[shape](n)
    if len(words) != len(places):
        message = f"{shape} of {n} nodes has {len(places)} weights, the file {len(words)}"
        raise ValueError(message)
    cost = np.zeros((n, n), dtype=np.int64)
    for (i, j), word in zip(places, words, strict=True):
        cost[i, j] = cost[j, i] = int(float(word))
    return cost


def _from_points(kind: str, points: np.ndarray) -> np.ndarray:
    if kind == "GEO":
        return _geographic(points)
    offset = np.abs(points[:, None, :] - points[None, :, :])
    straight = np.sqrt((offset**2).sum(axis=2))
    if kind in {"EUC_2D", "EUC_3D"}:
        return np.floor(straight + 0.5).astype(np.int64)
    if kind in {"CEIL_2D", "CEIL_3D"}:
        return np.ceil(straight).astype(np.int64)
    if kind in {"MAN_2D", "MAN_3D"}:
        return np.floor(offset.sum(axis=2) + 0.5).astype(np.int64)
    if kind in {"MAX_2D", "MAX_3D"}:
        return np.floor(offset + 0.5).max(axis=2).astype(np.int64)
    if kind == "ATT":
        exact = np.sqrt((offset**2).sum(axis=2) / 10.0)
        near = np.floor(exact + 0.5)
        return np.where(near < exact, near + 1, near).astype(np.int64)
    message = f"edge weights of type {kind} are not read"
    raise ValueError(message)


def _geographic(points: np.ndarray) -> np.ndarray:
    whole = np.trunc(points)
    radian = PI * (whole + 5.0 * (points - whole) / 3.0) / 180.0
    latitude, longitude = radian[:, 0], radian[:, 1]
    q1 = np.cos(longitude[:, None] - longitude[None, :])
    q2 = np.cos(latitude[:, None] - latitude[None, :])
    q3 = np.cos(latitude[:, None] + latitude[None, :])
    angle = np.arccos(np.clip(0.5 * ((1.0 + q1) * q2 - (1.0 - q1) * q3), -1.0, 1.0))
    cost = (EARTH_KM * angle + 1.0).astype(np.int64)
    np.fill_diagonal(cost, 0)
    return cost


def solve(case: Case, time_limit_s: float) -> Solved:
    cost = distances(read_text(case.path))
    ring = design(Prices(cost), Limits(time_limit_s=time_limit_s))
    if ring.objective is None:
        return Solved(ring.status, None, None, checked=ring.status == "infeasible" and len(cost) == 2)
    sound = not verify(cost.tolist(), ring.edges, ring.objective)
    return Solved(ring.status, float(ring.objective), ring.bound, checked=sound and ring.bound <= ring.objective)


FAMILY = Family("tsplib_2ecss", cases, solve)
