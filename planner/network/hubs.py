"""Which exchanges become hubs, in a large province: a relaxation small enough for a whole program, and tight.

    min  Σ_e o_e z[e] + Σ_t Σ_i c_ti b[t,i] + Σ_s Σ_(h,k) c_shk x[s,h,k]
         Σ_(h,k) x[s,h,k] = 1                                     every site s chooses one pair of ends          (home)
         Σ_(h,k)∋e x[s,h,k] ≤ z[e] ≤ Σ_{t at e} Σ_i b[t,i]        a hub is equipped and has a trunk             (serve)
         Σ_i b[t,i] ≤ 1,  Σ_i b[t,i] ≤ z[e]                       one purchase a trunk, between open ends       (trunk)
         Σ_{t from e} f[l,t] = Σ_{t into e} f[l-1,t]              layer l of at most max_hops - 1 trunks;       (flow)
                                                                  into layer 0 goes Σ_s d_s Σ_k x[s,e,k]
         Σ_l f[l,t] ≤ Σ_i u_ti b[t,i]                             either way of every trunk                      (room)
         Σ_l Σ_{t from e} f[l,t] ≤ T_e z[e]                       equipment of every exchange                    (equip)

x[s,h,k]  site s has its first line to h and its second to k (core, exchange, or its own mobile)
c_shk     cheapest own lines for that which no single survived group cuts both      b[t,i]  purchase i of trunk t
z[e]      exchange e equipped, at price o_e        f[l,t]  Mbit/s on trunk t as the l-th of a path        d_s  demand
u_ti      usable Mbit/s of purchase i (price c_ti)                                  T_e  most that e can switch

Every plan gives a solution of no higher cost: loads of failure states and groups that cut trunks are left out. So the
bound holds for the province, and the hubs and trunks chosen are where the exact search (`search`) looks for a plan.
Left out without loss: lines that cost no less than the core's own (they use more), trunks that another one between the
same ends undercuts at every size. Two-level facility location with modular links: Gao and Robinson (1992); Aardal,
Chudak and Shmoys (1999).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from ortools.math_opt.python import mathopt

from planner.network.candidates import Candidates
from planner.network.columns import Choices
from planner.network.disjoint import admissible
from planner.network.master import MILLION
from planner.network.purchase import KBPS
from topology.model import CandidateLink

PRIVATE = None
"""Second end of a site with a mobile second path, or none."""
ANYWHERE = "anywhere"
"""Both ends of a pair of fixed lines whose use of trunks is not charged: only ever too cheap."""
Ends = tuple[str, str | None]


class Hubs:
    """The whole program; `used` reads a solution."""

    def __init__(self, candidates: Candidates, choices: Mapping[str, Choices]) -> None:
        self.candidates = candidates
        self.layers = max(0, candidates.policy.max_hops - 1)
        self.model = mathopt.Model(name="hubs")
        self.cost: list[mathopt.LinearTerm] = []
        self.trunks = undercut(candidates)
        demands = candidates.demands
        down = sum(d.down for d in demands.values()) >= sum(d.up for d in demands.values())
        self.demand = {site: (d.down if down else d.up) / KBPS for site, d in demands.items()}
        self.z = {e: self._binary(f"z[{e}]", candidates.opening_vnd(e)) for e in candidates.exchanges}
        self.b = {
            (trunk.id, index): self._binary(f"b[{trunk.id},{index}]", purchase.cost_vnd)
            for trunk in self.trunks
            for index, purchase in enumerate(candidates.front(trunk.id))
        }
        self._trunk()
        self.load: dict[str, list[mathopt.LinearTerm]] = defaultdict(list)
        for site, own in choices.items():
            self._home(site, pairs(candidates, own))
        self._flow()
        self.model.minimize(mathopt.LinearSum(self.cost))

    def _binary(self, name: str, price_vnd: int) -> mathopt.Variable:
        variable = self.model.add_binary_variable(name=name)
        self.cost.append(price_vnd / MILLION * variable)
        return variable

    def _bought(self, trunk: CandidateLink) -> mathopt.LinearSum:
        return mathopt.LinearSum([self.b[trunk.id, i] for i in range(len(self.candidates.front(trunk.id)))])

    def _trunk(self) -> None:
        """Buy at most once for a trunk, between open ends; give every open exchange a trunk."""
        at: dict[str, list[mathopt.LinearSum]] = defaultdict(list)
        for trunk in self.trunks:
            bought = self._bought(trunk)
            self.model.add_linear_constraint(bought <= 1, name=f"trunk[{trunk.id}]")
            for end in (trunk.a, trunk.b):
                if end in self.z:
                    self.model.add_linear_constraint(bought <= self.z[end], name=f"trunk[{trunk.id},{end}]")
                    at[end].append(bought)
        for exchange, open_ in self.z.items():
            self.model.add_linear_constraint(open_ <= mathopt.LinearSum(at[exchange]), name=f"serve[{exchange}]")

    def _home(self, site: str, costs: Mapping[Ends, int]) -> None:
        """Choose one pair of ends; what it passes is open."""
        chosen: list[mathopt.Variable] = []
        through: dict[str, list[mathopt.Variable]] = defaultdict(list)
        for (first, second), cost in costs.items():
            x = self._binary(f"x[{site},{first},{second or '-'}]", cost)
            chosen.append(x)
            if first in self.z:
                self.load[first].append(self.demand[site] * x)
            for end in sorted({end for end in (first, second) if end and end in self.z}):
                through[end].append(x)
        self.model.add_linear_constraint(mathopt.LinearSum(chosen) == 1, name=f"home[{site}]")
        for end, using in sorted(through.items()):
            self.model.add_linear_constraint(mathopt.LinearSum(using) <= self.z[end], name=f"serve[{site},{end}]")

    def _flow(self) -> None:
        """Carry every exchange's load to the core over the bought trunks."""
        core, model = self.candidates.core, self.model
        ways: dict[tuple[str, str], list[mathopt.Variable]] = defaultdict(list)
        into: dict[tuple[str, int], list[mathopt.Variable]] = defaultdict(list)
        out: dict[tuple[str, int], list[mathopt.Variable]] = defaultdict(list)
        for layer in range(self.layers):
            for trunk in self.trunks:
                for start, end in ((trunk.a, trunk.b), (trunk.b, trunk.a)):
                    if start == core or (layer == self.layers - 1 and end != core):
                        continue
                    flow = model.add_variable(lb=0.0, name=f"f[{layer},{trunk.id},{start}]")
                    ways[trunk.id, start].append(flow)
                    out[start, layer].append(flow)
                    if end != core:
                        into[end, layer + 1].append(flow)
        for exchange, open_ in self.z.items():
            passing: list[mathopt.LinearBase] = [*self.load[exchange]]
            for layer in range(self.layers):
                arriving = mathopt.LinearSum(self.load[exchange] if layer == 0 else into[exchange, layer])
                model.add_linear_constraint(
                    mathopt.LinearSum(out[exchange, layer]) == arriving, name=f"flow[{exchange},{layer}]"
                )
                passing += into[exchange, layer] if layer else []
            most = self.candidates.exchanges[exchange].max_trunk_mbps
            model.add_linear_constraint(mathopt.LinearSum(passing) <= most * open_, name=f"equip[{exchange}]")
        for trunk in self.trunks:
            front = self.candidates.front(trunk.id)
            room = mathopt.LinearSum(
                [self.candidates.usable(p.capacity_kbps) / KBPS * self.b[trunk.id, i] for i, p in enumerate(front)]
            )
            for start in (trunk.a, trunk.b):
                if ways[trunk.id, start]:
                    model.add_linear_constraint(
                        mathopt.LinearSum(ways[trunk.id, start]) <= room, name=f"room[{trunk.id},{start}]"
                    )

    def used(self, values: Mapping[int, float]) -> frozenset[str]:
        """Return the exchanges and trunks of a solution."""
        found = {exchange for exchange, open_ in self.z.items() if values[open_.id] > 0.5}
        return frozenset(found | {trunk for (trunk, _), bought in self.b.items() if values[bought.id] > 0.5})


