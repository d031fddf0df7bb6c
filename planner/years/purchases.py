"""What may be bought in which year: machines fit in racks and rooms, needs are met, links have one path of modules.

    Σ_p λ_{b,l,p} = 1                                 one path of modules for each link that gets full        (path)
    Σ_{p: o_0 = o} λ_{b,l,p} = x_{l,o}                with the same modules in the first year                 (first)

Pools, racks and rooms as in `planner.years.fleet`, paths as in `planner.years.upgrades`.
"""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ortools.math_opt.python import mathopt

from planner.datacentre.sizing import RESOURCES
from planner.growth import Band
from planner.years.chosen import Upgrade
from planner.years.fleet import SHARED, Key, Site
from planner.years.needs import Needs
from planner.years.upgrades import Option

SLACK = 1e-6


@dataclass
class Purchases:
    """Variables and rows of some bands, without money."""

    site: Site
    needs: Mapping[Band, Needs]
    upgrades: tuple[Upgrade, ...]
    model: mathopt.Model = field(default_factory=mathopt.Model, kw_only=True)

    def __post_init__(self) -> None:
        self.years = range(self.site.years)
        self.hosts: dict[tuple[Band, Key, int], mathopt.Variable] = {}
        self.racks: dict[tuple[Band, str, int], mathopt.Variable] = {}
        self.boxes: dict[tuple[Band, str, str, int], mathopt.Variable] = {}
        self.paths: dict[tuple[Band, str, int], mathopt.Variable] = {}
        self.missing: dict[mathopt.Variable, tuple[str, int]] = {}
        """Need that may go short → what it is of, and in which year."""
        self.over: dict[tuple[Band, int], mathopt.Variable] = {}
        self._variables()
        for band in self.needs:
            self._pools(band)
            self._spaces(band)
            self._boxes(band)
        self._links()

    def _variables(self) -> None:
        """Purchases of year 0 are one variable for all bands."""
        first = next(iter(self.needs))
        site = self.site
        keys = [
            (pool, model, space)
            for pool in site.pools
            for model in site.models
            for space, entry in site.spaces.items()
            if site.site(space) == site.demand.site_of[pool]
            and all(take <= limit + SLACK for take, limit in zip(site.takes(model), entry.limits, strict=True))
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
                        if site.site(space) != site.demand.groups[name].site:
                            continue
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
                    self.missing[short] = self._of_pool(RESOURCES[k], pool), y
                    for lost in losses:
                        left = mathopt.fast_sum(
                            site.offer(key[1])[k] * full / need * alive[key]
                            for key in keys
                            if key[0] == pool and key[2] not in lost
                        )
                        self.model.add_linear_constraint(left + short >= 1.0)
                    if site.single_host():
                        self._one_lost(band, pool, k, y, need / full, alive, short)
                self._apart(band, pool, y, alive, losses)

    def _apart(
        self,
        band: Band,
        pool: str,
        y: int,
        alive: Mapping[Key, mathopt.LinearTypes],
        losses: Sequence[frozenset[str]],
    ) -> None:
        """Row `apart` of `planner.years.fleet`: replicas that stand apart find hosts after every loss."""
        wanted = self.site.demand.apart(pool)
        if not wanted:
            return
        short = self.model.add_variable(lb=0.0, ub=0.0, name=f"missing[{band},{pool},apart,{y}]")
        self.missing[short] = self._of_pool("hosts", pool), y
        for lost in (*losses, frozenset[str]()) if self.site.single_host() else losses:
            left = mathopt.fast_sum(count for key, count in alive.items() if key[0] == pool and key[2] not in lost)
            spare = 1 if self.site.single_host() and not lost else 0
            self.model.add_linear_constraint(left + wanted * short >= wanted + spare)

    @staticmethod
    def _of_pool(what: str, pool: str) -> str:
        return what if pool == SHARED else f"{what}, {pool}"

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
        enough = max(math.ceil(need / full / offer) if offer else 0 for need, offer in last)
        enough = max(enough, self.site.demand.apart(pool)) + 2
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
                self.missing[short] = name, y
                added = mathopt.fast_sum(
                    self.boxes[band, name, space, t]
                    for space in self.site.spaces
                    for t in range(y + 1)
                    if (band, name, space, t) in self.boxes
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
