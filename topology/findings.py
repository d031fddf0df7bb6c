"""What is wrong with the records, said so that a person can mend it: where, what, why, and a hint."""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from topology.order import natural_key
from topology.schema.base import Name

Severity = Literal["error", "warning"]

_MANY = 1000
"""Beyond so many known ids a suggestion must begin alike: comparing with all would take seconds."""


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of one line: line and columns from 1, the end column past the last character."""

    line: int
    column: int
    end_column: int


@dataclass(frozen=True, slots=True)
class Finding:
    """One error or warning about the records.

    Attributes
    ----------
    code
        `E-SHAPE-…`, `E-REF-…`, `E-ENG-…` for errors; `W-…` for warnings. Each has a page in docs/errors.
    file
        Relative to the province's folder.
    line, column, end_column
        From 1; the end column is past the last character that is meant.
    """

    code: str
    severity: Severity
    file: str
    line: int
    column: int
    end_column: int
    message: Name
    why: Name
    hint: Name | None = None

    @property
    def where(self) -> str:
        """`file:line:column`."""
        return f"{self.file}:{self.line}:{self.column}"


class ProvinceError(Exception):
    """The records of a province cannot be used; carries everything that was found in the tier that failed.

    Attributes
    ----------
    province
        Folder of the records.
    findings
        Errors and warnings, sorted by position.
    """

    def __init__(self, province: Path, findings: Iterable[Finding]) -> None:
        self.province = province
        self.findings = in_order(findings)
        errors = sum(1 for finding in self.findings if finding.severity == "error")
        first = next((f for f in self.findings if f.severity == "error"), None)
        start = f": {first.where} {first.code} {first.message.en}" if first else ""
        super().__init__(f"{errors} errors in {province}{start}")


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings sorted by file, position and code, each once."""
    unique = dict.fromkeys(findings)
    return tuple(sorted(unique, key=lambda f: (natural_key(f.file), f.line, f.column, f.code, f.message.en)))


def did_you_mean(wrong: str, known: Iterable[str] | Mapping[str, str]) -> Name | None:
    """Suggest the known id nearest to a wrong one, with its human name when `known` maps ids to names."""
    names = known if isinstance(known, Mapping) else {}
    candidates = sorted(known, key=natural_key)
    if len(candidates) > _MANY:
        candidates = [name for name in candidates if name[:3] == wrong[:3] and abs(len(name) - len(wrong)) < 3][:_MANY]
    near = difflib.get_close_matches(wrong[:64], candidates, n=1, cutoff=0.6)
    if not near:
        return None
    human = names.get(near[0], "")
    shown = f"'{near[0]}'" + (f" ({human})" if human and human != near[0] else "")
    return Name(en=f"did you mean {shown}?", vi=f"có phải là {shown}?")