def pairs(candidates: Candidates, choices: Choices) -> dict[Ends, int]:
    """Return ends of both lines → cheapest own lines for them, what cannot pay left out."""
    costs: dict[Ends, int] = {}

    def offer(ends: Ends, cost_vnd: int) -> None:
        costs[ends] = min(cost_vnd, costs.get(ends, cost_vnd))

    for first in choices.primaries:
        assert first.primary is not None
        fails = first.fails | _mask(candidates, first.to)
        if choices.alone:
            if admissible(fails, None, choices.survived):
                offer((first.to, PRIVATE), first.primary.cost_vnd)
            continue
        for mobile in choices.mobiles:
            if mobile.backup and admissible(fails, mobile.fails, choices.survived):
                offer((first.to, PRIVATE), first.primary.cost_vnd + mobile.backup.cost_vnd)
                break
        for second in choices.backups:
            other = second.fails | _mask(candidates, second.to)
            if second.backup and second.link.id != first.link.id and admissible(fails, other, choices.survived):
                ends = (first.to, second.to) if not choices.mobiles else (ANYWHERE, PRIVATE)
                offer(ends, first.primary.cost_vnd + second.backup.cost_vnd)
    own = [costs[ends] for ends in ((candidates.core, PRIVATE), (candidates.core, candidates.core)) if ends in costs]
    most = min(own, default=None)
    kept = {ends: cost for ends, cost in costs.items() if most is None or cost <= most}
    return dict(sorted(kept.items(), key=lambda item: (item[0][0], item[0][1] or "")))


def _mask(candidates: Candidates, end: str) -> int:
    return 0 if end == candidates.core else candidates.node_mask(end)


def undercut(candidates: Candidates) -> tuple[CandidateLink, ...]:
    """Return the trunks that no other one between the same ends undercuts at every size, in order of id."""
    between: dict[tuple[str, ...], list[CandidateLink]] = defaultdict(list)
    for trunk in candidates.trunks:
        between[tuple(sorted((trunk.a, trunk.b)))].append(trunk)
    kept = {trunk.id for group in between.values() for trunk in _undominated(candidates, group)}
    return tuple(trunk for trunk in candidates.trunks if trunk.id in kept)


def _undominated(candidates: Candidates, group: Sequence[CandidateLink]) -> list[CandidateLink]:
    sizes = sorted({p.capacity_kbps for trunk in group for p in candidates.front(trunk.id)})
    price = {trunk.id: [_price(candidates, trunk, size) for size in sizes] for trunk in group}
    kept: list[CandidateLink] = []
    for trunk in sorted(group, key=lambda trunk: (price[trunk.id], trunk.id)):
        if not any(_no_dearer(price[other.id], price[trunk.id]) for other in kept):
            kept.append(trunk)
    return kept


def _price(candidates: Candidates, trunk: CandidateLink, size_kbps: int) -> float:
    """Return the cheapest purchase of at least this size, infinite when the trunk cannot hold it."""
    fitting = (p.cost_vnd for p in candidates.front(trunk.id) if p.capacity_kbps >= size_kbps)
    return min(fitting, default=float("inf"))


def _no_dearer(one: Iterable[float], other: Iterable[float]) -> bool:
    return all(a <= b for a, b in zip(one, other, strict=True))
