"""Which limits bind at a site, a line or a concentration point: how far each is off, when, and what giving it up saves.

    slack = limit - used        in the state where the use is largest                                 (slack)
    saves = P - P'                                                                                    (binding)

P, P'  cost of the network at hand, and of the same with this one limit given up at this one place and the site's paths,
       or the modules of the line, chosen anew, everything else staying
`protection` gives up every kind of failure and the backup: what the second path costs here.
A limit binds when giving it up saves money here. Each is one record; giving up two at once may save more than the sum.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from planner.errors import where
from planner.forcing.case import Case
from planner.forcing.price import Forcing
from planner.forcing.repair import LOOKED, various
from planner.network import access
from planner.network.candidates import Candidates
from planner.network.columns import Column
from planner.network.paths import trunk_paths
from planner.network.pricing import Pricer, Prices
from planner.network.purchase import KBPS, cheapest, frontier
from planner.network.relax import first_prices
from planner.network.selection import select
from topology.model import CandidateLink, Position
from topology.schema.network import ClassPolicy

What = Literal["rate", "occupancy", "realtime", "mobile-rate", "equipment", "hops", "survive", "backup", "protection"]
ENDLESS_KBPS = 10**9


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit at one place."""

    what: What
    element: str
    """Line, exchange, or site."""
    detail: str
    """Kind of failure to survive, kind of backup; else empty."""
    state: str
    """In which the use is largest; empty where no state matters."""
    used: float | None
    """In `unit`."""
    limit: float | None
    """In `unit`."""
    unit: Literal["Mbit/s", "links", ""]
    saves_vnd: int | None
    """What giving it up saves here; None where it has no price."""
    where: Position | None
    """The record that states it."""

    @property
    def slack(self) -> float | None:
        """How much is left."""
        return None if self.used is None or self.limit is None else round(self.limit - self.used, 6)

    @property
    def binds(self) -> bool:
        """Whether giving it up saves money, or it keeps something out that has no price."""
        return bool(self.saves_vnd) or (self.saves_vnd is None and self.slack is not None and self.slack < 0)


def limits(forcing: Forcing, thing: str) -> tuple[Limit, ...]:
    """List the limits of a site, a line or a concentration point of the plan; those that bind most first."""
    return tuple(sorted(_of(forcing, thing), key=lambda one: (not one.binds, -(one.saves_vnd or 0), one.what)))


def _of(forcing: Forcing, thing: str) -> Iterator[Limit]:
    columns = forcing.planned.columns
    if thing in columns:
        yield from _of_site(forcing, columns[thing])
    elif thing in forcing.planned.bought:
        yield _of_trunk(forcing, thing)
    elif thing in forcing.planned.opened:
        yield _of_point(forcing, thing)
    else:
        for column in columns.values():
            for role, route in column.routes:
                if route.access.link.id == thing:
                    yield from _of_own(forcing.base.candidates, column.site, route.access.link, role)


def _of_site(forcing: Forcing, column: Column) -> Iterator[Limit]:
    candidates = forcing.base.candidates
    for role, route in column.routes:
        yield from _of_own(candidates, column.site, route.access.link, role)
        yield from (_of_trunk(forcing, trunk) for trunk in route.trunks.links)
        yield from (_of_point(forcing, node) for node in route.trunks.nodes)
    yield from _promises(forcing, column)
    yield from _no_mobile(forcing, column)


# one line, one exchange -----------------------------------------------------------------------------------------------


def _of_own(candidates: Candidates, site: str, link: CandidateLink, role: str) -> Iterator[Limit]:
    """Compare a line of its own with each rule that sizes it, and price the line without that rule."""
    needs = access.rules(candidates, site, link, role)
    bought = (access.primary if role == "primary" else access.backup)(candidates, site, link)
    assert bought is not None
    records = candidates.network.records
    at = f"policy/classes/{candidates.sites[site].site_class}"
    places = {
        "rate": (f"{at}/access_mbps/value", at),
        "occupancy": ("policy/network/max_occupancy/value", "policy/network"),
        "realtime": (f"{at}/realtime_share_max/value", at),
    }
    front = frontier(link, candidates.money, ENDLESS_KBPS)
    for what, needed in needs.items():
        rest = max((kbps for other, kbps in needs.items() if other != what), default=1)
        less = cheapest(front, max(rest, 1))
        saved = bought.cost_vnd - less.cost_vnd if less else 0
        yield Limit(
            what, link.id, "", "normal" if role == "primary" else "", needed / KBPS, bought.capacity_kbps / KBPS,
            "Mbit/s", max(0, saved), where(records, *places[what]),
        )  # fmt: skip


def _of_trunk(forcing: Forcing, trunk: str) -> Limit:
    """Compare a trunk's modules with its worst load; without the occupancy it would carry what its modules give."""
    candidates, bought = forcing.base.candidates, forcing.planned.bought[trunk]
    load, state = _worst(forcing, trunk)
    less = cheapest(candidates.front(trunk), load)
    saved = bought.cost_vnd - less.cost_vnd if less else 0
    place = where(candidates.network.records, "policy/network/max_occupancy/value", "policy/network")
    limit = candidates.occupancy * bought.capacity_kbps / KBPS
    return Limit("occupancy", trunk, "", state, load / KBPS, limit, "Mbit/s", max(0, saved), place)


