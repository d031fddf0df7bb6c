"""The 46 units that followed the 151 communes on 1 July 2025: which office stays, who works there, who lives there.

A unit keeps the office of the commune whose code it keeps; the other offices close. Assumptions, until the new province
sends its list: nobody loses a desk (the officials of the old communes work in the new one, those of the district are
shared by people); half of the officials of each provincial agency move to the new centre.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from geographiclib.geodesic import Geodesic

from inventory.geography.ducts import DETOUR
from inventory.geography.places import DATA, Place

CENTRE = "department-phu-tho"
CENTRE_AT = (21.3220, 105.4020)
"""Việt Trì, to about two kilometres: assumption."""
CENTRE_DUCTS = ("04894", "04924")
"""Communes where the roads from Việt Trì enter the province: along the Đà, and by way of Hà Nội."""
CENTRE_SLOT = 40


@dataclass(frozen=True)
class Unit:
    """One unit of 2025."""

    site: str
    name: str
    people: int
    officials: int
    closed: tuple[str, ...]
    """Offices of communes that close."""


def all_units(places: list[Place]) -> list[Unit]:
    """Return the 46 units, sorted by code; of a commune that was divided all people go to the first unit."""
    communes = {place.code: place for place in places if place.code}
    offices = {place.id: place for place in places if place.site_class == "district"}
    into: dict[str, list[Place]] = {}
    names: dict[str, str] = {}
    features = json.loads((DATA / "hoa-binh-units-2025.geojson").read_text(encoding="utf-8"))["features"]
    taken: set[str] = set()
    for unit in sorted((feature["properties"] for feature in features), key=lambda unit: unit["code"]):
        names[unit["code"]] = unit["name"]
        mine = [code for code in unit["old_codes"] if code not in taken or code == unit["code"]]
        taken |= set(mine)
        into[unit["code"]] = [communes[code] for code in sorted({*mine, unit["code"]})]
    people = {code: sum(place.people for place in group) for code, group in into.items()}
    desks = shared_officials(into, people, communes, offices)
    return [
        Unit(
            communes[code].id,
            names[code],
            people[code],
            sum(place.officials for place in group) + desks[code],
            tuple(place.id for place in group if place.code != code),
        )
        for code, group in into.items()
    ]


def shared_officials(
    into: Mapping[str, list[Place]],
    people: Mapping[str, int],
    communes: Mapping[str, Place],
    offices: Mapping[str, Place],
) -> dict[str, int]:
    """Share the officials of each district among the units that lie in it, by people; the largest take the rest."""
    desks = dict.fromkeys(into, 0)
    for district, office in offices.items():
        inside = [code for code in into if communes[code].district == district]
        total = sum(people[code] for code in inside)
        for code in inside:
            desks[code] = office.officials * people[code] // total
        order = sorted(inside, key=lambda code: (-people[code], code))
        for code in order[: office.officials - sum(desks[code] for code in inside)]:
            desks[code] += 1
    return desks


def centre_km(place: Place) -> float:
    """Return the length of the road from the new centre to a commune, km."""
    straight = Geodesic.WGS84.Inverse(*CENTRE_AT, place.lat, place.lon)["s12"] / 1000
    return round(straight * DETOUR, 1)
