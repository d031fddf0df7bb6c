"""Projection of degrees to a drawing, province outlines and hulls. Imports nothing of ours."""

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

Degrees = tuple[float, float]
"""Longitude, latitude."""
Ring = tuple[Degrees, ...]
WIDTH = 1000.0
MARGIN = 28.0


@dataclass(frozen=True, slots=True)
class Projection:
    """Equirectangular around the middle latitude: exact enough for a province (under 0.1 % of its width)."""

    west: float
    north: float
    scale: float
    shrink: float
    height: float

    def at(self, lon: float, lat: float) -> tuple[float, float]:
        """Return x, y of a place, rounded to a tenth of a unit."""
        x = MARGIN + (lon - self.west) * self.shrink * self.scale
        y = MARGIN + (self.north - lat) * self.scale
        return round(x, 1), round(y, 1)

    def km(self, kilometres: float) -> float:
        """Return a length on the ground in units of the drawing."""
        return round(kilometres / 111.195 * self.scale, 1)


def fit(points: Sequence[Degrees]) -> Projection:
    """Return the projection that shows all points in a drawing `WIDTH` wide."""
    west, east = min(lon for lon, _ in points), max(lon for lon, _ in points)
    south, north = min(lat for _, lat in points), max(lat for _, lat in points)
    shrink = math.cos(math.radians((south + north) / 2))
    width, height = max((east - west) * shrink, 1e-3), max(north - south, 1e-3)
    scale = min((WIDTH - 2 * MARGIN) / width, (WIDTH - 2 * MARGIN) / height)
    west -= ((WIDTH - 2 * MARGIN) / scale - width) / 2 / shrink
    return Projection(west, north, scale, shrink, round(height * scale + 2 * MARGIN, 1))


def outlines(path: Path | None) -> tuple[Ring, ...]:
    """Return the outer rings of a GeoJSON file's polygons, largest first; none without a file."""
    if path is None:
        return ()
    rings: list[Ring] = []
    for feature in json.loads(path.read_text(encoding="utf-8"))["features"]:
        geometry = feature["geometry"]
        polygons = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
        rings += [tuple((lon, lat) for lon, lat in polygon[0]) for polygon in polygons]
    return tuple(sorted(rings, key=lambda ring: (-len(ring), ring)))


def hull(points: Iterable[Degrees], margin_deg: float = 0.03) -> Ring:
    """Return the convex hull of the points, each widened to an octagon so that none lies on the edge."""
    corners = [(math.cos(step * math.pi / 4), math.sin(step * math.pi / 4)) for step in range(8)]
    wide = sorted({(lon + margin_deg * dx, lat + margin_deg * dy) for lon, lat in points for dx, dy in corners})

    def half(ordered: Iterable[Degrees]) -> list[Degrees]:
        chain: list[Degrees] = []
        for point in ordered:
            while len(chain) >= 2 and turn(chain[-2], chain[-1], point) <= 0:
                chain.pop()
            chain.append(point)
        return chain

    return tuple(half(wide)[:-1] + half(reversed(wide))[:-1])


def turn(a: Degrees, b: Degrees, c: Degrees) -> float:
    """Return twice the signed area of a triangle: positive when it turns left."""
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def path(projection: Projection, ring: Ring) -> str:
    """Return a closed SVG path."""
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in (projection.at(*point) for point in ring)) + "Z"
