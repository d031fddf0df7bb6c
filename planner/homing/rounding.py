"""Mixed-integer rounding of what must leave a set of places, over prefixes of its sites.

    Σ_o min(G(C_o/δ), ⌈D/δ⌉) y[o] + Σ_{s in K} G(d_s/δ) (U_s - w_s) ≥ ⌈D/δ⌉
      G(a) = ⌊a⌋ + min(1, (a - ⌊a⌋) / f),   f = D/δ - ⌊D/δ⌋ > 0

for whole y and w, from Σ C_o y[o] + Σ_{s in K} d_s (U_s - w_s) ≥ D (Marchand, Wolsey, Operations Research 49, 2001).
What leaves and how D comes about differ from program to program: `strengthen`, `exits`.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.homing.condensed import Row

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Sides:
    """Left side of the row that is rounded, and the point."""

    rooms: Floats
    """C_o/δ of each size of link that leaves."""
    bought: Floats
    """y of these."""
    demands: Floats
    """d_s/δ of the sites, in the order of the prefixes."""
    short: Floats
    """U_s - w_s of these."""


@dataclass(frozen=True, slots=True)
class Rounded:
    """The prefix whose inequality is broken most."""

    broken: float
    """By how much, against the root of the right side."""
    right: float
    on_links: Floats
    on_sites: Floats


def best(right: Floats, parts: Floats, lengths: Ints, sides: Sides) -> Rounded:
    """Return the inequality that is broken most; of each prefix ⌈D/δ⌉, f and its number of sites are given."""
    on_links = np.minimum(_rounded(sides.rooms, parts), right[:, None])
    inside = np.arange(len(sides.demands))[None, :] < lengths[:, None]
    on_sites = np.where(inside, _rounded(sides.demands, parts), 0.0)
    broken = (right - on_links @ sides.bought - on_sites @ sides.short) / np.sqrt(1.0 + right)
    at = int(np.argmax(broken))
    return Rounded(float(broken[at]), float(right[at]), on_links[at], on_sites[at])


def at_least(links: Ints, on_links: Floats, columns: Ints, on_columns: Floats, least: float) -> Row:
    """Return Σ on_links y - Σ on_columns x ≥ least, lowered by the error of arithmetic."""
    terms = [(int(column), float(value)) for column, value in zip(links, on_links, strict=True) if value > 0]
    terms += [(int(column), -float(value)) for column, value in zip(columns, on_columns, strict=True) if value > 0]
    return Row(tuple(terms), least=least - 1e-9 * max(1.0, abs(least)))


def _rounded(ratios: Floats, parts: Floats) -> Floats:
    """Return G for every part and ratio."""
    whole = np.floor(ratios + 1e-12)
    rest = np.maximum(ratios - whole, 0.0)
    found: Floats = whole[None, :] + np.minimum(1.0, rest[None, :] / parts[:, None])
    return found
