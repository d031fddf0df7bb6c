"""Sites: the core, 22 departments, 10 districts and 151 communes."""

import csv
import hashlib
import math
from dataclasses import dataclass
from pathlib import Path

DATA = Path(__file__).parents[1] / "data"

CORE = "core"
CORE_AT = (20.8190, 105.3460)
"""Between the wards Phương Lâm, Tân Thịnh and Đồng Tiến, where provincial agencies stand: assumption."""
HOST_WARD = "04807"
"""Phường Phương Lâm: the sources say only that the HOST exchange is in the city."""
CITY_WARD = "04804"
"""Phường Đồng Tiến stands in for the town of the city's district."""
SEATS = {
    "148": CITY_WARD, "150": "04831", "152": "04924", "153": "04978", "154": "05089",
    "155": "05128", "156": "05200", "157": "05266", "158": "05353", "159": "05392",
}  # fmt: skip
"""District → commune of its seat."""
DISTRICT_PEOPLE = {
    "148": 139_844, "150": 55_812, "152": 101_528, "153": 121_746, "154": 46_187,
    "155": 88_203, "156": 56_474, "157": 139_306, "158": 61_313, "159": 61_311,
}  # fmt: skip
"""Statistical yearbook 2021, page 67."""

SMALL_CARRIERS = {
    "fpt": ("148", "152", "153", "155", "154"),
    "hb-cable": ("148", "152", "153"),
    "sctv": ("148", "152"),
}
"""Fixed carriers beside VNPT and Viettel → districts where they have cable; also in carriers.yaml."""


@dataclass(frozen=True)
class Place:
    """One site before it is written."""

    id: str
    name: str
    site_class: str
    district: str
    lat: float
    lon: float
    position_quality: str
    slot: int
    people: int
    officials: int
    source: str
    code: str = ""
    urban: bool = True
    density: float = 0.0


def table(name: str) -> list[dict[str, str]]:
    """Read a CSV of `inventory/data` without its comment lines."""
    lines = (DATA / name).read_text(encoding="utf-8").splitlines()
    return list(csv.DictReader(line for line in lines if not line.startswith("#")))


def draw(*names: str) -> float:
    """Return a number in [0, 1) that depends on the names alone."""
    return int.from_bytes(hashlib.sha256("/".join(names).encode()).digest()[:6], "big") / 2**48


def all_places() -> list[Place]:
    """Return the core, 22 departments, 10 districts and 151 communes."""
    communes = table("hoa-binh-communes.csv")
    agencies = table("hoa-binh-agencies.csv")
    at = {row["code"]: (float(row["lat"]), float(row["lon"])) for row in communes}
    districts = {row["ward_or_district"]: row["id"] for row in agencies if row["id"].startswith("district-")}
    places = [Place(CORE, "Trung tâm dữ liệu tỉnh", "core", "", *CORE_AT, "assumption", 0, 0, 20, "planning")]
    in_ward: dict[str, int] = {}
    slots = {"department": 0, "district": 0}
    for row in agencies:
        site_class = row["id"].partition("-")[0]
        slots[site_class] += 1
        ward = SEATS.get(row["ward_or_district"], row["ward_or_district"])
        in_ward[ward] = in_ward.get(ward, 0) + 1
        lat, lon = beside(at[ward], in_ward[ward])
        quality = "assumption" if site_class == "department" else "estimated"
        source = "seeds" if row["stated"] == "yes" else "planning"
        places.append(
            Place(row["id"], row["name"], site_class, "", lat, lon, quality, slots[site_class], 0,
                  int(row["officials"]), source)
        )  # fmt: skip
    people = shared_people(communes)
    for row in communes:
        slots[row["district"]] = slots.get(row["district"], 0) + 1
        quality = "estimated" if row["coord_quality"] == "geocoded-checked" else "assumption"
        inhabitants = people[row["code"]]
        places.append(
            Place(f"commune-{row['code']}", row["name"], "commune", districts[row["district_code"]], *at[row["code"]],
                  quality, slots[row["district"]], inhabitants, commune_officials(row["type"], inhabitants), "units",
                  row["code"], row["type"] != "xã", inhabitants / float(row["area_km2_est"]))
        )  # fmt: skip
    return places


def beside(point: tuple[float, float], number: int) -> tuple[float, float]:
    """Return a place on a sunflower spiral around a point, 350 m × √number away, at 4 decimals (11 m)."""
    turn, radius = number * 2.399963, 0.35 * math.sqrt(number) / 111.195
    lat, lon = point
    east = radius * math.cos(turn) / math.cos(math.radians(lat))
    return round(lat + radius * math.sin(turn), 4), round(lon + east, 4)


def shared_people(communes: list[dict[str, str]]) -> dict[str, int]:
    """Return the estimated inhabitants, rounding taken off the largest communes so that districts add up."""
    people = {row["code"]: int(row["population_est_2021"]) for row in communes}
    for district, official in DISTRICT_PEOPLE.items():
        codes = [row["code"] for row in communes if row["district_code"] == district]
        codes.sort(key=lambda code: (-people[code], code))
        excess = sum(people[code] for code in codes) - official
        for code in codes[: abs(excess)]:
            people[code] -= 1 if excess > 0 else -1
    return people


def commune_officials(kind: str, people: int) -> int:
    """Return the posts of a commune: 20, a ward 21, and one more for each 2,500 people above 5,000.

    After Decree 33/2023/NĐ-CP, second class, from memory: an assumption until the district sends its list.
    """
    return (21 if kind == "phường" else 20) + max(0, people - 5000) // 2500


def site_row(place: Place) -> dict[str, object]:
    """Return one line of sites.csv."""
    return {
        "id": place.id, "name": place.name, "class": place.site_class, "district": place.district,
        "lat": f"{place.lat:.4f}", "lon": f"{place.lon:.4f}", "position_quality": place.position_quality,
        "address_slot": place.slot, "population": place.people, "officials": place.officials,
        "officials_quality": "assumption", "source": place.source,
    }  # fmt: skip
