"""Bytes to text: UTF-8, composed characters, nothing invisible. Excel's byte-order mark is allowed and dropped."""

import re
import unicodedata
from pathlib import Path

from topology.check.messages import finding
from topology.findings import Finding, Span

MAX_BYTES = 4 * 1024 * 1024
_MOST_PER_FILE = 20
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\uffff]"
)


def read_text(path: Path, file: str) -> tuple[str | None, list[Finding]]:
    r"""Return the text of a file, or None with the findings that say why it cannot be used.

    Line ends become `\n`; a byte-order mark at the start is dropped.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            return None, [finding("E-SHAPE-003", file, None, reason=f"> {MAX_BYTES // 1024 // 1024} MiB")]
        raw = path.read_bytes()
    except OSError as error:
        return None, [finding("E-SHAPE-003", file, None, reason=error.strerror or type(error).__name__)]
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start]
        line = before.count(b"\n") + 1
        column = len(before.rsplit(b"\n", 1)[-1].decode("utf-8", "replace")) + 1
        return None, [finding("E-SHAPE-003", file, Span(line, column, column + 1), reason="not UTF-8")]
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    findings = [
        finding("E-SHAPE-004", file, _at(text, match.start()), code_point=f"U+{ord(match.group()):04X}")
        for match, _ in zip(_INVISIBLE.finditer(text), range(_MOST_PER_FILE), strict=False)
    ]
    if not unicodedata.is_normalized("NFC", text):
        findings += _decomposed(text, file)
    return (None, findings) if findings else (text, [])


def _decomposed(text: str, file: str) -> list[Finding]:
    findings = []
    for number, line in enumerate(text.split("\n"), 1):
        composed = unicodedata.normalize("NFC", line)
        if composed != line:
            column = next((i for i, (a, b) in enumerate(zip(line, composed, strict=False)) if a != b), len(composed))
            word = re.split(r"[\s,|:]", composed[max(0, composed.rfind(" ", 0, column)) :].strip(), maxsplit=1)[0]
            findings.append(finding("E-SHAPE-005", file, Span(number, column + 1, column + 2), text=word[:40]))
            if len(findings) == _MOST_PER_FILE:
                break
    return findings


def _at(text: str, offset: int) -> Span:
    column = offset - (text.rfind("\n", 0, offset) + 1) + 1
    return Span(text.count("\n", 0, offset) + 1, column, column + 1)
