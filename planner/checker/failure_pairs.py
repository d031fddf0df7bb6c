"""Whom pairs of single failures cut off, found again: the few places that pass traffic on, then the lines into them.

    v cut off by {k, j}   <=>   no line l of v with  up[l,k] ∧ up[l,j] ∧ reach[k,j,end of l]

Places that pass nothing on are told by their own lines. `reach` is searched once for each two kinds of damage that
failures do to the lines between the others: most failures do none.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from planner.checker.violation import Violation
from planner.plan import Rerouting
from topology.order import natural, natural_key

Bools = NDArray[np.bool_]
Damage = tuple[frozenset[str], frozenset[str]]
"""Lines between places that pass traffic on, and such places, that are down."""
LISTED = 10
ROWS = 4_000_000
"""Pairs looked at in one go."""


@dataclass(frozen=True)
class Leased:
    """Leased lines, and what each single failure takes down."""

    core: str
    sites: frozenset[str]
    """They pass on nobody else's traffic."""
    ends: Mapping[str, tuple[str, str]]
    """Line → its ends."""
    states: Mapping[str, tuple[frozenset[str], frozenset[str]]]
    """Single failure → lines and places that are down."""


class _Between:
    """What of the places that pass traffic on is reached from the core, under two kinds of damage at once."""

    def __init__(self, leased: Leased) -> None:
        self.core = leased.core
        self.places = sorted({end for ends in leased.ends.values() for end in ends} - leased.sites | {leased.core})
        self.number = {place: k for k, place in enumerate(self.places)}
        self.around: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for name, (a, b) in sorted(leased.ends.items()):
            if a != b and a in self.number and b in self.number:
                self.around[a].append((name, b))
                self.around[b].append((name, a))
        inner = {name for beside in self.around.values() for name, _ in beside}
        kinds: dict[Damage, int] = {}
        self.kind = np.array(
            [
                kinds.setdefault((cut & inner, dark.intersection(self.number)), len(kinds))
                for cut, dark in leased.states.values()
            ],
            dtype=np.int64,
        )
        self.reach = np.zeros((len(kinds), len(kinds), len(self.places)), dtype=np.bool_)
        found = list(kinds)
        for one, first in enumerate(found):
            reached, through = self._search(*first)
            for other, second in enumerate(found[one:], one):
                spared = through.isdisjoint(second[0]) and reached.isdisjoint(second[1])
                seen = reached if spared else self._search(first[0] | second[0], first[1] | second[1])[0]
                self.reach[one, other, [self.number[place] for place in seen]] = True
        below = np.tril_indices(len(found), -1)
        self.reach[below] = self.reach.transpose(1, 0, 2)[below]

    def _search(self, cut: frozenset[str], dark: frozenset[str]) -> tuple[set[str], set[str]]:
        """Return the places reached and the lines that led to them."""
        if self.core in dark:
            return set(), set()
        seen, through, open_ = {self.core}, set[str](), [self.core]
        while open_:
            for name, place in self.around[open_.pop()]:
                if place not in seen and name not in cut and place not in dark:
                    seen.add(place)
                    through.add(name)
                    open_.append(place)
        return seen, through


