"""Every figure that rests on an assumption, with the place where it stands and the reasoning given there."""

from dataclasses import dataclass

from pydantic import BaseModel

from topology.load import LISTS, record_id
from topology.model import Position, Records
from topology.schema.base import Figure


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
    """List the assumed figures in order of their place; tables whose rows are assumed count once a file."""
    found: list[Assumed] = []
    for kind, name in LISTS.items():
        for record in getattr(records, name):
            _walk(records, f"{kind}/{record_id(record)}", record, found)
    for name in ("province", "network_policy", "placement", "money"):
        path = {"province": "province"}.get(name, f"policy/{name.removesuffix('_policy')}")
        _walk(records, path, getattr(records, name), found)
    for site_class, policy in records.classes.items():
        _walk(records, f"policy/classes/{site_class}", policy, found)
    found += _tables(records)
    return tuple(sorted(found, key=lambda a: (a.where.rpartition(":")[0], int(a.where.rpartition(":")[2]), a.what)))


def _walk(records: Records, path: str, value: object, found: list[Assumed]) -> None:
    if isinstance(value, Figure):
        if value.quality == "assumption":
            place = records.positions.get(path) or records.positions.get(path.rpartition("/")[0], Position("", 1, 1))
            found.append(Assumed(f"{place.file}:{place.line}", path, f"{value.value:g}", value.source))
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            _walk(records, f"{path}/{name}", getattr(value, name), found)
    elif isinstance(value, dict):
        for key, inner in value.items():
            _walk(records, f"{path}/{key}", inner, found)
    elif isinstance(value, tuple):
        for index, inner in enumerate(value):
            _walk(records, f"{path}/{getattr(inner, 'id', None) or index}", inner, found)


def _tables(records: Records) -> list[Assumed]:
    titles = {source.id: source.title for source in records.sources}
    sources: dict[tuple[str, str], list[str]] = {
        ("sites.csv", "officials"): [s.source for s in records.sites if s.officials_quality == "assumption"],
        ("exchanges.csv", "exchanges"): [x.source for x in records.exchanges if x.quality == "assumption"],
        ("ducts.csv", "ducts"): [duct.source for duct in records.ducts if duct.quality == "assumption"],
        ("mobile.csv", "mobile coverage"): [cover.source for cover in records.mobile if cover.quality == "assumption"],
    }
    return [
        Assumed(f"{file}:1", what, f"{len(rows)} rows", titles.get(rows[0], rows[0]))
        for (file, what), rows in sources.items()
        if rows
    ]
