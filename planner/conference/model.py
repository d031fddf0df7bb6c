"""Where bridges stand: facility location with modular bridges, modular lines, and a spare for each bridge that fails.

    min  Σ_p b n[p] + Σ_p Σ_i l_pi t[p,i]
         Σ_p y[q,p] = 1                                        every group q of endpoints has one home        (home)
         u[p,h] = Σ_{g in h} (Σ_{q of g} N_q y[q,p] + legs) / K_g  ≤  n[p]             every place, every hour (seats)
         u[core,h] ≤ n[core] - k                                                 k bridges of the core fail    (spare)
         u[p,h] ≤ max(n[p] - k, 0) + w[p,h],   u[core,h] + w[p,h] ≤ n[core]      k bridges of p fail: its endpoints
                                                                                 find seats there or at the core
         Σ_{q: own} r_q (1 - y[q,p]) + Σ_{q: not own} N_q r_q y[q,p] + Σ_g c_g leg[g,p] ≤ v_p + Σ_i e_pi t[p,i]  (line)
         leg[g,p] = 1 where tree g is served at p and elsewhere too              Σ_i t[p,i] ≤ 1

y[q,p]  group q served at p      n[p]  bridges at p        K_g  endpoints that one bridge serves    h  hour
N_q r_q  endpoints and rate of one, kbit/s                 c_g  rate between two bridges            k  `spare_bridges`
v_p  what the line of p carries when all bridges stand at the core      e_pi, l_pi  step i of its own lines: more kbit/s
     up to here, VND more (`planner.joint.lines`)                       b  present value of a bridge away from the core
The core's bridges are virtual machines, so they have no price here: the smallest cost for each number of them is handed
to whoever knows what they cost (`planner.joint`). Facility location with modular capacities: Correia, Captivo (2003).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import lcm

from ortools.sat.python import cp_model

from planner.network.purchase import KBPS
from topology import conference
from topology.conference import Group
from topology.model import FLAT, Records

Steps = Sequence[tuple[float, int]]


@dataclass(frozen=True, slots=True)
class Setting:
    """What the model reads."""

    records: Records
    box_vnd: int
    """Present value of one bridge away from the core."""
    spare: int
    """Bridges of one place that may fail at once."""
    steps: Mapping[str, Steps]
    """Place → steps of its own lines."""


class Model:
    """The model; `most` limits the bridges of the core."""

    def __init__(self, setting: Setting, most: int | None) -> None:
        self.setting, self.records = setting, setting.records
        self.cp = cp_model.CpModel()
        self.groups = conference.groups(self.records)
        self.hours = conference.hours(self.records)
        self.core = self.records.province.core
        self.places: list[str] = sorted({p for g in self.groups for p in self._may(g)} - {self.core})
        self.unit = lcm(1, *(tree.bridge_capacity.value for tree in self.records.conferences))
        self.weight = {t.id: self.unit // t.bridge_capacity.value for t in self.records.conferences}
        seats = sum(len(group.sites) for group in self.groups) + len(self.records.conferences) * (len(self.places) + 1)
        self.limit = seats + self.setting.spare
        self.n = {p: self.cp.new_int_var(0, self.limit, f"n[{p}]") for p in (*self.places, self.core)}
        self.y = {(g.id, p): self.cp.new_bool_var(f"y[{g.id},{p}]") for g in self.groups for p in self._may(g)}
        for group in self.groups:
            self.cp.add_exactly_one(self.y[group.id, place] for place in self._may(group))
        self.leg = self._legs()
        self._seats(most)
        self.cost: list[cp_model.LinearExprT] = [setting.box_vnd * self.n[place] for place in self.places]
        self._lines()

    def _may(self, group: Group) -> list[str]:
        """Places of a group that lines can serve."""
        allowed = conference.places(self.records, group)
        return [p for p in allowed if p == self.records.province.core or self.setting.steps.get(p)]

    def _legs(self) -> dict[tuple[str, str], cp_model.IntVar]:
        found: dict[tuple[str, str], cp_model.IntVar] = {}
        for tree in self.records.conferences:
            used = {}
            for place in (*self.places, self.core):
                served = [self.y[g.id, place] for g in self.groups if g.tree == tree.id and (g.id, place) in self.y]
                used[place] = self.cp.new_bool_var(f"used[{tree.id},{place}]")
                self.cp.add_max_equality(used[place], [*served, 0])
            several = self.cp.new_bool_var(f"several[{tree.id}]")
            self.cp.add(sum(used.values()) >= 2).only_enforce_if(several)
            self.cp.add(sum(used.values()) <= 1).only_enforce_if(~several)
            for place in self.places:
                leg = self.cp.new_bool_var(f"leg[{tree.id},{place}]")
                self.cp.add_min_equality(leg, [used[place], several])
                found[tree.id, place] = leg
        return found

    def load(self, place: str, trees: Sequence[str]) -> cp_model.LinearExpr:
        """Seats taken at a place while some trees meet, in units of 1 / `unit` bridges."""
        terms = [
            self.weight[g.tree] * len(g.sites) * self.y[g.id, place]
            for g in self.groups
            if g.tree in trees and (g.id, place) in self.y
        ]
        at = self.places if place == self.core else [place]
        terms += [self.weight[tree] * self.leg[tree, p] for tree in trees for p in at]
        return cp_model.LinearExpr.sum([0, *terms])

    def _seats(self, most: int | None) -> None:
        unit, spare = self.unit, self.setting.spare
        for trees in self.hours.values():
            core = self.load(self.core, trees)
            self.cp.add(core <= unit * (self.n[self.core] - spare))
            for place in self.places:
                here = self.load(place, trees)
                self.cp.add(here <= unit * self.n[place])
                if spare:
                    left = self.cp.new_int_var(0, self.limit, "")
                    self.cp.add_max_equality(left, [self.n[place] - spare, 0])
                    displaced = self.cp.new_int_var(0, unit * self.limit, "")
                    self.cp.add(displaced >= here - unit * left)
                    self.cp.add(core + displaced <= unit * self.n[self.core])
        if most is not None:
            self.cp.add(self.n[self.core] <= most)

    def _lines(self) -> None:
        records = self.records
        rate = {tree.id: _kbps(tree.cascade_mbps.value) for tree in records.conferences if tree.cascade_mbps}
        now = {site: sum(rates.values()) for site, (_, rates) in conference.busiest(records, FLAT).items()}
        for place in self.places:
            steps = self.setting.steps[place]
            taken = [self.cp.new_bool_var(f"t[{place},{i}]") for i in range(len(steps))]
            self.cp.add_at_most_one(taken)  # none: it carries no more than with all bridges at the core
            self.cost += [price * t for t, (_, price) in zip(taken, steps, strict=True)]
            room = _kbps(now.get(place, 0.0)) + sum(_kbps(more) * t for t, (more, _) in zip(taken, steps, strict=True))
            for trees in self.hours.values():
                carried: list[cp_model.LinearExprT] = [rate[t] * self.leg[t, place] for t in trees if t in rate]
                for group in self.groups:
                    if group.tree not in trees:
                        continue
                    here = self.y.get((group.id, place), 0)
                    if group.sites == (place,):
                        carried.append(_kbps(group.mbps) * (1 - here))
                    else:
                        carried.append(_kbps(group.mbps) * len(group.sites) * here)
                self.cp.add(sum(carried) <= room)

    def tie(self) -> cp_model.LinearExprT:
        """Of equal costs: fewest bridges, groups at the core or in their own district, then in order of the places."""
        order = {place: index for index, place in enumerate(self.places, start=1)}
        terms: list[cp_model.LinearExprT] = [10**6 * n for n in self.n.values()]
        for group in self.groups:
            for place in self._may(group):
                own = place == self.core or place == group.id.split(":")[1]
                terms.append(((0 if own else 1000) + order.get(place, 0)) * self.y[group.id, place])
        return sum(terms)


def _kbps(mbps: float) -> int:
    return round(mbps * KBPS)
