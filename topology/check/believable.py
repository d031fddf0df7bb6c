"""Places, lengths, rooms and series of numbers that are possible, but hardly so."""

from itertools import pairwise

from topology.check.references import Checker
from topology.standing import kilometres

FAR_KM = 300.0
WINDING = 2.5
"""Times the detour factor of the policy: roads longer than that are listed."""
DRY_FROM_LEVEL = 2
"""TCVN 9250, table A.2: from assurance level 2 on a data centre stands outside flood areas."""
POPULATION_SHARE_PER_YEAR = 0.1
"""The fastest growth between two censuses, Bình Dương from 1999 to 2009, was about 7 % a year."""


def check_believable(c: Checker) -> None:
    """Report what is far, winding, flooded, fed twice from one source, or growing too fast."""
    _distances(c)
    _facility(c)
    _population(c)


def _distances(c: Checker) -> None:
    records = c.records
    at = {site.id: (site.lat, site.lon) for site in records.sites} | {x.id: (x.lat, x.lon) for x in records.exchanges}
    core = at[records.province.core]
    far: set[str] = set()
    usual = records.network_policy.detour_factor.value
    for site in records.sites:
        distance = kilometres(at[site.id], core)
        if distance > FAR_KM:
            far.add(site.id)
            c.add("E-ENG-016", f"site/{site.id}/lat", f"site/{site.id}", distance=round(distance))
    for duct in records.ducts:
        if duct.a in far or duct.b in far:
            continue
        distance = kilometres(at[duct.a], at[duct.b])
        path = f"duct/{duct.id}"
        if duct.length_km < 0.98 * distance - 0.05:
            c.add("E-ENG-017", f"{path}/length_km", path, length=duct.length_km, distance=round(distance, 2))
        elif distance > 1 and duct.length_km > WINDING * usual * distance:
            factor = round(duct.length_km / distance, 1)
            c.add("W-ENG-002", f"{path}/length_km", path, length=duct.length_km, factor=factor, usual=f"{usual:g}")


def _facility(c: Checker) -> None:
    records = c.records
    highest = max((service.level for service in records.services), default=1)
    for room in records.rooms:
        path = f"room/{room.id}"
        if room.flood_zone and highest >= DRY_FROM_LEVEL:
            c.add("W-ENG-004", f"{path}/flood_zone", path, zone=room.flood_zone, level=highest)
        first: dict[str, str] = {}
        for feed in room.feeds:
            if feed.source_path in first and "feed" in records.placement.survive:
                at = f"{path}/feeds/{feed.id}"
                c.add("W-ENG-005", f"{at}/source_path", at, path, feed=feed.id, other=first[feed.source_path],
                      source=feed.source_path)  # fmt: skip
            first.setdefault(feed.source_path, feed.id)


def _population(c: Checker) -> None:
    for before, after in pairwise(c.records.province.population):
        years = after.year - before.year
        if years < 1 or not before.people.value:
            continue
        yearly = (after.people.value / before.people.value) ** (1 / years) - 1
        if abs(yearly) > POPULATION_SHARE_PER_YEAR:
            c.add("W-ENG-006", "province/population", first=before.year, last=after.year, share=f"{yearly:.1%}")
