"""No file of a MiB, whatever it holds, gives a traceback or takes more than two seconds."""

import os
import shutil
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import topology
from topology.read.csv_file import read_csv
from topology.read.scalars import Trap, plain
from topology.read.yaml_file import read_yaml
from topology.render import as_json, as_sarif, text

MINI = Path(__file__).parents[3] / "inventory" / "mini"
MIB = 1 << 20
SECONDS = 2.0
HEADER = (MINI / "sites.csv").read_text(encoding="utf-8").splitlines()
HEADER = next(line for line in HEADER if line.startswith("id,")) + "\n"
ROW = "commune-{},n,commune,district-tay,20.7,105.3,official,3,4,5,official,teaching\n"
DUCT = "duct-{},commune-01,commune-02,9.5,alpha,true,,1,official,teaching\n"

YAML = {
    "empty": ("", "E-SHAPE-012", 1, 1),
    "nothing": ("null", "E-SHAPE-012", 1, 1),
    "list": ("- a", "E-SHAPE-014", 1, 1),
    "flow nesting": ("flows: " + "[" * (MIB - 10), "E-SHAPE-011", 1, 39),
    "mapping nesting": ("{a: " * (MIB // 4), "E-SHAPE-011", 1, 129),
    "block nesting": ("".join(" " * i + "a:\n" for i in range(1400)), "E-SHAPE-011", 33, 33),
    "dashes": ("- " * (MIB // 2), "E-SHAPE-011", 1, 65),
    "many keys": ("".join(f"k{i}: 1\n" for i in range(90_000)), "E-SHAPE-011", 75_000, 1),
    "many values": ("flows: [" + "a," * (MIB // 2 - 10) + "]", "E-SHAPE-011", 1, 300_001),
    "many records": ("flows:\n" + "- {id: a}\n" * (MIB // 10), "E-SHAPE-011", 37_501, 3),
    "equal keys": ("a: 1\n" * (MIB // 5), "E-SHAPE-007", 2, 1),
    "alias bomb": ("a: &a [x]\n" + "".join(f"b{i}: &b{i} [*a,*a]\n" for i in range(1000)), "E-SHAPE-010", 1, 4),
    "long integer": ("flows: " + "9" * (MIB - 10), "E-SHAPE-009", 1, 8),
    "long fraction": ("flows: 0." + "9" * (MIB - 10), "E-SHAPE-009", 1, 8),
    "long word": ("flows: " + "x" * (MIB - 10), "E-SHAPE-014", 1, 8),
    "underscores": ("flows: " + "1_" * (MIB // 2 - 10), "E-SHAPE-008", 1, 8),
    "sixties": ("flows: " + "1:1" * (MIB // 3 - 10), "E-SHAPE-008", 1, 8),
    "questions": ("? " * (MIB // 2 - 10), "E-SHAPE-006", 1, 3),
    "long key": ("x" * (MIB - 10) + ": 1", "E-SHAPE-006", 1, 1_048_567),
    "anchors": ("&a " * (MIB // 4), "E-SHAPE-010", 1, 1),
    "tag": ("flows: !!python/object/apply:os.system [ls]", "E-SHAPE-010", 1, 8),
    "version": ("%YAML 9.9\n---\nflows: []\n", "E-SHAPE-006", 1, 1),
    "open quote": ('flows: "' + "x" * (MIB - 20), "E-SHAPE-006", 1, 1_048_565),
    "surrogate": ('flows: "\\ud800"', "E-SHAPE-006", 1, 11),
    "control characters": ("\x01" * MIB, "E-SHAPE-004", 1, 1),
    "right to left": ("flows: []  # \u202e\n", "E-SHAPE-004", 1, 14),
    "decomposed line": ("e\u0301 " * (MIB // 4), "E-SHAPE-005", 1, 1),
    "decomposed lines": ("e\u0301\n" * (MIB // 4), "E-SHAPE-005", 1, 1),
    "not UTF-8": (b"\xe9" * MIB, "E-SHAPE-003", 1, 1),
    "UTF-16": ("flows: []".encode("utf-16"), "E-SHAPE-003", 1, 1),
    "too large": ("#" * 5 * MIB, "E-SHAPE-003", 1, 1),
    "two documents": ("flows: []\n---\nflows: []\n", "E-SHAPE-006", 2, 1),
    "merge key": ("flows: []\n<<: {a: 1}\n", "E-SHAPE-010", 2, 1),
    "tabs": ("flows:\n\t- a", "E-SHAPE-006", 2, 1),
    "list as key": ("? [a]\n: b", "E-SHAPE-006", 1, 3),
    "empty key": (": a\nflows: []", "E-SHAPE-006", 1, 1),
    "Norway": ("flows: no", "E-SHAPE-008", 1, 8),
    "octal": ("flows: 010", "E-SHAPE-008", 1, 8),
    "not a number": ("flows: .nan", "E-SHAPE-009", 1, 8),
}

CSV = {
    "empty": ("", "E-SHAPE-019", 1, 1),
    "quotes": (HEADER + '"' * MIB, "E-SHAPE-018", 2, 1),
    "open quote": (HEADER + '"' * (MIB + 1), "E-SHAPE-019", 2, 1),
    "commas": (HEADER + "," * MIB, "E-SHAPE-011", 2, 201),
    "commas in the header": ("," * MIB, "E-SHAPE-011", 1, 201),
    "short lines": (HEADER + "a\n" * (MIB // 2), "E-SHAPE-018", 2, 1),
    "semicolons": (HEADER.replace(",", ";"), "E-SHAPE-013", 1, 1),
    "equal rows": (HEADER + ROW.format("x") * (MIB // 62), "E-SHAPE-011", 5001, 1),
    "many rows": (HEADER + "".join(ROW.format(i) for i in range(4900)), "E-REF-005", 11, 17),
    "not finite": (HEADER + "core,C,core,,nan,1e400,official,0,0,5,official,teaching\n", "E-SHAPE-009", 2, 14),
}


def examine(tmp_path: Path, name: str, content: str | bytes) -> list[topology.Finding]:
    province = Path(shutil.copytree(MINI, tmp_path / "mini"))
    (province / name).write_bytes(content.encode() if isinstance(content, str) else content)
    start = time.process_time()
    findings = topology.check(province)
    assert time.process_time() - start < SECONDS
    assert as_json(findings)
    assert as_sarif(findings, province, "test")
    assert bool(text(findings, province)) == bool(findings)
    return findings


@pytest.mark.parametrize("case", YAML)
def test_hostile_yaml(tmp_path: Path, case: str) -> None:
    content, code, line, column = YAML[case]
    found = examine(tmp_path, "flows.yaml", content)
    assert (code, line, column) in [(f.code, f.line, f.column) for f in found if f.file == "flows.yaml"]


@pytest.mark.parametrize("case", CSV)
def test_hostile_csv(tmp_path: Path, case: str) -> None:
    content, code, line, column = CSV[case]
    found = examine(tmp_path, "sites.csv", content)
    assert (code, line, column) in [(f.code, f.line, f.column) for f in found]


def test_one_cell_with_a_million_names(tmp_path: Path) -> None:
    header = "id,a,b,length_km,carriers,underground,flood_zone,cuts_per_100km_year,quality,source\n"
    found = examine(tmp_path, "ducts.csv", header + "d,a,b,1," + "a|" * (MIB // 2) + ",true,,1,official,x\n")
    assert [(f.code, f.line, f.column) for f in found] == [("E-SHAPE-011", 2, 9)]


def test_thousands_of_parallel_ducts(tmp_path: Path) -> None:
    content = (MINI / "ducts.csv").read_text(encoding="utf-8") + "".join(DUCT.format(i) for i in range(5000))
    assert examine(tmp_path, "ducts.csv", content) == []


@pytest.mark.parametrize("content", ["\ufeff{}", "{}\r\n", "# a comment\n\n{}\n"])
def test_windows_files_are_read(tmp_path: Path, content: str) -> None:
    plain_text = (MINI / "slice.yaml").read_text(encoding="utf-8")
    province = Path(shutil.copytree(MINI, tmp_path / "mini"))
    (province / "slice.yaml").write_text(content.format(plain_text), encoding="utf-8", newline="")
    (province / "sites.csv").write_bytes(b"\xef\xbb\xbf" + (MINI / "sites.csv").read_bytes().replace(b"\n", b"\r\n"))
    assert topology.check(province) == []
    assert topology.load(province).digest == topology.load(MINI).digest


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("carriers.yaml", "fixed: true", "fixed: 1"),
        ("modules.yaml", "capacity_mbps: {value: 20,", 'capacity_mbps: {value: "20",'),
        ("modules.yaml", "capacity_mbps: {value: 20,", "capacity_mbps: {value: true,"),
        ("exchanges.csv", ",true,", ",1,"),
        ("flows.yaml", "ports: [443]", "ports: [1-999999999999]"),
        ("flows.yaml", "ports: [443]", "ports: [443-80]"),
        ("flows.yaml", "ports: [443]", "ports: [443-70000]"),
    ],
)
def test_nothing_is_taken_for_something_else(tmp_path: Path, file: str, old: str, new: str) -> None:
    content = (MINI / file).read_text(encoding="utf-8")
    assert old in content
    found = examine(tmp_path, file, content.replace(old, new, 1))
    assert [f.code for f in found] == ["E-SHAPE-014"]


def test_things_that_are_no_files(tmp_path: Path) -> None:
    province = Path(shutil.copytree(MINI, tmp_path / "mini"))
    flows = province / "flows.yaml"
    for make in (flows.mkdir, lambda: flows.symlink_to("flows.yaml"), lambda: os.mkfifo(flows)):
        if flows.exists() or flows.is_symlink():
            flows.rmdir() if flows.is_dir() else flows.unlink()
        make()
        assert [f.code for f in topology.check(province)] == ["E-SHAPE-001"]
    assert [f.code for f in topology.check(tmp_path / "nowhere")] == ["E-SHAPE-001"]


def test_a_file_name_that_is_no_text(tmp_path: Path) -> None:
    province = Path(shutil.copytree(MINI, tmp_path / "mini"))
    (Path(os.fsdecode(os.fsencode(province) + b"/\xff.yaml"))).touch()
    found = topology.check(province)
    assert [f.code for f in found] == ["E-SHAPE-002"]
    assert text(found, province)


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_read_without_a_traceback(content: str) -> None:
    read_yaml(content, "x.yaml")
    read_csv(content, "x.csv", {"a": "text", "b": "scalar", "c": "list"})


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="0123456789.eE+-_:xobnafiuy~", max_size=12))
def test_an_unquoted_word_has_one_meaning(word: str) -> None:
    value = plain(word)
    if isinstance(value, bool | None | Trap):
        return
    if isinstance(value, int | float):
        assert float(word) == value
    else:
        assert value == word
