"""Every figure that rests on an assumption, with the place where it stands and the reasoning given there."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from topology.model import Position, Records
from topology.schema.base import Figure
from topology.walk import models


@dataclass(frozen=True, slots=True)
class Assumed:
    """One figure of quality `assumption`."""

    where: str
    """File and line."""
    what: str
    """Path of the figure."""
    value: str
    reason: str


def assumptions(records: Records) -> tuple[Assumed, ...]:
    """List the assumed figures in order of their place; tables of assumed rows count once for each source."""
    titles = {source.id: source.title for source in records.sources}
    found = _tables(records, titles) + list(_scenarios(records, titles))
    for path, value in models(records):
        if isinstance(value, Figure) and value.quality == "assumption":
            place = records.positions.get(path) or records.positions.get(path.rpartition("/")[0], Position("", 1, 1))
            reason = titles.get(value.source, value.source) + (f"; {value.note}" if value.note else "")
            found.append(Assumed(f"{place.file}:{place.line}", path, digits(value.value), reason))
    return tuple(sorted(found, key=lambda a: (a.where.rpartition(":")[0], int(a.where.rpartition(":")[2]), a.what)))


def _scenarios(records: Records, titles: dict[str, str]) -> Iterator[Assumed]:
    """List what scenarios assume beside figures, one line a patch: figures are listed with the others."""
    for use in records.scenarios:
        for patch in use.patches:
            plain = [value for value in patch.values if '"quality":' not in value.after]
            if patch.quality == "assumption" and plain:
                said = patch.said if len(plain) == 1 else f"{patch.said} ({len(plain)} values)"
                reason = titles.get(patch.source, patch.source) + (f"; {patch.note}" if patch.note else "")
                yield Assumed(f"{patch.where.file}:{patch.where.line}", patch.what, said, reason)


def digits(value: float) -> str:
    """Return a number with all its digits and no exponent where it is whole.

    >>> digits(180000000), digits(0.9), digits(12.0)
    ('180000000', '0.9', '12')
    """
    return str(int(value)) if float(value).is_integer() else f"{value:.12g}"


def _tables(records: Records, titles: dict[str, str]) -> list[Assumed]:
    """List the rows whose quality is one column, for each table and source."""
    rows = [
        *(("sites.csv", "officials", site.officials_quality, site.source) for site in records.sites),
        *(("sites.csv", "positions", site.position_quality, site.source) for site in records.sites),
        *(("exchanges.csv", "exchanges", exchange.quality, exchange.source) for exchange in records.exchanges),
        *(("ducts.csv", "ducts", duct.quality, duct.source) for duct in records.ducts),
        *(("mobile.csv", "mobile coverage", cover.quality, cover.source) for cover in records.mobile),
        *(("existing_links.yaml", "leased lines", line.quality, line.source) for line in records.existing_links),
        *(("facility.yaml", "existing hosts", host.quality, host.source) for host in records.existing_hosts),
        *(("facts.yaml", "stated facts", fact.quality, fact.source) for fact in records.facts),
    ]
    counted = Counter((file, what, source) for file, what, quality, source in rows if quality == "assumption")
    return [
        Assumed(f"{file}:1", what, f"{count} rows", titles.get(source, source))
        for (file, what, source), count in counted.items()
    ]
