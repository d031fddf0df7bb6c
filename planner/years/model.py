"""Which purchases in which year cost least: one whole program for any set of bands, joined in the first year.

    min  Σ_b w_b · cost_b                             the first year's purchases are the same in every band   (expected)
    min  ρ   with   cost_b - alone_b ≤ ρ              alone_b: cost of band b if it were certain              (regret)
    cost_b = Σ_y s_y · paid_b(y) + a_y · monthly_b(y)         paid_b(y) ≤ budget(y) + over_b(y)               (budget)
    Σ_p λ_{b,l,p} = 1                                 one path of modules for each link that gets full        (path)
    Σ_{p: o_0 = o} λ_{b,l,p} = x_{l,o}                with the same modules in the first year                 (first)

s_y  present value of one đồng at the start of year y     a_y  of one đồng a month through year y     w_b  weight
Pools, racks and rooms as in `planner.years.fleet`, paths as in `planner.years.upgrades`. Two-stage programs: Birge and
Louveaux, *Introduction to Stochastic Programming*, 2011, chapter 1; regret: Savage (1951). Solved by HiGHS (MathOpt);
where the catalogue or the budget is not enough, first what is missing is made least, then the purchases over the
budget, then the cost.
"""

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from ortools.math_opt.python import mathopt

from planner.datacentre.sizing import RESOURCES
from planner.growth import Band
from planner.limits import Watch
from planner.network.solver import Answer, whole
from planner.years.fleet import Key, Site
from planner.years.needs import Needs
from planner.years.prices import Prices
from planner.years.upgrades import Option, Path
from topology.schema.base import counted

MILLION = 1e6
GAP = 1e-7
NODES = 5_000
ROUGH_GAP, ROUGH_NODES = 1e-3, 300
"""What is missing is made small, not proved least: such a plan is told as feasible only."""
SLACK = 1e-6
FEW = 1e-4
"""Missing share or million đồng that counts as none."""


@dataclass(frozen=True, slots=True)
class Upgrade:
    """A link whose modules change in some band."""

    link: str
    planned: Option
    paths: Mapping[Band, tuple[Path, ...]]


@dataclass(frozen=True, slots=True)
class Chosen:
    """What is bought in one band; year 0 is common."""

    hosts: dict[tuple[Key, int], int]
    """(pool, model, rack) and year → hosts beyond the plan's."""
    racks: dict[tuple[str, int], int]
    boxes: dict[tuple[str, str, int], int]
    """Workload, rack, year → appliances beyond the plan's."""
    paths: dict[str, Path]


@dataclass(frozen=True, slots=True)
class Outcome:
    """One solved program."""

    chosen: dict[Band, Chosen]
    objective_vnd: float
    bound_vnd: float
    nodes: int
    stopped: bool
    missing: float
    """Share of needs that nothing satisfies, summed."""
    over_vnd: float
    """Purchases above the budgets, weighted."""


