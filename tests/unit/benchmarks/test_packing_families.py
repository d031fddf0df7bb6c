"""Packing instances are read as their formats say; the generator makes the same instance of the same name."""

import gzip
import json
from pathlib import Path

import pytest

from tests.benchmarks import generate
from tests.benchmarks.families import packing, vmpacking


def test_plain_and_packed_files_are_read_with_or_without_an_index(tmp_path: Path) -> None:
    text = "5\n10\n6\n6\n5\n4\n4\n"
    (tmp_path / "one.txt").write_text(text, encoding="utf-8")
    (tmp_path / "two.bpp.gz").write_bytes(gzip.compress(text.encode()))
    (tmp_path / "index.csv").write_text("instance,best_known\none,3\n", encoding="utf-8")
    cases = packing.cases(tmp_path, None)
    assert [(case.instance, case.best_known) for case in cases] == [("one", "3"), ("two", "")]
    for case in cases:
        solved = packing.solve(case, 10.0)
        assert (solved.status, solved.objective, solved.bound, solved.checked) == ("optimal", 3, 3, True)


def test_sizes_with_demands_are_read() -> None:
    assert packing.read("2\n10\n6 3\n4 2\n") == (10, [6, 4], [3, 2])


@pytest.mark.parametrize("text", ["", "3 10 5 5", "2 ten 5 5"])
def test_broken_files_are_refused(text: str) -> None:
    with pytest.raises(ValueError):
        packing.read(text)


def test_names_make_instances() -> None:
    one = generate.instance("vm-n200-r6-apart-s4")
    assert one == generate.instance("vm-n200-r6-apart-s4") != generate.instance("vm-n200-r6-apart-s5")
    assert sum(workload["replicas"] for workload in one["workloads"]) == 200
    assert {len(workload["need"]) for workload in one["workloads"]} == {6}
    with pytest.raises(ValueError, match="no instance's name"):
        generate.instance("vm-n200")


@pytest.mark.parametrize(
    "name",
    ["vm-n200-r2-free-s1", "vm-n200-r2-apart-s1", "vm-n200-r6-apart-s1", "vm-n200-r2-own-s1", "vm-n200-r2-even-s1"],
)
def test_generated_packings_are_proved(name: str, tmp_path: Path) -> None:
    assert {case.instance for case in vmpacking.cases(tmp_path, None)} == set(generate.names())
    (tmp_path / f"{name}.json").write_text(json.dumps(generate.instance(name)), encoding="utf-8")
    (case,) = vmpacking.cases(tmp_path, None)
    solved = vmpacking.solve(case, 60.0)
    assert solved.checked
    assert solved.status == "optimal"
