"""First tier: files are there, can be parsed, and every record has the shape of its model."""

import json
import os
import types
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from topology.check.messages import finding
from topology.findings import Finding, did_you_mean
from topology.order import natural
from topology.read.csv_file import read_csv
from topology.read.document import Document, Path, Value
from topology.read.text import read_text
from topology.read.yaml_file import read_yaml
from topology.schema.base import Record
from topology.schema.files import FILES, FileSpec

BESIDE = ("README.md", "waivers.yaml", "*.geojson")
"""What may stand beside the records: words, waivers of `provdc verify`, outlines for the map of the report."""
MOST_PER_FILE = 30
"""Errors shown for one file; the rest usually follows from them."""


@dataclass(slots=True)
class Shaped:
    """All files of a province with the models they filled."""

    documents: dict[str, Document] = field(default_factory=dict)
    """File name → what was read."""
    models: dict[str, list[tuple[str, Record]]] = field(default_factory=dict)
    """Pattern of `FILES` → (file name, model of the file), in natural order of the files."""
    rows: dict[str, list[Record]] = field(default_factory=dict)
    """CSV file → one model a row, as they stand."""
    findings: list[Finding] = field(default_factory=list)


def read_province(province: FilePath) -> Shaped:
    """Read and shape every file of the province's folder; never raises for what stands in them."""
    shaped = Shaped()
    present = {str(path.relative_to(province)) for path in province.rglob("*") if path.is_file()}
    present = {name for name in present if not _ignored(name)}
    for spec in FILES:
        names = natural(name for name in present if FilePath(name).match(spec.pattern))
        if not names:
            shaped.findings.append(finding("E-SHAPE-001", spec.pattern, None, name=spec.pattern))
        for name in names:
            present.discard(name)
            _read(shaped, province / name, name, spec)
    for name in natural(os.fsencode(name).decode("utf-8", "replace") for name in present):
        hint = did_you_mean(name, [spec.pattern for spec in FILES])
        shaped.findings.append(finding("E-SHAPE-002", name, None, hint, name=name))
    return shaped


def _ignored(name: str) -> bool:
    path = FilePath(name)
    if any(part.startswith(".") or part.endswith("~") for part in path.parts) or path.parts[0] == "scenarios":
        return True
    return len(path.parts) == 1 and any(path.match(pattern) for pattern in BESIDE)


def _read(shaped: Shaped, path: FilePath, name: str, spec: FileSpec) -> None:
    text, findings = read_text(path, name)
    if text is None:
        shaped.findings += findings
        return
    document = read_csv(text, name, column_kinds(spec.model)) if spec.form == "csv" else read_yaml(text, name)
    shaped.documents[name] = document
    if document.findings:
        shaped.findings += document.findings
        return
    if spec.form == "csv":
        assert isinstance(document.value, list)
        rows, errors = [], list[Finding]()
        for index, value in enumerate(document.value):
            record = fill(spec.model, value, document, (index,), errors)
            if record is not None:
                rows.append(record)
        shaped.rows[name] = rows
    else:
        errors = []
        value = {} if document.value is None else document.value
        filled = fill(spec.model, value, document, (), errors)
        if filled is not None:
            shaped.models.setdefault(spec.pattern, []).append((name, filled))
    if len(errors) > MOST_PER_FILE:
        more = len(errors) - MOST_PER_FILE
        errors = [*errors[:MOST_PER_FILE], finding("E-SHAPE-021", name, None, more=more)]
    shaped.findings += errors


def fill[Model: BaseModel](
    model: type[Model], value: Value, document: Document, at: Path, errors: list[Finding]
) -> Model | None:
    """Return the value as a record, or None with the errors that say where it has not its shape."""
    try:
        # JSON's strict rules: a list may fill a tuple, but true is no number and "12" is a text
        return model.model_validate_json(json.dumps(value), strict=True)
    except ValidationError as error:
        found = [detail for detail in error.errors(include_url=False) if not _too_short_for_errors(detail)]
        errors += [translate(model, detail, document, at) for detail in found]
        return None


def _too_short_for_errors(detail: Any) -> bool:  # noqa: ANN401
    """Whether a list is called too short only since entries with errors do not count: these are told themselves."""
    given, least = detail["input"], detail.get("ctx", {}).get("min_length", 0)
    return detail["type"] == "too_short" and isinstance(given, list) and len(given) >= least


def column_kinds(model: type[Record]) -> dict[str, str]:
    """Return column → `list`, `scalar` or `text` for the CSV reader."""
    kinds = {}
    for name, info in model.model_fields.items():
        kinds[info.alias or name] = _column_kind(info.annotation)
    return kinds


def _column_kind(annotation: Any) -> str:  # noqa: ANN401
    options = _options(annotation)
    if any(get_origin(option) is tuple for option in options):
        return "list"
    return "scalar" if options & {int, float, bool} else "text"


