"""CSV to plain values with positions: one record a line, comma, optional double quotes, `#` starts a comment line."""

import re
from collections.abc import Mapping

from topology.check.messages import finding
from topology.findings import Span, did_you_mean
from topology.read.document import Document, Value
from topology.read.scalars import Trap, plain

Cell = tuple[str, bool, Span]
"""Text, whether it was quoted, and where it stands."""

_CELL = re.compile(r'[ \t]*"((?:[^"]|"")*+)"[ \t]*(?=,|$)|([^,"]*)(?=,|$)')
_MOST_FINDINGS = 50
_MAX_CELLS = 60_000
_MAX_WIDTH = 200
"""Cells of one line, texts in one cell."""


def read_csv(text: str, file: str, kinds: Mapping[str, str]) -> Document:
    """Parse a table into a list of mappings.

    Parameters
    ----------
    kinds
        Column → `text`, `list` (texts separated by `|`) or `scalar` (number or true/false). An empty cell is left
        out, so that the field's default holds.
    """
    document = Document(file, value=[])
    rows: list[Value] = []
    header: list[Cell] | None = None
    cells_read = 0
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip() or line.startswith("#"):
            continue
        cells = _split(line, number)
        if cells is not None and len(cells) > _MAX_WIDTH:
            document.findings.append(finding("E-SHAPE-011", file, cells[_MAX_WIDTH][2], limit=f"{_MAX_WIDTH} cells"))
            return document
        if cells is None:
            document.findings.append(finding("E-SHAPE-019", file, Span(number, 1, len(line) + 1)))
        elif header is None:
            header = cells
            _check_header(document, header, kinds)
            if document.findings:
                return document
        elif len(cells) != len(header):
            span = Span(number, 1, len(line) + 1)
            document.findings.append(finding("E-SHAPE-018", file, span, cells=len(cells), columns=len(header)))
        else:
            rows.append(_row(document, header, cells, kinds, len(rows)))
        cells_read += len(cells or ())
        if cells_read > _MAX_CELLS:
            document.findings.append(finding("E-SHAPE-011", file, Span(number, 1, 2), limit=f"{_MAX_CELLS} values"))
        if len(document.findings) >= _MOST_FINDINGS or cells_read > _MAX_CELLS:
            break
    document.value = rows
    if header is None:
        document.findings.append(finding("E-SHAPE-019", file, None))
    return document


def _split(line: str, number: int) -> list[Cell] | None:
    cells: list[Cell] = []
    position = 0
    while True:
        match = _CELL.match(line, position)
        if match is None:
            return None
        quoted = match.group(1) is not None
        text = match.group(1).replace('""', '"') if quoted else match.group(2)
        lead = len(match.group()) - len(match.group().lstrip())
        column = match.start() + lead + 1
        cells.append((text.strip(), quoted, Span(number, column, max(column + len(match.group().strip()), column + 1))))
        position = match.end() + 1
        if position > len(line) or len(cells) > _MAX_WIDTH:
            return cells


def _check_header(document: Document, header: list[Cell], kinds: Mapping[str, str]) -> None:
    seen: set[str] = set()
    for name, _, span in header:
        if name in seen:
            document.findings.append(finding("E-SHAPE-007", document.file, span, key=name[:40], line=span.line))
        elif name not in kinds:
            hint = did_you_mean(name, kinds)
            document.findings.append(finding("E-SHAPE-013", document.file, span, hint, field=name[:40]))
        seen.add(name)
        document.keys[(name,)] = span


def _row(document: Document, header: list[Cell], cells: list[Cell], kinds: Mapping[str, str], index: int) -> Value:
    row: dict[str, Value] = {}
    document.values[(index,)] = Span(cells[0][2].line, 1, cells[-1][2].end_column)
    for (column, _, _), (text, quoted, span) in zip(header, cells, strict=True):
        document.values[(index, column)] = span
        if not text and not quoted:
            continue
        kind = kinds[column]
        if kind == "list":
            parts = text.split("|", _MAX_WIDTH)
            row[column] = [part.strip() for part in parts]
            if len(parts) > _MAX_WIDTH:
                document.findings.append(finding("E-SHAPE-011", document.file, span, limit=f"{_MAX_WIDTH} texts"))
            offset = span.column + quoted
            for place, part in enumerate(parts):
                document.values[(index, column, place)] = Span(span.line, offset, max(offset + len(part), offset + 1))
                offset += len(part) + 1
        elif kind == "text" or quoted:
            row[column] = text
        else:
            value = plain(text)
            if isinstance(value, Trap):
                document.findings.append(finding(value.code, document.file, span, text=value.text[:40]))
            else:
                row[column] = value
    return row
