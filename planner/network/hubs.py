"""Which exchanges become hubs, in a large province: a relaxation small enough for a whole program, and tight.

    min  Σ_e o_e z[e] + Σ_t Σ_i c_ti b[t,i] + Σ_s Σ_j c_sj x[s,j]
         Σ_j x[s,j] = 1                                        every site s takes one price j at one pair of ends (home)
         Σ_{j ends at e} x[s,j] ≤ z[e]                           its ends are open                              (serve)
         Σ_{j: P_j ⊆ P} x[s,j] ≤ Σ_{p in P} v[p],  v[p] ≤ Σ_i b[t,i] for t in p                                    (via)
                                                                  a price asks for a trunk path that allows it
         Σ_i b[t,i] ≤ 1,  Σ_i b[t,i] ≤ z[e]                       one purchase a trunk, between open ends  (trunk)
         Σ_l g[e,l] = z[e],  Σ_{t at e} a[t,e,l] = g[e,l]         an open exchange e is l trunks from the core,  (reach)
         Σ_{t: e to e'} a[t,e,l] ≤ g[e',l-1]                      the next one on its way one trunk less,
         Σ_l (a[t,e,l] + a[t,e',l]) ≤ Σ_i b[t,i]                  and a trunk leads one way only
         Σ_{t from e} f[l,t] = Σ_{t into e} f[l-1,t]              layer l of at most max_hops - 1 trunks;         (flow)
                                                                  into layer 0 goes Σ_s d_s Σ_j x[s,j], first end e
         Σ_l f[l,t] ≤ Σ_i u_ti b[t,i]                             either way of every trunk                       (room)
         Σ_l Σ_{t from e} f[l,t] ≤ T_e z[e]                       equipment of every exchange  (equip)

x[s,j]    site s takes price j of `ends`: c_sj for its own lines, allowed by the trunk paths P_j of its hub
z[e]      exchange e equipped, at price o_e              b[t,i]    purchase i of trunk t, at price c_ti
v[p]      all trunks of path p are bought                g[e,l]    e is l trunks from the core
a[t,e,l]  trunk t leads there from e                     f[l,t]    Mbit/s on trunk t as the l-th of a path
d_s       demand in the busier way of the province       u_ti      usable Mbit/s of purchase i
T_e       most that e can switch

Where few exchanges are asked for (`planner.forcing`), Σ_e z[e] ≤ n is added.
Every plan gives a solution of no higher cost: loads of failure states and trunks that both ways of a site share are
left out. (reach) holds for the fewest-trunk paths of a plan, which form a tree towards the core; without it two hubs
could stand on one trunk between them. So the bound holds for the province, and the hubs and trunks chosen are where the
exact search (`search`) looks for a plan. Two-level facility location with modular links: Gao and Robinson (1992);
hop-limited arborescences on layered graphs: Gouveia, Simonetti, Uchoa (2011).
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from ortools.math_opt.python import mathopt

from planner.network.candidates import SMALLEST, Candidates
from planner.network.ends import PRIVATE, Terms
from planner.network.heavy import HeavySite, Way, asked, heavy_sites, ways
from planner.network.paths import TrunkPath, other_end
from planner.network.purchase import KBPS
from planner.network.variables import MILLION
from topology.model import CandidateLink

MANY = 100
"""Trunk paths from which a row `via` is left out: it would hardly bind."""
Terminal = tuple[str, int]


class Hubs:
    """The whole program; `used` reads a solution."""

    def __init__(
        self,
        candidates: Candidates,
        offers: Mapping[str, Sequence[Terms]],
        paths: Mapping[str, Sequence[TrunkPath]],
        most_points: int | None = None,
        share: float | None = None,
    ) -> None:
        self.candidates = candidates
        self.layers = max(0, candidates.policy.max_hops - 1)
        self.model = mathopt.Model(name="hubs")
        self.cost: list[mathopt.LinearTerm] = []
        self.trunks = tuple(trunk for trunk in candidates.trunks if candidates.front(trunk.id))
        self.paths = paths
        demands = candidates.demands
        down = sum(d.down for d in demands.values()) >= sum(d.up for d in demands.values())
        self.demand = {site: (d.down if down else d.up) / KBPS for site, d in demands.items()}
        self.z = {e: self._share(f"z[{e}]", candidates.opening_vnd(e)) for e in candidates.exchanges}
        self.b = {
            (trunk.id, index): self._share(f"b[{trunk.id},{index}]", purchase.cost_vnd)
            for trunk in self.trunks
            for index, purchase in enumerate(candidates.front(trunk.id))
        }
        self._bought = {
            trunk.id: mathopt.LinearSum([self.b[trunk.id, i] for i in range(len(candidates.front(trunk.id)))])
            for trunk in self.trunks
        }
        self._whole: dict[Terminal, mathopt.LinearBase] = {}
        self._trunk()
        self._reach()
        self.load: dict[str, list[mathopt.LinearTerm]] = defaultdict(list)
        self.heavy = heavy_sites(candidates, offers, paths, share, down=down)
        for site, own in offers.items():
            self._home(site, own)
        self._flow()
        if most_points is not None:
            self.model.add_linear_constraint(mathopt.LinearSum(list(self.z.values())) <= most_points, name="points")
        self.model.minimize(mathopt.LinearSum(self.cost))

    def _share(self, name: str, price_vnd: int) -> mathopt.Variable:
        variable = self.model.add_variable(lb=0.0, ub=1.0, name=name)
        self.cost.append(price_vnd / MILLION * variable)
        return variable

    def _trunk(self) -> None:
        """Buy at most once for a trunk, between open ends."""
        for trunk in self.trunks:
            bought = self._bought[trunk.id]
            self.model.add_linear_constraint(bought <= 1, name=f"trunk[{trunk.id}]")
            for end in (trunk.a, trunk.b):
                if end in self.z:
                    self.model.add_linear_constraint(bought <= self.z[end], name=f"trunk[{trunk.id},{end}]")

    def _reach(self) -> None:
        """Lead from every open exchange to the core, ever one trunk less to go."""
        model, core = self.model, self.candidates.core
        level = {
            (e, at): model.add_variable(lb=0.0, ub=1.0, name=f"g[{e},{at}]")
            for e in self.z
            for at in range(1, self.layers + 1)
        }
        out: dict[tuple[str, int], list[mathopt.Variable]] = defaultdict(list)
        hop: dict[tuple[str, str, int], list[mathopt.Variable]] = defaultdict(list)
        for trunk in self.trunks:
            ways: list[mathopt.Variable] = []
            for start in (trunk.a, trunk.b):
                end = other_end(trunk, start)
                if start == core:
                    continue
                for at in (1,) if end == core else range(2, self.layers + 1):
                    way = model.add_variable(lb=0.0, ub=1.0, name=f"a[{trunk.id},{start},{at}]")
                    ways.append(way)
                    out[start, at].append(way)
                    if end != core:
                        hop[start, end, at].append(way)
            model.add_linear_constraint(mathopt.LinearSum(ways) <= self._bought[trunk.id], name=f"reach[{trunk.id}]")
        for e, open_ in self.z.items():
            levels = mathopt.LinearSum([level[e, at] for at in range(1, self.layers + 1)])
            model.add_linear_constraint(levels == open_, name=f"reach[{e}]")
        for (e, at), here in level.items():
            model.add_linear_constraint(mathopt.LinearSum(out[e, at]) == here, name=f"reach[{e},{at}]")
        for (start, end, at), using in hop.items():
            model.add_linear_constraint(
                mathopt.LinearSum(using) <= level[end, at - 1], name=f"reach[{start},{end},{at}]"
            )

    def _home(self, site: str, offers: Sequence[Terms]) -> None:
        """Take one price; what it passes is open, and a trunk path that allows it is bought."""
        chosen: list[mathopt.Variable] = []
        by_offer: list[tuple[Terms, mathopt.Variable]] = []
        through: dict[str, list[mathopt.Variable]] = defaultdict(list)
        asked_for: dict[tuple[str, frozenset[int]], None] = {}
        by_end: dict[str, list[tuple[frozenset[int], mathopt.Variable]]] = defaultdict(list)
        for number, offer in enumerate(offers):
            x = self._share(f"x[{site},{offer.first},{offer.second or '-'},{number}]", offer.cost_vnd)
            chosen.append(x)
            by_offer.append((offer, x))
            if offer.first in self.z and site not in self.heavy:
                self.load[offer.first].append(self.demand[site] * x)
            for end in sorted({end for end in (offer.first, offer.second) if end and end in self.z}):
                through[end].append(x)
            for at, places in ((offer.first, offer.first_paths), (offer.second, offer.second_paths)):
                if at is not PRIVATE and at in self.z:
                    by_end[at].append((places, x))
                    asked_for[at, places] = None
        self.model.add_linear_constraint(mathopt.LinearSum(chosen) == 1, name=f"home[{site}]")
        for end, using in sorted(through.items()):
            self.model.add_linear_constraint(mathopt.LinearSum(using) <= self.z[end], name=f"serve[{site},{end}]")
        if site in self.heavy:
            self.heavy[site].prices += chosen
            self._paths(site, self.heavy[site], by_offer)
            return
        for number, (end, places) in enumerate(asked_for):
            if len(places) < min(MANY, len(self.paths[end])):
                using = list({x.id: x for within, x in by_end[end] if within <= places}.values())
                ways = mathopt.LinearSum([self._available(end, place) for place in sorted(places)])
                self.model.add_linear_constraint(mathopt.LinearSum(using) <= ways, name=f"via[{site},{end},{number}]")

    def _paths(self, site: str, heavy: HeavySite, chosen: Sequence[tuple[Terms, mathopt.Variable]]) -> None:
        """Take one trunk path for each end, over trunks that carry the whole site."""
        over: dict[str, list[mathopt.Variable]] = defaultdict(list)
        for role, mbps in (("first", heavy.mbps), ("second", heavy.degraded_mbps)):
            mine: dict[str, list[mathopt.Variable]] = defaultdict(list)
            for end, using in sorted(asked(chosen, role).items()):
                if end not in self.z:
                    continue
                name = f"{site},{role},{end}"
                taken = [self._path(name, heavy, role, path) for path in self.paths[end]]
                for path, q in zip(self.paths[end], taken, strict=True):
                    for link in path.links:
                        mine[link].append(q)
                        over[link].append(q)
                at = mathopt.LinearSum([x for _, x in using])
                self.model.add_linear_constraint(mathopt.LinearSum(taken) == at, name=f"paths[{name}]")
                for number, places in enumerate(sorted({places for places, _ in using}, key=sorted)):
                    if len(places) < len(taken):
                        within = mathopt.LinearSum([x for some, x in using if some <= places])
                        ways_ = mathopt.LinearSum([taken[place] for place in sorted(places)])
                        self.model.add_linear_constraint(within <= ways_, name=f"via[{name},{number}]")
            for link, some in sorted(mine.items()):
                carries = mathopt.LinearSum(self._carrying(link, mbps))
                self.model.add_linear_constraint(
                    mathopt.LinearSum(some) <= carries, name=f"carry[{site},{role},{link}]"
                )
        for link, some in sorted(over.items()):
            bought = self._bought.get(link, mathopt.LinearSum([]))
            self.model.add_linear_constraint(mathopt.LinearSum(some) <= bought, name=f"carry[{site},{link}]")

    def _path(self, name: str, heavy: HeavySite, role: str, path: TrunkPath) -> mathopt.Variable:
        q = self.model.add_variable(lb=0.0, ub=1.0, name=f"q[{name},{'>'.join(path.links)}]")
        for way in ways(path):
            heavy.over[role][way].append(q)
        if role == "first":
            for node in path.nodes:
                heavy.passing[node].append(q)
        return q

    def _carrying(self, trunk: str, mbps: float) -> list[mathopt.Variable]:
        """Return the purchases of a trunk that carry so much."""
        return [b for (t, i), b in self.b.items() if t == trunk and self._usable(trunk, i) >= mbps * (1 - SMALLEST)]

    def _available(self, end: str, place: int) -> mathopt.LinearBase:
        """Return v[p], at most 1 and only if all its trunks are bought; a single trunk stands for itself."""
        key = (end, place)
        if key not in self._whole:
            links = self.paths[end][place].links
            if not self._bought.keys() >= set(links):  # no module is made for some trunk of it
                self._whole[key] = mathopt.LinearSum([])
            elif len(links) == 1:
                self._whole[key] = self._bought[links[0]]
            else:
                v = self.model.add_variable(lb=0.0, ub=1.0, name=f"v[{'>'.join(links)}]")
                for link in links:
                    self.model.add_linear_constraint(v <= self._bought[link], name=f"via[{'>'.join(links)},{link}]")
                self._whole[key] = v
        return self._whole[key]

    def _flow(self) -> None:
        """Carry every exchange's load to the core over the bought trunks."""
        core, model = self.candidates.core, self.model
        flows: dict[tuple[str, str], list[mathopt.Variable]] = defaultdict(list)
        into: dict[tuple[str, int], list[mathopt.Variable]] = defaultdict(list)
        out: dict[tuple[str, int], list[mathopt.Variable]] = defaultdict(list)
        for layer in range(self.layers):
            for trunk in self.trunks:
                for start, end in ((trunk.a, trunk.b), (trunk.b, trunk.a)):
                    if start == core or (layer == self.layers - 1 and end != core):
                        continue
                    flow = model.add_variable(lb=0.0, name=f"f[{layer},{trunk.id},{start}]")
                    flows[trunk.id, start].append(flow)
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
            passing += [one.mbps * q for one in self.heavy.values() for q in one.passing[exchange]]
            most = self.candidates.exchanges[exchange].max_trunk_mbps
            model.add_linear_constraint(mathopt.LinearSum(passing) <= most * open_, name=f"equip[{exchange}]")
        for trunk in self.trunks:
            room = mathopt.LinearSum(self._room(trunk))
            for start in (trunk.a, trunk.b):
                self._either_way((trunk.id, start), flows[trunk.id, start], room)

    def _either_way(self, way: Way, flows: list[mathopt.Variable], room: mathopt.LinearBase) -> None:
        """Carry what goes one way of a trunk; also while the first own line of a heavy site is down."""
        first = {site: one.load(way) for site, one in self.heavy.items()}
        normal = [*flows, *(term for load in first.values() for term in load)]
        if normal:
            self.model.add_linear_constraint(mathopt.LinearSum(normal) <= room, name=f"room[{way[0]},{way[1]}]")
        for site, one in self.heavy.items():
            second = one.load(way, "second")
            if second and one.fails:
                others = [term for other, load in first.items() if other != site for term in load]
                name = f"room[{way[0]},{way[1]},{site}]"
                self.model.add_linear_constraint(mathopt.LinearSum([*flows, *others, *second]) <= room, name=name)

    def _room(self, trunk: CandidateLink) -> list[mathopt.LinearTerm]:
        front = self.candidates.front(trunk.id)
        return [self._usable(trunk.id, i) * self.b[trunk.id, i] for i in range(len(front))]

    def _usable(self, trunk: str, index: int) -> float:
        """Mbit/s that a purchase may carry."""
        return self.candidates.usable(self.candidates.front(trunk)[index].capacity_kbps) / KBPS

    # solving in two stages -------------------------------------------------------------------------------------------

    def choose(self) -> mathopt.Model:
        """Return the program with whole exchanges, heavy sites whole too, all else in shares: bounds every plan."""
        for open_ in self.z.values():
            open_.lower_bound, open_.upper_bound, open_.integer = 0.0, 1.0, True
        for bought in self.b.values():
            bought.integer = False
        self._undivided(True)
        return self.model

    def relaxed(self) -> mathopt.Model:
        """Return the program with everything in shares: a weaker bound that holds for every plan, sooner."""
        for share in (*self.z.values(), *self.b.values()):
            share.lower_bound, share.upper_bound, share.integer = 0.0, 1.0, False
        self._undivided(False)
        return self.model

    def settle(self, hubs: frozenset[str]) -> mathopt.Model:
        """Return the program with exactly these exchanges open and whole trunks: bounds the plans with these hubs."""
        for exchange, open_ in self.z.items():
            open_.lower_bound = open_.upper_bound = float(exchange in hubs)
        for bought in self.b.values():
            bought.integer = True
        self._undivided(True)
        return self.model

    def _undivided(self, whole: bool) -> None:
        """Ask each heavy site for one price, or for shares of several."""
        for heavy in self.heavy.values():
            for x in heavy.prices:
                x.integer = whole

    def exclude(self, hubs: frozenset[str]) -> None:
        """Leave exactly this choice of exchanges out from here on: its plans are bounded elsewhere."""
        flipped = [1 - z if exchange in hubs else z for exchange, z in self.z.items()]
        self.model.add_linear_constraint(mathopt.LinearSum(flipped) >= 1, name=f"other[{','.join(sorted(hubs))}]")

    def hubs(self, values: Mapping[int, float]) -> frozenset[str]:
        """Return the open exchanges of a solution."""
        return frozenset(exchange for exchange, open_ in self.z.items() if values[open_.id] > 0.5)

    def bought(self, values: Mapping[int, float]) -> frozenset[str]:
        """Return the trunks of a solution."""
        return frozenset(trunk for (trunk, _), share in self.b.items() if values[share.id] > 0.5)
