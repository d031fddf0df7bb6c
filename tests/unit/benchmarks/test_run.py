"""A folder with a file that is no instance: the others are solved, what is wrong is said, nothing is lost."""

import json
from pathlib import Path

import pytest

from tests.benchmarks.__main__ import run
from tests.benchmarks.families import packing
from tests.benchmarks.family import Row


def test_a_broken_file_does_not_take_the_others(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.txt").write_text("3\n10\n5\n", encoding="utf-8")
    (tmp_path / "b.txt").write_text("3\n10\n5\n5\n6\n", encoding="utf-8")
    out = tmp_path / "rows.json"
    assert run("binpacking_bpplib", packing.cases(tmp_path, None), 10.0, out) != 0
    said = capsys.readouterr()
    assert said.err == f"{tmp_path / 'a.txt'}: ValueError: 3 sizes announced, 1 there\n"
    rows = json.loads(out.read_text(encoding="utf-8"))
    assert [(row["instance"], row["status"], row["checked"]) for row in rows] == [
        ("a", "unknown", False), ("b", "optimal", True),
    ]  # fmt: skip
    assert all(set(row) == set(Row.__slots__) for row in rows)
