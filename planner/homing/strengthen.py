"""Cuts for the condensed program: what a bundle carries, and what leaves a set of sites.

    Σ_{s in K} d_s w_s ≤ Σ_c min(R_c, d(K)) z_c                        users K of one bundle                  (crumbs)
    Σ_{s in K} w_s ≤ Σ_{c fits} z_c                                    K = {s}, in shares                     (fits)
    Σ_c G(R_c/δ) z_c + Σ_{s in K} G(d_s/δ) (U_s - w_s(W)) ≥ ⌈D/δ⌉      bundles that leave W                 (rounded)
      D = Σ_{s in K} U_s d_s,   G(a) = ⌊a⌋ + min(1, (a - ⌊a⌋) / f),   f = D/δ - ⌊D/δ⌋ > 0

w_s  uses of the bundle by site s (0 or 1)      w_s(W)  routes of s that pass W and leave it over shared bundles
U_s  the most of them: 1, or 2 when s lies in W or has two routes through it that pass no common site
(crumbs) is the whole projection of the multiple-choice flows, u[s,c] ≤ z_c and Σ_s d_s u[s,c] ≤ R_c z_c with
Σ_c u[s,c] = w_s: by max-flow and min-cut (Ford, Fulkerson, 1956) these exist exactly if (crumbs) holds for all K. For
a given set of the smaller configurations, the K that is broken most is {s : w_s > Σ z_c of the others}.
(rounded) is mixed-integer rounding (`rounding`) of the sum of (room) over the bundles leaving W, uses complemented in
K. δ is a size of link; K is a prefix of the sites by how nearly they use W.
"""

from collections import defaultdict
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from planner.homing.bundles import Bundle
from planner.homing.condensed import Condensed, Row
from planner.homing.rounding import Sides, at_least, best

Floats = NDArray[np.float64]
LEAST = 1e-3
"""Violation from which a cut is worth adding, against the size of its right side."""
MOST_SETS = 1100
"""Sets of sites that are looked at."""
ROUNDED = 60
"""Cuts of sets in one round."""


@dataclass(frozen=True, slots=True)
class Load:
    """One bundle in arrays."""

    demands: Floats
    users: tuple[tuple[int, ...], ...]
    owner: NDArray[np.intp]
    """Of each column of the users, its user."""
    columns: NDArray[np.intp]
    sizes: NDArray[np.intp]
    rooms: Floats


@dataclass(frozen=True, slots=True)
class Leaving:
    """What leaves a set of sites."""

    columns: NDArray[np.intp]
    """Routes that pass it and leave it over shared bundles."""
    owner: NDArray[np.intp]
    """Of each, the place of its site among the demands."""
    most: Floats
    """U of each site."""
    sizes: NDArray[np.intp]
    rooms: Floats


class Separator:
    """Finds broken cuts of one program."""

    def __init__(self, program: Condensed) -> None:
        self.program = program
        self.loads = [_load(program, one) for one in program.shared]
        self.divisors = sorted({size for size in program.instance.sizes if size > 0})
        self.sites = sorted({route[0] for route in program.routes})
        self.demands = np.array([program.instance.demands[site] for site in self.sites])
        self.leaving = _leaving(program, self.sites)

    def rows(self, point: Floats, *, sets: bool = True) -> list[Row]:
        """Return broken cuts, those of sets by how much they are broken."""
        found = [row for load in self.loads for row in _crumbs(load, point)]
        if sets:
            rounded = [cut for one in self.leaving for cut in self._rounded(one, point)]
            rounded.sort(key=lambda cut: -cut[0])
            found += [row for _, row in rounded[:ROUNDED]]
        return found

    def _rounded(self, one: Leaving, point: Floats) -> list[tuple[float, Row]]:
        uses = np.bincount(one.owner, point[one.columns], len(self.sites))
        short = one.most - uses
        order = np.flatnonzero((one.most > 0) & (uses > 0.3))
        order = order[np.argsort(short[order], kind="stable")]
        if not len(order):
            return []
        demands, short = self.demands[order], np.maximum(short[order], 0.0)
        sums = np.cumsum(demands * one.most[order])
        bought = point[one.sizes]
        full = int((short < 1e-6).sum())
        found: list[tuple[float, Row]] = []
        for divisor in self.divisors:
            share = (sums / divisor) % 1.0
            near = np.argsort(-share[:full], kind="stable")[:6]
            places = {*range(max(0, full - 3), full + 6), *range(full, len(order), 6), *near.tolist(), len(order) - 1}
            ends = np.array(sorted(place for place in places if 0 <= place < len(order) and share[place] > 0.01))
            if not len(ends):
                continue
            sides = Sides(one.rooms / divisor, bought, demands / divisor, short)
            cut = best(np.ceil(sums[ends] / divisor), share[ends], ends + 1, sides)
            if cut.broken > 10 * LEAST:
                weights = np.zeros(len(self.sites))
                weights[order] = cut.on_sites
                least = cut.right - float((cut.on_sites * one.most[order]).sum())
                row = at_least(one.sizes, cut.on_links, one.columns, weights[one.owner], least)
                found.append((cut.broken, row))
        return found


