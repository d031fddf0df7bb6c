"""What one code says: a sentence with places for facts, and why it matters, in both languages."""

from typing import NamedTuple


class Text(NamedTuple):
    """Texts of one code; facts stand in braces."""

    en: str
    vi: str
    why_en: str
    why_vi: str
