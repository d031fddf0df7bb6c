"""Separates over three node groups: pairs of tight node sets, the survivors listed, the rest lifted in."""

import math

import numpy as np

from planner.survivable.compiled import Floats, Ints
from planner.survivable.cutmodel import part_of, settled
from planner.survivable.cuts import TOLERANCE, Cut, Row
from planner.survivable.hull import HELD, MOST_LISTED, Hulls
from planner.survivable.partitions import PartitionModel, three_groups

TIGHT_SETS = 40
"""Node sets whose pairs are looked at."""
MOST_UNITS = 160
MOST_LINKS = 40
MOST_LEVELS = 64
"""Different unit counts of what the links offer: the dynamic programs grow with their cube."""


class Triples:
    """Finds violated facets of three groups."""

    def __init__(self, hulls: Hulls) -> None:
        self.hulls = hulls
        self.problem = hulls.problem
        singles = hulls.cutsets.single
        self.usable = hulls.usable and bool((singles >= 0).all()) and self.problem.instance.sense == "undirected"
        self.useless: dict[bytes, int] = {}
        """Groups → in how many turns to come they are passed over, because little came of them."""

    def rows(self, values: Floats, most: int, tries: int) -> list[Row]:
        """Return up to `most` violated facets after looking at up to `tries` groups."""
        if not self.usable:
            return []
        sets = [members for members, state, _ in self.hulls.cutsets.tight_cuts(values, TIGHT_SETS) if state < 0]
        found: list[tuple[float, Row]] = []
        for group in three_groups(sets, 4 * tries):
            key = group.tobytes()
            if self.useless.get(key, 0) > 0:
                self.useless[key] -= 1
                continue
            tries -= 1
            row = self.facet(group, values)
            if row is None:
                self.useless[key] = 3
            else:
                found.append((row.violation(values), row))
            if tries <= 0 or len(found) >= most:
                break
        found.sort(key=lambda pair: -pair[0])
        return [row for _, row in found]

    def facet(self, group: Ints, values: Floats) -> Row | None:
        """Return a violated facet of three groups (node → group), or None."""
        problem, hulls = self.problem, self.hulls
        ends = group[problem.tail] + group[problem.head] - 1
        across = group[problem.tail] != group[problem.head]
        links = [link for link in np.flatnonzero(across).tolist() if hulls.by_link[link]]
        state = int(hulls.cutsets.single[0])
        sets = np.stack([group == of for of in range(3)])
        asked = hulls.cutsets.needed(sets, state)
        needs = tuple(math.ceil(float(need) / hulls.unit - 1e-7) if need > TOLERANCE else 0 for need in asked)
        most = max(needs)
        if most > MOST_UNITS or len(links) > MOST_LINKS or min(needs) <= 0:
            return None
        offers = {}
        for link in links:
            offer = hulls.offer(link, most)
            if offer is None:
                return None
            offers[link] = offer
        if len(np.unique(np.concatenate([offer.units for offer in offers.values()]))) > MOST_LEVELS:
            return None
        parts = {link: part for link in links if (part := part_of(offers[link], values[offers[link].columns], HELD))}
        inside = list(parts)
        outside = sorted(set(links) - set(inside), key=lambda link: (hulls.price[link], link))
        model = PartitionModel(
            [parts[link] for link in inside], [int(ends[link]) for link in inside], (needs[0], needs[1], needs[2])
        )
        point = values[model.columns]
        listed = model.minimal(MOST_LISTED)
        if listed is not None:
            alpha = hulls.among(listed, point) if len(listed) else None
        else:
            alpha = hulls.generated(model, point, (group.tobytes(), -2))
        if alpha is None:
            return None
        found = model.cheapest(alpha)
        if not found or not found[0][0] > TOLERANCE:
            return None
        least = found[0][0]
        order = [*inside, *outside]
        weights = model.lifted(alpha / least, [offers[link] for link in order], [int(ends[link]) for link in order])
        coefficients = np.zeros(problem.columns.count)
        counted = []
        for link, weight in zip(order, weights, strict=True):
            coefficients[offers[link].columns] = settled(offers[link], weight)
            counted.append((link, hulls.counted(offers[link], coefficients[offers[link].columns])))
        states = tuple(sorted(int(hulls.cutsets.single[link]) for link in links))
        cut = Cut(states, (), float(max(asked)), 0.0, hull=True, groups=tuple(group.tolist()))
        return Row(cut, coefficients, 1.0, tuple(counted))
