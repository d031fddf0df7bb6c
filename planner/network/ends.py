"""What a site pays for its own lines at each pair of ends, and which trunk paths allow it that price.

    c_shk(P) = min  c_a + c_b      over lines a to h, b to k that share no survived group with each other or
                                   with the trunk paths p in P from h, p' in P' from k                       (ends)

Dearer lines avoid what the trunk path passes, so one pair of ends has a few prices: the dearer, the more trunk paths.
A price is left out when another one of no higher cost uses no more: the core's own lines use nothing shared.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.network.candidates import Candidates
from planner.network.columns import Choices
from planner.network.disjoint import admissible
from planner.network.paths import Access, TrunkPath

PRIVATE = None
"""Second end of a site with a mobile second path, or none."""
NEVER = np.iinfo(np.int64).max
"""Price of what is not admissible."""
Paths = Mapping[str, Sequence[TrunkPath]]


@dataclass(frozen=True, slots=True)
class Terms:
    """One price at one pair of ends."""

    first: str
    """Where the primary's own line ends: an exchange or the core."""
    second: str | None
    """Where the backup's ends; None when it is mobile or there is none."""
    cost_vnd: int
    """Present value of the lines that serve the site alone."""
    first_paths: frozenset[int]
    """Trunk paths of the first end that allow it, by their place in its list."""
    second_paths: frozenset[int]
    """The same of the second end; empty when that is None."""

    def within(self, other: "Terms") -> bool:
        """Whether the other terms ask for no more: they are at hand whenever these are."""
        return (
            (other.first, other.second) in ((self.first, self.second), (self.first, PRIVATE))
            and self.first_paths <= other.first_paths
            and (other.second is PRIVATE or self.second_paths <= other.second_paths)
        )


def terms(candidates: Candidates, choices: Choices, paths: Paths) -> tuple[Terms, ...]:
    """List the prices of a site that can be part of a cheapest plan, by ends and cost."""
    primaries = undominated(choices, choices.primaries, primary=True)
    found = sorted(singles(choices, primaries, paths), key=lambda t: t.cost_vnd)
    core = candidates.core
    most = min((t.cost_vnd for t in found if t.first == core), default=None)
    if choices.backups:
        backups = undominated(choices, choices.backups, primary=False)
        found += _pairs(choices, primaries, backups, paths, most)
        alone = (t.cost_vnd for t in found if t.first == core and t.second in (core, PRIVATE))
        most = min(alone, default=None)
    kept: list[Terms] = []
    for one in sorted(found, key=lambda t: (t.cost_vnd, t.second or "", t.first, -len(t.first_paths))):
        own = one.first == core and one.second in (core, PRIVATE)
        if most is not None and one.cost_vnd >= most and not own:
            continue
        if not any(one.within(other) for other in kept):
            kept.append(one)
    return tuple(sorted(kept, key=lambda t: (t.first, t.second or "", t.cost_vnd)))


def undominated(choices: Choices, lines: Sequence[Access], *, primary: bool) -> tuple[Access, ...]:
    """Leave out lines that another one to the same end undercuts without passing any group more.

    The two must share a group, else they could be the two lines of one pair.
    """
    kept: list[Access] = []
    for line in sorted(lines, key=lambda line: (_price(line, primary=primary), line.link.id)):
        same = (other.fails & choices.survived for other in kept if other.to == line.to)
        if not any(mine and not mine & ~line.fails for mine in same):
            kept.append(line)
    return tuple(kept)


def _price(line: Access, *, primary: bool) -> int:
    purchase = line.primary if primary else line.backup
    assert purchase is not None
    return purchase.cost_vnd


def singles(choices: Choices, primaries: Sequence[Access], paths: Paths) -> Iterator[Terms]:
    """Give the prices of a primary with a mobile backup, or with none."""
    cost: dict[tuple[str, int], int] = {}
    for line in primaries:
        price = _price(line, primary=True)
        for place, path in enumerate(paths[line.to]):
            rest = _second(choices, line.fails | path.fails)
            if rest is not None:
                cost[line.to, place] = min(price + rest, cost.get((line.to, place), price + rest))
    by_end: dict[str, dict[int, int]] = defaultdict(dict)
    for (end, place), vnd in cost.items():
        by_end[end][place] = vnd
    for end, by_place in by_end.items():
        for vnd in sorted(set(by_place.values())):
            yield Terms(end, PRIVATE, vnd, frozenset(p for p, c in by_place.items() if c <= vnd), frozenset())


