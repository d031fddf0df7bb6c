"""Writes the tables of `inventory/hoa-binh/` from `inventory/data/`: sites, exchanges, ducts, mobile coverage.

    python -m inventory.import_hoa_binh [folder]

The same data give the same bytes. What no source states follows a rule of `inventory/geography` and is marked
`assumption`; a survey replaces single lines of the CSV files, and this script is then not run again.
"""

import csv
import io
import os
import sys
import tempfile
from pathlib import Path

from inventory.geography.ducts import DETOUR, all_ducts
from inventory.geography.exchanges import all_exchanges
from inventory.geography.mobile import all_mobile
from inventory.geography.places import all_places, site_row

FOLDER = Path(__file__).parent / "hoa-binh"

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


def main(folder: Path = FOLDER) -> None:
    """Write the four tables."""
    places = all_places()
    ducts = all_ducts(places)
    exchanges = all_exchanges(places)
    write(folder / "sites.csv", SITES_NOTE, [site_row(place) for place in places])
    write(folder / "exchanges.csv", EXCHANGES_NOTE, exchanges)
    write(folder / "ducts.csv", DUCTS_NOTE, ducts)
    write(folder / "mobile.csv", MOBILE_NOTE, all_mobile(places, ducts))


def write(path: Path, note: str, rows: list[dict[str, object]]) -> None:
    """Write a table."""
    text = io.StringIO()
    for line in note.splitlines():
        text.write(f"# {line}\n")
    writer = csv.DictWriter(text, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write_text(path, text.getvalue())


def write_text(path: Path, text: str) -> None:
    """Write a file by temporary file and rename."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    Path(temporary).chmod(0o644)
    Path(temporary).replace(path)


if __name__ == "__main__":
    main(*(Path(argument) for argument in sys.argv[1:2]))
