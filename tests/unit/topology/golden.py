"""The exact words of every error, one file a code: `python -m tests.unit.topology.golden` writes them again."""

import shutil
import tempfile
from pathlib import Path
from typing import Any

import topology
from topology import export_errors
from topology.render import text

MINI = Path(__file__).parents[3] / "inventory" / "mini"
DIRECTORY = Path(__file__).with_name("golden")


def edit(province: Path, edits: list[dict[str, Any]]) -> None:
    """Make the changes of one example in a copy of the miniature province."""
    for one in edits:
        path = province / one["file"]
        if one.get("remove"):
            path.unlink()
        elif "make" in one:
            path.parent.mkdir(exist_ok=True)
            path.write_text(one["make"], encoding="utf-8")
        else:
            content = path.read_text(encoding="utf-8")
            assert one["old"] in content, f"{one['file']} has no {one['old']!r}"
            path.write_text(content.replace(one["old"], one["new"], 1), encoding="utf-8")


def words(edits: list[dict[str, Any]]) -> str:
    """Return what a person reads after the changes, in both languages."""
    with tempfile.TemporaryDirectory() as folder:
        province = Path(shutil.copytree(MINI, Path(folder) / "mini"))
        edit(province, edits)
        found = topology.check(province)
        both = text(found, province) + "\n" + text(found, province, "vi")
        return both.replace(f"{province.as_posix()}/", "")


def main() -> None:
    """Write all golden files."""
    for code, edits in export_errors.examples().items():
        (DIRECTORY / f"{code}.txt").write_text(words(edits), encoding="utf-8")


if __name__ == "__main__":
    main()
