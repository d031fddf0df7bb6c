"""Pages of docs/errors, one for each code. Imports only where the repository is."""

import re

from provdc.place import ROOT

ERRORS = ROOT / "docs" / "errors"
CODE = re.compile(r"[EW]-[A-Z]+-[0-9]{3}")


def error_page(code: str) -> str | None:
    """Return the page of an error or warning code, or None when there is no such code."""
    if not CODE.fullmatch(code):
        return None
    page = ERRORS / f"{code}.md"
    return page.read_text(encoding="utf-8") if page.is_file() else None
