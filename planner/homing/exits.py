"""Cuts on the trunks that leave one hub or two: what must leave is rounded up to whole links.

    Σ_{b leaves W} Σ_o C_o y[b,o] ≥ Σ_{h in W} 2 d_h + Σ_s d_s w_s      w_s  ways of s that end in W, U_s at most

    Σ_b Σ_o min(G(C_o/δ), ⌈D/δ⌉) y[b,o] + Σ_{s in K} G(d_s/δ) (U_s - w_s) ≥ ⌈D/δ⌉                        (exits)
      D = Σ_{h in W} 2 d_h + Σ_{s in K} U_s d_s,   G(a) = ⌊a⌋ + min(1, (a - ⌊a⌋) / f),   f = D/δ - ⌊D/δ⌋ > 0

Every way that ends in W goes on to the sink, and so do a hub's own two paths; the first row is a sum of (flow) and
(choice) in `trunks`. The second is its mixed-integer rounding with the sites of K complemented (Marchand, Wolsey,
Operations Research 49, 2001), for whole y and x. δ is a size of link; K is a prefix of the sites by how nearly all of
their ways that can end in W do.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.homing.condensed import Row
from planner.homing.program import Program
from planner.homing.rounding import Sides, at_least, best

Floats = NDArray[np.float64]
LEAST = 1e-3
"""Violation from which a cut is worth adding, against the root of its right side."""
ENDS = 40
"""Prefixes looked at for one size."""


@dataclass(frozen=True, slots=True)
class Exit:
    """What may leave a set of hubs."""

    own: float
    """Mbit/s of the hubs themselves, both paths."""
    demands: Floats
    most: Floats
    """U of each site."""
    columns: NDArray[np.intp]
    """Choices with a way that ends here."""
    owner: NDArray[np.intp]
    """Of each, the place of its site."""
    times: Floats
    """Of each, how many of its ways do."""
    trunks: NDArray[np.intp]
    """Columns of the trunks that leave."""
    rooms: Floats


class Exits:
    """Finds broken cuts of one program."""

    def __init__(self, program: Program) -> None:
        instance = program.access.instance
        self.divisors = sorted({size for size in instance.sizes if size > 0})
        hubs = program.trunks.hubs
        sets = [frozenset((hub,)) for hub in hubs]
        sets += [frozenset(one) for one in program.trunks.bundles if 0 not in one]
        self.exits = [self._exit(program, one) for one in sets]

    def _exit(self, program: Program, inside: frozenset[int]) -> Exit:
        demands = program.access.instance.demands
        own = sum(2 * demands[hub] for hub in inside if hub in program.trunks.access.choices)
        sites: list[float] = []
        most: list[float] = []
        columns: list[int] = []
        owner: list[int] = []
        times: list[float] = []
        for site, variables in program.patterns.x.items():
            ending = [sum(way.nodes[-1] in inside for way in choice.ways) for choice in program.access.choices[site]]
            if max(ending, default=0):
                for x, count in zip(variables, ending, strict=True):
                    if count:
                        columns.append(x.id)
                        owner.append(len(sites))
                        times.append(float(count))
                sites.append(demands[site])
                most.append(float(max(ending)))
        leaving = [
            (y.id, offer.capacity)
            for one, offers in program.trunks.y.items()
            if (one[0] in inside) != (one[1] in inside)
            for offer, y in offers.items()
        ]
        return Exit(
            float(own),
            np.array(sites, dtype=np.float64),
            np.array(most, dtype=np.float64),
            np.array(columns, dtype=np.intp),
            np.array(owner, dtype=np.intp),
            np.array(times, dtype=np.float64),
            np.array([column for column, _ in leaving], dtype=np.intp),
            np.array([room for _, room in leaving], dtype=np.float64),
        )

    def rows(self, point: Floats) -> list[Row]:
        """Return broken cuts: of each set and each size the one that is broken most."""
        return [row for one in self.exits for divisor in self.divisors for row in _cut(one, divisor, point)]


def _cut(one: Exit, divisor: float, point: Floats) -> Sequence[Row]:
    short = one.most - np.bincount(one.owner, one.times * point[one.columns], len(one.most))
    short = np.maximum(short, 0.0)
    order = np.argsort(short, kind="stable")
    sums = one.own + np.concatenate([[0.0], np.cumsum(one.demands[order] * one.most[order])])
    parts = (sums / divisor) % 1.0
    lost = np.concatenate([[0.0], np.cumsum(one.demands[order] * short[order])])
    gain = np.where((parts > 0.01) & (sums / divisor < 1e6), np.ceil(sums / divisor) - (sums - lost) / divisor, 0.0)
    ends = np.sort(np.argsort(-gain, kind="stable")[:ENDS])
    ends = ends[gain[ends] > 0]
    if not len(ends) or not len(one.trunks):
        return []
    found = best(np.ceil(sums[ends] / divisor), parts[ends], ends, Sides(
        one.rooms / divisor, point[one.trunks], one.demands[order] / divisor, short[order]
    ))  # fmt: skip
    if found.broken < LEAST:
        return []
    weights = np.zeros(len(order))
    weights[order] = found.on_sites
    least = float(found.right - (weights * one.most).sum())
    return [at_least(one.trunks, found.on_links, one.columns, weights[one.owner] * one.times, least)]
