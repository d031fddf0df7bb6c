"""A plan near the one at hand that keeps a wish: sites that have to move take what costs least, others stay."""

from collections.abc import Mapping, Sequence

from planner.forcing.case import Case
from planner.limits import Watch
from planner.network.columns import Column
from planner.network.pricing import Pricer, Prices
from planner.network.relax import first_prices
from planner.network.search import Search
from planner.network.selection import Selection, select

TRIED = 40
"""Columns of a site that are tried while everything else stays."""
LOOKED = 200
"""Columns of a site among which the tried ones are found."""
MANY_SITES = 6
"""Sites that may have to move, up to which each one's columns are tried in turn; of more, one estimate each."""
RESTORED = 60
"""Sites that are given back what is planned for them, one by one."""


def repair(
    case: Case, search: Search, planned: Selection, kept: dict[str, Column], missing: Sequence[str], watch: Watch
) -> None:
    """Keep all columns that may stay; give each other site the column that costs least, everything else staying."""
    bought, opened = frozenset(planned.bought), frozenset(planned.opened)
    near = {
        hub: tuple(p for p in own if bought.issuperset(p.links) and opened.issuperset(p.nodes))
        for hub, own in search.paths.items()
    }
    chosen = dict(kept)
    far = Pricer(case.candidates, {site: case.choices[site] for site in missing}, search.paths)
    close = Pricer(case.candidates, {site: case.choices[site] for site in missing}, near)
    guesses = far.at(first_prices(case.candidates))
    free = close.at(Prices({}, {}))
    options: dict[str, list[Column]] = {}
    for site in missing:
        guessed = guesses.site(site, float("inf"), LOOKED).columns
        guessed = guessed or guesses.site(site, float("inf"), 1, depth=10**6).columns
        options[site] = various(guessed, free.site(site, float("inf"), LOOKED).columns)
        if not options[site]:
            return
        chosen[site] = min(options[site], key=lambda column: (_alone(case, planned, column), column.key))
    search.offer(select(case.candidates, chosen))
    if len(missing) > MANY_SITES:
        return
    for site in missing:
        for column in options[site]:
            if watch.over:
                return
            now = search.best.columns if search.best is not None else chosen
            search.offer(select(case.candidates, {**now, site: column}))


def restore(case: Case, search: Search, planned: Mapping[str, Column | None]) -> None:
    """Give sites back what is planned for them where that costs no more: no change without a reason."""
    assert search.best is not None
    best = search.best
    other = {s: c for s, c in planned.items() if c is not None and c.key != best.columns[s].key}
    for back in (other, *({site: column} for site, column in list(other.items())[:RESTORED])):
        less = select(case.candidates, {**best.columns, **back})
        if less.feasible and less.cost_vnd <= best.cost_vnd and case.holds(less):
            best = less
    search.best = best


def various(*priced: Sequence[tuple[float, Column]]) -> list[Column]:
    """Keep of each list the first columns that pass other trunks, `TRIED` at most, in the order of their prices."""
    every: dict[str, Column] = {}
    for own in priced:
        kept: dict[tuple[object, ...], Column] = {}
        for _, column in own:
            kept.setdefault(tuple((route.access.to, route.trunks.links) for _, route in column.routes), column)
        every |= {column.key: column for column in list(kept.values())[:TRIED]}
    return list(every.values())


def _alone(case: Case, planned: Selection, column: Column) -> int:
    """Estimate a column by itself: its own lines, and the trunks and exchanges that the plan does not have."""
    trunks = {trunk for _, route in column.routes for trunk in route.trunks.links} - planned.bought.keys()
    points = {node for _, route in column.routes for node in route.trunks.nodes} - set(planned.opened)
    fronts = (case.candidates.front(trunk) for trunk in trunks)
    more = sum(front[0].cost_vnd for front in fronts if front)
    return column.cost_vnd + more + sum(case.candidates.opening_vnd(point) for point in points)
