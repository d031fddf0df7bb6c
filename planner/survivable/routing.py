r"""Can a capacity be routed in a state? Paths by column generation; a metric inequality that is broken when it cannot.

$$\min\sum_k \sigma_k \qquad \sum_{p\in P_k} x_p + \sigma_k \ge d_k \qquad \sum_{p\ni a} x_p \le u_a \qquad
x,\sigma\ge0$$

Lanes that join the same nodes the same way are one bundle: $a$ above; what is down has $u_a = 0$. The duals $\mu$ price
new paths; as soon as $\sum_k d_k\,\mathrm{dist}_\mu(k) > \sum_a\mu_a u_a$ the capacity is refused, without waiting for
the optimum. `planner.survivable.programs` solves it; where many demands share their source, trees take the place of
paths (`planner.survivable.trees`).
"""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from planner.survivable.compiled import Compiled, Floats, Ints
from planner.survivable.programs import Flow, Path, Program, RoutingError, Shared, program
from planner.survivable.trees import Tree, Trees

ENOUGH = 1e-6
"""Part of the traffic that may stay unrouted: solver noise."""
MOST_ROUNDS = 300
EPSILON = 1e-7
KEPT_LOADS = 24
MOST_KEPT = 4_000_000
"""Path flows that are kept, all states together; beyond, a state keeps those of its last routing alone."""
NO_FLOW: Flow = (np.zeros(0, dtype=np.int32), np.zeros(0))
Carried = Flow | list[tuple[Tree, float]]
"""By paths or by trees."""


