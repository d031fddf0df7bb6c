"""Mobile coverage: what each carrier gives each commune as a backup."""

from collections.abc import Mapping

from inventory.geography.neighbours import plane, squared
from inventory.geography.places import CORE, Place, draw

DARK_SHARE = 0.05
"""People outside 3G/4G coverage (row 13): their communes get an outdoor aerial."""


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
