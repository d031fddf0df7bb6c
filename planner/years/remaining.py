"""How long everything lasts if nothing is bought: the months in which it is nearly full and full, in both bands.

    use(t) = Σ_s x_s f_s(t)                   resources, appliances, lines: t years from the start of the plan
    hosts(t) = max(1, max_k use_k(t) / (φ · left_k))      what stands in the room grows as the hosts must
    U(t) = reserved + appliances + hosts · hosts(t)       units, watts, weight, ports of a room

A link counts in the survived state that loads it most; which state that is may change as services grow differently, so
loads are worked out for every half year and joined by straight lines, which lie above a growing curve: no date is late.
"""

from collections import Counter
from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from planner.datacentre.sizing import RESOURCES
from planner.growth import BANDS, STILL, Band, paths
from planner.plan import Remaining
from planner.trend import LOOK_YEARS
from planner.years.chosen import Chosen
from planner.years.fleet import Site
from planner.years.ledger import Books
from topology.order import natural_key
from topology.schema.base import counted

Curve = Callable[[Band, NDArray[np.float64]], NDArray[np.float64]]
Kind = Literal["resource", "facility", "appliance", "line", "trunk"]
MONTHS = 12 * LOOK_YEARS
LISTED_LINKS = 20
"""Links listed: those full first."""
UNITS = {"vcpu": "vCPU", "memory_gib": "GiB", "disk_gib": "GiB", "iops": "1/s", "network_mbps": "Mbit/s"}
NOTHING = Chosen({}, {}, {}, {})


def remaining(site: Site, books: Books) -> tuple[Remaining, ...]:
    """Return everything that fills up; what is full first first."""
    found = [*_resources(site, books), *_rooms(site, books), *_boxes(site), *_links(site)]
    return tuple(sorted(found, key=_urgency))


def _urgency(one: Remaining) -> tuple[str, str, float, str, tuple[tuple[int, int, str], ...]]:
    return one.p50_full or "9999", one.p90_full or "9999", -one.share, one.kind, natural_key(one.id)


def _row(
    site: Site,
    kind: Kind,
    name: str,
    unit: str,
    limit: float,
    curve: Curve,
    shares: tuple[float, float],
    step: tuple[str, int],
) -> Remaining:
    """Return one row; a curve gives the use at the end of each month, the month 0 being today."""
    warn, full = shares
    times = np.arange(MONTHS + 1) / 12
    curves = {band: curve(band, times) for band in BANDS}
    used = float(curves["p50"][0])

    def month(band: Band, share: float) -> str | None:
        above = np.flatnonzero(curves[band] >= share * limit - 1e-9 * limit)
        if not limit or not len(above):
            return None
        number = max(0, int(above[0]) - 1)
        return f"{site.records.province.plan_year + number // 12}-{number % 12 + 1:02}"

    return Remaining(
        kind=kind, id=name, unit=unit, used=round(used, 3), limit=round(limit, 3),
        share=round(used / limit, 4) if limit else 0.0, warn=warn, full=full,
        p50_warn=month("p50", warn), p50_full=month("p50", full),
        p90_warn=month("p90", warn), p90_full=month("p90", full), step=step[0], step_vnd=step[1],
    )  # fmt: skip


def _growing(site: Site, parts: dict[str, float]) -> Curve:
    """Return the curve of a sum of services' parts."""

    def curve(band: Band, times: NDArray[np.float64]) -> NDArray[np.float64]:
        grown = paths(site.records, band)
        total = np.zeros(len(times))
        for service, part in parts.items():
            total += part * grown.get(service, STILL).along(times)
        return total

    return curve


def _parts(site: Site, pool: str, k: int) -> dict[str, float]:
    parts: dict[str, float] = {}
    for group in site.demand.groups.values():
        if group.form == "vm" and group.pool == pool:
            parts[group.service or ""] = parts.get(group.service or "", 0.0) + group.count * group.need[k]
    return parts


def _resources(site: Site, books: Books) -> list[Remaining]:
    policy, alive, found = site.records.placement, books.alive(NOTHING, 0), []
    for pool in site.pools:
        for k, resource in enumerate(RESOURCES):
            name = resource if pool == "shared" else f"{resource}, {pool}"
            curve, left = _growing(site, _parts(site, pool, k)), books.left(alive, pool, k)
            shares = policy.warn_share.value, policy.full_share.value
            found.append(_row(site, "resource", name, UNITS[resource], left, curve, shares, _host(site, k)))
    return found


def _host(site: Site, k: int) -> tuple[str, int]:
    """Return the host model that gives a resource for the least money, and its price."""
    prices = {name: model.price_vnd.value for name, model in site.models.items() if site.offer(name)[k]}
    name = min(prices, key=lambda name: (prices[name] / site.offer(name)[k], natural_key(name)), default="")
    return name, prices.get(name, 0)


