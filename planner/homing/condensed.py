"""The condensed program: routes over sites instead of paths over links, parallel links bought together.

    min  Σ_b Σ_c p_bc z[b,c] + Σ_s Σ_r a_sr w[s,r]
         Σ_r w[s,r] + t[s] = 2,   t[s] ≤ w[s,direct]                      two routes; twice the direct one  (pair)
         Σ_{r passes n} w[s,r] ≤ 1                                        n: a site passed                  (apart)
         Σ_c z[b,c] ≤ 1                                                   one configuration of a bundle
         Σ_{r over b} w[s,r] ≤ Σ_{c fits d_s} z[b,c],   t[s] ≤ Σ_{c fits d_s twice} z[b,c]                  (fits)
         Σ_s d_s (Σ_{r over b} w[s,r] + t[s]) ≤ Σ_c R_bc z[b,c]                                             (room)

w[s,r]  site s takes route r, a chain of sites to the sink    t[s]  s takes its direct bundle a second time
z[b,c]  bundle b has configuration c, of room R_bc at price p_bc; bundles that one site alone can use are priced in a_sr
What is given up is which of parallel links a route takes, hence how demands fill them one by one and the risk groups
that two routes over different sites share: every solution of the exact problem gives one of this at no higher price.
All columns are whole, 0 or 1.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations, pairwise

from planner.homing.bundles import Bundle, Configuration, bundle, bundles, configurations
from planner.homing.instance import Instance
from planner.homing.paths import Path

HALF = 0.5
Route = tuple[int, ...]
"""Sites from one on to the sink."""


@dataclass(frozen=True, slots=True)
class Row:
    """Σ coefficient · column ≥ least, and ≤ most."""

    terms: tuple[tuple[int, float], ...]
    least: float = float("-inf")
    most: float = float("inf")


@dataclass(slots=True)
class Carried:
    """What a bundle carries and may be."""

    users: list[tuple[float, tuple[int, ...]]] = field(default_factory=list)
    """(demand, columns of which one at most is taken) of each use of the bundle."""
    sizes: list[tuple[int, Configuration]] = field(default_factory=list)
    """(column, what it buys), by room."""


class Condensed:
    """The program as columns and rows, for whichever solver."""

    def __init__(self, instance: Instance, paths: Mapping[int, Sequence[Path]]) -> None:
        self.instance = instance
        self.links = bundles(instance)
        self.costs: list[float] = []
        self.rows: list[Row] = []
        self.implied: list[Row] = []
        """Rows (fits) that (room) implies for whole numbers: for solvers that do without the separator."""
        self.routes: dict[Route, int] = {}
        """Route → column."""
        self.twice: dict[int, int] = {}
        """Site → column of its direct bundle taken a second time."""
        self.shared: dict[Bundle, Carried] = {}
        along = {site: sorted({(site, *path.nodes, 0) for path in own}) for site, own in sorted(paths.items())}
        users: dict[Bundle, set[int]] = defaultdict(set)
        for site, routes in along.items():
            for route in routes:
                for one in over(route):
                    users[one].add(site)
        self._common = {one for one, using in users.items() if len(using) > 1}
        uses: dict[Bundle, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
        for site, routes in along.items():
            self._pair(site, routes, uses)
        for one in sorted(self._common):
            self._bundle(one, uses[one])

    def _column(self, cost: float) -> int:
        self.costs.append(cost)
        return len(self.costs) - 1

    def _pair(self, site: int, routes: Sequence[Route], uses: Mapping[Bundle, dict[int, list[int]]]) -> None:
        chosen: list[int] = []
        passing: dict[int, list[int]] = defaultdict(list)
        for route in routes:
            alone = self._alone(site, route)
            if alone is None:
                continue
            column = self.routes[route] = self._column(alone)
            chosen.append(column)
            for one in over(route):
                if one in self._common:
                    uses[one][site].append(column)
            for node in route[1:-1]:
                passing[node].append(column)
        direct = self.routes.get((site, 0))
        again = self._again(site)
        if direct is not None and again is not None:
            column = self.twice[site] = self._column(again)
            chosen.append(column)
            self.rows.append(Row(((direct, 1.0), (column, -1.0)), least=0.0))
        self.rows.append(Row(tuple((column, 1.0) for column in chosen), 2.0, 2.0))
        for columns in sorted({tuple(columns) for columns in passing.values()}):
            self.rows.append(Row(tuple((column, 1.0) for column in columns), most=1.0))

    def _alone(self, site: int, route: Route) -> float | None:
        """Return the least price of the links of a route that nobody else can use; None if one is too small."""
        total = 0.0
        for one in over(route):
            prices = [self.instance.price(link, self.instance.demands[site]) for link in self.links[one]]
            fitting = [price for price in prices if price is not None]
            if not fitting:
                return None
            total += min(fitting) if one not in self._common else 0.0
        return total

    def _again(self, site: int) -> float | None:
        """Return what the direct bundle costs more when both paths take it; None if no two of its links are apart."""
        own = self.links.get((0, site), ())
        demand, links = self.instance.demands[site], self.instance.links
        priced = [(link, price) for link in own if (price := self.instance.price(link, demand)) is not None]
        both = [p + q for (e, p), (f, q) in combinations(priced, 2) if not links[e].groups & links[f].groups]
        if not both:
            return None
        return 0.0 if (0, site) in self._common else min(both) - min(price for _, price in priced)

    def _bundle(self, one: Bundle, using: Mapping[int, Sequence[int]]) -> None:
        demands = self.instance.demands
        carried = self.shared[one] = Carried([(demands[site], tuple(columns)) for site, columns in using.items()])
        second = next(((site, self.twice[site]) for site in using if one == (0, site) and site in self.twice), None)
        if second:
            carried.users.append((demands[second[0]], (second[1],)))
        most = sum(demand for demand, _ in carried.users)
        options = [self.instance.options(link) for link in self.links[one]]
        carried.sizes = [(self._column(size.price), size) for size in configurations(options, most)]
        self.rows.append(Row(tuple((column, 1.0) for column, _ in carried.sizes), most=1.0))
        room = [(column, -size.room) for column, size in carried.sizes]
        load = [(column, demand) for demand, columns in carried.users for column in columns]
        self.rows.append(Row((*load, *room), most=0.0))
        for demand, columns in carried.users:
            place = int(second is not None and columns == (second[1],))
            fitting = [(column, -1.0) for column, size in carried.sizes if size.fits(demand, place)]
            rows = self.implied if len(fitting) == len(carried.sizes) else self.rows
            rows.append(Row((*((column, 1.0) for column in columns), *fitting), most=0.0))

    def chosen(self, values: Sequence[float]) -> tuple[dict[int, list[Route]], dict[Bundle, Configuration]]:
        """Return the two routes of every site and what is bought of every shared bundle."""
        routes: dict[int, list[Route]] = defaultdict(list)
        for route, column in self.routes.items():
            if values[column] > HALF:
                routes[route[0]].append(route)
        for site, column in self.twice.items():
            if values[column] > HALF:
                routes[site].append((site, 0))
        bought = {
            one: size for one, carried in self.shared.items() for column, size in carried.sizes if values[column] > HALF
        }
        return routes, bought


def over(route: Route) -> list[Bundle]:
    """Return the bundles of a route, in order."""
    return [bundle(a, b) for a, b in pairwise(route)]
