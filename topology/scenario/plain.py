"""The records as plain values, in which patches find their places: kind → id → record, and the single files.

site/commune-05083/officials          a value of a record
service/one-stop/traffic/*/up_mbps    an entry of a list is called by its id
policy/network/max_hops               a value of a single file
workload/app/vcpu                     a workload wherever it stands
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, get_args

from pydantic import BaseModel

from topology.model import Records
from topology.order import natural_key
from topology.schema.base import Figure
from topology.schema.files import FILES, FiguresFile, PolicyFile
from topology.schema.services import Bridge, Moving
from topology.walk import LISTS, record_id

Plain = Any
"""What JSON can say."""
Step = str | int
"""A key, or a place in a list."""
FIGURE = frozenset(Figure.model_fields)
SINGLES: dict[str, type[BaseModel]] = {spec.pattern.partition(".")[0]: spec.model for spec in FILES
                                       if spec.form == "yaml" and not spec.collections}  # fmt: skip
BESIDE: dict[str, type[BaseModel]] = {"bridge": Bridge, "moving": Moving}
"""Single records that stand in a file beside a list; a province may leave them out."""
SINGLES |= BESIDE
FIELD_OF = {info.alias: name for spec in FILES for name, info in spec.model.model_fields.items() if info.alias}
"""Word of the file → field of the model, where they differ: positions are kept by the field."""


def _models() -> dict[str, type[BaseModel]]:
    found: dict[str, type[BaseModel]] = {}
    for spec in FILES:
        for collection, kind in spec.collections.items():
            inner = spec.model if spec.form == "csv" else get_args(spec.model.model_fields[collection].annotation)[0]
            found[kind] = inner
    return found


MODELS = _models()
"""Kind of record → its model."""


@dataclass(frozen=True, slots=True)
class Place:
    """One value of the records."""

    steps: tuple[Step, ...]
    """From the top of the plain records."""
    path: str
    """As `Records.positions` knows it."""

    @property
    def root(self) -> tuple[Step, ...]:
        """Steps to the record, or single file, that it belongs to."""
        return self.steps[:1] if self.steps[0] in SINGLES else self.steps[:2]


def plain(records: Records) -> dict[str, Plain]:
    """Return everything that the records say."""
    policy = PolicyFile(
        classes=records.classes, network=records.network_policy, placement=records.placement, money=records.money
    )
    singles: dict[str, BaseModel] = {
        "province": records.province,
        "policy": policy,
        "figures": FiguresFile(figures=records.figure_records),
        "slice": records.slice,
    }
    singles |= {name: held for name in BESIDE if (held := getattr(records, name)) is not None}
    assert set(singles) | set(BESIDE) == set(SINGLES)
    tree: dict[str, Plain] = {kind: _dump(model) for kind, model in singles.items()}
    for kind, name in LISTS.items():
        tree[kind] = {record_id(record): _dump(record) for record in getattr(records, name)}
    return tree


def _dump(model: BaseModel) -> Plain:
    return model.model_dump(mode="json", by_alias=True)


def is_figure(value: Plain) -> bool:
    """Tell whether a value is a number with its source."""
    return isinstance(value, dict) and {"value", "quality", "source"} <= value.keys() <= FIGURE


def at(tree: Plain, steps: tuple[Step, ...]) -> Plain:
    """Return the value in a place."""
    for step in steps:
        tree = tree[step]
    return tree


def select(tree: Mapping[str, Plain], path: str, where: Mapping[str, Plain]) -> list[Place]:
    """Return every value that a path names, in natural order; `where` holds for the record it belongs to."""
    kind, *rest = path.split("/")
    if kind == "workload":
        return _workloads(tree, rest, where)
    if kind not in tree:
        return []
    found = list(_walk(tree[kind], rest, (kind,), kind))
    return [place for place in found if _fits(at(tree, place.root), where)]


def within(found: list[Place], ids: tuple[str, ...]) -> tuple[list[Place], list[str]]:
    """Return the values that belong to records with these ids, and the ids of which there are none."""
    held = {str(place.root[-1]) for place in found}
    return [place for place in found if place.root[-1] in ids], [one for one in ids if one not in held]


def _workloads(tree: Mapping[str, Plain], rest: list[str], where: Mapping[str, Plain]) -> list[Place]:
    """Return the values of workloads wherever they stand: in a service, or as what a small server room becomes."""
    if not rest:
        return []
    name, *inner = rest
    homes = [*_walk(tree["service"], ["*", "workloads", name], ("service",), "service")]
    for small, record in tree["small-data-centre"].items():
        if fnmatchcase(record["vm"]["id"], name):
            homes.append(Place(("small-data-centre", small, "vm"), f"small-data-centre/{small}/vm"))
    return [
        place
        for home in homes
        if _fits(at(tree, home.steps), where)
        for place in _walk(at(tree, home.steps), inner, home.steps, home.path)
    ]


def _walk(value: Plain, parts: list[str], steps: tuple[Step, ...], path: str) -> Iterator[Place]:
    if not parts:
        yield Place(steps, path)
        return
    part, *rest = parts
    for step, name, inner in sorted(_inside(value), key=lambda entry: natural_key(entry[1])):
        if fnmatchcase(name, part) or (FIELD_OF.get(name) == part and len(steps) > 1):
            shown = FIELD_OF.get(name, name) if len(steps) == 2 else name
            yield from _walk(inner, rest, (*steps, step), f"{path}/{shown}")


def _inside(value: Plain) -> Iterator[tuple[Step, str, Plain]]:
    """Give what stands in a value, with its name: a key, an id, a word, a number in its list."""
    if isinstance(value, dict):
        yield from ((key, key, inner) for key, inner in value.items())
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield index, entry_name(index, inner), inner


def entry_name(index: int, inner: Plain) -> str:
    """Return the name of an entry of a list."""
    return inner if isinstance(inner, str) else str(inner.get("id", index) if isinstance(inner, dict) else index)


def _fits(record: Plain, where: Mapping[str, Plain]) -> bool:
    for name, wanted in where.items():
        if not isinstance(record, dict) or name not in record:
            return False
        held = record[name]["value"] if is_figure(record[name]) else record[name]
        if held != wanted or isinstance(held, bool) != isinstance(wanted, bool):
            return False
    return True


def names(tree: Mapping[str, Plain]) -> list[str]:
    """Return the paths of all records, for suggestions."""
    found = [name for name in SINGLES if name in tree]
    for kind in LISTS:
        found += [f"{kind}/{name}" for name in tree[kind]]
    return found
