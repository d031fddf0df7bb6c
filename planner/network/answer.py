"""From the columns that were chosen to decisions with reasons: sites, links, concentration points, the sweep."""

from collections.abc import Mapping

import numpy as np

from planner.network import access
from planner.network.candidates import Candidates
from planner.network.columns import Choices, Column, Route
from planner.network.leased import leased
from planner.network.purchase import KBPS, Purchase
from planner.network.selection import Selection, routing
from planner.plan import (
    Alternative,
    ConcentrationPoint,
    Cost,
    Network,
    PlannedLink,
    SiteDecision,
    StateLoad,
    SweepSummary,
    Why,
)
from planner.plan import Route as PlannedRoute
from planner.sweep import Sweep, sweep
from topology.order import natural_key

REASONS = {"access": "link-access", "mobile": "link-mobile"}
"""Kind of link → reason code."""
WORST = 10
"""States and links listed."""


def answer(candidates: Candidates, selection: Selection, choices: Mapping[str, Choices]) -> Network:
    """Return the network half; nothing is decided here."""
    swept = sweep([routing(candidates, column) for column in selection.columns.values()], candidates.network.states)
    bought = _purchases(candidates, selection)
    links = tuple(_link(candidates, name, purchase, swept) for name, purchase in sorted(bought.items(), key=_by_id))
    return Network(
        sites=tuple(_site(candidates, column, choices) for _, column in sorted(selection.columns.items(), key=_by_id)),
        links=links,
        concentration_points=tuple(_point(candidates, exchange, selection) for exchange in selection.opened),
        sweep=_summary(candidates, selection, swept, links),
    )


def _by_id(item: tuple[str, object]) -> tuple[tuple[int, int, str], ...]:
    return natural_key(item[0])


def _purchases(candidates: Candidates, selection: Selection) -> dict[str, Purchase]:
    """Return every leased link with what is bought for it."""
    found = dict(selection.bought)
    for site, column in selection.columns.items():
        first = access.primary(candidates, site, column.primary.access.link)
        assert first is not None
        found[column.primary.access.link.id] = first
        if column.backup:
            second = access.backup(candidates, site, column.backup.access.link)
            assert second is not None
            found[column.backup.access.link.id] = second
    return found


def _link(candidates: Candidates, name: str, purchase: Purchase, swept: Sweep) -> PlannedLink:
    link = candidates.links[name]
    capacity = purchase.capacity_kbps / KBPS
    survived = np.array([k == 0 or _kind(state) in candidates.survived_kinds for k, state in enumerate(swept.states)])
    worst = tuple(
        StateLoad(state=state, mbps=round(load / KBPS, 3)) for state, load in swept.worst(name, WORST, survived) if load
    )
    normal = float(swept.busier[swept.row[name], 0]) / KBPS
    highest = max([normal, *(state.mbps for state in worst)])
    return leased(
        link,
        purchase,
        candidates.money,
        normal_mbps=round(normal, 3),
        worst=worst,
        why=Why(
            code=REASONS.get(link.kind, "link-trunk"),
            facts={
                "occupancy": round(highest / capacity, 4),
                "state": worst[0].state if worst and worst[0].mbps > normal else "normal",
                "carrier": link.carrier,
            },
            binding=("capacity",) if link.kind == "trunk" else ("access",),
        ),
    )


def _kind(state: str) -> str:
    return state.partition(":")[0]


def _route(candidates: Candidates, site: str, route: Route) -> PlannedRoute:
    return PlannedRoute(
        links=route.links,
        nodes=(site, *route.trunks.nodes, candidates.core),
        length_km=round(sum(candidates.links[link].length_km for link in route.links), 3),
    )


