"""From a code and its facts to a finding that can be read in both languages."""

from topology.check.texts import Text
from topology.check.texts_engineering import ENGINEERING
from topology.check.texts_references import REFERENCES
from topology.check.texts_scenarios import SCENARIOS
from topology.check.texts_shape import SHAPE
from topology.findings import Finding, Span
from topology.schema.base import Name

CATALOGUE: dict[str, Text] = SHAPE | REFERENCES | ENGINEERING | SCENARIOS
"""Every code that a check can give; docs/errors has one page for each."""

_TOP = Span(1, 1, 2)


def finding(code: str, file: str, span: Span | None, hint: Name | None = None, /, **facts: str | float) -> Finding:
    """Return the finding of this code; `facts` fill the places in its text, `span` None means the whole file."""
    text = CATALOGUE[code]
    place = span or _TOP
    return Finding(
        code=code,
        severity="warning" if code.startswith("W-") else "error",
        file=file,
        line=place.line,
        column=place.column,
        end_column=place.end_column,
        message=Name(en=text.en.format(**facts), vi=text.vi.format(**facts)),
        why=Name(en=text.why_en.format(**facts), vi=text.why_vi.format(**facts)),
        hint=hint,
    )