def _second(choices: Choices, fails: int) -> int | None:
    """Return the price of the cheapest second path that loads nothing shared; None if there is none."""
    if choices.alone:
        return 0 if admissible(fails, None, choices.survived) else None
    for mobile in choices.mobiles:
        if mobile.backup and admissible(fails, mobile.fails, choices.survived):
            return mobile.backup.cost_vnd
    return None


def _pairs(
    choices: Choices, primaries: Sequence[Access], backups: Sequence[Access], paths: Paths, most: int | None
) -> Iterator[Terms]:
    """Give the prices of two fixed lines, those below the core's own only."""
    for first, second, cheapest in pair_prices(choices, primaries, backups, paths, most):
        yield from _levels(first, second, cheapest)


def pair_prices(
    choices: Choices, primaries: Sequence[Access], backups: Sequence[Access], paths: Paths, most: int | None
) -> Iterator[tuple[str, str, NDArray[np.int64]]]:
    """Give for two ends the prices of two fixed lines below `most`, path by path; `NEVER` where none fits."""
    groups = _Groups(choices.survived)
    reached = {line.to for line in (*primaries, *backups)}
    table = {end: groups.table(path.fails for path in paths[end]) for end in reached}
    combined: dict[tuple[str, str], list[tuple[int, Access, Access]]] = defaultdict(list)
    for one in primaries:
        for two in backups:
            cost = _price(one, primary=True) + _price(two, primary=False)
            fits = one.link.id != two.link.id and admissible(one.fails, two.fails, choices.survived)
            if fits and (most is None or cost < most):
                combined[one.to, two.to].append((cost, one, two))
    for (first, second), lines in sorted(combined.items()):
        cheapest = np.full((len(paths[first]), len(paths[second])), NEVER)
        shared = groups.meet(table[first], table[second])
        for cost, one, two in sorted(lines, key=lambda line: (line[0], line[1].link.id, line[2].link.id)):
            a_fits, b_fits = groups.clear(table[second], one.fails), groups.clear(table[first], two.fails)
            fits_here = ~shared & b_fits[:, None] & a_fits[None, :]
            cheapest[fits_here] = np.minimum(cheapest[fits_here], cost)
        yield first, second, cheapest


def _levels(first: str, second: str, cheapest: NDArray[np.int64]) -> Iterator[Terms]:
    """Turn a table of prices, path by path, into terms."""
    by_first, by_second = cheapest.min(axis=1, initial=NEVER), cheapest.min(axis=0, initial=NEVER)
    for vnd in sorted({int(v) for v in (*by_first, *by_second) if v < NEVER}):
        ways = (frozenset(np.flatnonzero(side <= vnd).tolist()) for side in (by_first, by_second))
        yield Terms(first, second, vnd, next(ways), next(ways))


class _Groups:
    """Bit sets of survived groups as rows of words, so that many are compared at once."""

    def __init__(self, survived: int) -> None:
        self.survived = survived
        self.words = max(1, -(-survived.bit_length() // 64))

    def table(self, masks: Iterator[int]) -> NDArray[np.uint64]:
        """Return one row a mask."""
        raw = b"".join((mask & self.survived).to_bytes(self.words * 8, "little") for mask in masks)
        return np.frombuffer(raw, dtype="<u8").reshape(-1, self.words)

    def meet(self, one: NDArray[np.uint64], two: NDArray[np.uint64]) -> NDArray[np.bool_]:
        """Tell for each row of one and of two whether they share a group."""
        found: NDArray[np.bool_] = (one[:, None, :] & two[None, :, :]).any(axis=2)
        return found

    def clear(self, table: NDArray[np.uint64], mask: int) -> NDArray[np.bool_]:
        """Tell for each row whether it shares no group with a mask."""
        found: NDArray[np.bool_] = ~(table & self.table(iter((mask,)))).any(axis=1)
        return found
