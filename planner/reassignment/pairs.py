"""Machines in pairs: all exchanges between the two of a pair are priced at once, one is drawn, and all pairs change.

A sweep joins the machines two and two at random. For machines a, b and a set X of processes that change sides,

    Δ(X) = c_a(U_a - f) - c_a(U_a) + c_b(U_b + f) - c_b(U_b) + moves of X        f = Σ_{X on a} q - Σ_{X on b} q

Two kinds of sweeps take turns: X is every one process of a with every one of b, "nobody" among both (`swaps`); X is
every subset of a few that were drawn, two processes of one service always together (`regroup`). X is drawn by the heat
bath, P ∝ exp(-Δ/T), as argmin Δ + T g, g standard Gumbel; at T = 0 it is the best. Pairs share no machine, so that all
loads stay exact; what services forbid is looked up for each process alone, and again one after the other as X moves.
All sums are whole and below 2^53.

Kirkpatrick, Gelatt, Vecchi (1983); heat bath: Creutz (1980).
"""

from typing import NamedTuple

import numpy as np

from planner.reassignment.problem import Estate, Flags, Floats, Integers, cost
from planner.reassignment.services import Services
from planner.reassignment.state import State, machine_costs

POOL = 1 << 20
"""Random numbers kept, of which slices are drawn."""
ELEMENTS = 40_000
"""Sets priced at once: what fits the processor's cache."""
WIDEST = 64
"""Processes of one machine looked at in one sweep; more are drawn by lot."""


class Sides(NamedTuple):
    """What may change sides between the machines a and b, shape (n,): leaves a, comes from b, shape (n, k)."""

    a: Integers
    b: Integers
    leave: Integers
    come: Integers


