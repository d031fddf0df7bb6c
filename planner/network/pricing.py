"""Pricing: which columns could still improve the relaxation, and how much at most.

    r(j) = c_j - π_s + Σ_i λ_i a[i,j]      reduced cost of column j of site s, λ_i ≥ 0 prices of the rows i it enters

A path's price is its own link's cost plus a weight on each trunk and exchange, so all paths of a site are priced in a
few array operations; only the backup's share in failure states depends on the primary, is never negative, and is
added exactly for the few pairs that matter. The least r(j) of each site gives the Lagrangian bound even before the
last column is found (Barnhart et al. 1998, "Branch-and-price").
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from heapq import heappop, heappush

import numpy as np
from numpy.typing import NDArray

from planner.network import capacity, equipment, linking, loads, opening
from planner.network.candidates import Candidates
from planner.network.columns import Choices, Column, Route
from planner.network.loads import NORMAL
from planner.network.master import FAMILIES, RowId
from planner.network.paths import Access, TrunkPath

Floats = NDArray[np.float64]
WORD = 64
DEPTH = 400
"""First paths looked at for each site."""
DEPTH_FACTOR = 8
"""Backups looked at for each primary looked at."""


@dataclass(frozen=True, slots=True)
class Prices:
    """Dual values, VND: what a row charges for each unit of its left side."""

    rows: Mapping[RowId, float]
    """λ ≥ 0 of opening, linking, capacity and equipment rows."""
    sites: Mapping[str, float]
    """π of each site."""


@dataclass(frozen=True, slots=True)
class Found:
    """What pricing one site found."""

    columns: tuple[tuple[float, Column], ...]
    """(reduced cost, column) below the threshold, cheapest first."""
    least: float
    """No column of the site has a smaller reduced cost."""
    left_out: float
    """No column of the site that is not listed has a smaller reduced cost."""


class _Hub:
    """All trunk paths of one exchange (or the core), as arrays."""

    def __init__(self, paths: tuple[TrunkPath, ...], trunk: dict[str, int], node: dict[str, int], words: int) -> None:
        longest = max((len(path.links) for path in paths), default=0) or 1
        deepest = max((len(path.nodes) for path in paths), default=0) or 1
        self.paths = paths
        self.arcs = np.full((len(paths), longest), 2 * len(trunk), dtype=np.intp)
        self.nodes = np.full((len(paths), deepest), len(node), dtype=np.intp)
        self.fails = np.zeros((len(paths), words), dtype=np.uint64)
        for index, path in enumerate(paths):
            for place, (link, forward) in enumerate(zip(path.links, path.forward, strict=True)):
                self.arcs[index, place] = 2 * trunk[link] + (not forward)
            for place, name in enumerate(path.nodes):
                self.nodes[index, place] = node[name]
            self.fails[index] = _words(path.fails, words)


def _words(mask: int, words: int) -> NDArray[np.uint64]:
    return np.frombuffer(mask.to_bytes(words * 8, "little"), dtype="<u8")


@dataclass
class _Weights:
    """Prices per Mbit/s of each path of one hub."""

    down: Floats
    up: Floats
    by_state: dict[str, tuple[Floats, Floats]]
    """State → the part that falls away when the state cuts the path's access link."""