def _load(program: Condensed, one: Bundle) -> Load:
    carried = program.shared[one]
    return Load(
        np.array([demand for demand, _ in carried.users]),
        tuple(columns for _, columns in carried.users),
        np.array([place for place, (_, columns) in enumerate(carried.users) for _ in columns], dtype=np.intp),
        np.array([column for _, columns in carried.users for column in columns], dtype=np.intp),
        np.array([column for column, _ in carried.sizes], dtype=np.intp),
        np.array([size.room for _, size in carried.sizes]),
    )


def _crumbs(load: Load, point: Floats) -> list[Row]:
    """Return the broken cuts of one bundle, one for each set of smaller configurations, and those of single users."""
    uses = np.bincount(load.owner, point[load.columns], len(load.users))
    if uses.max(initial=0.0) < LEAST:
        return []
    bought = point[load.sizes]
    others = np.append(np.cumsum(bought[::-1])[::-1], 0.0)
    found: dict[tuple[int, ...], Row] = {}
    for most in others.tolist():
        inside = np.flatnonzero(uses > most + 1e-9)
        total = float(load.demands[inside].sum())
        caps = np.minimum(load.rooms, total)
        if (load.demands[inside] * uses[inside]).sum() - caps @ bought > LEAST * max(1.0, total) ** 0.5:
            terms = [(column, float(load.demands[user])) for user in inside.tolist() for column in load.users[user]]
            terms += [(int(column), -float(cap)) for column, cap in zip(load.sizes, caps, strict=True)]
            found[tuple(inside.tolist())] = Row(tuple(terms), most=0.0)
    whole = [(int(column), -1.0) for column in load.sizes]
    for user in np.flatnonzero(uses > others[0] + LEAST).tolist():
        if (user,) not in found:
            found[user,] = Row((*((column, 1.0) for column in load.users[user]), *whole), most=0.0)
    return list(found.values())


def _leaving(program: Condensed, sites: list[int]) -> list[Leaving]:
    """Set up the sets: single sites that are passed, and joined ones; larger ones added next to nothing."""
    passed = sorted({node for route in program.routes for node in route[1:-1]})
    sets = [frozenset((node,)) for node in passed]
    sets += [frozenset(one) for one in program.shared if set(one) <= set(passed)]
    place = {site: at for at, site in enumerate(sites)}
    across: dict[int, list[Bundle]] = defaultdict(list)
    for one, carried in program.shared.items():
        for _, columns in carried.users:
            for column in columns:
                across[column].append(one)
    routes = [(column, route[0], frozenset(route[:-1])) for route, column in program.routes.items()]
    routes += [(column, site, frozenset((site,))) for site, column in program.twice.items()]
    alike: dict[frozenset[frozenset[int]], bool] = {}
    return [_cut(program, one, routes, across, place, alike) for one in sets[:MOST_SETS]]


def _cut(
    program: Condensed,
    inside: frozenset[int],
    routes: list[tuple[int, int, frozenset[int]]],
    across: dict[int, list[Bundle]],
    place: dict[int, int],
    alike: dict[frozenset[frozenset[int]], bool],
) -> Leaving:
    cut = {one for one in program.shared if (one[0] in inside) != (one[1] in inside)}
    passing = [r for r in routes if r[2] & inside and any(one in cut for one in across.get(r[0], ()))]
    most = np.zeros(len(place))
    by_site: dict[int, set[frozenset[int]]] = defaultdict(set)
    for _, site, nodes in passing:
        by_site[site].add(nodes - {site})
    for site, own in by_site.items():
        key = frozenset(own)
        if site not in inside and key not in alike:
            alike[key] = any(not one & two for one, two in combinations(own, 2))
        most[place[site]] = 2.0 if site in inside or alike[key] else 1.0
    sizes = [(column, size.room) for one in sorted(cut) for column, size in program.shared[one].sizes]
    return Leaving(
        np.array([r[0] for r in passing], dtype=np.intp),
        np.array([place[r[1]] for r in passing], dtype=np.intp),
        most,
        np.array([column for column, _ in sizes], dtype=np.intp),
        np.array([room for _, room in sizes]),
    )
