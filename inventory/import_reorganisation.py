"""Writes `inventory/hoa-binh/scenarios/reorganisation-2025.yaml` from `inventory/data/`.

    python -m inventory.import_reorganisation [folder]

The same data give the same bytes. What no source states is marked `assumption`, and said in the file's own words.
"""

import sys
from pathlib import Path

from inventory.geography.places import Place, all_places
from inventory.geography.units_2025 import CENTRE, CENTRE_AT, CENTRE_DUCTS, CENTRE_SLOT, Unit, all_units, centre_km
from inventory.import_hoa_binh import write_text

FOLDER = Path(__file__).parent / "hoa-binh"
NAME = "scenarios/reorganisation-2025.yaml"
WIDTH = 118

HEAD = """\
# Written by `python -m inventory.import_reorganisation` from inventory/data. On 1 July 2025 the province became part of
# Phú Thọ, its districts were abolished, and 46 units followed the 151 communes. Which units: source `units`. All the
# rest is an assumption: a unit keeps the office of the commune whose code it keeps and the other offices close; nobody
# loses a desk; half of the officials of each agency move to Việt Trì and work from there with the systems of the data
# centre, which stays; roads to Việt Trì enter the province along the Đà and by way of Hà Nội.
id: reorganisation-2025
name: {vi: Sắp xếp đơn vị hành chính 2025, en: Reorganisation of 2025}
why:
  vi: 151 xã thành 46, bỏ cấp huyện, tỉnh nhập vào Phú Thọ; kênh nào huỷ, giữ, nâng cấp, và khi nào
  en: 151 communes become 46, districts are abolished, the province joins Phú Thọ; which lines to cancel, keep, upgrade
quality: assumption
source: planning
over: plan
changeover:
  effective: 2025-07-01
  lead_days: {value: 45, quality: assumption, source: planning}
  lines_per_week: {value: 20, quality: assumption, source: planning}
  overlap_days: {value: 14, quality: assumption, source: planning}
  notice_days: {value: 30, quality: assumption, source: planning}
  termination_months: {value: 0, quality: assumption, source: planning, note: no contract of the province is public}
remove:
  - {path: conference/conf-province}
  - {path: conference/conf-party/members/district}
"""


def main(folder: Path = FOLDER) -> None:
    """Write the scenario."""
    places = all_places()
    write_text(folder / NAME, text(places, all_units(places)))


def text(places: list[Place], units: list[Unit]) -> str:
    """Return the file."""
    agencies = [place for place in places if place.site_class == "department"]
    closed = [name for unit in units for name in unit.closed]
    names = {place.id: place.name for place in places}
    staying = {place.id: place.officials - place.officials // 2 for place in agencies}
    moved = sum(place.officials // 2 for place in agencies)
    lines = [HEAD.rstrip(), "add:"]
    lines += centre(places, moved)
    lines += [
        "set:",
        "  - {path: conference/conf-communes/name/vi, to: Tỉnh - 46 xã phường}",
        "  - {path: conference/conf-communes/name/en, to: The province with its 46 units}",
        "  # The place in the lab went into the unit of Dũng Tiến.",
        "  - {path: slice/sites, to: [commune-05086]}",
        "  # District offices close; their names still number the addresses of the units.",
        "  - {path: site/district-*/class, to: place}",
        "  - {path: site/district-*/officials, to: 0}",
        "  # Offices of communes that close: cable still passes them. The note names the unit that each went into.",
    ]
    for unit in units:
        if unit.closed:
            lines += ["  - path: site/commune-*/class", "    to: place", "    ids:", *wrapped(list(unit.closed))]
            lines.append(f"    note: went into {unit.name}, {unit.site}")
    for field, value in (("officials", "0"), ("population", "0")):
        lines += [f"  - path: site/commune-*/{field}", f"    to: {value}", "    ids:", *wrapped(closed)]
    lines.append("  # Agencies: the half that stays.")
    lines += [f"  - {{path: site/{name}/officials, to: {count}}}" for name, count in staying.items()]
    for unit in units:
        lines.append(f"  # {unit.name}: {1 + len(unit.closed)} communes")
        if unit.name != names[unit.site]:
            lines.append(f"  - {{path: site/{unit.site}/name, to: {unit.name}, quality: official, source: units}}")
        lines.append(f"  - {{path: site/{unit.site}/population, to: {unit.people}, quality: estimated, source: units}}")
        lines.append(f"  - {{path: site/{unit.site}/officials, to: {unit.officials}}}")
    return "\n".join(lines) + "\n"


def centre(places: list[Place], officials: int) -> list[str]:
    """Return the new centre and its two roads as records."""
    by_code = {place.code: place for place in places if place.code}
    lat, lon = CENTRE_AT
    lines = [
        "  - into: site",
        "    record:",
        f"      {{id: {CENTRE}, name: Trung tâm hành chính tỉnh Phú Thọ, class: department, lat: {lat}, lon: {lon},",
        f"       position_quality: assumption, address_slot: {CENTRE_SLOT}, officials: {officials},",
        "       officials_quality: assumption, source: planning}",
    ]
    for code in CENTRE_DUCTS:
        lines += [
            "  - into: duct",
            "    record:",
            f"      {{id: duct-phu-tho-{code}, a: {CENTRE}, b: commune-{code}, length_km: {centre_km(by_code[code])},",
            "       carriers: [viettel, vnpt], underground: false, cuts_per_100km_year: 2, quality: assumption,",
            "       source: planning}",
        ]
    return lines


def wrapped(names: list[str]) -> list[str]:
    """Return a list of ids in lines of the usual width."""
    lines, line = [], "      ["
    for name in names:
        if len(line) + len(name) + 2 > WIDTH:
            lines.append(line.rstrip())
            line = "       "
        line += f"{name}, "
    return [*lines, line.rstrip(", ") + "]"]


if __name__ == "__main__":
    main(*(Path(argument) for argument in sys.argv[1:2]))
