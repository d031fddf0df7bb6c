"""Good designs: repair what fails, drop what is not needed, exchange; the best point so far."""

from collections.abc import Callable
from typing import Protocol

import numpy as np

from planner.limits import Watch
from planner.survivable.compiled import Compiled, Floats
from planner.survivable.programs import RoutingError
from planner.survivable.separation import LateError, Separator

SHARE = 0.1
"""Of the time, for points that the tree comes across."""


class PointSource(Protocol):
    """Something that finds points on the side."""

    @property
    def bound(self) -> float:
        """No design is cheaper."""

    def poll(self) -> list[Floats]:
        """Return points found since the last call."""


def _nothing(values: Floats) -> None:
    """Tell nobody."""


class Primal:
    """Keeps the best point and looks for better ones. A point counts only when it is routed in every state."""

    def __init__(
        self, problem: Compiled, separator: Separator, watch: Watch, helper: "PointSource | None" = None
    ) -> None:
        self.problem, self.separator, self.watch = problem, separator, watch
        self.best: Floats | None = None
        self.objective = float("inf")
        self.tried: set[bytes] = set()
        self.spent_s = 0.0
        self.helper = helper
        self.found: Callable[[Floats], None] = _nothing
        """Told of every better point at once."""

    def poll(self) -> None:
        """Fetch what was found elsewhere; nothing is taken on trust."""
        if self.helper is not None:
            cost = self.problem.columns.cost
            for values in sorted(self.helper.poll(), key=lambda point: float(cost @ point)):
                if float(cost @ values) >= self.objective:
                    break
                if self.routable(values):
                    self.offer(values)

    @property
    def closed(self) -> bool:
        """Whether the best point is proved to be that elsewhere."""
        if self.helper is None or self.best is None:
            return False
        return self.objective <= self.helper.bound + 1e-9 * max(1.0, abs(self.objective))

    def offer(self, values: Floats) -> bool:
        """Keep a point known to be routable if it is the cheapest."""
        values = self.opened(values)
        cost = float(self.problem.columns.cost @ values)
        if cost < self.objective - 1e-9:
            self.best, self.objective = values, cost
            self.found(values)
            problem = self.problem
            self.separator.router.pin(problem.existing + problem.columns.capacity(values, problem.links))
            return True
        return False

    def opened(self, values: Floats) -> Floats:
        """Return a copy with the steps below every step bought, and those links open on which something is."""
        columns = self.problem.columns
        values = values.copy()
        for column in np.flatnonzero((columns.before >= 0) & (values > 1e-9))[::-1].tolist():
            below = column
            while columns.before[below] >= 0:
                below = int(columns.before[below])
                values[below] = max(values[below], values[column])
        under = np.flatnonzero(columns.opening >= 0)
        values[columns.opening[under]] = 0.0
        np.maximum.at(values, columns.opening[under], (values[under] > 1e-9).astype(np.float64))
        return values

    def near(self, values: Floats) -> None:
        """Repair a whole point that fails, then trim it; called from the tree."""
        if self.spent_s > SHARE * self.watch.seconds:
            return
        began = self.watch.seconds
        key = np.round(values).astype(np.int32).tobytes()
        if key in self.tried or self.watch.over:
            return
        self.tried.add(key)
        if float(self.problem.columns.cost @ values) >= self.objective:
            return
        repaired = self.repair(values)
        if repaired is not None:
            self.offer(repaired)
            self.offer(self.trim(repaired))
        self.spent_s += self.watch.seconds - began

    def plain(self) -> None:
        """Offer the design that holds shortest paths in every state; no linear program is solved."""
        problem, columns = self.problem, self.problem.columns
        price = np.zeros(problem.links)
        for link in range(problem.links):
            mine = np.flatnonzero((columns.link == link) & (columns.size > 0))
            # what a good deal of capacity costs here; nothing where there is enough, out of reach where none can be had
            price[link] = columns.cost[mine].sum() / max(1, len(mine)) if len(mine) else 0.0
            if not len(mine) and problem.existing[link] <= 0:
                price[link] = 1e4 * (1.0 + columns.cost.sum())
        weights = price[problem.lane_link] / (1e-9 + price.max(initial=0.0)) + 1e-3
        most = np.zeros(problem.links)
        for state in range(len(problem.states)):
            loads = self.separator.router.plainly(state, weights)
            if loads is None or self.watch.over:
                return
            np.maximum.at(most, problem.lane_link, loads)
        values = self.holding(most - problem.existing)
        if values is not None and self.routable(values):
            self.offer(values)

    def holding(self, capacity: Floats) -> Floats | None:
        """Return the columns that hold a capacity (L) on each link, None where that cannot be bought."""
        columns = self.problem.columns
        values = np.zeros(columns.count)
        for link in np.flatnonzero(capacity > 1e-9).tolist():
            mine = np.flatnonzero((columns.link == link) & (columns.size > 0))
            if not len(mine):
                return None
            left = float(capacity[link])
            if (columns.before[mine] >= 0).any() or not columns.whole[mine].all():
                for column in mine.tolist():
                    if left > 1e-9:
                        values[column] = 1.0 if columns.whole[column] else left
                        held = float(columns.size[column]) if columns.whole[column] else left
                        if held >= capacity[link] - 1e-9:
                            left = 0.0
            else:
                counts = np.ceil(left / columns.size[mine] - 1e-9)
                price = np.where(counts <= columns.most[mine], columns.cost[mine] * counts, np.inf)
                if np.isfinite(price.min()):
                    values[mine[np.argmin(price)]] = counts[np.argmin(price)]
                    left = 0.0
            if left > 1e-9:
                return None
            opening = columns.opening[mine]
            values[opening[opening >= 0]] = 1.0
        return values

    def repair(self, values: Floats) -> Floats | None:
        """Buy, where it helps a broken inequality most for its price, until nothing is broken; None when too dear."""
        columns = self.problem.columns
        values = self.opened(values)
        for _ in range(4 * self.problem.links + 50):
            try:
                rows = self.separator.refuse(values, give_up=True)
            except (LateError, RoutingError):
                return None
            if rows is None:
                return values
            for row in rows[:3]:
                while row.violation(values) > 1e-7:
                    column = self._buy(row.coefficients, row.violation(values), values)
                    if column < 0:
                        return None
                    values[column] += 1
            if float(columns.cost @ values) >= self.objective or self.watch.over:
                return None
        return None

    def _buy(self, coefficients: Floats, missing: float, values: Floats) -> int:
        """Return the column that closes most of what is missing for its price, -1 if none."""
        columns = self.problem.columns
        held = np.where(columns.before >= 0, values[columns.before] >= 1, True)
        possible = np.flatnonzero((coefficients > 1e-9) & (values + 1 <= columns.most + 1e-9) & held & columns.whole)
        if not len(possible):
            return -1
        price = columns.cost[possible] + 1e-9
        gain = np.minimum(coefficients[possible], missing)
        return int(possible[np.argmax(gain / price)])

    def routable(self, values: Floats) -> bool:
        """Whether every state is known to be routable."""
        try:
            return self.separator.routable(values)
        except RoutingError:
            return False

    def trim(self, values: Floats) -> Floats:
        """Sell, dearest first, whatever is not needed."""
        columns = self.problem.columns
        values = values.copy()
        sold = (columns.size > 0) & columns.whole
        order = [column for column in np.argsort(-columns.cost, kind="stable").tolist() if sold[column]]
        changed = True
        while changed and not self.watch.over:
            changed = False
            for column in order:
                later = np.flatnonzero(columns.before == column)
                while values[column] >= 1 and not (len(later) and values[later].max() >= 1):
                    values[column] -= 1
                    try:
                        good = self.separator.routable(values, give_up=True)
                    except RoutingError:
                        good = False
                    except LateError:
                        values[column] += 1
                        return values
                    if good:
                        changed = True
                        self.offer(values)
                        continue
                    values[column] += 1
                    break
        return values
