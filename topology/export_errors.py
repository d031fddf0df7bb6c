"""One page for each code of the records, from its texts and its example: `python -m topology.export_errors`.

The pages of the other codes are written by hand beside them; the table of all pages is made here.
"""

from pathlib import Path
from typing import Any

import yaml

from topology.check.messages import CATALOGUE
from topology.check.texts import Text

DIRECTORY = Path(__file__).parent.parent / "docs" / "errors"
TIERS = {
    "E-SHAPE": "shape",
    "E-REF": "references",
    "E-ENG": "engineering",
    "W-ENG": "engineering",
    "W-FACT": "facts",
    "E-SCN": "scenarios",
    "W-SCN": "scenarios",
}


def examples() -> dict[str, list[dict[str, Any]]]:
    """Read the reproducing edits of the miniature province."""
    path = Path(__file__).parent / "check" / "examples.yaml"
    found: dict[str, list[dict[str, Any]]] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return found


def pages() -> dict[str, str]:
    """Return file name → page."""
    shown = examples()
    found = {f"{code}.md": page(code, text, shown.get(code, [])) for code, text in CATALOGUE.items()}
    says = written() | {code: _plain(text.en) for code, text in CATALOGUE.items()}
    rows = "\n".join(f"| [{code}]({code}.md) | {text} |" for code, text in sorted(says.items()))
    found["README.md"] = f"# Errors and warnings\n\n| code | says |\n|---|---|\n{rows}\n"
    return found


def written() -> dict[str, str]:
    """Return what each page written by hand says: its first quoted line."""
    pages = (path for path in DIRECTORY.glob("*-*.md") if path.stem not in CATALOGUE)
    return {path.stem: _quoted(path.read_text(encoding="utf-8")) for path in pages}


def _quoted(page: str) -> str:
    return next((line.removeprefix("> ").replace("|", "\\|") for line in page.splitlines() if line[:2] == "> "), "")


def page(code: str, text: Text, edits: list[dict[str, Any]]) -> str:
    """Return one page."""
    tier = TIERS[code.rpartition("-")[0]]
    weight = "A warning" if code.startswith("W") else "An error: nothing is planned until it is mended"
    lines = [
        f"# {code}",
        "",
        f"*Tier: {tier}. {weight}.*",
        "",
        f"> {_plain(text.en)}",
        ">",
        f"> {_plain(text.vi)}",
        "",
        f"**Why.** {_plain(text.why_en)}",
        "",
        f"**Vì sao.** {_plain(text.why_vi)}",
        "",
    ]
    if edits:
        lines += ["## Reproduce", "", "In a copy of `inventory/mini`:", ""]
        lines += [_step(edit) for edit in edits]
        lines += ["", f"then `provdc check` reports `{code}`.", ""]
    return "\n".join(lines)


def _plain(text: str) -> str:
    return text.replace("{", "‹").replace("}", "›").replace("|", "\\|")


def _step(edit: dict[str, Any]) -> str:
    file = edit["file"]
    if edit.get("remove"):
        return f"- remove `{file}`"
    if "bytes" in edit:
        return f"- save `{edit['rename_to']}` in an encoding that is not UTF-8"
    if "make" in edit:
        shown = f" with\n\n  ```yaml\n{_indented(edit['make'])}\n  ```" if file.endswith(".yaml") else ""
        return f"- make a file `{file}`{shown}"
    old, new = (f"\n\n  ```\n{_indented(edit[name])}\n  ```" for name in ("old", "new"))
    return f"- in `{file}` change{old}\n\n  to{new}" if edit["new"] else f"- in `{file}` delete{old}"


def _indented(text: str) -> str:
    shown = text.encode("unicode_escape").decode("ascii") if not text.isprintable() and "\n" not in text else text
    return "\n".join(f"  {line}" for line in shown.rstrip("\n").split("\n"))


def export(directory: Path) -> None:
    """Write all pages."""
    directory.mkdir(parents=True, exist_ok=True)
    for name, content in pages().items():
        (directory / name).write_text(content, encoding="utf-8")


if __name__ == "__main__":
    export(DIRECTORY)