class Router:
    """Routes capacities in states; remembers the paths."""

    def __init__(self, problem: Compiled) -> None:
        self.problem = problem
        self._arcs()
        self.place: dict[Path, int] = {}
        self.path_list: list[Path] = []
        self.program: Program = program(problem, self.bundles, self.path_list)
        self.trees: Trees | None = None
        """In place of the program while `by_trees`."""
        if Trees.suit(problem):
            self.trees = Trees(problem, self.bundles, (self.arc_from, self.arc_to, self.arc_lane))
        self.by_trees = self.trees is not None
        """Until they fail; flows by trees that were found before stay of use."""
        self.solves = self.reused = 0
        self.loads: list[list[Floats]] = [[] for _ in problem.states]
        """State → loads of the lanes in flows found before: whatever holds one of them is routable."""
        self.flows: list[list[Carried | None]] = [[] for _ in problem.states]
        """State → those flows, None where not kept."""
        self.pinned: list[tuple[Floats, Carried] | None] = [None] * len(problem.states)
        """State → load and flows of the best design."""
        self.usual: tuple[Floats, Ints, Ints, Ints] | None = None
        """Weights; place of each commodity's shortest path when nothing is down; its lanes, flat, and whose."""
        self.flow: Carried = NO_FLOW
        """Of the last question that was answered with yes."""
        self.noise = ENOUGH * max(1e-9, float(problem.value.sum()))

    def _arcs(self) -> None:
        problem = self.problem
        ways: list[list[tuple[int, int]]] = [[] for _ in range(problem.lanes)]
        for start, end, lane in problem.arcs:
            ways[lane].append((start, end))
        keys = [tuple(sorted(both)) for both in ways]
        places = {key: place for place, key in enumerate(dict.fromkeys(keys))}
        self.bundle = np.array([places[key] for key in keys], dtype=np.intp)
        """Lane → bundle."""
        self.bundles = len(places)
        up = np.zeros((self.bundles, len(problem.states)), dtype=np.intp)
        np.add.at(up, self.bundle, ~problem.lane_down.T)
        self.down = up.T == 0
        """S × bundles."""
        arcs = [(*way, bundle) for key, bundle in places.items() for way in key]
        self.arc_from = np.array([arc[0] for arc in arcs], dtype=np.intp)
        self.arc_to = np.array([arc[1] for arc in arcs], dtype=np.intp)
        self.arc_lane = np.array([arc[2] for arc in arcs], dtype=np.intp)

    def room(self, state: int, capacity: Floats) -> Floats:
        """Return what the bundles hold in a state; solver noise below nothing is nothing."""
        room = np.where(self.problem.lane_down[state], 0.0, np.maximum(capacity, 0.0)[self.problem.lane_link])
        held: Floats = np.bincount(self.bundle, weights=room, minlength=self.bundles)
        return held

    def refuse(self, state: int, capacity: Floats, *, flows: bool = False) -> Floats | None:
        """Return None when the capacity (L, with what is there) can be routed in a state, else lengths of the lanes.

        The lengths (A, ≥ 0, 0 on lanes that are down) break the metric inequality. `flows`: `carried` is to tell the
        flows of this state.
        """
        problem = self.problem
        room = self.room(state, capacity)
        pinned = self.pinned[state]
        if pinned is not None and bool((pinned[0] <= room).all()):
            self.flow = pinned[1]
            self.reused += 1
            return None
        known = self.loads[state]
        for at in np.flatnonzero((np.array(known) <= room).all(axis=1)).tolist() if known else ():
            flow = self.flows[state][at]
            if flow is not None or not flows:
                self.flow = NO_FLOW if flow is None else flow
                self.reused += 1
                return None
        wanted = np.where(problem.alive[state], problem.value, 0.0)
        try:
            lengths = self._tried(state, room, wanted)
        except RoutingError:
            self.renew()
            lengths = self._tried(state, room, wanted)
        if lengths is None:
            return None
        return np.where(problem.lane_down[state], 0.0, lengths[self.bundle])

    def renew(self) -> None:
        """Start a program in GLOP without a basis, after numerical trouble with the one in use."""
        self.program = Shared(len(self.problem.value), self.bundles, self.path_list)
        self.by_trees = False

    def _tried(self, state: int, room: Floats, wanted: Floats) -> Floats | None:
        """Return None when everything wanted finds room, else lengths of the bundles."""
        down = self.down[state]
        if self.trees is not None and self.by_trees:
            before = self.trees.solves
            refused = self.trees.refuse(state, room, wanted, down, self.noise)
            self.solves += self.trees.solves - before
            if refused is None:
                self.flow = self.trees.flow
                self._keep(state, np.minimum(self.trees.load(self.flow), room), self.flow)
            return refused
        lengths: Floats = np.zeros(self.bundles)
        self.program.begin(state, room, wanted, down)
        for _ in range(MOST_ROUNDS):
            self.solves += 1
            lacking, price, lengths = self.program.solve()
            if lacking <= self.noise:
                self._remember(state, room)
                return None
            lengths = np.maximum(0.0, lengths)
            # a lane without room may be as long as any price: that costs nothing and keeps paths away from it
            lengths[room <= self.noise * 1e-3] = 1.0
            lengths[down] = 0.0
            distance, paths = self._shortest(down, lengths, price, wanted)
            reach: float = float(np.minimum(distance, 1.0) @ wanted)
            if reach > float(lengths @ room) + max(self.noise, 0.3 * lacking):
                break
            for path in paths:
                if path not in self.place:
                    self._add(path)
            if not self.program.add([self.place[path] for path in paths]):
                break
        return lengths

    def _remember(self, state: int, room: Floats) -> None:
        flow = self.flow = self.program.flow(self.noise * 1e-3)
        load = np.zeros(self.bundles)
        for at, amount in zip(*(part.tolist() for part in flow), strict=True):
            load[list(self.path_list[at][1])] += amount
        self._keep(state, np.minimum(load, room), flow)

    def pin(self, capacity: Floats) -> None:
        """Keep the flows of a capacity known to be routable, whatever is routed later."""
        for state in range(len(self.loads)):
            room = self.room(state, capacity)
            for load, flow in zip(self.loads[state], self.flows[state], strict=True):
                if flow is not None and bool((load <= room).all()):
                    self.pinned[state] = (load, flow)
                    break

    def _keep(self, state: int, load: Floats, flow: Carried) -> None:
        self.loads[state] = [load, *self.loads[state][: KEPT_LOADS - 1]]
        pieces = len(flow) if isinstance(flow, list) else len(flow[0])
        few = KEPT_LOADS * pieces * len(self.loads) <= MOST_KEPT
        self.flows[state] = [flow, *(kept if few else None for kept in self.flows[state][: KEPT_LOADS - 1])]

    def carried(self, state: int, capacity: Floats) -> list[tuple[Path, float]]:
        """Return the path flows (commodity, lanes) of the last state that `refuse` did not refuse, with its capacity.

        The lanes of a bundle are filled one after another.
        """
        if isinstance(self.flow, list):
            assert self.trees is not None
            wanted = np.where(self.problem.alive[state], self.problem.value, 0.0)
            pieces = self.trees.paths(self.flow, wanted)
            paths, amounts = [path for path, _ in pieces], np.array([amount for _, amount in pieces])
        else:
            places, amounts = self.flow
            paths = [self.path_list[at] for at in places.tolist()]
        lanes = [np.flatnonzero(self.bundle == bundle).tolist() for bundle in range(self.bundles)]
        held = np.where(self.problem.lane_down[state], -np.inf, capacity[self.problem.lane_link])
        left: list[float] = held.tolist()
        lengths = [len(path) for _, path in paths]
        flat = np.fromiter((bundle for _, path in paths for bundle in path), dtype=np.intp, count=sum(lengths))
        load = np.bincount(flat, weights=np.repeat(amounts, lengths), minlength=self.bundles).tolist()
        largest = [max(some, key=lambda lane: left[lane]) for some in lanes]
        # a bundle with one lane, or one that holds everything, needs no share-out
        alone = [len(some) == 1 or load[at] <= left[largest[at]] for at, some in enumerate(lanes)]
        found = []
        for (k, path), amount in zip(paths, amounts.tolist(), strict=True):
            shared = [at for at, bundle in enumerate(path) if not alone[bundle]]
            taken = [largest[bundle] for bundle in path]
            while shared and amount > 0:
                full = False
                for at in shared:
                    open_ = next((lane for lane in lanes[path[at]] if left[lane] > self.noise), None)
                    full = full or open_ is None  # but for noise: the last lane takes it all
                    taken[at] = max(lanes[path[at]], key=lambda lane: left[lane]) if open_ is None else open_
                piece = amount if full else min(amount, *(left[taken[at]] for at in shared))
                for at in shared:
                    left[taken[at]] -= piece
                amount -= piece
                found.append(((k, tuple(taken)), piece))
            if not shared:
                found.append(((k, tuple(taken)), amount))
        return found

    def plainly(self, state: int, weights: Floats) -> Floats | None:
        """Send everything alive in a state on its shortest path by weights of the lanes; return the loads of the lanes.

        Of a bundle's lanes the lightest that is up takes everything.

        None when some ends are not joined. The paths are kept, so that later programs start with them. Only what is cut
        off in a state leaves the path that it has when nothing is down.
        """
        problem = self.problem
        light = np.full(self.bundles, np.inf)
        np.minimum.at(light, self.bundle, weights)
        if self.usual is None or self.usual[0].tobytes() != weights.tobytes():
            every = np.arange(len(problem.value))
            places = self._shortest_places(np.zeros(self.bundles, dtype=bool), light, every)
            if places is None:
                return None
            paths = [self.path_list[at][1] for at in places.tolist()]
            owner = np.repeat(every, [len(one) for one in paths])
            flat = np.fromiter((bundle for one in paths for bundle in one), dtype=np.intp, count=len(owner))
            self.usual = (weights.copy(), places, flat, owner)
        _, usual, flat, owner = self.usual
        alive, down = problem.alive[state], self.down[state]
        hit = np.bincount(owner, weights=down[flat], minlength=len(alive)) > 0
        moved = np.flatnonzero(alive & hit)
        places = self._shortest_places(down, light, moved)
        if places is None:
            return None
        stay = np.where(alive & ~hit, problem.value, 0.0)
        loads = np.bincount(flat, weights=stay[owner], minlength=self.bundles)
        for k, at in zip(moved.tolist(), places.tolist(), strict=True):
            loads[list(self.path_list[at][1])] += problem.value[k]
        used = usual.copy()
        used[moved] = places
        self._keep(state, loads, (used[alive].astype(np.int32), problem.value[alive]))
        order = np.argsort(-np.where(problem.lane_down[state], np.inf, weights), kind="stable")
        taker = np.zeros(self.bundles, dtype=np.intp)
        taker[self.bundle[order]] = order
        on_lanes = np.zeros(problem.lanes)
        on_lanes[taker] = loads
        return on_lanes

    def _shortest_places(self, down: NDArray[np.bool_], weights: Floats, commodities: Ints) -> Ints | None:
        """Return the place of the shortest path of each of some commodities, None when some ends are not joined.

        `down` and `weights` are of bundles.
        """
        wanted = np.zeros(len(self.problem.value))
        wanted[commodities] = self.problem.value[commodities]
        distance, paths = self._shortest(down, weights, np.full(len(wanted), 1e8), wanted)
        if (distance[wanted > 0] >= 1e8).any():
            return None
        for path in paths:
            if path not in self.place:
                self._add(path)
        place = {k: self.place[k, lanes] for k, lanes in paths}
        return np.array([place[k] for k in commodities.tolist()], dtype=np.intp)

    def _add(self, path: Path) -> None:
        self.place[path] = len(self.path_list)
        self.path_list.append(path)

    def _shortest(
        self, down: NDArray[np.bool_], lengths: Floats, price: Floats, wanted: Floats
    ) -> tuple[Floats, list[Path]]:
        """Return K: distance (big where there is no path) and the paths that are shorter than their price."""
        problem = self.problem
        up = ~down[self.arc_lane]
        cost = lengths[self.arc_lane] + EPSILON
        if problem.has_hop_limits:
            return self._hops(up, cost, price, wanted)
        chosen = np.flatnonzero(up)
        order = chosen[np.argsort(cost[chosen], kind="stable")[::-1]]
        n = problem.nodes
        best = np.full(n * n, -1, dtype=np.intp)
        best[self.arc_from[order] * n + self.arc_to[order]] = order
        arcs = best[best >= 0]
        matrix = csr_array((cost[arcs], (self.arc_from[arcs], self.arc_to[arcs])), shape=(n, n))
        sources = np.unique(problem.source)
        distance, before = dijkstra(matrix, indices=sources, return_predecessors=True)
        row = np.searchsorted(sources, problem.source)
        reached = distance[row, problem.target]
        paths = []
        for k in np.flatnonzero((wanted > 0) & (reached < price - EPSILON * n * 2)).tolist():
            node, lanes = int(problem.target[k]), []
            while node != problem.source[k]:
                previous = int(before[row[k], node])
                lanes.append(int(self.arc_lane[best[previous * n + node]]))
                node = previous
            paths.append((k, tuple(sorted(lanes))))
        return np.where(np.isfinite(reached), reached, 1e9), paths

    def _hops(self, up: np.ndarray, cost: Floats, price: Floats, wanted: Floats) -> tuple[Floats, list[Path]]:
        """As `_shortest`, within hop limits: one table of distances by number of links for each source."""
        problem = self.problem
        arcs = np.flatnonzero(up)
        starts, ends, costs = self.arc_from[arcs], self.arc_to[arcs], cost[arcs]
        distance = np.full(len(problem.value), 1e9)
        paths = []
        for source in np.unique(problem.source).tolist():
            mine = np.flatnonzero((problem.source == source) & (wanted > 0))
            if not len(mine):
                continue
            most = min(int(np.max(problem.hop_limit[mine])), problem.nodes - 1)
            table = np.full((most + 1, problem.nodes), np.inf)
            table[0, source] = 0.0
            via = np.full((most + 1, problem.nodes), -1, dtype=np.intp)
            for hop in range(1, most + 1):
                reached = table[hop - 1][starts] + costs
                order = np.argsort(-reached, kind="stable")
                best = np.full(problem.nodes, -1, dtype=np.intp)
                best[ends[order]] = order
                better = np.flatnonzero(best >= 0)
                gained = better[reached[best[better]] < table[hop - 1][better]]
                table[hop] = table[hop - 1]
                table[hop][gained] = reached[best[gained]]
                via[hop][gained] = arcs[best[gained]]
            for k in mine.tolist():
                hop = int(min(int(problem.hop_limit[k]), most))
                node = int(problem.target[k])
                if np.isfinite(table[hop, node]):
                    distance[k] = table[hop, node]
                    if distance[k] < price[k] - EPSILON * problem.nodes * 2:
                        lanes = []
                        while node != source:
                            while via[hop, node] < 0:
                                hop -= 1
                            arc = int(via[hop, node])
                            lanes.append(int(self.arc_lane[arc]))
                            node = int(self.arc_from[arc])
                            hop -= 1
                        paths.append((k, tuple(sorted(lanes))))
        return distance, paths
