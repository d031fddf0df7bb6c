"""Exchanges: HOST and 25 others at the seats of the districts and the largest communes."""

import math

from inventory.geography.neighbours import plane, squared
from inventory.geography.places import CITY_WARD, HOST_WARD, SEATS, SMALL_CARRIERS, Place, table

EXCHANGES = 25
HOST_KM = 3.0
"""No other exchange but the city's own stands so near HOST."""

SEATS_DISTRICT = {commune: district for district, commune in SEATS.items()}


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
