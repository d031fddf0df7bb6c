"""Among the networks that cost no more, the one that keeps most of an earlier plan: least cost, then least change.

    max  W · ( Σ_s Σ_j a_j x[j]  +  Σ_t k[t]  +  Σ_e p[e] )  +  Σ_s Σ_j g_j x[j]
         Σ c·x + Σ c·y + Σ o·z ≤ c*,     k[t] ≤ Σ_{j over t} x[j],     p[e] ≤ Σ_{j through e} x[j]    (stay)

c*  what the best network found costs, or the earlier one where that is less
a_j own lines of column j that its site had      k, p  trunk, concentration point of the earlier plan in use again
g_j paths of column j whose carrier is the one that they had      W  more than all g together
First the earlier network is priced as it is, each site that can have its paths again with them; its points are polished
where the best has others. What costs no more than the best is kept whole. Else (stay) is solved over each
site's columns of the two networks and their mixtures: rows of states come in as a sweep finds them broken. What it
gives is swept and priced like every plan, in whole VND; what costs more than c* or keeps no more is left.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ortools.math_opt.python import mathopt

from planner.network.columns import Column, Route
from planner.network.first import used
from planner.network.master import Master
from planner.network.paths import Access, TrunkPath
from planner.network.search import Search
from planner.network.selection import Selection, select
from planner.network.variables import MILLION
from planner.plan import Network
from planner.plan import Route as PlannedRoute

MOST_MIXED = 24
"""Columns of a site that are tried."""
ROUNDS = 12
"""Times that (stay) is solved with more rows."""
GAP = 1e-6


@dataclass(frozen=True, slots=True)
class Earlier:
    """The network of an earlier plan."""

    lines: frozenset[str]
    """Link ids of all kinds."""
    points: frozenset[str]
    paths: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]
    """Site → links of its primary and its backup path, the site's own first; empty without a backup."""
    carriers: Mapping[str, str]
    """Link → carrier."""

    @classmethod
    def of(cls, network: Network) -> "Earlier":
        """Return what the network half of a plan says."""
        return cls(
            frozenset(link.id for link in network.links),
            frozenset(point.id for point in network.concentration_points),
            {site.id: (_links(site.primary), _links(site.backup)) for site in network.sites},
            {link.id: link.carrier for link in network.links},
        )


def _links(route: PlannedRoute | None) -> tuple[str, ...]:
    return route.links if route else ()


def keep(search: Search, own: Mapping[str, tuple[Access, ...]], earlier: Earlier) -> None:
    """Put the network that changes least in the place of the best, never a dearer one.

    Parameters
    ----------
    search
        Ended, with a best network.
    own
        Lines of each site that can serve it.

    """
    held = _Held(search, own, earlier)
    whole = held.whole()
    if whole is not None:
        search.offer(whole)
    best = search.best
    assert best is not None
    points = frozenset(search.candidates.exchanges) & earlier.points
    if points and points != frozenset(best.opened) and not search.watch.over and (whole is None or best is not whole):
        trunks = {trunk.id for trunk in search.candidates.trunks} & earlier.lines
        search.polish(points | trunks | search.to_core(points))
        best = search.best or best
    if whole is not None and whole.feasible and whole.cost_vnd <= best.cost_vnd:
        search.best = whole
        return
    closest = held.closest(best)
    if closest is not None:
        search.best = closest


