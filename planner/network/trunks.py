"""A cheap network as a set of trunks: descent by leaving out, adding and exchanging trunks.

    F(T) = Σ_{t in T} c_t + Σ_{e at T} o_e + Σ_s min over (p, q) within T of c_s(p, q)

c_s(p, q)  `planner.network.tables`     c_t, o_e  cheapest purchase of trunk t, price of equipping exchange e
Loads are left out; what comes out is polished by the exact program. Of all trunks to leave out or add the best is
taken; when none helps, the first exchange of a trunk for one that shares an end; until nothing helps or so many sets
were looked at.
"""

import numpy as np
from numpy.typing import NDArray

from planner.network.tables import Block, Tables

GAIN = 1e-3
"""Million VND that a step must gain."""
Bools = NDArray[np.bool_]
NOTHING: tuple[int, ...] = ()


class Descent:
    """Sets that were looked at are remembered."""

    def __init__(self, tables: Tables, ends: tuple[tuple[int, ...], ...], promising: Bools) -> None:
        """Take the exchanges of every trunk by number; trunks that are not promising are not added."""
        self.tables, self.ends = tables, ends
        self.promise(promising)
        self.lengths = np.array([len(uses) for uses in tables.along])
        self.known: dict[bytes, tuple[float, Bools]] = {}

    def promise(self, promising: Bools) -> None:
        """Add none but these trunks from here on."""
        self.promising: list[int] = np.flatnonzero(promising[: self.tables.trunks]).tolist()

    def cost(self, bought: Bools) -> tuple[float, Bools]:
        """Return F of what is used of a set, and what that is."""
        key = bought.tobytes()
        if key not in self.known:
            tables = self.tables
            whole = tables.passes @ bought.astype(float) > self.lengths - 0.5
            used, total = np.zeros(len(bought), dtype=bool), 0.0
            for offer in tables.offers:
                best, uses = offer.own, NOTHING
                for block in offer.blocks:
                    found = self._within(block, whole, best)
                    if found is not None:
                        best, uses = found
                total += best
                used[list(uses)] = True
            self.known[key] = total + float(tables.cost @ used), used
        return self.known[key]

    def _within(self, block: Block, whole: Bools, most: float) -> tuple[float, tuple[int, ...]] | None:
        """Return the cheapest pair of a block over whole paths, if below `most`."""
        rows = np.flatnonzero(whole[block.first])
        if not len(rows):
            return None
        along = self.tables.along
        if block.second is None:
            prices = block.price[rows]
            at = int(prices.argmin())
            return (float(prices[at]), along[block.first[rows[at]]]) if prices[at] < most else None
        columns = np.flatnonzero(whole[block.second])
        if not len(columns):
            return None
        prices = block.price[np.ix_(rows, columns)]
        a, b = divmod(int(prices.argmin()), len(columns))
        if prices[a, b] >= most:
            return None
        return float(prices[a, b]), (*along[block.first[rows[a]]], *along[block.second[columns[b]]])

    def run(self, start: Bools, most: int) -> tuple[float, Bools]:
        """Descend from a set; look at so many sets at most."""
        value, used = self.cost(start)
        until = len(self.known) + most
        while len(self.known) < until:
            found = self._best(used, value) or self._exchange(used, value, until)
            if found is None:
                break
            value, used = found
        return value, used

    def _best(self, used: Bools, value: float) -> tuple[float, Bools] | None:
        best: tuple[float, Bools] | None = None
        on = np.flatnonzero(used[: self.tables.trunks]).tolist()
        for trunk in sorted({*on, *self.promising}):
            found = self.cost(self._flipped(used, trunk))
            if found[0] < (best[0] if best else value) - GAIN:
                best = found
        return best

    def _exchange(self, used: Bools, value: float, until: int) -> tuple[float, Bools] | None:
        for out in np.flatnonzero(used[: self.tables.trunks]):
            for trunk in self.promising:
                if used[trunk] or set(self.ends[out]).isdisjoint(self.ends[trunk]):
                    continue
                found = self.cost(self._flipped(used, int(out), trunk))
                if found[0] < value - GAIN:
                    return found
                if len(self.known) >= until:
                    return None
        return None

    def _flipped(self, used: Bools, *trunks: int) -> Bools:
        """Return a set with these trunks in where they were out, and the exchanges at its trunks."""
        found = used.copy()
        found[list(trunks)] ^= True
        return self.opened(found)

    def opened(self, bought: Bools) -> Bools:
        """Return a set with exactly the exchanges at its trunks."""
        found = bought.copy()
        found[self.tables.trunks :] = False
        for trunk in np.flatnonzero(bought[: self.tables.trunks]):
            found[list(self.ends[trunk])] = True
        return found


def numbers(tables: Tables, names: frozenset[str]) -> Bools:
    """Return a set by its names."""
    return np.array([name in names for name in tables.names])
