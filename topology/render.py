"""Findings for people and for programs: text with the line and a caret, JSON, SARIF 2.1.0."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from topology.findings import Finding, in_order

Language = Literal["en", "vi"]

_WORDS = {
    "en": {"why": "why", "more": "more: provdc explain"},
    "vi": {"why": "vì sao", "more": "xem thêm: provdc explain"},
}
SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def text(findings: Iterable[Finding], province: Path, language: Language = "en") -> str:
    """Return one block for each finding: place, code, message, the line with the value marked, why, hint."""
    lines: dict[str, list[str]] = {}
    blocks = []
    for found in in_order(findings):
        if found.file not in lines:
            lines[found.file] = _lines(province / found.file)
        blocks.append(_block(found, lines[found.file], province, language))
    return "\n".join(blocks)


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8-sig", errors="replace").splitlines()
    except OSError:
        return []


def _block(found: Finding, lines: list[str], province: Path, language: Language) -> str:
    words = _WORDS[language]
    place = f"{(province / found.file).as_posix()}:{found.line}:{found.column}"
    out = [f"{place}  {found.code}  {getattr(found.message, language)}"]
    hint = getattr(found.hint, language) if found.hint else ""
    if 1 <= found.line <= len(lines) and lines[found.line - 1].strip():
        out += _excerpt(found, lines[found.line - 1], hint)
    elif hint:
        out.append(f"    {hint}")
    out.append(f"    {words['why']}: {getattr(found.why, language)}   {words['more']} {found.code}")
    return "\n".join(out) + "\n"


def _excerpt(found: Finding, line: str, hint: str, width: int = 100) -> list[str]:
    """Show the line, shifted when it is long, and mark the columns that are meant."""
    start = max(0, found.column - 1 - width // 2) if len(line) > width else 0
    shown = line[start : start + width].replace("\t", " ")
    first = found.column - 1 - start
    count = max(1, min(found.end_column - found.column, len(shown) - first))
    number = f"{found.line:>7} | "
    return [number + shown, " " * (len(number) + first) + "^" * count + (f" {hint}" if hint else "")]


def as_json(findings: Iterable[Finding]) -> str:
    """Return the findings as a JSON list."""
    rows = [
        {
            "code": found.code,
            "severity": found.severity,
            "file": found.file,
            "line": found.line,
            "column": found.column,
            "end_column": found.end_column,
            "message": found.message.model_dump(),
            "why": found.why.model_dump(),
            "hint": found.hint.model_dump() if found.hint else None,
        }
        for found in in_order(findings)
    ]
    return json.dumps(rows, ensure_ascii=False, indent=1)


def as_sarif(findings: Iterable[Finding], province: Path, version: str, language: Language = "en") -> str:
    """Return the findings as SARIF 2.1.0 (OASIS), for code-review tools."""
    ordered = in_order(findings)
    rules = {found.code: getattr(found.why, language) for found in ordered}
    document = {
        "$schema": SARIF_SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "provdc",
                        "version": version,
                        "rules": [
                            {"id": code, "shortDescription": {"text": why}, "helpUri": f"docs/errors/{code}.md"}
                            for code, why in sorted(rules.items())
                        ],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "results": [_sarif_result(found, province, language) for found in ordered],
            }
        ],
    }
    return json.dumps(document, ensure_ascii=False, indent=1)


def _sarif_result(found: Finding, province: Path, language: Language) -> dict[str, object]:
    region = {"startLine": found.line, "startColumn": found.column, "endColumn": found.end_column}
    hint = f" {getattr(found.hint, language)}" if found.hint else ""
    return {
        "ruleId": found.code,
        "level": found.severity,
        "message": {"text": getattr(found.message, language) + hint},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": (province / found.file).as_posix()},
                    "region": region,
                }
            }
        ],
    }
