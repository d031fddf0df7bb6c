"""The threat model speaks of files that are there."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_file_that_holds_a_line_of_defence_exists() -> None:
    text = (ROOT / "THREAT_MODEL.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:[a-z_]+/)+[\w./-]*)`", text)) | set(re.findall(r"\]\((docs/[^)]+)\)", text))
    named -= {name for name in named if name.startswith(("inventory/", ".provdc"))}
    assert len(named) > 15
    assert {name for name in named if not (ROOT / name).exists()} == set()