def _rooms(site: Site, books: Books) -> list[Remaining]:
    policy, found = site.records.placement, []
    alive = books.alive(NOTHING, 0)
    full = policy.full_share.value
    shares = policy.warn_share.value, full

    def hosts(where: str, band: Band, times: NDArray[np.float64]) -> NDArray[np.float64]:
        factor = np.ones(len(times))
        for pool in (pool for pool in site.pools if site.demand.site_of[pool] == where):
            for k in range(len(RESOURCES)):
                left = books.left(alive, pool, k)
                if left:
                    factor = np.maximum(factor, _growing(site, _parts(site, pool, k))(band, times) / (full * left))
        return factor

    for room in sorted(site.rooms.values(), key=lambda room: natural_key(room.id)):
        racks = {rack.id for rack in room.racks}
        stands: Counter[int] = Counter()
        for key, count in alive.items():
            if key[2] in racks:
                for place, take in enumerate(site.takes(key[1])):
                    stands[place] += count * take  # type: ignore[assignment]
        spaces = [space for space in site.spaces.values() if space.room == room.id and not space.new]
        further = [space for space in site.spaces.values() if space.room == room.id and space.new]
        feeds = site.hardware.feeds_that_share(room)
        fixed_w = sum(f.reserved_w.value for f in room.racks) + sum(
            m.power_w for m in site.plan.machines if m.form == "appliance" and m.rack in racks
        )
        step = ("rack", counted(room.rack_price_vnd)) if further else ("", 0)
        totals: list[tuple[str, str, float, float, int]] = []
        for place, (what, unit) in ((0, ("rack_u", "U")), (3, ("weight_kg", "kg")), (4, ("ports", ""))):
            whole = {
                0: float(sum(rack.height_u for rack in room.racks)),
                3: sum(rack.max_weight_kg.value for rack in room.racks),
                4: float(sum(rack.switch_ports.value for rack in room.racks)),
            }[place]
            fixed = whole - sum(space.limits[place] for space in spaces)
            totals.append((what, unit, whole, fixed, place))
            if further:
                more = whole + sum(space.limits[place] for space in further)
                totals.append((f"{what}, further racks", unit, more, fixed, place))
        totals += [(f"power, {feed.id}", "W", feeds * feed.capacity_w.value, fixed_w, 1) for feed in room.feeds]
        totals.append(("cooling", "W", room.cooling_w.value, fixed_w, 1))
        for what, unit, limit, fixed, place in totals:

            def curve(
                band: Band,
                times: NDArray[np.float64],
                fixed: float = fixed,
                part: float = float(stands[place]),
                where: str = room.site,
            ) -> NDArray[np.float64]:
                return fixed + part * hosts(where, band, times)

            more_of = step if place not in (1, 2) else ("", 0)
            found.append(_row(site, "facility", f"{room.id}: {what}", unit, limit, curve, shares, more_of))
    return found


def _boxes(site: Site) -> list[Remaining]:
    """Return the appliances that have a rating: how much of what one unit may carry is needed."""
    policy, found = site.records.placement, []
    for group in site.demand.groups.values():
        share = max(group.fullness, group.whole)
        if group.form == "appliance" and share:
            curve = _growing(site, {group.service or "": share})
            # one more relieves the others only of what they share
            step = (group.id, group.price_vnd) if group.fullness >= group.whole else ("", 0)
            found.append(_row(site, "appliance", group.id, "", 1.0, curve, (policy.warn_share.value, 1.0), step))
    return found


def _links(site: Site) -> list[Remaining]:
    policy, demand = site.records.network_policy, site.demand
    knots = np.arange(0.0, LOOK_YEARS + 0.25, 0.5)
    loads: dict[Band, list[dict[str, float]]] = {}
    for band in BANDS:
        grown = paths(site.records, band)
        loads[band] = [demand.loads({service: path.after(float(t)) for service, path in grown.items()}) for t in knots]
    found = []
    candidates = {link.id: link for link in demand.network.links}
    for link in site.plan.network.links:
        if link.kind not in ("access", "trunk", "mobile"):
            continue
        lines = {band: np.array([load.get(link.id, 0.0) for load in loads[band]]) for band in BANDS}

        def curve(
            band: Band, times: NDArray[np.float64], lines: dict[Band, NDArray[np.float64]] = lines
        ) -> NDArray[np.float64]:
            return np.interp(times, knots, lines[band])

        kind: Kind = "trunk" if link.kind == "trunk" else "line"
        shares = policy.warn_occupancy.value, policy.max_occupancy.value
        larger = [m for m in candidates[link.id].modules if m.capacity_mbps > link.capacity_mbps]
        module = min(larger, key=lambda m: (m.monthly_vnd, m.id), default=None)
        step = (module.id, module.one_off_vnd) if module else ("", 0)
        found.append(_row(site, kind, link.id, "Mbit/s", link.capacity_mbps, curve, shares, step))
    return sorted(found, key=_urgency)[:LISTED_LINKS]