class Pairs:
    """An assignment, its sums, and the search by sweeps."""

    def __init__(self, estate: Estate, machine: Integers, seed: int) -> None:
        self.estate, self.random = estate, np.random.default_rng(seed)
        self.noise: Floats = -np.log(-np.log(self.random.random(POOL)))
        self.nobody = len(estate.service)
        self.need: Floats = np.append(
            estate.requirement.astype(np.float64), np.zeros((1, len(estate.load_weight))), axis=0
        )
        self.service = np.append(estate.service, len(estate.spread))
        self.start = np.append(estate.start, 0)
        self.move_cost = np.append(estate.move_cost * estate.process_weight, 0).astype(np.float64)
        self.fare = np.append(np.full(self.nobody, float(estate.machine_weight)), 0.0)
        self.pays = bool(estate.machine_weight and estate.machine_move.any())
        self.price = self.move_cost.copy()
        """What it costs, while searching, that a process is not where it was."""
        self.begin(machine)
        self.best_cost, self.best = self.cost, machine.copy()

    def begin(self, machine: Integers) -> None:
        """Take an assignment as the one to go on from."""
        estate, state = self.estate, State(self.estate, machine)
        self.machine, self.use, self.waiting = machine.copy(), state.use, state.waiting
        self.capacity, self.safety, self.weight = state.capacity, state.safety, state.weight
        self.cost = float(cost(estate, machine))
        self.moved = np.append(state.moved, 0)
        self.most_moved = int(self.moved.max())
        self.services = Services(estate, machine)
        counts = np.bincount(machine, minlength=len(self.use))
        self.count: list[int] = counts.tolist()
        """Processes of each machine, which are the first of its slots."""
        self.slots = np.full((len(self.use), int(counts.max(initial=0)) + 8), self.nobody, dtype=np.int64)
        order = np.argsort(machine, kind="stable")
        self.slot_of = np.empty(self.nobody, dtype=np.int64)
        self.slot_of[order] = np.arange(self.nobody) - np.repeat(np.cumsum(counts) - counts, counts)
        self.slots[machine, self.slot_of] = np.arange(self.nobody)

    def raise_prices(self, least: float) -> None:
        """Let every move cost so much at least; a whole number, so that the books stay exact."""
        self.price = np.maximum(self.move_cost, np.ceil(least))
        self.price[-1] = 0.0

    def sweep(self, temperature: float, size: int = 0) -> int:
        """Let every machine exchange with another one, by subsets of `size` or by swaps; return how many pairs did."""
        order = self.random.permutation(len(self.use))
        half = len(order) // 2
        a, b = order[:half], order[half : 2 * half]
        counts = np.array(self.count)
        width = np.minimum(np.maximum(counts[a], counts[b]), WIDEST) + 1
        if size:
            room = np.full(half, 1 << size)
        else:
            by_width = np.argsort(width, kind="stable")  # arrays as small as may be
            a, b, room = a[by_width], b[by_width], width[by_width] ** 2
        done, first = 0, 0
        while first < half:
            last = first + max(1, min(half - first, ELEMENTS // int(room[first])))
            while last - first > 1 and (last - first) * int(room[last - 1]) > ELEMENTS:
                last = (first + last) // 2
            one, other = a[first:last], b[first:last]
            done += self.regroup(one, other, temperature, size) if size else self.swaps(one, other, temperature)
            first = last
        if self.cost < self.best_cost:
            self.best_cost, self.best = self.cost, self.machine.copy()
        return done

    def swaps(self, a: Integers, b: Integers, temperature: float) -> int:
        """Let every pair swap two processes, or move one."""
        left, right = self._held(a), self._held(b)
        total = self.swap_prices(a, b, left, right)
        chosen, delta = self._draw(total.reshape(len(a), -1), temperature)
        rows, (i, j) = np.arange(len(a)), np.divmod(chosen, right.shape[1])
        sides = Sides(a, b, left[rows, i][:, None], right[rows, j][:, None])
        return self._settle(sides, delta, np.ones((len(a), 1), dtype=bool), temperature)

    def swap_prices(self, a: Integers, b: Integers, left: Integers, right: Integers) -> Floats:
        """Return Δ for every one of `left` with every one of `right`, shape (n, k, l); inf where it is forbidden."""
        price_p, stay_p = self._alone(left, a, b)
        price_q, stay_q = self._alone(right, b, a)
        need_p, need_q = self.need[left], self.need[right]
        shape = (len(a), left.shape[1], right.shape[1])
        resources = range(need_p.shape[2])
        total = (price_p[:, :, None] + price_q[:, None, :]).reshape(len(a), -1)
        flows: list[Floats] = [(need_p[:, :, r, None] - need_q[:, None, :, r]).reshape(len(a), -1) for r in resources]
        # transient: (change where p was, change where q was) that the flow does not tell
        stays = {
            r: [
                (own_p[:, :, None] + other_q[:, None, :]).reshape(len(a), -1)
                for own_p, other_q in ((stay_p[0][..., r], stay_q[1][..., r]), (stay_p[1][..., r], stay_q[0][..., r]))
            ]
            for r in np.flatnonzero(self.estate.transient).tolist()
        }
        self._add_loads(total, a, b, flows, stays)
        found: Floats = total.reshape(shape)
        self._forbid(found, Sides(a, b, left, right))
        return found

    def regroup(self, a: Integers, b: Integers, temperature: float, size: int) -> int:
        """Let any of a few processes of every pair change sides together."""
        sides = self._drawn(a, b, size)
        total = self.subset_prices(sides)
        chosen, delta = self._draw(total, temperature)
        bits = (chosen[:, None] >> np.arange(sides.leave.shape[1])) & 1 == 1
        return self._settle(sides, delta, bits, temperature)

    def subset_prices(self, sides: Sides) -> Floats:
        """Return Δ of every subset, shape (n, 2^k), inf without room; services are looked at when it is made."""
        a, b, leave, come = sides
        price_p, stay_p = self._alone(leave, a, b)
        price_q, stay_q = self._alone(come, b, a)
        total = subsets(price_p + price_q)
        flow: Floats = self.need[leave] - self.need[come]
        stays = {
            r: [subsets(stay_p[0][..., r] + stay_q[1][..., r]), subsets(stay_p[1][..., r] + stay_q[0][..., r])]
            for r in np.flatnonzero(self.estate.transient).tolist()
        }
        self._add_loads(total, a, b, [subsets(flow[:, :, r]) for r in range(flow.shape[2])], stays)
        return total

    def _alone(self, processes: Integers, here: Integers, there: Integers) -> tuple[Floats, tuple[Floats, Floats]]:
        """Return what moving from here to there costs, (n, k); what then stays here, what waited there, (n, k, r).

        Of the service term only what surely is added.
        """
        start = self.start[processes]
        leaves, returns = (start == here[:, None]) & (processes != self.nobody), start == there[:, None]
        price: Floats = self.price[processes] * (leaves.astype(np.float64) - returns)
        if self.pays:
            far = self.estate.machine_move
            price += self.fare[processes] * (far[start, there[:, None]] - far[start, here[:, None]])
        if self.estate.service_weight:
            price += float(self.estate.service_weight) * self._grows(processes, leaves)
        need = self.need[processes] * self.estate.transient
        return price, (need * leaves[:, :, None], need * -returns[:, :, None].astype(np.float64))

    def _grows(self, processes: Integers, leaves: Flags) -> Flags:
        """Return whether a service with the most moved processes moves one more."""
        return np.asarray(leaves & (self.moved[self.service[processes]] >= self.most_moved))

    def _add_loads(
        self, total: Floats, a: Integers, b: Integers, flows: list[Floats], stays: dict[int, list[Floats]]
    ) -> None:
        """Add the change of load and balance for flows from a to b, (n, x) for each resource; inf where no room is."""
        use_a, use_b = self.use[a], self.use[b]
        now = machine_costs(self.estate, use_a, a) + machine_costs(self.estate, use_b, b)
        total -= now[:, None]
        full, other = np.zeros(total.shape, dtype=bool), np.empty(total.shape, dtype=bool)
        part = np.empty_like(total)
        sides = ((a, use_a, -1), (b, use_b, 1))
        for r, flow in enumerate(flows):
            for side, (m, use, sign) in enumerate(sides):
                room = (self.capacity[m, r] - use[:, r] - self.waiting[m, r])[:, None]
                if r in stays:
                    (np.add if sign > 0 else np.subtract)(stays[r][side], flow, out=part)
                    np.greater(part, room, out=other)
                elif sign > 0:
                    np.greater(flow, room, out=other)
                else:
                    np.less(flow, -room, out=other)
                full |= other
                if self.weight[r]:
                    over = (use[:, r] - self.safety[m, r])[:, None]
                    (np.add if sign > 0 else np.subtract)(over, flow, out=part)
                    np.maximum(part, 0.0, out=part)
                    part *= self.weight[r]
                    total += part
        for one in self.estate.balances:
            tilt = one.target * flows[one.a]
            tilt -= flows[one.b]
            for m, use, sign in sides:
                left = self.capacity[m] - use
                short = (one.target * left[:, one.a] - left[:, one.b])[:, None]
                (np.subtract if sign > 0 else np.add)(short, tilt, out=part)
                np.maximum(part, 0.0, out=part)
                part *= one.weight
                total += part
        total[full] = np.inf

    def _forbid(self, total: Floats, sides: Sides) -> None:
        """Forbid what services forbid, and all empty places of a machine but one."""
        a, b, left, right = sides
        empty_p, empty_q = left == self.nobody, right == self.nobody
        total[empty_p & (np.cumsum(empty_p, axis=1) > 1)] = np.inf
        np.moveaxis(total, 2, 1)[empty_q & (np.cumsum(empty_q, axis=1) > 1)] = np.inf
        if self.services.matter:
            of_p, of_q = self.service[left], self.service[right]
            no_p = self.services.forbidden(of_p, a, b) & ~empty_p
            no_q = self.services.forbidden(of_q, b, a) & ~empty_q
            if no_p.any() or no_q.any():
                total[(no_p[:, :, None] | no_q[:, None, :]) & (of_p[:, :, None] != of_q[:, None, :])] = np.inf

    def _held(self, m: Integers) -> Integers:
        """Return processes of the machines m, shape (n, k), with nobody last; by lot if they are many."""
        counts = np.array([self.count[one] for one in m.tolist()])
        rows, most = self.slots[m], int(counts.max(initial=0))
        if most <= WIDEST:
            return rows[:, : most + 1]
        lot = self.random.random(rows.shape)
        lot[rows == self.nobody] = 2.0
        rows = np.take_along_axis(rows, np.argpartition(lot, WIDEST, axis=1)[:, : WIDEST + 1], axis=1)
        rows[:, WIDEST] = self.nobody
        return rows

    def _drawn(self, a: Integers, b: Integers, size: int) -> Sides:
        """Draw what may change sides: processes alone, and two of one service together."""
        left, right, nobody = self._held(a), self._held(b), self.nobody
        partner = np.full(left.shape, nobody)
        lone_p, lone_q = left != nobody, right != nobody
        services = self.services
        if services.matter:
            of_p, of_q = self.service[left], self.service[right]
            same = of_p[:, :, None] == np.where(lone_q, of_q, -1)[:, None, :]
            both = same.any(axis=2)
            partner = np.where(both, np.take_along_axis(right, same.argmax(axis=2), axis=1), nobody)
            lone_q &= ~same.any(axis=1) & ~services.forbidden(of_q, b, a)
            lone_p &= both | ~services.forbidden(of_p, a, b)
        lot = self.random.random((len(a), left.shape[1] + right.shape[1]))
        lot[~np.concatenate((lone_p, lone_q), axis=1)] = 2.0
        size = min(size, lot.shape[1])
        chosen = np.argpartition(lot, size - 1, axis=1)[:, :size]
        leave = np.concatenate((np.where(lone_p, left, nobody), np.full(right.shape, nobody)), axis=1)
        come = np.concatenate((np.where(lone_p, partner, nobody), np.where(lone_q, right, nobody)), axis=1)
        return Sides(a, b, np.take_along_axis(leave, chosen, axis=1), np.take_along_axis(come, chosen, axis=1))

    def _draw(self, total: Floats, temperature: float) -> tuple[Integers, Floats]:
        """Return the column drawn from each row, and its price."""
        if temperature > 0:
            first = int(self.random.integers(max(1, POOL - total.size)))
            drawn = np.resize(self.noise[first : first + total.size], total.shape) * -temperature
            drawn += total
            chosen = drawn.argmin(axis=1)
        else:
            chosen = total.argmin(axis=1)
        return chosen, total[np.arange(len(total)), chosen]

    def _settle(self, sides: Sides, delta: Floats, bits: Flags, temperature: float) -> int:
        """Make what was drawn, `bits` of each row, where services permit it; return in how many pairs."""
        a, b, leave, come = sides
        bits = bits & ((leave != self.nobody) | (come != self.nobody))
        go = np.isfinite(delta) & bits.any(axis=1)
        if temperature <= 0:
            go &= delta < 0
        rows = np.array([k for k in np.flatnonzero(go).tolist() if self._make(
            leave[k, bits[k]].tolist(), come[k, bits[k]].tolist(), int(a[k]), int(b[k]))], dtype=np.int64)  # fmt: skip
        if len(rows):
            at = np.repeat(rows, bits[rows].sum(axis=1))
            made = bits[rows]
            self._count(leave[rows][made], come[rows][made], a[at], b[at], float(delta[rows].sum()))
        return len(rows)

    def _make(self, leave: list[int], come: list[int], a: int, b: int) -> bool:
        """Let them change sides one after the other; all or none, if a service forbids it."""
        for done, (p, q) in enumerate(zip(leave, come, strict=True)):
            s, t = (int(self.service[one]) if one != self.nobody else -1 for one in (p, q))
            if not self.services.exchange(s, t, a, b):
                for x, y in zip(leave[:done][::-1], come[:done][::-1], strict=True):
                    u, v = (int(self.service[one]) if one != self.nobody else -1 for one in (x, y))
                    self.services.change(v, u, a, b)
                    self._place(y, x, a, b)
                return False
            self._place(p, q, a, b)
        return True

    def _place(self, p: int, q: int, a: int, b: int) -> None:
        """Change slots: p from a to b, q from b to a."""
        if p == self.nobody:
            self._shift(q, b, a)
        elif q == self.nobody:
            self._shift(p, a, b)
        else:
            i, j = int(self.slot_of[p]), int(self.slot_of[q])
            self.slots[a, i], self.slots[b, j] = q, p
            self.slot_of[p], self.slot_of[q] = j, i
            self.machine[p], self.machine[q] = b, a

    def _shift(self, p: int, a: int, b: int) -> None:
        slots, last = self.slots, self.count[a] - 1
        i, moved = int(self.slot_of[p]), int(slots[a, last])
        slots[a, i], self.slot_of[moved] = moved, i
        slots[a, last], self.count[a] = self.nobody, last
        at = self.count[b]
        if at + 1 >= slots.shape[1]:  # the last column is nobody's
            more = np.full((len(slots), slots.shape[1] // 2 + 8), self.nobody, dtype=np.int64)
            self.slots = slots = np.concatenate((slots, more), axis=1)
        slots[b, at], self.slot_of[p] = p, at
        self.count[b], self.machine[p] = at + 1, b

    def _count(self, p: Integers, q: Integers, a: Integers, b: Integers, delta: float) -> None:
        """Bring the sums up to date with p that went from a to b, and q that came back."""
        flow = self.need[p] - self.need[q]
        np.subtract.at(self.use, a, flow)
        np.add.at(self.use, b, flow)
        who, here, there = np.concatenate((p, q)), np.concatenate((a, b)), np.concatenate((b, a))
        start = self.start[who]
        leaves = (start == here) & (who != self.nobody)
        change = leaves.astype(np.int64) - ((start == there) & (who != self.nobody))
        self.cost += delta - float(((self.price - self.move_cost)[who] * change).sum())
        weight, before = float(self.estate.service_weight), self.most_moved
        if weight:
            self.cost -= weight * int(self._grows(who, leaves).sum())
        if change.any():
            np.add.at(self.waiting, start, self.need[who] * (change[:, None] * self.estate.transient))
            np.add.at(self.moved, self.service[who], change)
            self.most_moved = int(self.moved.max())
            self.cost += weight * (self.most_moved - before)


def subsets(values: Floats) -> Floats:
    """Return the sums of all subsets, shape (n, 2^k), of values of shape (n, k); bit i tells whether i is in."""
    count = values.shape[1]
    sums = np.zeros((len(values), 1 << count))
    for i in range(count):
        np.add(sums[:, : 1 << i], values[:, i : i + 1], out=sums[:, 1 << i : 2 << i])
    return sums
