"""Where every record and every field of it stands, by its path: `site/commune-05083/officials`."""

from pydantic import BaseModel

from topology.check.messages import finding
from topology.findings import Finding, Span
from topology.model import Position
from topology.read.document import Document
from topology.schema.services import Workload


def at_span(document: Document, span: Span) -> Position:
    """Return a place in a file that was read."""
    return Position(document.file, span.line, span.column, span.end_column)


def stands_twice(positions: dict[str, Position], path: str, document: Document, at: tuple[str | int, ...]) -> Finding:
    """Say that two records have one path."""
    span = document.span((*at, "id")) if (*at, "id") in document.values else document.span(at)
    return finding("E-REF-001", document.file, span, owner=path, first=str(positions[path]))


def place_fields(
    positions: dict[str, Position], path: str, document: Document, at: tuple[str | int, ...], value: object
) -> list[Finding]:
    """Keep where a record and every field of it stands; workloads also under their own name.

    Returns what stands twice inside it.
    """
    if path in positions:
        return [stands_twice(positions, path, document, at)]
    span: Span = document.span((*at, "id")) if (*at, "id") in document.values else document.span(at)
    positions[path] = at_span(document, span)
    twice: list[Finding] = []
    if isinstance(value, Workload) and not path.startswith("workload/"):
        twice += place_fields(positions, f"workload/{value.id}", document, at, value)
    if isinstance(value, BaseModel):
        fields = type(value).model_fields
        for name in value.model_fields_set:
            inside = (*at, fields[name].alias or name)
            twice += place_fields(positions, f"{path}/{name}", document, inside, getattr(value, name))
    elif isinstance(value, dict):
        for key, inner in value.items():
            positions[f"{path}/{key}/key"] = at_span(document, document.key_span((*at, key)))
            twice += place_fields(positions, f"{path}/{key}", document, (*at, key), inner)
    elif isinstance(value, tuple):
        for index, inner in enumerate(value):
            if isinstance(inner, BaseModel):
                name = str(getattr(inner, "id", None) or index)
                twice += place_fields(positions, f"{path}/{name}", document, (*at, index), inner)
            elif isinstance(inner, str):
                span = document.span((*at, index))
                positions.setdefault(f"{path}/{inner}", at_span(document, span))
    return twice
