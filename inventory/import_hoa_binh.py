"""Writes the tables of `inventory/hoa-binh/` from `inventory/data/`: sites, exchanges, ducts, mobile coverage.

    python -m inventory.import_hoa_binh [folder]

The same data give the same bytes. What no source states follows a rule written here and is marked `assumption`; a
survey replaces single lines of the CSV files, and this script is then not run again.
"""

import csv
import hashlib
import io
import math
import os
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import networkx as nx
from geographiclib.geodesic import Geodesic

from inventory.neighbours import Edge, close_bridges, gabriel, plane, raise_degree, squared

DATA = Path(__file__).parent / "data"
FOLDER = Path(__file__).parent / "hoa-binh"

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

EXCHANGES = 25
HOST_KM = 3.0
"""No other exchange but the city's own stands so near HOST."""
DETOUR = 1.5
"""Road over straight distance; also in policy.yaml."""
CUTS_UNDERGROUND, CUTS_AERIAL = 0.6, 2.0
"""Cuts a year per 100 km."""
FLOODS = {
    "flood-da": ((20.808, 105.324), (20.822, 105.335), (20.850, 105.345), (20.880, 105.347),
                 (20.920, 105.340), (20.960, 105.352), (21.000, 105.360)),
    "flood-boi": ((20.667, 105.540), (20.620, 105.600), (20.580, 105.640), (20.530, 105.720), (20.489, 105.785)),
}  # fmt: skip
"""Course of the Đà below the dam and of the Bôi, read off a map to about a kilometre."""
FLOOD_KM = 1.2
SMALL_CARRIERS = {
    "fpt": ("148", "152", "153", "155", "154"),
    "hb-cable": ("148", "152", "153"),
    "sctv": ("148", "152"),
}
"""Fixed carriers beside VNPT and Viettel → districts where they have cable; also in carriers.yaml."""
DARK_SHARE = 0.05
"""People outside 3G/4G coverage (row 13): their communes get an outdoor aerial."""


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


def main(folder: Path = FOLDER) -> None:
    """Write the four tables."""
    places = all_places()
    ducts = all_ducts(places)
    exchanges = all_exchanges(places)
    write(folder / "sites.csv", SITES_NOTE, [site_row(place) for place in places])
    write(folder / "exchanges.csv", EXCHANGES_NOTE, exchanges)
    write(folder / "ducts.csv", DUCTS_NOTE, ducts)
    write(folder / "mobile.csv", MOBILE_NOTE, all_mobile(places, ducts))


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


def all_exchanges(places: list[Place]) -> list[dict[str, object]]:
    """Return HOST, the ten seats, one more in each district, and the largest communes left, at most two a district."""
    communes = [place for place in places if place.site_class == "commune"]
    by_code = {place.code: place for place in communes}
    seats = {by_code[code].district: by_code[code] for code in SEATS.values()}
    points = plane({place.id: (place.lat, place.lon) for place in places})

    def order(place: Place) -> tuple[int, float, str]:
        """Large first; of equal estimates the one far from the seat first."""
        return -place.people, -squared(points[place.id], points[seats[place.district].id]), place.code

    host = points[by_code[HOST_WARD].id]
    far = [p for p in communes if math.dist(points[p.id], host) > HOST_KM and p.code not in SEATS.values()]
    left = sorted(far, key=order)
    chosen = list(seats.values())
    chosen += [next(place for place in left if place.district == district) for district in seats]
    more = [place for place in left if place not in chosen]
    for place in more:
        if len(chosen) < EXCHANGES and sum(other.district == place.district for other in chosen) < 3:
            chosen.append(place)
    rows = [exchange_row("exchange-host", "Tổng đài HOST", by_code[HOST_WARD], "hb-cable|sctv|vnpt", 120, 6)]
    for place in sorted(chosen, key=lambda place: place.code):
        small = [name for name, at in SMALL_CARRIERS.items() if place.code in SEATS.values()
                 and SEATS_DISTRICT[place.code] in at and (name == "fpt" or place.code != CITY_WARD)]  # fmt: skip
        carriers = "|".join(sorted([*small, "viettel", *(["vnpt"] if place.code != CITY_WARD else [])]))
        name, title = f"exchange-{slug(place.name)}", f"Tổng đài {bare(place.name)}"
        rows.append(exchange_row(name, title, place, carriers, 80, 4))
    return rows


SEATS_DISTRICT = {commune: district for district, commune in SEATS.items()}


