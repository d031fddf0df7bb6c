"""Records of a province: read, checked in three tiers, sorted, digested."""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from topology.check.engineering import check_engineering
from topology.check.messages import finding
from topology.check.references import check_references
from topology.check.shape import Shaped, read_province
from topology.findings import Finding, ProvinceError, Span, in_order
from topology.model import Position, Records
from topology.order import natural_key
from topology.read.document import Document
from topology.schema.base import Record
from topology.schema.files import FILES
from topology.schema.services import Workload
from topology.walk import LISTS, record_id


def load(province: Path) -> Records:
    """Read and check the records of a province.

    Parameters
    ----------
    province
        Folder with the files listed in `topology.schema.files.FILES`.

    Raises
    ------
    ProvinceError
        With every error of the first tier that has one; warnings do not raise.

    """
    records, findings = examine(province)
    if records is None or any(found.severity == "error" for found in findings):
        raise ProvinceError(province, findings)
    return records


def check(province: Path) -> list[Finding]:
    """Return everything found in the records, errors of one tier only, sorted by position; never raises for them."""
    return list(in_order(examine(province)[1]))


def examine(province: Path) -> tuple[Records | None, list[Finding]]:
    """Return the records, if they have their shape, and what was found up to the first tier with errors."""
    if not province.is_dir():
        return None, [finding("E-SHAPE-001", str(province), None, name=str(province))]
    shaped = read_province(province)
    findings = list(shaped.findings)
    if any(found.severity == "error" for found in findings):
        return None, findings
    records, duplicates = assemble(shaped)
    findings += duplicates + check_references(records)
    if any(found.severity == "error" for found in findings):
        return records, findings
    return records, findings + check_engineering(records)


def assemble(shaped: Shaped) -> tuple[Records, list[Finding]]:
    """Put the models of all files together, sorted by id in natural order."""
    lists: dict[str, list[Any]] = {name: [] for name in LISTS.values()}
    positions: dict[str, Position] = {}
    duplicates: list[Finding] = []
    single: dict[str, Any] = {}

    def take(kind: str, record: Record, document: Document, at: tuple[str | int, ...]) -> None:
        path = f"{kind}/{record_id(record)}"
        if path in positions:
            duplicates.append(_twice(positions, path, document, at))
            return
        lists[LISTS[kind]].append(ordered(record))
        duplicates.extend(_place(positions, path, document, at, record))

    for spec in FILES:
        for name, model in shaped.models.get(spec.pattern, []):
            document = shaped.documents[name]
            for collection, kind in spec.collections.items():
                positions.setdefault(collection, _at(document, document.key_span((collection,))))
                for index, record in enumerate(getattr(model, collection)):
                    take(kind, record, document, (collection, index))
            if not spec.collections:
                stem = name.partition(".")[0]
                single[stem] = ordered(model)
                duplicates.extend(_place(positions, stem, document, (), model))
        if spec.form == "csv":
            for index, record in enumerate(shaped.rows.get(spec.pattern, [])):
                take(spec.collections["rows"], record, shaped.documents[spec.pattern], (index,))
    for values in lists.values():
        values.sort(key=lambda record: natural_key(record_id(record)))
    policy = single["policy"]
    records = Records(
        province=single["province"],
        classes=policy.classes,
        network_policy=policy.network,
        placement=policy.placement,
        money=policy.money,
        slice=single["slice"],
        figures={name: figure.value for name, figure in sorted(single["figures"].figures.items())},
        figure_records=dict(sorted(single["figures"].figures.items())),
        digest=digest([*single.values(), *(record for name in sorted(lists) for record in lists[name])]),
        positions=positions,
        **{name: tuple(values) for name, values in lists.items()},
    )
    return records, duplicates


def digest(records: Iterable[BaseModel]) -> str:
    """SHA-256 over what the records say; the order of files, rows and keys does not count."""
    said = sorted(
        f"{type(record).__name__} {json.dumps(record.model_dump(mode='json'), sort_keys=True, ensure_ascii=False)}"
        for record in records
    )
    return hashlib.sha256("\n".join(said).encode()).hexdigest()


def ordered[Model: BaseModel](record: Model) -> Model:
    """Return the record with its lists in natural order, so that their order in the file does not count.

    Names of machines and years of a series keep theirs: it has a meaning.
    """
    changed = {}
    for name in record.model_fields_set:
        before = getattr(record, name)
        after = ordered(before) if isinstance(before, BaseModel) else before
        if isinstance(before, tuple) and before and name not in ("machines", "population"):
            inner = [ordered(item) if isinstance(item, BaseModel) else item for item in before]
            after = tuple(sorted(inner, key=_rank))
        if after is not before and after != before:
            changed[name] = after
    return record.model_copy(update=changed) if changed else record


def _rank(item: object) -> tuple[float, tuple[tuple[int, int, str], ...]]:
    return (item, ()) if isinstance(item, int | float) else (0.0, natural_key(str(getattr(item, "id", item))))


def _at(document: Document, span: Span) -> Position:
    return Position(document.file, span.line, span.column, span.end_column)


def _twice(positions: dict[str, Position], path: str, document: Document, at: tuple[str | int, ...]) -> Finding:
    span = document.span((*at, "id")) if (*at, "id") in document.values else document.span(at)
    return finding("E-REF-001", document.file, span, owner=path, first=str(positions[path]))


def _place(
    positions: dict[str, Position], path: str, document: Document, at: tuple[str | int, ...], value: object
) -> list[Finding]:
    """Keep where a record and every field of it stands; workloads also under their own name.

    Returns what stands twice inside it.
    """
    if path in positions:
        return [_twice(positions, path, document, at)]
    span: Span = document.span((*at, "id")) if (*at, "id") in document.values else document.span(at)
    positions[path] = _at(document, span)
    twice: list[Finding] = []
    if isinstance(value, Workload) and not path.startswith("workload/"):
        twice += _place(positions, f"workload/{value.id}", document, at, value)
    if isinstance(value, BaseModel):
        fields = type(value).model_fields
        for name in value.model_fields_set:
            inside = (*at, fields[name].alias or name)
            twice += _place(positions, f"{path}/{name}", document, inside, getattr(value, name))
    elif isinstance(value, dict):
        for key, inner in value.items():
            positions[f"{path}/{key}/key"] = _at(document, document.key_span((*at, key)))
            twice += _place(positions, f"{path}/{key}", document, (*at, key), inner)
    elif isinstance(value, tuple):
        for index, inner in enumerate(value):
            if isinstance(inner, BaseModel):
                name = str(getattr(inner, "id", None) or index)
                twice += _place(positions, f"{path}/{name}", document, (*at, index), inner)
            elif isinstance(inner, str):
                span = document.span((*at, index))
                positions.setdefault(f"{path}/{inner}", _at(document, span))
    return twice
