"""Other plans hardly dearer that differ in something a person cares about: carriers, concentration points, masts.

    min  cost      with the difference asked as a constraint:  one carrier less or more, no trunks of a carrier,
                   one concentration point less, no point at e;     kept if  cost ≤ (1 + ε) P             (near)
    min  n         with  cost ≤ (1 + ε) P:   fewest sites n on a mobile backup, and at least
         n ≥ (β(λ) - (1 + ε) P) / λ          for any price λ > 0 of one more                            (fewest)

P     cost of the plan at hand        β(λ)  bound of every plan's cost when each mobile backup costs λ more
Each is solved again for itself and checked by independent code. Modelling to generate alternatives: Brill, Chang,
Hopkins, *Management Science* 28 (1982); near-optimal spaces: Neumann, Brown, *EPSR* 190 (2021). (fewest) is the
Lagrangian bound: a plan of cost at most (1 + ε) P with n mobile backups costs, with the price, at most (1 + ε) P + λ n.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import Literal

from planner.forcing.case import Case, forbidden, mobiles
from planner.forcing.forced import Forced
from planner.forcing.price import EXACT_PATHS, Forcing
from planner.forcing.wish import Wish
from planner.limits import Progress, Watch
from planner.network.columns import Column
from planner.network.ends import terms
from planner.network.hubs import Hubs
from planner.network.pricing import Pricer, Prices
from planner.network.search import CHOICE_GAP, Search
from planner.network.selection import Selection, select
from planner.network.solver import whole
from planner.network.variables import MILLION
from planner.plan import Network as Decided
from topology.order import natural

Near = Literal["near", "far", "open", "impossible"]
LEAVES_OUT = ("unused", "no-trunks-of", "internet-only")
"""Wishes that are kept by leasing nothing of a kind."""
MASTS_SHARE = 0.25
"""Most of the time that goes to the fewest mobile backups."""
LEAST_S = 2.0
"""Seconds that one alternative may take even when the clock is nearly over."""


@dataclass(frozen=True, slots=True)
class Alternative:
    """One difference, and what it costs."""

    forced: Forced
    near: Near
    """Within ε; proved beyond it; neither; or no plan keeps it."""
    also: tuple[Wish, ...] = ()
    """Other differences that the same plan makes."""
    fewest_at_least: int | None = None
    """Of the fewest mobile backups: no plan within ε has fewer."""


def differences(forcing: Forcing) -> tuple[Wish, ...]:
    """List what could be otherwise, most telling first."""
    part, network = forcing.decided, forcing.network
    points = [point.id for point in part.concentration_points]
    leased = natural({link.carrier for link in part.links if link.kind != "internet"})
    trunks = natural({link.carrier for link in part.links if link.kind == "trunk"})
    others = natural({link.carrier for link in network.links if link.kind in ("access", "mobile")} - set(leased))
    found = [Wish("unused", point) for point in points]
    found += [Wish("points", str(len(points) - 1))] if points else []
    found += [Wish("unused", carrier) for carrier in leased]
    found += [Wish("no-trunks-of", carrier) for carrier in trunks]
    both = natural({link.carrier for link in part.links if link.kind == "internet"} & set(leased))
    found += [Wish("internet-only", carrier) for carrier in both]
    found += [Wish("used", carrier) for carrier in others]
    return tuple(found)


def keeps(part: Decided, one: Wish) -> bool:
    """Tell whether a network makes a difference of the list above."""
    if one.kind == "points":
        return len(part.concentration_points) <= int(one.value)
    return one.kind in LEAVES_OUT and not any(forbidden(one, link) for link in part.links)


def alternatives(forcing: Forcing, within: float, watch: Watch | None = None) -> Iterator[Alternative]:
    """Give the differences that could be solved until it was stopped or time was over.

    In a large province a difference that a plan within ε makes already is told with that plan and not solved again;
    what stays open is solved again by the stronger bound and the wider search, as far as the time allows.
    """
    watch = watch or Watch(forcing.limits)
    fewest = any(site.backup and site.backup.links[0].startswith("mobile") for site in forcing.decided.sites)
    found: list[Alternative] = []
    asked = differences(forcing)
    if fewest and not watch.over:
        forcing.report(Progress("network", "mobiles", float(forcing.cost_vnd), forcing.bound_vnd, None, watch.seconds))
        part = replace(watch.limits, time_limit_s=watch.seconds + MASTS_SHARE * watch.left_s)
        least = fewest_mobiles(forcing, within, Watch(part, watch.started))
        found += [least] if least is not None else []
    for place, one in enumerate(asked):
        if watch.over:
            break
        same = [] if forcing.small else [k for k, other in enumerate(found) if _shows(other, one)]
        if same:
            found[same[0]] = replace(found[same[0]], also=(*found[same[0]].also, one))
            continue
        told = _solved(forcing, one, within, watch, len(asked) - place, brisk=not forcing.small)
        others = [other for other in found if other.fewest_at_least is None]
        if not told.forced.lines or all(told.forced.lines != other.forced.lines for other in others):
            found.append(told)
    open_ = [k for k, one in enumerate(found) if one.near == "open" and not forcing.small]
    open_.sort(key=lambda k: (found[k].forced.at_most_vnd is None, found[k].forced.at_most_vnd, k))
    for place, k in enumerate(open_):
        if watch.over:
            break
        again = _solved(forcing, found[k].forced.wishes[0], within, watch, len(open_) - place)
        found[k] = _both(found[k], again, within * forcing.cost_vnd)
    yield from found


def _shows(one: Alternative, asked: Wish) -> bool:
    """Tell whether a plan within ε makes a difference already."""
    told = one.near == "near" and one.fewest_at_least is None
    return told and one.forced.part is not None and keeps(one.forced.part, asked)


def _solved(forcing: Forcing, one: Wish, within: float, watch: Watch, left: int, *, brisk: bool = False) -> Alternative:
    """Solve under one difference, in its share of the time for so many that are left."""
    forcing.report(Progress("network", one.id, float(forcing.cost_vnd), forcing.bound_vnd, None, watch.seconds))
    forcing.limits = replace(watch.limits, time_limit_s=max(LEAST_S, watch.left_s / left))
    told = forcing.price(one, brisk=brisk)
    return Alternative(told, _near(told, within * forcing.cost_vnd))


def _both(before: Alternative, again: Alternative, room_vnd: float) -> Alternative:
    """Join what is known of one difference after solving it twice: the better plan, the better bound."""
    if again.near == "impossible":
        return again
    bounds = [x.forced.at_least_vnd for x in (before, again) if x.forced.at_least_vnd is not None]
    plans = [x.forced for x in (again, before) if x.forced.at_most_vnd is not None]
    told = min(plans, key=lambda x: x.at_most_vnd or 0, default=again.forced)
    at_least = max(bounds, default=None)
    if told.at_most_vnd is not None and at_least is not None:
        at_least = min(at_least, told.at_most_vnd)
    told = replace(told, at_least_vnd=at_least)
    return replace(before, forced=told, near=_near(told, room_vnd))


def _near(told: Forced, room_vnd: float) -> Near:
    if told.status == "impossible":
        return "impossible"
    if told.at_most_vnd is not None and told.at_most_vnd <= room_vnd:
        return "near"
    return "far" if told.at_least_vnd is not None and told.at_least_vnd > room_vnd else "open"


def fewest_mobiles(forcing: Forcing, within: float, watch: Watch) -> Alternative | None:
    """Return a plan within ε with few mobile backups, and how few there must be; None if no site can do without."""
    room = round((1 + within) * forcing.cost_vnd)
    also = forcing.cost_vnd - forcing.planned.cost_vnd
    ranked = _ranked(forcing)
    if not ranked:
        return None
    best, taken = _prefix(forcing, ranked, room - also)
    price = max(1, ranked[min(taken, len(ranked) - 1)][0])
    case = Case.of(forcing.network, (), price)
    search = Search(case.candidates, case.choices, watch, forcing.report, goal=1e-9)
    search.paths = forcing.paths
    if forcing.small:
        search.small = EXACT_PATHS
        search.run()
        found = _without_fee(forcing, search.best)
        if found is not None and _better(found, best, room - also):
            best = found
    else:
        offers = {site: terms(case.candidates, own, search.paths) for site, own in case.choices.items()}
        answer = whole(Hubs(case.candidates, offers, search.paths).relaxed(), None, CHOICE_GAP, search.nodes, watch)
        search.raise_bound(answer.bound * MILLION)
    search.raise_bound(forcing.bound_vnd - also)
    count = mobiles(best.columns.values())
    least = max(0, min(count, ceil((search.bound_vnd + also - room) / price - 1e-6)))
    at_most = best.cost_vnd + also - forcing.cost_vnd
    bound = max(forcing.bound_vnd, search.bound_vnd + also - price * count)
    told = forcing.told(best, min(at_most, round(bound) - forcing.cost_vnd), at_most)
    told = replace(told, wishes=(Wish("mobiles", str(count)),))
    return Alternative(told, "near", (), least)


def _ranked(forcing: Forcing) -> list[tuple[int, Column]]:
    """List what each site on a mobile backup pays more for a fixed one, everything else staying; cheapest first."""
    now = forcing.planned.columns
    sites = [site for site, column in now.items() if column.backup and column.backup.access.link.kind == "mobile"]
    case = Case.of(forcing.network, [Wish("backup", "fixed", site) for site in sites])
    bought, opened = frozenset(forcing.planned.bought), frozenset(forcing.planned.opened)
    near = {
        hub: tuple(p for p in own if bought.issuperset(p.links) and opened.issuperset(p.nodes))
        for hub, own in forcing.paths.items()
    }
    asked = {site: case.choices[site] for site in sites if case.choices[site].primaries}
    found = [
        (columns.columns[0][1].cost_vnd - now[site].cost_vnd, columns.columns[0][1])
        for site, columns in Pricer(case.candidates, asked, near).run(Prices({}, {}), float("inf"), 1)
        if columns.columns
    ]
    return sorted(found, key=lambda item: (item[0], item[1].site))


def _prefix(forcing: Forcing, ranked: Sequence[tuple[int, Column]], room_vnd: int) -> tuple[Selection, int]:
    """Give as many sites a fixed backup as the room allows, the cheapest first; the number by bisection."""
    best, low, high = forcing.planned, 0, len(ranked)
    while low < high:
        middle = (low + high + 1) // 2
        changed = {column.site: column for _, column in ranked[:middle]}
        found = select(forcing.base.candidates, {**forcing.planned.columns, **changed})
        if found.feasible and found.cost_vnd <= room_vnd:
            best, low = found, middle
        else:
            high = middle - 1
    return best, low


def _better(found: Selection, best: Selection, room_vnd: int) -> bool:
    """Tell whether a selection within the room has fewer mobile backups, or as many for less."""
    return found.cost_vnd <= room_vnd and (mobiles(found.columns.values()), found.cost_vnd) < (
        mobiles(best.columns.values()),
        best.cost_vnd,
    )


def _without_fee(forcing: Forcing, found: Selection | None) -> Selection | None:
    """Return a selection at its real prices."""
    if found is None:
        return None
    own = {(site, line.link.id): line for site, lines in forcing.base.own.items() for line in lines}
    columns = {}
    for site, column in found.columns.items():
        first = replace(column.primary, access=own[site, column.primary.access.link.id])
        second = column.backup
        second = replace(second, access=own[site, second.access.link.id]) if second else None
        assert first.access.primary is not None
        cost = first.access.primary.cost_vnd
        cost += second.access.backup.cost_vnd if second and second.access.backup else 0
        columns[site] = replace(column, primary=first, backup=second, cost_vnd=cost)
    return select(forcing.base.candidates, columns)
