"""Branch and bound over what is bought, each node bounded by `charges` from those of its parent.

    z_e = 0 or 1 for an exchange e,   then  y_t = 0 or 1 for a trunk t

The open node of the least bound is branched on next, on what the mean of the parent's solutions buys nearest to half:
exchanges first. What nodes buy is where a descent (`trunks`) may begin. The least bound of open and left nodes bounds
every network; a node at the known cost is left, as nothing better is behind it.
"""

import heapq
from collections.abc import Sequence

import numpy as np

from planner.network.charges import Ascent, Charges
from planner.network.trunks import Bools, Descent

ROUGH_STEPS, ROOT_STEPS, NODE_STEPS = 120, 300, 60
"""Steps of ascent."""
ROOT_PACE, NODE_PACE = 1.0, 0.05
STARTS = 40
"""Last sets of the root that are looked at for a first descent."""
LOOKS, SHAKE_LOOKS = 2000, 500
"""Sets that one descent looks at, at most."""
OUT = 2
"""Trunks left out by one shake."""
PROMISING = 0.01
"""Share from which a trunk is worth adding."""
UNCLEAR = 0.02
"""Share below which something counts as decided."""


class Tree:
    """The search of one network in numbers: nothing of it depends on anything but the tables."""

    def __init__(self, charges: Charges) -> None:
        self.charges = charges
        self.descent: Descent | None = None
        self.best: tuple[float, Bools] | None = None
        """Cheapest set without loads, million VND."""
        self.bound = -np.inf
        self.root: Ascent | None = None
        self.nodes = 0

    def begin(self, known: float, starts: Sequence[Bools]) -> None:
        """Bound the root, then descend from the cheapest of what it bought and from other starts.

        Parameters
        ----------
        known
            Cost of a known network, million VND.
        starts
            Sets of trunks and exchanges that may be good.

        """
        charges = self.charges
        everything = np.ones(len(charges.tables.names), dtype=bool)
        self.descent = Descent(charges.tables, charges.frame.ends, everything)
        rough = charges.ascend(charges.first(), (), ROUGH_STEPS, ROOT_PACE, known)
        sets = [self.descent.cost(one) for one in (*rough.bought[:STARTS], *starts)]
        aim = min([known, *(value for value, _ in sets)])
        self.root = charges.ascend(rough.charges, (), ROOT_STEPS, rough.pace, aim)
        self.bound = self.root.bound
        sets += [self.descent.cost(one) for one in self.root.bought[:STARTS]]
        promising = self.root.mean > PROMISING
        for one in (*self.root.bought[:STARTS], *starts):
            promising |= one
        self.descent.promise(promising)
        for one in (min(sets, key=lambda found: found[0])[1], *starts):
            self.offer(one)

    def offer(self, start: Bools, looks: int = LOOKS) -> None:
        """Descend from a set and keep what is cheaper."""
        if self.descent is None or self.charges.watch.over:
            return
        found = self.descent.run(start, looks)
        if self.best is None or found[0] < self.best[0]:
            self.best = found

    def shake(self, turns: int, seed: int) -> None:
        """Leave out some trunks of the best set, add a promising one, descend: ruin and recreate."""
        chance = np.random.default_rng(seed)
        for _ in range(turns):
            if self.best is None or self.descent is None or not self.descent.promising or self.charges.watch.over:
                return
            start = self.best[1].copy()
            on = np.flatnonzero(start[: self.charges.tables.trunks])
            start[chance.choice(on, min(len(on), OUT), replace=False)] = False
            start[chance.choice(self.descent.promising, 1)] = True
            self.offer(self.descent.opened(start), SHAKE_LOOKS)

    def search(self, known: float, share: float, nodes: int) -> None:
        """Branch until the bound is within a share of the known cost, or so many nodes are bounded."""
        root = self.root
        if root is None:
            return
        left = np.inf
        open_: list[tuple[float, int, tuple[tuple[int, bool], ...], Ascent]] = [(root.bound, 0, (), root)]
        while open_ and self.nodes < nodes and not self.charges.watch.over:
            target = min(known, self.best[0]) if self.best else known
            self.bound = max(self.bound, min(left, open_[0][0]))
            if self.bound >= (1 - share) * target:
                return
            bound, _, fixed, node = heapq.heappop(open_)
            split = self._split(node, fixed)
            if split is None:
                left = min(left, bound)
                continue
            for bought in (True, False):
                self.nodes += 1
                more = (*fixed, (split, bought))
                found = self.charges.ascend(node.charges, more, NODE_STEPS, NODE_PACE, target)
                at_least = max(bound, found.bound)
                if at_least < target:
                    heapq.heappush(open_, (at_least, self.nodes, more, found))
                else:
                    left = min(left, target)
        self.bound = max(self.bound, min([left, *(node[0] for node in open_)]))

    def _split(self, node: Ascent, fixed: Sequence[tuple[int, bool]]) -> int | None:
        """Return what is bought nearest to half, exchanges first; None when all is decided."""
        trunks = self.charges.tables.trunks
        far = np.minimum(node.mean, 1 - node.mean)
        far[[one for one, _ in fixed]] = 0.0
        for first, some in ((trunks, far[trunks:]), (0, far[:trunks])):
            if len(some) and some.max() > UNCLEAR:
                return first + int(some.argmax())
        return None