class Pricer:
    """Prices all columns of all sites against given prices."""

    def __init__(
        self,
        candidates: Candidates,
        choices: Mapping[str, Choices],
        paths: Mapping[str, tuple[TrunkPath, ...]],
    ) -> None:
        self.candidates, self.choices = candidates, choices
        self.trunk = {link.id: index for index, link in enumerate(candidates.trunks)}
        self.node = {exchange: index for index, exchange in enumerate(candidates.exchanges)}
        self.words = max(1, -(-len(candidates.groups) // WORD))
        self.hubs = {hub: _Hub(own, self.trunk, self.node, self.words) for hub, own in paths.items()}

    def run(self, prices: Prices, threshold: float, most: int, depth: int = DEPTH) -> Iterator[tuple[str, Found]]:
        """Price every site; list up to `most` columns with a reduced cost below the threshold (VND)."""
        priced = self.at(prices)
        for site in self.choices:
            yield site, priced.site(site, threshold, most, depth)

    def at(self, prices: Prices) -> "Priced":
        """Prepare pricing at these prices."""
        return Priced(self, prices)

    def weights(self, hub: _Hub, prices: Prices) -> _Weights:
        """Return what the rows charge for each trunk path of a hub."""
        size = len(hub.paths)
        total = _Weights(np.zeros(size), np.zeros(size), {})
        by_state: dict[str, list[tuple[RowId, float]]] = {}
        for row, price in prices.rows.items():
            if row.family in (capacity.NAME, equipment.NAME):
                by_state.setdefault(row.key[1], []).append((row, price))
        for state, rows in by_state.items():
            down, up = self._state_weights(hub, rows)
            if not down.any() and not up.any():
                continue
            if state != NORMAL:
                alive = ~self._cut(hub, state)
                down, up = down * alive, up * alive
                total.by_state[state] = (down, up)
            total.down += down
            total.up += up
        return total

    def _state_weights(self, hub: _Hub, rows: list[tuple[RowId, float]]) -> tuple[Floats, Floats]:
        down_arc, up_arc = np.zeros(2 * len(self.trunk) + 1), np.zeros(2 * len(self.trunk) + 1)
        down_node, up_node = np.zeros(len(self.node) + 1), np.zeros(len(self.node) + 1)
        for row, price in rows:
            element, _, way = row.key
            if row.family == capacity.NAME:
                first = 2 * self.trunk[element]
                (up_arc if way == "forward" else down_arc)[first] += price
                (down_arc if way == "forward" else up_arc)[first + 1] += price
            else:
                (up_node if way == "forward" else down_node)[self.node[element]] += price
        down = down_arc[hub.arcs].sum(axis=1) + down_node[hub.nodes].sum(axis=1)
        up = up_arc[hub.arcs].sum(axis=1) + up_node[hub.nodes].sum(axis=1)
        return down, up

    def _cut(self, hub: _Hub, state: str) -> NDArray[np.bool_]:
        mask = self.candidates.state(state)
        arcs = np.zeros(2 * len(self.trunk) + 1, dtype=bool)
        nodes = np.zeros(len(self.node) + 1, dtype=bool)
        for link in mask.links:
            if link in self.trunk:
                arcs[2 * self.trunk[link]] = arcs[2 * self.trunk[link] + 1] = True
        for exchange in mask.exchanges:
            if exchange in self.node:
                nodes[self.node[exchange]] = True
        cut: NDArray[np.bool_] = arcs[hub.arcs].any(axis=1) | nodes[hub.nodes].any(axis=1)
        return cut


class _Best:
    """The cheapest columns so far, at most `most`, all below the threshold; and the least that anything else costs."""

    def __init__(self, threshold: float, most: int) -> None:
        self.limit = threshold
        self.most = most
        self.least = float("inf")
        self.left_out = float("inf")
        self._came = 0
        self._heap: list[tuple[float, int, Column]] = []

    def useless(self, value: float) -> bool:
        """Whether a column of at least this reduced cost can be left out; it is then accounted for."""
        if value < self.limit:
            return False
        self.leave_out(value)
        return True

    def leave_out(self, value: float) -> None:
        """Account for columns that nobody looked at, each of at least this reduced cost."""
        self.left_out = min(self.left_out, value)

    def offer(self, value: float, column: Column) -> None:
        """Keep a column if it is among the cheapest."""
        self.least = min(self.least, value)
        if value >= self.limit:
            self.leave_out(value)
            return
        self._came += 1
        heappush(self._heap, (-value, -self._came, column))
        if len(self._heap) > self.most:
            dropped, _, _ = heappop(self._heap)
            self.leave_out(-dropped)
            self.limit = -self._heap[0][0]

    def found(self) -> Found:
        """Sum up."""
        columns = sorted(((-value, column) for value, _, column in self._heap), key=lambda item: (item[0], item[1].key))
        return Found(tuple(columns), min(self.least, self.left_out), self.left_out)


class Priced:
    """All columns at given prices; the prices of one site's own rows can be raised afterwards."""

    def __init__(self, pricer: Pricer, prices: Prices) -> None:
        self.pricer, self.prices = pricer, prices
        self.weights = {hub: pricer.weights(own, prices) for hub, own in pricer.hubs.items()}
        self.linked: dict[str, dict[RowId, float]] = {site: {} for site in pricer.choices}
        self.charged: dict[str, dict[RowId, float]] = {}
        for row, price in prices.rows.items():
            if row.family in (linking.NAME, opening.NAME):
                if row.key[0] in self.linked:
                    self.linked[row.key[0]][row] = price
            elif row.key[1] != NORMAL:
                self.charged.setdefault(row.key[0], {})[row] = price

    def site(self, site: str, threshold: float, most: int, depth: int = DEPTH) -> Found:
        """Price one site; list up to `most` columns with a reduced cost below the threshold (VND)."""
        choices, pi = self.pricer.choices[site], self.prices.sites.get(site, 0.0)
        return _Site(self.pricer, choices, pi, self.weights, self.linked[site], self.charged).find(
            threshold, most, depth
        )

    def raise_price(self, row: RowId, amount: float) -> None:
        """Charge more for an opening or linking row."""
        own = self.linked[row.key[0]]
        own[row] = own.get(row, 0.0) + amount

    def now(self) -> Prices:
        """Return the prices with what was raised."""
        rows = dict(self.prices.rows)
        for own in self.linked.values():
            rows |= own
        return Prices(rows, self.prices.sites)


@dataclass
class _Side:
    """All paths of one site in one role: priced, with their groups."""

    accesses: list[Access]
    offset: list[int]
    value: Floats

    def route(self, pricer: Pricer, index: int) -> Route:
        position = int(np.searchsorted(self.offset, index, side="right")) - 1
        access = self.accesses[position]
        return Route(access, pricer.hubs[access.to].paths[index - self.offset[position]])


class _Site:
    """Pricing of one site."""

    def __init__(
        self,
        pricer: Pricer,
        choices: Choices,
        pi: float,
        weights: Mapping[str, _Weights],
        linked: Mapping[RowId, float],
        charged: Mapping[str, Mapping[RowId, float]],
    ) -> None:
        self.pricer, self.choices, self.pi, self.weights = pricer, choices, pi, weights
        self.demand = pricer.candidates.demands[choices.site]
        self.linked, self.charged = linked, charged

    def find(self, threshold: float, most: int, depth: int) -> Found:
        """Return the cheapest columns below the threshold and a bound on all others."""
        best = _Best(threshold, most)
        primaries = self._side("primary")
        if self.choices.alone or self.choices.mobiles:
            self._singles(primaries, best, depth)
        if self.choices.backups:
            self._pairs(primaries, self._side("backup"), best, depth)
        return best.found()

    def _side(self, role: str) -> _Side:
        """Price all paths of a role; the backup's weight in failure states is left out (it is not negative)."""
        primary = role == "primary"
        accesses = list(self.choices.primaries if primary else self.choices.backups)
        arcs, nodes = self._linked_arrays(role)
        by_hub: dict[str, Floats] = {}
        offset, values, size = [], [], 0
        down, up = self.demand.down / 1000, self.demand.up / 1000
        for access in accesses:
            hub, weight = self.pricer.hubs[access.to], self.weights[access.to]
            if access.to not in by_hub:
                base = arcs[hub.arcs].sum(axis=1) + nodes[hub.nodes].sum(axis=1)
                if primary:
                    base = base + down * weight.down + up * weight.up
                by_hub[access.to] = base
            purchase = access.primary if primary else access.backup
            value = by_hub[access.to] + float(purchase.cost_vnd if purchase else 0)
            if primary:
                for state, (state_down, state_up) in weight.by_state.items():
                    if access.link.id in self.pricer.candidates.state(state).links:
                        value = value - down * state_down - up * state_up
            offset.append(size)
            values.append(value)
            size += len(value)
        return _Side(accesses, offset, np.concatenate(values) if values else np.zeros(0))

    def _linked_arrays(self, role: str) -> tuple[Floats, Floats]:
        arcs = np.zeros(2 * len(self.pricer.trunk) + 1)
        nodes = np.zeros(len(self.pricer.node) + 1)
        for row, price in self.linked.items():
            if row.family == linking.NAME:
                first = 2 * self.pricer.trunk[row.key[1]]
                arcs[first] += price
                arcs[first + 1] += price
            elif row.key[2] in (role, "either"):
                nodes[self.pricer.node[row.key[1]]] += price
        return arcs, nodes

    def _backup_charge(self, column: Column) -> float:
        """Price of what the backup carries in failure states."""
        charge = 0.0
        candidates = self.pricer.candidates
        if column.backup:
            for element in (*column.backup.trunks.links, *column.backup.trunks.nodes):
                for row, price in self.charged.get(element, {}).items():
                    if loads.is_down(candidates, column.primary, row.key[1]):
                        charge += price * FAMILIES[row.family].coefficient(candidates, column, row.key)
        return charge

    def _singles(self, side: _Side, best: "_Best", depth: int) -> None:
        """Look at columns without a second fixed path."""
        mobile = self.choices.mobiles[0].backup if self.choices.mobiles else None
        cheapest = float(mobile.cost_vnd) if mobile else 0.0
        order = _cheapest(side.value, depth)
        for index in order:
            value = float(side.value[index]) + cheapest - self.pi
            if best.useless(value):
                return
            column = self.choices.single(side.route(self.pricer, int(index)))
            if column is not None and column.backup and column.backup.access.backup:
                best.offer(value - cheapest + column.backup.access.backup.cost_vnd, column)
            elif column is not None:
                best.offer(value, column)
        if len(order) < len(side.value):
            best.leave_out(float(side.value[order[-1]]) + cheapest - self.pi)

    def _pairs(self, first: _Side, second: _Side, best: "_Best", depth: int) -> None:
        """Look at columns of two fixed paths."""
        if not len(first.value) or not len(second.value):
            return
        order = _cheapest(first.value, depth)
        backups = _cheapest(second.value, DEPTH_FACTOR * depth)
        value = second.value[backups]
        fails = self._fails(second, backups)
        survived = _words(self.choices.survived, self.pricer.words)
        for index in order:
            base = float(first.value[index]) - self.pi
            if best.useless(base + float(value[0])):
                return
            primary = first.route(self.pricer, int(index))
            if self.choices.mobile_is_best(primary):
                continue
            mine = _words(primary.fails, self.pricer.words) & survived
            useful = int(np.searchsorted(value, best.limit - base))
            for at in np.flatnonzero(~(fails[:useful] & mine).any(axis=1)):
                if best.useless(base + float(value[at])):
                    break
                column = self.choices.pair(primary, second.route(self.pricer, int(backups[at])))
                if column is not None:
                    best.offer(base + float(value[at]) + self._backup_charge(column), column)
            if useful < len(value):
                best.leave_out(base + float(value[useful]))
            elif len(backups) < len(second.value):
                best.leave_out(base + float(value[-1]))
        if len(order) < len(first.value):
            best.leave_out(float(first.value[order[-1]]) - self.pi + float(value[0]))

    def _fails(self, side: _Side, indices: NDArray[np.intp]) -> NDArray[np.uint64]:
        """Return the groups that cut each of these paths, as rows of words."""
        fails = np.zeros((len(indices), self.pricer.words), dtype=np.uint64)
        position = np.searchsorted(side.offset, indices, side="right") - 1
        for number, access in enumerate(side.accesses):
            mine = np.flatnonzero(position == number)
            if len(mine):
                paths = self.pricer.hubs[access.to].fails[indices[mine] - side.offset[number]]
                fails[mine] = paths | _words(access.fails, self.pricer.words)
        return fails


def _cheapest(value: Floats, most: int) -> NDArray[np.intp]:
    """Return the indices of the smallest values in increasing order, ties by index."""
    if len(value) > most:
        threshold = np.partition(value, most - 1)[most - 1]
        some = np.flatnonzero(value <= threshold)
        return some[np.argsort(value[some], kind="stable")][:most]
    return np.argsort(value, kind="stable")