def _of_point(forcing: Forcing, exchange: str) -> Limit:
    candidates = forcing.base.candidates
    load, state = _worst(forcing, exchange)
    place = where(candidates.network.records, f"exchange/{exchange}/max_trunk_mbps", f"exchange/{exchange}")
    most = float(candidates.exchanges[exchange].max_trunk_mbps)
    return Limit("equipment", exchange, "", state, load / KBPS, most, "Mbit/s", None, place)


def _worst(forcing: Forcing, element: str) -> tuple[float, str]:
    swept = forcing.planned.swept
    row = swept.busier[swept.row[element]]
    at = int(row.argmax())
    return float(row[at]), swept.states[at]


# what the class is promised ------------------------------------------------------------------------------------------


def _promises(forcing: Forcing, column: Column) -> Iterator[Limit]:
    """Price each promise of the class at this site, and the number of links of a path."""
    candidates, site = forcing.base.candidates, column.site
    records, policy = candidates.network.records, candidates.class_policy(site)
    at = f"policy/classes/{candidates.sites[site].site_class}"
    for kind in policy.survive:
        eased = policy.model_copy(update={"survive": tuple(other for other in policy.survive if other != kind)})
        place = where(records, f"{at}/survive/{kind}", f"{at}/survive", at)
        yield Limit("survive", site, kind, "", None, None, "", _saved(forcing, column, eased), place)
    if policy.backup != "any":
        saved = max(
            _saved(forcing, column, policy.model_copy(update={"backup": kind}))
            for kind in ("any", "none")
            if kind != policy.backup
        )
        yield Limit("backup", site, policy.backup, "", None, None, "", saved, where(records, f"{at}/backup", at))
    if column.backup is not None:
        bare = policy.model_copy(update={"survive": (), "backup": "none"})
        place = where(records, f"{at}/survive", f"{at}/backup", at)
        yield Limit("protection", site, "", "", None, None, "", _saved(forcing, column, bare), place)
    hops = max(len(route.links) for _, route in column.routes)
    most = candidates.policy.max_hops
    place = where(records, "policy/network/max_hops", "policy/network")
    longer = _saved(forcing, column, policy, hops=most + 1) if forcing.small and hops == most else 0
    yield Limit("hops", site, "", "", hops, most, "links", longer, place)


def _saved(forcing: Forcing, column: Column, policy: ClassPolicy, hops: int | None = None) -> int:
    """Return what the site saves under another policy, everything else staying."""
    network, site = forcing.network, column.site
    name = forcing.base.candidates.sites[site].site_class
    records = replace(network.records, classes={**network.records.classes, name: policy})
    if hops is not None:
        longer = records.network_policy.model_copy(update={"max_hops": hops})
        records = replace(records, network_policy=longer)
    # groups are numbered by what some class survives: the planned paths are numbered anew
    case = Case.of(replace(network, records=records))
    if not case.choices[site].primaries:
        return 0
    candidates = forcing.base.candidates
    paths = trunk_paths(case.candidates, case.candidates.policy.max_hops - 1)
    bought, opened = frozenset(forcing.planned.bought), frozenset(forcing.planned.opened)
    near = {
        hub: tuple(p for p in own if bought.issuperset(p.links) and opened.issuperset(p.nodes))
        for hub, own in paths.items()
    }
    own = {site: case.choices[site]}
    close = Pricer(case.candidates, own, near).at(Prices({}, {})).site(site, float("inf"), LOOKED)
    far = Pricer(case.candidates, own, paths).at(first_prices(candidates)).site(site, float("inf"), LOOKED)
    best = forcing.planned.cost_vnd
    for other in various(close.columns, far.columns):
        told = select(candidates, {**forcing.planned.columns, site: other})
        if told.feasible:
            best = min(best, told.cost_vnd)
    return forcing.planned.cost_vnd - best


def _no_mobile(forcing: Forcing, column: Column) -> Iterator[Limit]:
    """Name mobile coverage that is too slow for a site whose class would take it."""
    candidates, site = forcing.base.candidates, column.site
    if candidates.class_policy(site).backup not in ("mobile", "any"):
        return
    for link in candidates.links.values():
        if link.kind != "mobile" or link.a != site or access.backup(candidates, site, link) is not None:
            continue
        needed = access.backup_kbps(candidates, site, link) / KBPS
        most = max((module.capacity_mbps * module.max_count for module in link.modules), default=0.0)
        paths = (f"mobile/{site}-{link.carrier}/rate_mbps", f"mobile/{site}-{link.carrier}")
        place = where(candidates.network.records, *paths)
        yield Limit("mobile-rate", link.id, "", "", needed, most, "Mbit/s", None, place)