def _site(candidates: Candidates, column: Column, choices: Mapping[str, Choices]) -> SiteDecision:
    record, policy = candidates.sites[column.site], candidates.class_policy(column.site)
    asked = candidates.network.demands[column.site]
    first = access.primary(candidates, column.site, column.primary.access.link)
    second = access.backup(candidates, column.site, column.backup.access.link) if column.backup else None
    backup_mbps = max(asked.down_mbps, asked.up_mbps) * policy.degraded_share.value if column.backup else 0.0
    mobile = bool(column.backup and column.backup.access.link.kind == "mobile")
    paid = [purchase for purchase in (first, second) if purchase]
    return SiteDecision(
        id=record.id,
        name=record.name,
        site_class=record.site_class,
        district=record.district,
        lat=record.lat,
        lon=record.lon,
        demand_down_mbps=asked.down_mbps,
        demand_up_mbps=asked.up_mbps,
        demand_by_class_mbps={name: max(ways) for name, ways in asked.by_class.items()},
        primary=_route(candidates, column.site, column.primary),
        backup=_route(candidates, column.site, column.backup) if column.backup else None,
        backup_mbps=round(backup_mbps, 3),
        disjoint_in=_disjoint(candidates, column),
        cost=candidates.money.cost(sum(p.one_off_vnd for p in paid), sum(p.monthly_vnd for p in paid)),
        why=Why(
            code="site-mobile-backup" if mobile else "site-fixed-pair" if column.backup else "site-single",
            facts={
                "carrier": column.primary.access.link.carrier,
                "to": column.primary.access.to,
                "backup_carrier": column.backup.access.link.carrier if column.backup else "",
                "policy": policy.backup,
            },
            binding=("disjoint",) if column.backup else (),
        ),
        alternatives=_alternatives(candidates, column, choices[column.site]),
    )


def _disjoint(candidates: Candidates, column: Column) -> tuple[str, ...]:
    """Name the kinds of risk group in which the two paths share nothing."""
    if column.backup is None:
        return ()
    one, two = column.primary, column.backup
    ducts = [{d for link in route.links for d in candidates.links[link].ducts} for route in (one, two)]
    carriers = [{candidates.links[link].carrier for link in route.links} for route in (one, two)]
    found = ["link"] if not set(one.links) & set(two.links) else []
    found += ["duct"] if not ducts[0] & ducts[1] else []
    found += ["exchange"] if not set(one.trunks.nodes) & set(two.trunks.nodes) else []
    found += ["carrier"] if not carriers[0] & carriers[1] else []
    return tuple(found)


def _alternatives(candidates: Candidates, column: Column, choices: Choices, most: int = 3) -> tuple[Alternative, ...]:
    """Price the cheapest other access lines for the primary, the rest of the network as it is."""
    now = column.primary.access.primary
    assert now is not None
    others = [
        Alternative(choice=other.link.id, extra_vnd=other.primary.cost_vnd - now.cost_vnd)
        for other in choices.primaries
        if other.primary and other.link.id != column.primary.access.link.id
    ]
    return tuple(sorted(others, key=lambda other: (other.extra_vnd, natural_key(other.choice)))[:most])


def _point(candidates: Candidates, exchange: str, selection: Selection) -> ConcentrationPoint:
    record = candidates.exchanges[exchange]
    homes = [site for site, column in selection.columns.items() if column.primary.trunks.nodes[:1] == (exchange,)]
    cost: Cost = candidates.money.cost(record.concentration_one_off_vnd, record.concentration_monthly_vnd)
    return ConcentrationPoint(
        id=exchange,
        name=record.name,
        lat=record.lat,
        lon=record.lon,
        homes=tuple(sorted(homes, key=natural_key)),
        cost=cost,
        why=Why(code="point-opened", facts={"homes": len(homes)}, binding=("opening",)),
    )


def _summary(
    candidates: Candidates, selection: Selection, swept: Sweep, links: tuple[PlannedLink, ...]
) -> SweepSummary:
    """Say what all single states do: those of kinds that nobody must survive included."""
    cut_off = {
        state: tuple(sorted((swept.sites[i] for i in np.flatnonzero(swept.cut_off[:, k])), key=natural_key))
        for k, state in enumerate(swept.states)
        if swept.cut_off[:, k].any()
    }
    mobile = np.array(
        [bool(c.backup and c.backup.access.link.kind == "mobile") for c in selection.columns.values()], dtype=bool
    )
    on_backup = {state: int((swept.on_backup[:, k] & mobile).sum()) for k, state in enumerate(swept.states) if k}
    busiest = sorted(on_backup.items(), key=lambda item: (-item[1], natural_key(item[0])))[:WORST]
    loads = [
        (link.id, state.state, round(state.mbps / link.capacity_mbps, 4))
        for link in links
        for state in (*link.worst[:1], StateLoad(state="normal", mbps=link.normal_mbps))
    ]
    highest = sorted(loads, key=lambda row: (-row[2], natural_key(row[0]), row[1]))[:WORST]
    broken = sum(
        1 for state, sites in cut_off.items() for site in sites if _kind(state) in candidates.class_policy(site).survive
    )
    return SweepSummary(
        states=len(swept.states) - 1 + swept.idle_states,
        violations=broken,
        cut_off=cut_off,
        on_mobile=dict(busiest),
        highest=tuple(highest),
    )