@dataclass
class Program:
    """The program of some bands; `weights` are those of the expected cost."""

    site: Site
    needs: Mapping[Band, Needs]
    weights: Mapping[Band, float]
    upgrades: tuple[Upgrade, ...]
    prices: Prices
    watch: Watch
    nodes: int = 0
    stopped: bool = False
    model: mathopt.Model = field(default_factory=mathopt.Model)

    def __post_init__(self) -> None:
        self.years = range(self.site.years)
        self.hosts: dict[tuple[Band, Key, int], mathopt.Variable] = {}
        self.racks: dict[tuple[Band, str, int], mathopt.Variable] = {}
        self.boxes: dict[tuple[Band, str, str, int], mathopt.Variable] = {}
        self.paths: dict[tuple[Band, str, int], mathopt.Variable] = {}
        self.missing: list[mathopt.Variable] = []
        self.over: dict[tuple[Band, int], mathopt.Variable] = {}
        self._variables()
        for band in self.needs:
            self._pools(band)
            self._spaces(band)
            self._boxes(band)
        self._links()
        self._budget()
        self.costs = {band: self._cost(band) for band in self.needs}

    def _variables(self) -> None:
        """Purchases of year 0 are one variable for all bands."""
        first = next(iter(self.needs))
        site = self.site
        keys = [
            (pool, model, space)
            for pool in site.pools
            for model in site.models
            for space, entry in site.spaces.items()
            if all(take <= limit + SLACK for take, limit in zip(site.takes(model), entry.limits, strict=True))
        ]
        growing = sorted({name for needs in self.needs.values() for name in needs.appliances if self._grows(name)})
        for band in self.needs:
            for y in self.years:
                common = y == 0 and band != first
                for key in keys:
                    self.hosts[band, key, y] = (
                        self.hosts[first, key, 0] if common else self._whole(f"host[{band},{','.join(key)},{y}]", 64)
                    )
                for space, entry in site.spaces.items():
                    if entry.new:
                        self.racks[band, space, y] = (
                            self.racks[first, space, 0] if common else self._whole(f"rack[{band},{space},{y}]", 1)
                        )
                    for name in growing:
                        self.boxes[band, name, space, y] = (
                            self.boxes[first, name, space, 0]
                            if common
                            else self._whole(f"box[{band},{name},{space},{y}]", 16)
                        )
                self.over[band, y] = self.model.add_variable(lb=0.0, ub=0.0, name=f"over[{band},{y}]")
        self.keys = keys

    def _whole(self, name: str, most: int) -> mathopt.Variable:
        return self.model.add_integer_variable(lb=0, ub=most, name=name)

    def _grows(self, name: str) -> bool:
        count = self.site.demand.groups[name].count
        return any(needs.appliances[name][-1] > count for needs in self.needs.values())

    def alive(self, band: Band, key: Key, y: int) -> mathopt.LinearTypes:
        """Hosts of a kind in a rack in a year."""
        life = self.site.models[key[1]].life_years.value
        terms = [self.hosts[band, key, t] for t in range(max(0, y - life + 1), y + 1) if (band, key, t) in self.hosts]
        fixed = self.site.kept.get((*key, y), 0) + (self.site.planned[key] if y < life else 0)
        return mathopt.fast_sum(terms) + fixed

    def _pools(self, band: Band) -> None:
        """Rows `pool` and `host` of `planner.years.fleet`."""
        site, full = self.site, self.site.records.placement.full_share.value
        losses = [frozenset[str](), *site.losses()] if not site.losses() else site.losses()
        keys = sorted({*self.keys, *site.planned, *(key[:3] for key in site.kept)})
        for y in self.years:
            alive = {key: self.alive(band, key, y) for key in keys}
            for pool in site.pools:
                for k, need in enumerate(self.needs[band].pools[pool][y]):
                    if not need:
                        continue
                    short = self.model.add_variable(lb=0.0, ub=0.0, name=f"missing[{band},{pool},{RESOURCES[k]},{y}]")
                    self.missing.append(short)
                    for lost in losses:
                        left = mathopt.fast_sum(
                            site.offer(key[1])[k] * full / need * alive[key]
                            for key in keys
                            if key[0] == pool and key[2] not in lost
                        )
                        self.model.add_linear_constraint(left + short >= 1.0)
                    if site.single_host():
                        self._one_lost(band, pool, k, y, need / full, alive, short)

    def _one_lost(
        self,
        band: Band,
        pool: str,
        k: int,
        y: int,
        need: float,
        alive: Mapping[Key, mathopt.LinearTypes],
        short: mathopt.LinearTypes,
    ) -> None:
        every = mathopt.fast_sum(
            self.site.offer(key[1])[k] / need * count for key, count in alive.items() if key[0] == pool
        )
        for model in sorted({key[1] for key in alive if key[0] == pool}):
            there = self._there(band, pool, model, y, alive)
            self.model.add_linear_constraint(every - self.site.offer(model)[k] / need * there + short >= 1.0)

    def _there(
        self, band: Band, pool: str, model: str, y: int, alive: Mapping[Key, mathopt.LinearTypes]
    ) -> mathopt.Variable:
        """Return whether any host of a model is there: 1 if so."""
        name = f"there[{band},{pool},{model},{y}]"
        known: dict[str, mathopt.Variable] = self.__dict__.setdefault("_known", {})
        if name not in known:
            known[name] = self._whole(name, 1)
            count = mathopt.fast_sum(one for key, one in alive.items() if key[:2] == (pool, model))
            self.model.add_linear_constraint(count <= self._most(band, pool, model) * known[name])
        return known[name]

    def _most(self, band: Band, pool: str, model: str) -> float:
        """Return more hosts of a model than a cheapest answer has: enough for the last year alone, one lost."""
        full = self.site.records.placement.full_share.value
        last = zip(self.needs[band].pools[pool][-1], self.site.offer(model), strict=True)
        enough = max(math.ceil(need / full / offer) if offer else 0 for need, offer in last) + 2
        planned = sum(n for key, n in self.site.planned.items() if key[:2] == (pool, model))
        kept = sum(n for key, n in self.site.kept.items() if (key[0], key[1], key[3]) == (pool, model, 0))
        return float(enough + planned + kept)

    def _spaces(self, band: Band) -> None:
        """Rows `rack` and `room` of `planner.years.fleet`."""
        site = self.site
        keys = sorted({*self.keys, *site.planned, *(key[:3] for key in site.kept)})
        for y in self.years:
            watts: dict[str, list[mathopt.LinearTypes]] = defaultdict(list)
            for space, entry in site.spaces.items():
                hosts = [(site.takes(key[1]), self.alive(band, key, y)) for key in keys if key[2] == space]
                boxes = [
                    (site.box_takes(name), mathopt.fast_sum(self.boxes[band, name, space, t] for t in range(y + 1)))
                    for (b, name, where, t) in self.boxes
                    if (b, where, t) == (band, space, 0)
                ]
                there: mathopt.LinearTypes = 1.0
                if entry.new:
                    there = mathopt.fast_sum(self.racks[band, space, t] for t in range(y + 1))
                    self.model.add_linear_constraint(there <= 1.0)
                for place, limit in enumerate(entry.limits):
                    used = mathopt.fast_sum(takes[place] * count for takes, count in (*hosts, *boxes))
                    self.model.add_linear_constraint(used - limit * there <= SLACK)
                watts[entry.room] += [takes[1] * count for takes, count in (*hosts, *boxes)]
            for room in site.rooms.values():
                self.model.add_linear_constraint(mathopt.fast_sum(watts[room.id]) <= site.room_left(room) + SLACK)

    def _boxes(self, band: Band) -> None:
        """Units of every appliance that grows."""
        for name in sorted({key[1] for key in self.boxes if key[0] == band}):
            count = self.site.demand.groups[name].count
            for y in self.years:
                short = self.model.add_variable(lb=0.0, ub=0.0, name=f"missing[{band},{name},{y}]")
                self.missing.append(short)
                added = mathopt.fast_sum(
                    self.boxes[band, name, space, t] for space in self.site.spaces for t in range(y + 1)
                )
                self.model.add_linear_constraint(added + short >= self.needs[band].appliances[name][y] - count)

    def _links(self) -> None:
        """Rows `path` and `first`."""
        for upgrade in self.upgrades:
            starts: dict[Option, list[mathopt.LinearTypes]] = {}
            for band in self.needs:
                paths = upgrade.paths[band]
                chosen = [
                    self.model.add_binary_variable(name=f"path[{band},{upgrade.link},{index}]")
                    for index in range(len(paths))
                ]
                self.paths |= {(band, upgrade.link, index): one for index, one in enumerate(chosen)}
                self.model.add_linear_constraint(mathopt.fast_sum(chosen) == 1.0)
                for option in sorted({path.options[0] for several in upgrade.paths.values() for path in several}):
                    of_band = [one for one, path in zip(chosen, paths, strict=True) if path.options[0] == option]
                    starts.setdefault(option, []).append(mathopt.fast_sum(of_band))
            for first, *others in starts.values():
                for other in others:
                    self.model.add_linear_constraint(first - other == 0.0)

    def paid(self, band: Band, y: int) -> mathopt.LinearTypes:
        """Purchases of a year, million đồng."""
        site, prices = self.site, self.prices
        terms: list[mathopt.LinearTypes] = [prices.fixed_once(y) / MILLION]
        terms += [
            site.models[key[1]].price_vnd.value / MILLION * one
            for (b, key, t), one in self.hosts.items()
            if (b, t) == (band, y)
        ]
        terms += [
            counted(site.rooms[site.spaces[space].room].rack_price_vnd) / MILLION * one
            for (b, space, t), one in self.racks.items()
            if (b, t) == (band, y)
        ]
        terms += [
            prices.box(name) / MILLION * one
            for (b, name, _, t), one in self.boxes.items()
            if b == band and t <= y and (y - t) % prices.box_life == 0
        ]
        for upgrade in self.upgrades:
            terms += [
                path.one_off_vnd[y] / MILLION * self.paths[band, upgrade.link, index]
                for index, path in enumerate(upgrade.paths[band])
                if path.one_off_vnd[y]
            ]
        return mathopt.fast_sum(terms)

    def _monthly(self, band: Band, y: int) -> mathopt.LinearTypes:
        site, prices = self.site, self.prices
        keys = sorted({*self.keys, *site.planned, *(key[:3] for key in site.kept)})
        terms: list[mathopt.LinearTypes] = [prices.fixed_monthly / MILLION]
        terms += [prices.host_monthly(key) / MILLION * self.alive(band, key, y) for key in keys]
        terms += [
            prices.box_monthly(name, space) / MILLION * one
            for (b, name, space, t), one in self.boxes.items()
            if b == band and t <= y
        ]
        for upgrade in self.upgrades:
            terms += [
                path.monthly_vnd[y] / MILLION * self.paths[band, upgrade.link, index]
                for index, path in enumerate(upgrade.paths[band])
            ]
        return mathopt.fast_sum(terms)

    def _budget(self) -> None:
        for band in self.needs:
            for y in self.years:
                limit = self.prices.budget(y) / MILLION
                self.model.add_linear_constraint(self.paid(band, y) - self.over[band, y] <= limit)

    def _cost(self, band: Band) -> mathopt.LinearTypes:
        worth = self.prices.worth
        return mathopt.fast_sum(
            worth.start[y] * self.paid(band, y) + worth.months[y] * self._monthly(band, y) for y in self.years
        )

    def expected(self) -> Outcome | None:
        """Make the weighted cost least; None when the clock ended it before the first answer."""
        return self._least(mathopt.fast_sum(self.weights[band] * cost for band, cost in self.costs.items()))

    def regret(self, alone_vnd: Mapping[Band, float]) -> Outcome | None:
        """Make the larger regret least."""
        largest = self.model.add_variable(lb=0.0, name="regret")
        for band, cost in self.costs.items():
            self.model.add_linear_constraint(cost - largest <= alone_vnd[band] / MILLION)
        return self._least(largest)

    def _least(self, goal: mathopt.LinearTypes) -> Outcome | None:
        missing = over = 0.0
        answer = self._solve(goal)
        if answer is not None and answer.infeasible:
            for one in (*self.missing, *self.over.values()):
                one.upper_bound = float("inf")
            missing, before = self._keep_least(mathopt.fast_sum(self.missing), ROUGH_GAP, ROUGH_NODES)
            exact = (ROUGH_GAP, ROUGH_NODES) if missing else (GAP, NODES)
            weighted = [self.weights[band] * one for (band, _), one in self.over.items()]
            over, later = self._keep_least(mathopt.fast_sum(weighted), *exact)
            answer = self._solve(goal, *exact)
            if answer is None or answer.values is None:
                # the clock left no time for the cost: what is missing least is an answer, of unknown quality
                answer = later if later is not None and later.values is not None else before
                answer = None if answer is None else replace(answer, objective=math.inf, bound=0.0)
        if answer is None or answer.values is None or answer.objective is None:
            return None
        return Outcome(
            chosen={band: self._chosen(band, answer) for band in self.needs},
            objective_vnd=answer.objective * MILLION,
            bound_vnd=answer.bound * MILLION,
            nodes=self.nodes,
            stopped=self.stopped,
            missing=missing,
            over_vnd=over * MILLION,
        )

    def _keep_least(self, goal: mathopt.LinearTypes, within: float, most: int) -> tuple[float, Answer | None]:
        """Make something least and keep it there."""
        answer = self._solve(goal, within, most)
        if answer is None or answer.objective is None:
            return 0.0, None
        self.model.add_linear_constraint(goal <= max(0.0, answer.objective) + FEW)
        return answer.objective if answer.objective > FEW else 0.0, answer

    def _solve(self, goal: mathopt.LinearTypes, within: float = GAP, most: int = NODES) -> Answer | None:
        if self.watch.over:
            self.stopped = True
            return None
        self.model.minimize(goal)
        nodes = max(1, int(most * self.watch.limits.effort))
        answer = whole(self.model, None, within, nodes, self.watch)
        self.nodes += answer.nodes
        self.stopped |= answer.stopped
        return answer

    def _chosen(self, band: Band, answer: Answer) -> Chosen:
        values = answer.values or {}

        def count(one: mathopt.Variable) -> int:
            return round(values.get(one.id, 0.0))

        return Chosen(
            hosts={(key, y): n for (b, key, y), one in self.hosts.items() if b == band and (n := count(one))},
            racks={(space, y): n for (b, space, y), one in self.racks.items() if b == band and (n := count(one))},
            boxes={(w, r, y): n for (b, w, r, y), one in self.boxes.items() if b == band and (n := count(one))},
            paths={
                upgrade.link: next(
                    path
                    for index, path in enumerate(upgrade.paths[band])
                    if count(self.paths[band, upgrade.link, index])
                )
                for upgrade in self.upgrades
            },
        )