class Pairs:
    """Who is cut off by each pair of single failures."""

    def __init__(self, leased: Leased) -> None:
        leased = replace(leased, states={name: leased.states[name] for name in natural(leased.states)})
        self.names = list(leased.states)
        self.leased, self._between = leased, _Between(leased)
        damage = leased.states.values()
        self._dark = {p: np.array([p in dark for _, dark in damage]) for p in self._between.places}
        self._up: dict[str, Bools] = {
            name: np.array([name not in cut and dark.isdisjoint(ends) for cut, dark in damage], dtype=np.bool_)
            for name, ends in leased.ends.items()
        }
        self._own: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for name, (a, b) in leased.ends.items():
            for site, place in ((a, b), (b, a)):
                if site in leased.sites and place not in leased.sites:
                    self._own[site].append((place, name))
        count = len(self.names)
        self.exposed = dict.fromkeys(sorted(leased.sites), 0)
        """Site → pairs that cut it off."""
        self.cutting = 0
        """Pairs that cut any place off."""
        self.many: dict[tuple[str, str], int] = {}
        """Pair → places cut off, of those with most and of all with as many as the last of these."""
        rows = max(1, ROWS // max(1, count))
        found: list[tuple[int, int, int]] = []
        for first in range(0, count, rows):
            lost = self._block(first, min(first + rows, count))
            self.cutting += int((lost > 0).sum())
            flat = lost[lost > 0]
            if len(flat):
                least = int(np.partition(flat, -LISTED)[-LISTED]) if len(flat) > LISTED else 1
                k, j = np.nonzero(lost >= least)
                found += zip(lost[k, j].tolist(), (k + first).tolist(), j.tolist(), strict=True)
        found.sort(reverse=True)
        least = found[min(LISTED, len(found)) - 1][0] if found else 0
        self.many = {(self.names[k], self.names[j]): lost for lost, k, j in found if lost >= least}

    def _block(self, first: int, last: int) -> NDArray[np.int64]:
        """Return how many places each pair of a failure of these rows and a later one cuts off."""
        kind, reach, number = self._between.kind, self._between.reach, self._between.number
        later = np.arange(len(self.names))[None, :] > np.arange(first, last)[:, None]
        lost = np.zeros(later.shape, dtype=np.int64)
        reached: dict[str, Bools] = {}
        for place in self._between.places:
            reached[place] = reach[:, :, number[place]][np.ix_(kind[first:last], kind)] & later
            if place != self.leased.core:
                dark = self._dark[place]
                lost += later & ~reached[place] & ~(dark[first:last, None] | dark[None, :])
        for site in self.exposed:
            safe = np.zeros(later.shape, dtype=np.bool_)
            for place, name in self._own[site]:
                up = self._up[name]
                safe[up[first:last]] |= reached[place][up[first:last]] & up
            gone = later & ~safe
            self.exposed[site] += int(gone.sum())
            lost += gone
        return lost


def verify_pairs(leased: Leased, told: Rerouting) -> Iterator[Violation]:
    """Check the pairs that cut places off: their number, the worst of them, the sites that most of them cut off."""
    pairs = Pairs(leased)
    if told.pairs_cutting != pairs.cutting:
        yield Violation("rerouting", "pairs", f"{told.pairs_cutting} cut somebody off, found {pairs.cutting}")
    listed = {name for name, _ in told.worst_pairs}
    real = {f"{one}+{other}": lost for (one, other), lost in pairs.many.items()}
    for name, lost in told.worst_pairs:
        if real.get(name) != lost:
            yield Violation("rerouting", name, f"cuts off {lost}, found {real.get(name, 'none or fewer than others')}")
    least = min((lost for _, lost in told.worst_pairs), default=0)
    missing = sorted(name for name, lost in real.items() if name not in listed and lost > least)
    if missing or len(listed) != min(LISTED, pairs.cutting):
        yield Violation(
            "rerouting", ", ".join(missing[:3]) or "worst_pairs", "cuts off more than a pair that is listed"
        )
    for site, count in told.exposed.items():
        if pairs.exposed.get(site) != count:
            yield Violation("rerouting", site, f"{count} pairs cut it off, found {pairs.exposed.get(site, 0)}")
    fewest = min(told.exposed.values(), default=0)
    more = sorted((s for s, n in pairs.exposed.items() if s not in told.exposed and n > fewest), key=natural_key)
    if more or len(told.exposed) != min(LISTED, sum(n > 0 for n in pairs.exposed.values())):
        yield Violation("rerouting", ", ".join(more[:3]) or "exposed", "is cut off by more pairs than a site listed")