def exchange_row(name: str, title: str, near: Place, carriers: str, one_off: int, monthly: int) -> dict[str, object]:
    """Return one line of exchanges.csv; prices in million VND."""
    return {
        "id": name, "name": title, "host": "true" if name == "exchange-host" else "false", "carriers": carriers,
        "lat": f"{near.lat:.4f}", "lon": f"{near.lon:.4f}", "near": near.id,
        "concentration_one_off_vnd": one_off * 1_000_000, "concentration_monthly_vnd": monthly * 1_000_000,
        "max_trunk_mbps": 40_000 if near.code in (HOST_WARD, CITY_WARD) else 10_000,
        "quality": "assumption", "source": "planning",
    }  # fmt: skip


def bare(name: str) -> str:
    """Return a name without its type: `Xã Mi Hòa` is `Mi Hòa`."""
    for kind in ("Phường ", "Thị trấn ", "Xã "):
        name = name.removeprefix(kind)
    return name


def slug(name: str) -> str:
    """Return the ASCII id of a name, by the table of names without diacritics."""
    ascii_of = {row["name"]: row["name_en_ascii"] for row in table("hoa-binh-communes.csv")}
    words = ascii_of[name].removeprefix("Phuong ").removeprefix("Thi tran ").removeprefix("Xa ")
    return words.lower().replace(" ", "-")


def all_ducts(places: list[Place]) -> list[dict[str, object]]:
    """Return the ducts: neighbours, no bridges, three ways into the core and HOST; who has cable in each."""
    by_id = {place.id: place for place in places}
    points = plane({place.id: (place.lat, place.lon) for place in places})
    edges = close_bridges(points, gabriel(points))
    for hub in (CORE, f"commune-{HOST_WARD}"):
        edges = raise_degree(points, edges, hub, 3)
    carriers = cables(by_id, edges)
    rows: list[dict[str, object]] = []
    for edge in edges:
        a, b = by_id[edge[0]], by_id[edge[1]]
        straight = Geodesic.WGS84.Inverse(a.lat, a.lon, b.lat, b.lon)["s12"] / 1000
        buried = a.urban and b.urban
        rows.append({
            "id": duct_id(edge), "a": a.id, "b": b.id, "length_km": f"{max(0.1, straight * DETOUR):.1f}",
            "carriers": "|".join(sorted(carriers[edge])), "underground": "true" if buried else "false",
            "flood_zone": "" if buried else flood_zone(a, b),
            "cuts_per_100km_year": CUTS_UNDERGROUND if buried else CUTS_AERIAL,
            "quality": "assumption", "source": "neighbours",
        })  # fmt: skip
    return sorted(rows, key=lambda row: str(row["id"]))


def duct_id(edge: Edge) -> str:
    """Return `duct-<a>-<b>` with the classes left out."""
    return "duct-" + "-".join(name.partition("-")[2] or name for name in edge)


def cables(by_id: Mapping[str, Place], edges: list[Edge]) -> dict[Edge, set[str]]:
    """Decide who has cable where (row 50: carriers share ducts).

    VNPT and Viettel start in every duct and leave some as long as their network keeps two ways to every place; a
    smaller carrier follows the shortest ways from the core to the seats of its districts and half the ducts there.
    """
    carriers: dict[Edge, set[str]] = {edge: set() for edge in edges}
    for name, leaves in (("vnpt", 0.12), ("viettel", 0.25)):
        graph = nx.Graph(edges)
        for edge in sorted(edges, key=lambda edge: draw(name, *edge)):
            if draw("leave", name, *edge) < leaves and name not in carriers[edge] and len(graph.edges) > len(by_id):
                graph.remove_edge(*edge)
                other = {"vnpt": "viettel", "viettel": "vnpt"}[name]
                alone = name == "viettel" and other not in carriers[edge]
                if alone or not nx.is_connected(graph) or nx.has_bridges(graph):
                    graph.add_edge(*edge)
        for edge in edges:
            if graph.has_edge(*edge):
                carriers[edge].add(name)
    lengths: nx.Graph[str] = nx.Graph()
    for a, b in edges:
        one, two = by_id[a], by_id[b]
        lengths.add_edge(a, b, km=Geodesic.WGS84.Inverse(one.lat, one.lon, two.lat, two.lon)["s12"] / 1000)
    for name, districts in SMALL_CARRIERS.items():
        wanted = {f"commune-{SEATS[code]}" for code in districts} | {f"commune-{HOST_WARD}"}
        paths = [nx.shortest_path(lengths, CORE, end, "km") for end in sorted(wanted)]
        used = {frozenset(step) for path in paths for step in pairwise(path)}
        inside = {f"commune-{SEATS[code]}" for code in districts}
        names = {by_id[seat].district for seat in inside}
        for edge in edges:
            local = all(by_id[end].district in names or by_id[end].site_class != "commune" for end in edge)
            if frozenset(edge) in used or (local and draw("local", name, *edge) < 0.5):
                carriers[edge].add(name)
    return carriers