class _Held:
    """The earlier network in the words of today's candidates."""

    def __init__(self, search: Search, own: Mapping[str, tuple[Access, ...]], earlier: Earlier) -> None:
        assert search.best is not None
        self.search, self.candidates, self.earlier, self.first = search, search.candidates, earlier, search.best
        self.lines = {site: {line.link.id: line for line in lines} for site, lines in own.items()}
        self.before = {site: column for site in self.candidates.sites if (column := self._before(site)) is not None}

    def whole(self) -> Selection | None:
        """Return the earlier network, the sites that cannot have their paths again as in the best one."""
        chosen = {site: self.before.get(site, column) for site, column in self.first.columns.items()}
        found = select(self.candidates, chosen)
        return found if found.feasible else None

    def _before(self, site: str) -> Column | None:
        primary, backup = self.earlier.paths.get(site, ((), ()))
        first, second = self._route(site, primary), self._route(site, backup)
        if first is None or (backup and second is None):
            return None
        return self.search.choices[site].column(first, second)

    def _route(self, site: str, links: tuple[str, ...]) -> Route | None:
        line = self.lines[site].get(links[0]) if links else None
        if line is None:
            return None
        if line.link.kind == "mobile":
            return Route(line, TrunkPath((), (), (), 0))
        return next((Route(line, path) for path in self.search.paths[line.to] if path.links == links[1:]), None)

    def mixed(self, best: Selection) -> Iterator[Column]:
        """Give each site's columns: of the best network, of the earlier one, and of what both use together."""
        known = [*best.columns.values(), *self.before.values()]
        trunks = {link for column in known for _, route in column.routes for link in route.trunks.links}
        trunks |= {trunk.id for trunk in self.candidates.trunks} & self.earlier.lines
        for site, column in best.columns.items():
            yield column
            earlier = self.before.get(site)
            if earlier is not None:
                yield earlier
            sides: tuple[dict[str, Route], dict[str, Route]] = ({}, {})
            for side, route, links in zip(
                sides, (column.primary, column.backup), self.earlier.paths.get(site, ((), ())), strict=True
            ):
                was = self._route(site, links)
                for one in (was, route):
                    if one is not None:
                        side[one.key] = one
                line = self.lines[site].get(links[0]) if links else None
                if line is not None and line.link.kind == "access":
                    for path in self.search.paths[line.to]:
                        if trunks.issuperset(path.links):
                            side.setdefault(Route(line, path).key, Route(line, path))
            pairs = ((one, two) for one in sides[0].values() for two in (*sides[1].values(), None))
            join = self.search.choices[site].column
            found = [made for one, two in pairs if (made := join(one, two)) is not None]
            found.sort(key=lambda made: (-self._lines(made), made.cost_vnd, made.key))
            yield from found[:MOST_MIXED]

    def _lines(self, column: Column) -> int:
        return sum(route.access.link.id in self.earlier.lines for _, route in column.routes)

    def _carriers(self, column: Column) -> int:
        """Count the paths whose own line is of the carrier that it was of."""
        before = self.earlier.paths.get(column.site, ((), ()))
        now = (column.primary, column.backup)
        return sum(
            bool(route and links and route.access.link.carrier == self.earlier.carriers.get(links[0]))
            for route, links in zip(now, before, strict=True)
        )

    def stays(self, selection: Selection) -> tuple[int, int]:
        """Return lines and points of the earlier plan in a network, then paths with their carrier."""
        lines = {route.access.link.id for column in selection.columns.values() for _, route in column.routes}
        lines |= selection.bought.keys()
        kept = len(lines & self.earlier.lines) + len(self.earlier.points.intersection(selection.opened))
        return kept, sum(self._carriers(column) for column in selection.columns.values())

    def closest(self, best: Selection) -> Selection | None:
        """Solve (stay); None where nothing better than the best itself is found."""
        found: Selection | None = None
        master = Master(self.candidates)
        for column in self.mixed(best):
            master.add_column(column)
        master.add_normal_rows()
        master.add_linking_rows()
        self._turn(master, best.cost_vnd)
        for _ in range(ROUNDS):
            if self.search.watch.over:
                break
            answer = self.search.whole(master.model, GAP)
            if answer.values is None:
                break
            read = self.search.read(master, answer)
            if read is None:
                break
            selection, broken = read
            affordable = selection.feasible and selection.cost_vnd <= best.cost_vnd
            if affordable and self.stays(selection) > self.stays(found or best):
                found = selection
            for row in broken:
                master.add_row(row)
            if not broken:
                break
        return found

    def _turn(self, master: Master, most_vnd: int) -> None:
        """Make the cost a limit, and what stays the objective."""
        model = master.model
        budget = model.add_linear_constraint(ub=most_vnd / MILLION, name="same money")
        for term in list(model.objective.linear_terms()):
            budget.set_coefficient(term.variable, term.coefficient)
        model.objective.clear()
        for absent in master.absent.values():
            absent.upper_bound = 0.0
        weight = 1 + 2 * len(master.sites)
        over: dict[str, list[mathopt.Variable]] = {}
        for key, column in master.columns.items():
            value = weight * self._lines(column) + self._carriers(column)
            model.objective.set_linear_coefficient(master.x[key], -float(value))
            for element in used([column]):
                over.setdefault(element, []).append(master.x[key])
        for element in sorted(over.keys() & (self.earlier.lines | self.earlier.points)):
            stays = model.add_variable(lb=0.0, ub=1.0, name=f"stays[{element}]")
            row = model.add_linear_constraint(ub=0.0, name=f"stays[{element}]")
            row.set_coefficient(stays, 1.0)
            for x in over[element]:
                row.set_coefficient(x, -1.0)
            model.objective.set_linear_coefficient(stays, -float(weight))
        master.integral(whole=True)
