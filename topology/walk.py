"""Every value of the records with its path: the same path under which `Records.positions` knows its place."""

from collections.abc import Iterator

from pydantic import BaseModel

from topology.model import Records

LISTS = {
    "source": "sources", "site": "sites", "exchange": "exchanges", "carrier": "carriers", "duct": "ducts",
    "mobile": "mobile", "module": "modules", "existing-link": "existing_links", "service": "services", "zone": "zones",
    "flow": "flows", "room": "rooms", "host": "existing_hosts", "host-model": "host_models",
    "small-data-centre": "small_data_centres", "conference": "conferences", "fact": "facts",
}  # fmt: skip
"""Kind of record → field of `Records`."""


def record_id(record: object) -> str:
    """Return the id of a record; one that has none is known by what it joins."""
    for name in ("id", "key"):
        if hasattr(record, name):
            return str(getattr(record, name))
    parts = (getattr(record, name, None) for name in ("site", "carrier"))
    return "-".join(str(part) for part in parts if part)


def models(records: Records) -> Iterator[tuple[str, BaseModel]]:
    """Give every model in the records, nested ones included, with its path; outer ones first."""
    for kind, name in LISTS.items():
        for record in getattr(records, name):
            yield from _inside(f"{kind}/{record_id(record)}", record)
    yield from _inside("province", records.province)
    yield from _inside("slice", records.slice)
    yield from _inside("policy/network", records.network_policy)
    yield from _inside("policy/placement", records.placement)
    yield from _inside("policy/money", records.money)
    yield from _inside("bridge", records.bridge)
    yield from _inside("moving", records.moving)
    for site_class, promise in records.classes.items():
        yield from _inside(f"policy/classes/{site_class}", promise)
    for name, figure in records.figure_records.items():
        yield from _inside(f"figures/figures/{name}", figure)


def _inside(path: str, value: object) -> Iterator[tuple[str, BaseModel]]:
    if isinstance(value, BaseModel):
        yield path, value
        for name in type(value).model_fields:
            yield from _inside(f"{path}/{name}", getattr(value, name))
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _inside(f"{path}/{key}", inner)
    elif isinstance(value, tuple):
        for index, inner in enumerate(value):
            if isinstance(inner, BaseModel):
                yield from _inside(f"{path}/{getattr(inner, 'id', None) or index}", inner)