def flood_zone(a: Place, b: Place) -> str:
    """Return the zone whose river passes within reach of the middle of an aerial duct."""
    middle = ((a.lat + b.lat) / 2, (a.lon + b.lon) / 2)
    for zone, course in FLOODS.items():
        if min(distance_to(middle, p, q) for p, q in pairwise(course)) < FLOOD_KM:
            return zone
    return ""


def distance_to(point: tuple[float, float], p: tuple[float, float], q: tuple[float, float]) -> float:
    """Distance from a point to a segment, km."""
    flat = plane({"point": point, "p": p, "q": q})
    (x, y), (px, py), (qx, qy) = flat["point"], flat["p"], flat["q"]
    along = ((x - px) * (qx - px) + (y - py) * (qy - py)) / squared(flat["p"], flat["q"])
    along = min(1.0, max(0.0, along))
    return math.dist((x, y), (px + along * (qx - px), py + along * (qy - py)))


def all_mobile(places: list[Place], ducts: list[dict[str, object]]) -> list[dict[str, object]]:
    """Return what each mobile carrier gives each commune: rate, whether indoors, how its mast is connected."""
    communes = [place for place in places if place.site_class == "commune"]
    points = plane({place.id: (place.lat, place.lon) for place in places})
    at: dict[str, list[dict[str, object]]] = {place.id: [] for place in places}
    for duct in ducts:
        at[str(duct["a"])].append(duct)
        at[str(duct["b"])].append(duct)
    total = sum(place.people for place in communes)
    rows: list[dict[str, object]] = []
    for carrier in ("viettel", "vnpt", "mobifone", "vietnamobile"):
        dark = dead_zones(carrier, communes, DARK_SHARE * total)
        for place in communes:
            if carrier == "vietnamobile" and not place.name.startswith("Phường"):
                continue
            if carrier == "mobifone" and not place.urban and draw("present", place.id) >= 0.6:
                continue
            indoor = place.id not in dark
            base = (22, 14)[0 if place.urban else 1] if indoor else 9
            fibre = place.urban or draw("backhaul", carrier, place.id) < 0.6
            towards = min(at[place.id], key=lambda duct: (nearest_end(duct, place.id, points), str(duct["id"])))
            rows.append({
                "site": place.id, "carrier": carrier, "rate_mbps": base + round(8 * draw("rate", carrier, place.id)),
                "indoor": "true" if indoor else "false", "backhaul": "fibre" if fibre else "microwave",
                "backhaul_duct": towards["id"] if fibre else "", "quality": "assumption", "source": "planning",
            })  # fmt: skip
    return sorted(rows, key=lambda row: (str(row["site"]), str(row["carrier"])))


def nearest_end(duct: Mapping[str, object], here: str, points: Mapping[str, tuple[float, float]]) -> float:
    """Squared distance from a duct's other end to the core: masts are fed from the core's side."""
    return squared(points[str(duct["b"] if duct["a"] == here else duct["a"])], points[CORE])


def dead_zones(carrier: str, communes: list[Place], people: float) -> set[str]:
    """Return the rural communes, thinly settled first with some chance, that hold so many people."""
    order = sorted((p for p in communes if not p.urban), key=lambda p: p.density * (0.5 + draw("dark", carrier, p.id)))
    dark: set[str] = set()
    for place in order:
        if people <= 0:
            break
        dark.add(place.id)
        people -= place.people
    return dark


SITES_NOTE = """\
Written by `python -m inventory.import_hoa_binh` from inventory/data; correct a line when you know better.
`estimated` positions were geocoded and checked against outlines; officials are planning figures."""
EXCHANGES_NOTE = """\
The HOST exchange and 25 switching exchanges (rows 3 and 4 of docs/records.md). Their number is stated, their places
are not: the seats of the districts and the largest communes. Prices are planning figures."""
DUCTS_NOTE = f"""\
Neighbouring places (Gabriel graph, every place with two ways out); road length = straight distance x {DETOUR}.
Who has cable in a duct is drawn once from the names of its ends. Every line is an assumption until surveyed."""
MOBILE_NOTE = """\
Four mobile carriers (row 7). Every commune is covered (row 8), but communes with 5 % of the people are reached outdoors
only (row 13). A mast fed by fibre shares the duct named: a backup through it does not protect a path through it."""


def write(path: Path, note: str, rows: list[dict[str, object]]) -> None:
    """Write a table by temporary file and rename."""
    text = io.StringIO()
    for line in note.splitlines():
        text.write(f"# {line}\n")
    writer = csv.DictWriter(text, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
        file.write(text.getvalue())
        file.flush()
        os.fsync(file.fileno())
    Path(temporary).chmod(0o644)
    Path(temporary).replace(path)


if __name__ == "__main__":
    main(*(Path(argument) for argument in sys.argv[1:2]))