def _options(annotation: Any) -> set[Any]:  # noqa: ANN401
    origin = get_origin(annotation)
    if origin in (Union, types.UnionType):
        return {option for part in get_args(annotation) for option in _options(part)}
    if hasattr(annotation, "__metadata__"):
        return _options(get_args(annotation)[0])
    return {annotation}


def translate(
    model: type[BaseModel],
    detail: Any,  # noqa: ANN401
    document: Document,
    at: Path,
    patched: Path | None = None,
) -> Finding:
    """Turn one of pydantic's errors into a finding with the place where the value stands.

    `patched` is the place of the patch when the record itself does not stand in the document.
    """
    location = tuple(part for part in detail["loc"] if part != "[key]")
    path = (*at, *location) if patched is None else patched
    info, owner = _field(model, location)
    name = str(location[-1]) if location else document.file
    dotted = _dotted(document.value, path, len(at)) if patched is None else ".".join(map(str, location))
    facts = {"field": dotted or document.file, "meaning": _meaning(info)}
    kind, context = detail["type"], detail.get("ctx", {})
    value = _shown(detail["input"])
    span = document.span(path)
    if kind == "missing":
        place = document.span(path[:-1]) if path else span
        facts["owner"] = _dotted(document.value, path[:-1], 0) or document.file
        return finding("E-SHAPE-012", document.file, place, **facts | {"field": name})
    if kind == "extra_forbidden":
        known = _known(owner)
        hint = did_you_mean(name, known)
        return finding("E-SHAPE-013", document.file, document.key_span(path), hint, field=name[:40])
    if kind in ("literal_error", "enum"):
        expected = context.get("expected", "")
        allowed = [word.strip("' ") for word in expected.replace(" or ", ",").split(",")]
        hint = did_you_mean(str(detail["input"]), allowed)
        return finding("E-SHAPE-015", document.file, span, hint, **facts, value=value, allowed=expected)
    if kind in _BOUNDS:
        word, key = _BOUNDS[kind]
        return finding("E-SHAPE-016", document.file, span, **facts, value=value, bound=f"{word} {context.get(key)}")
    if kind in ("string_pattern_mismatch", "string_too_long", "string_too_short"):
        form = context.get("pattern") or f"length {context.get('max_length', context.get('min_length'))}"
        return finding("E-SHAPE-017", document.file, span, **facts, value=value, form=form)
    if kind == "too_short":
        count, least = context.get("actual_length", 0), context.get("min_length", 1)
        return finding("E-SHAPE-020", document.file, span, **facts, count=count, least=least)
    expected = str(context["error"]) if "error" in context else _EXPECTED.get(kind, kind.replace("_", " "))
    return finding("E-SHAPE-014", document.file, span, **facts, expected=expected, value=value)


_BOUNDS = {
    "greater_than": ("greater than", "gt"),
    "greater_than_equal": ("at least", "ge"),
    "less_than": ("less than", "lt"),
    "less_than_equal": ("at most", "le"),
}

_EXPECTED = {
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "finite_number": "a finite number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "string_type": "a text",
    "model_type": "a mapping of fields",
    "model_attributes_type": "a mapping of fields",
    "dict_type": "a mapping",
    "tuple_type": "a list",
    "list_type": "a list",
}


def _field(model: type[BaseModel], location: Path) -> tuple[FieldInfo | None, type[BaseModel]]:
    """Return the field that a location names, and the model that it is a field of."""
    current: Any = model
    owner: type[BaseModel] = model
    info: FieldInfo | None = None
    for part in location:
        if isinstance(current, type) and issubclass(current, BaseModel):
            owner = current
            found = {i.alias or n: i for n, i in current.model_fields.items()} | dict(current.model_fields)
            info = found.get(str(part))
            current = info.annotation if info else None
        else:
            arguments = get_args(current)
            current = arguments[-1] if get_origin(current) is dict else (arguments or (None,))[0]
        options = [o for o in _options(current) if isinstance(o, type) and issubclass(o, BaseModel)]
        if options:
            current = options[0]
    return info, owner


def _known(model: type[BaseModel]) -> list[str]:
    return [info.alias or name for name, info in model.model_fields.items()]


def _meaning(info: FieldInfo | None) -> str:
    text = (info.description if info else None) or "the field's form is in docs/schema"
    return " ".join(text.split())


def _dotted(value: Value, path: Path, start: int) -> str:
    """Return the path from `start` on in words: a record in a list is called by its id."""
    words: list[str] = []
    for depth, part in enumerate(path):
        if isinstance(part, int):
            value = value[part] if isinstance(value, list) and part < len(value) else None
            name = value.get("id") if isinstance(value, dict) else None
            word = str(name) if isinstance(name, str) else str(part + 1)
        else:
            value = value.get(part) if isinstance(value, dict) else None
            word = part
        if depth >= start:
            words.append(word[:40])
    return ".".join(words)[:120]


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if value is None:
        return "nothing"
    return f"'{str(value)[:40]}'"
