"""Draws budget against availability: the points that `provdc plan --pareto` kept. Imports nothing of ours."""

import json
from dataclasses import dataclass
from pathlib import Path

WIDTH, HEIGHT = 640.0, 260.0
LEFT, TOP, BOTTOM, RIGHT = 92.0, 14.0, 26.0, 16.0


@dataclass(frozen=True, slots=True)
class Mark:
    """One promise."""

    promise: str
    x: float
    y: float
    cost_vnd: int
    expected_vnd: float
    availability: float
    worst: float
    best: bool
    """Beaten by no other."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """All points, the line through the best, the ends of the axes."""

    marks: tuple[Mark, ...]
    """The best first, cheapest first."""
    line: str
    """Points of the steps between the best."""
    costs: tuple[float, float]
    shares: tuple[float, float]
    width: float = WIDTH
    height: float = HEIGHT
    left: float = LEFT
    bottom: float = HEIGHT - BOTTOM


def draw(path: Path | None, digest: str) -> Drawing | None:
    """Return the drawing; None without a file, with one of other records, or with no plan in it."""
    if path is None or not path.is_file():
        return None
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        made = [one for one in data["points"] if not one["refused"]]
        best, records = set(data["front"]), data["records"]
    except (ValueError, KeyError, TypeError):
        return None
    if records != digest or not made:
        return None
    costs = min(one["cost_vnd"] for one in made), max(one["cost_vnd"] for one in made)
    shares = min(one["availability"] for one in made), max(one["availability"] for one in made)

    def at(low: float, high: float, value: float) -> float:
        return (value - low) / (high - low) if high > low else 0.5

    marks = [
        Mark(
            promise=one["promise"],
            x=round(LEFT + 12 + (WIDTH - LEFT - RIGHT - 12) * at(*costs, one["cost_vnd"]), 1),
            y=round(TOP + (HEIGHT - TOP - BOTTOM - 12) * (1 - at(*shares, one["availability"])), 1),
            cost_vnd=one["cost_vnd"],
            expected_vnd=one["expected_vnd"],
            availability=one["availability"],
            worst=one["worst"],
            best=one["promise"] in best,
        )
        for one in made
    ]
    marks.sort(key=lambda mark: (not mark.best, mark.cost_vnd, mark.promise))
    steps: list[str] = []
    for mark in (mark for mark in marks if mark.best):
        steps += [f"{mark.x},{steps[-1].partition(',')[2]}"] if steps else []
        steps.append(f"{mark.x},{mark.y}")
    return Drawing(tuple(marks), " ".join(steps), costs, shares)
