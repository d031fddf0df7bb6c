"""What the documents say about a code: its page in docs/errors, else its row or section in another document."""

import re

from provdc.place import ROOT

DOCS = ROOT / "docs"
CODE = re.compile(r"[EW]-[A-Z]+-[0-9]{3}")


def error_page(code: str) -> str | None:
    """Return what is written about an error or warning code, or None when it is no code or nothing is written."""
    if not CODE.fullmatch(code):
        return None
    page = DOCS / "errors" / f"{code}.md"
    if page.is_file():
        return page.read_text(encoding="utf-8")
    for path in sorted(DOCS.rglob("*.md")):
        found = passage(path.read_text(encoding="utf-8"), code)
        if found is not None:
            return f"{found}\n\nmore: {path.relative_to(ROOT)}\n"
    return None


def passage(text: str, code: str) -> str | None:
    r"""Return a document's passage about a code: the section that it heads, else its table row as a few lines.

    >>> print(passage("| code | why |\n| --- | --- |\n| E-LAB-001 | no podman |", "E-LAB-001"))
    # E-LAB-001
    <BLANKLINE>
    why: no podman
    """
    lines = text.splitlines()
    for number, line in enumerate(lines):
        if line.startswith("#") and code in line:
            level = len(line) - len(line.lstrip("#"))
            rest = (n for n in range(number + 1, len(lines)) if re.match(rf"#{{1,{level}}} ", lines[n]))
            return "\n".join(lines[number : next(rest, len(lines))]).strip()
        if line.startswith("|") and code in line.split("|")[1]:
            head = next((lines[n - 1] for n in range(number, 0, -1) if re.match(r"\|[ :-]+\|", lines[n])), "")
            names, cells = ([cell.strip() for cell in row.strip("|").split("|")] for row in (head, line))
            told = [f"{name}: {cell}" for name, cell in zip(names[1:], cells[1:], strict=False)]
            return "\n\n".join([f"# {code}", *told])
    return None
