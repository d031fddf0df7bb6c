"""A few machines at once: their processes are placed anew by CP-SAT, everything else stays.

    min  Σ_mr w_r o_mr + Σ_mb v_mb + Σ_pm μ_pm x_pm + w_s σ
         Σ_m x_pm = 1                                            every free process p on one machine m         (place)
         B_mr + Σ_p q_pr x_pm ≤ C_mr                             B holds what stays and what waits          (capacity)
         Σ_{p of s} x_pm ≤ 1 - [s stays on m]                                                               (conflict)
         Σ_l z_sl ≥ spread_s - |locations that stay|,  z_sl ≤ Σ_{p of s, m in l} x_pm                         (spread)
         x_pm ≤ Σ_{p' of t, m' near m} x_p'm'                    s of p depends on t, no t stays near m     (depends)
         o_mr ≥ load - S_mr,  v_mb ≥ t_b A_ma - A_mb,  σ ≥ moved processes of each service

A process counts on its start for transient resources wherever it goes: there the row holds a constant.
"""

from collections import defaultdict

import numpy as np
from ortools.sat.python import cp_model

from planner.cpsat import FEASIBLE, run
from planner.limits import Watch
from planner.reassignment.problem import Integers
from planner.reassignment.state import State


class Neighbourhood:
    """The program for free processes and the machines where they may stand."""

    def __init__(self, state: State, free: Integers, machines: Integers) -> None:
        self.state, self.free, self.machines = state, free, machines
        self.model = cp_model.CpModel()
        self.x: dict[tuple[int, int], cp_model.IntVar] = {}
        self.services: dict[int, list[int]] = defaultdict(list)
        for p in free.tolist():
            self.services[int(state.estate.service[p])].append(p)
        self.is_free = set(free.tolist())
        self.objective: list[tuple[cp_model.IntVar, int]] = []
        self._place()
        self._loads()
        for s in sorted(self.services):
            self._conflict(s)
            self._spread(s)
            self._depends(s)
        self._moves()
        self.model.minimize(
            cp_model.LinearExpr.weighted_sum([v for v, _ in self.objective], [c for _, c in self.objective])
        )

    def _place(self) -> None:
        estate = self.state.estate
        for p in self.free.tolist():
            here = int(self.state.machine[p])
            row = []
            for m in self.machines.tolist():
                x = self.model.new_bool_var("")
                self.x[p, m] = x
                row.append(x)
                self.model.add_hint(x, m == here)
                price = estate.machine_weight * int(estate.machine_move[estate.start[p], m])
                price += estate.process_weight * int(estate.move_cost[p]) * (m != estate.start[p])
                if price:
                    self.objective.append((x, price))
            self.model.add_exactly_one(row)

    def _loads(self) -> None:
        estate, state = self.state.estate, self.state
        needs = estate.requirement[self.free]
        for m in self.machines.tolist():
            on = state.machine[self.free] == m
            stays = state.use[m].astype(np.int64) - needs[on].sum(axis=0)
            mine = estate.start[self.free] == m
            waits = state.waiting[m].astype(np.int64)
            waits = waits - (needs[mine & ~on] * estate.transient).sum(axis=0)
            xs = [self.x[p, m] for p in self.free.tolist()]
            loads = []
            for r in range(needs.shape[1]):
                coefficients = needs[:, r].tolist()
                load = cp_model.LinearExpr.weighted_sum(xs, coefficients)
                loads.append(load)
                room = int(estate.capacity[m, r] - stays[r] - waits[r])
                if estate.transient[r] and mine.any():
                    room -= int(needs[mine, r].sum())
                    other = [(x, c) for x, c, own in zip(xs, coefficients, mine.tolist(), strict=True) if not own]
                    self.model.add(
                        cp_model.LinearExpr.weighted_sum([x for x, _ in other], [c for _, c in other]) <= room
                    )
                else:
                    self.model.add(load <= room)
                most = int(needs[:, r].sum() + stays[r] - estate.safety[m, r])
                if most > 0 and estate.load_weight[r]:
                    over = self.model.new_int_var(0, most, "")
                    self.model.add(over >= load + int(stays[r] - estate.safety[m, r]))
                    self.objective.append((over, int(estate.load_weight[r])))
                    self.model.add_hint(over, max(0, int(state.use[m, r]) - int(estate.safety[m, r])))
            for one in estate.balances:
                left_a, left_b = (int(estate.capacity[m, r] - stays[r]) for r in (one.a, one.b))
                # target × (left a - load a) - (left b - load b)
                constant = one.target * left_a - left_b
                most = constant + int(needs[:, one.b].sum())
                if most > 0 and one.weight:
                    short = self.model.new_int_var(0, most, "")
                    self.model.add(short >= constant - one.target * loads[one.a] + loads[one.b])
                    self.objective.append((short, one.weight))

    def _stay(self, s: int) -> Integers:
        """Return where the processes of a service stand that are not free."""
        members = self.state.estate.members[s].tolist()
        return np.array([int(self.state.machine[p]) for p in members if p not in self.is_free], dtype=np.int64)

    def _conflict(self, s: int) -> None:
        stay = set(self._stay(s).tolist())
        for m in self.machines.tolist():
            xs = [self.x[p, m] for p in self.services[s]]
            if m in stay:
                for x in xs:
                    self.model.add(x == 0)
            elif len(xs) > 1:
                self.model.add_at_most_one(xs)

    def _spread(self, s: int) -> None:
        estate = self.state.estate
        if estate.spread[s] <= 1:
            return
        stay = set(estate.location[self._stay(s)].tolist())
        missing = int(estate.spread[s]) - len(stay)
        if missing <= 0:
            return
        by_location: dict[int, list[cp_model.IntVar]] = defaultdict(list)
        for m in self.machines.tolist():
            if int(estate.location[m]) not in stay:
                by_location[int(estate.location[m])] += [self.x[p, m] for p in self.services[s]]
        reached = []
        for _, xs in sorted(by_location.items()):
            z = self.model.new_bool_var("")
            self.model.add_bool_or(xs).only_enforce_if(z)
            reached.append(z)
        self.model.add(cp_model.LinearExpr.sum(reached) >= missing)

    def _depends(self, s: int) -> None:
        for t in self.state.estate.needs[s].tolist():
            self._near(s, t)
        for u in self.state.estate.needed_by[s].tolist():
            if u not in self.services:
                self._near(u, s)

    def _near(self, s: int, t: int) -> None:
        """Require a process of t in every neighbourhood of the machines that holds one of s."""
        place = self.state.estate.neighbourhood
        held_s, held_t = set(place[self._stay(s)].tolist()), set(place[self._stay(t)].tolist())
        for n in sorted(set(place[self.machines].tolist()) - held_t):
            near = [m for m in self.machines.tolist() if place[m] == n]
            xs = [self.x[p, m] for p in self.services.get(t, []) for m in near]
            if n in held_s:
                self.model.add_bool_or(xs)
                continue
            for p in self.services.get(s, []):
                for m in near:
                    self.model.add_bool_or([*xs, self.x[p, m].negated()])

    def _moves(self) -> None:
        estate, state = self.state.estate, self.state
        if not estate.service_weight:
            return
        moved = state.moved.copy()
        for p in self.free.tolist():
            moved[estate.service[p]] -= int(state.machine[p] != estate.start[p])
        touched = sorted(self.services)
        rest = np.delete(moved, touched).max(initial=0)
        most = max(int(rest), int(max(moved[s] + len(own) for s, own in self.services.items())))
        top = self.model.new_int_var(int(rest), most, "")
        for s in touched:
            own = self.services[s]
            if moved[s] + len(own) > rest:
                home = [self.x[p, int(estate.start[p])] for p in own if (p, int(estate.start[p])) in self.x]
                self.model.add(top >= int(moved[s]) + len(own) - cp_model.LinearExpr.sum(home))
        self.objective.append((top, estate.service_weight))

    def solve(self, watch: Watch, work: float) -> tuple[Integers, float]:
        """Return the assignment with the free processes at least cost, and the deterministic time it took."""
        solver, status = run(self.model, watch, work)
        machine = self.state.machine.copy()
        if status in FEASIBLE:
            for (p, m), x in self.x.items():
                if solver.boolean_value(x):
                    machine[p] = m
        return machine, float(solver.response_proto.deterministic_time)
