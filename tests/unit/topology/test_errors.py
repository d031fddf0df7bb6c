"""Every code has an example on the miniature province that gives exactly it, at the stated place, and a page."""

import shutil
from pathlib import Path

import pytest
import yaml

import topology
from topology import export_errors
from topology.check.messages import CATALOGUE
from topology.render import as_json, as_sarif, text

MINI = Path(__file__).parents[3] / "inventory" / "mini"
EXAMPLES = export_errors.examples()
UNREACHED = {"E-REF-021", "E-ENG-022", "E-SHAPE-003", "E-SHAPE-021"}
"""Shown by tests of their own below."""


def edit(province: Path, edits: list[dict]) -> None:
    for one in edits:
        path = province / one["file"]
        if one.get("remove"):
            path.unlink()
        elif "make" in one:
            path.write_text(one["make"], encoding="utf-8")
        else:
            content = path.read_text(encoding="utf-8")
            assert one["old"] in content, f"{one['file']} has no {one['old']!r}"
            path.write_text(content.replace(one["old"], one["new"], 1), encoding="utf-8")


def expected_line(province: Path, edits: list[dict]) -> tuple[str, int | None]:
    last = edits[-1]
    file = last.get("in", last["file"])
    if last.get("at_any"):
        return file, None
    if "at" not in last:
        return file, 1
    content = (province / file).read_text(encoding="utf-8")
    return file, content[: content.index(last["at"])].count("\n") + 1


@pytest.fixture
def province(tmp_path: Path) -> Path:
    return Path(shutil.copytree(MINI, tmp_path / "mini"))


def test_the_miniature_province_has_no_findings() -> None:
    assert topology.check(MINI) == []


@pytest.mark.parametrize("code", sorted(set(CATALOGUE) - UNREACHED))
def test_the_example_gives_exactly_its_code(province: Path, code: str) -> None:
    edits = EXAMPLES[code]
    edit(province, edits)
    findings = topology.check(province)
    assert code in {found.code for found in findings}, [f"{f.where} {f.code} {f.message.en}" for f in findings]
    file, line = expected_line(province, edits)
    places = {(found.file, found.line) for found in findings if found.code == code}
    assert (file, line) in places or (line is None and file in {place[0] for place in places}) or "remove" in edits[-1]


def test_a_file_that_is_not_utf8(province: Path) -> None:
    (province / "zones.yaml").write_bytes(b"zones:\n  - \xff\n")
    found = topology.check(province)
    assert [(f.code, f.line) for f in found if f.file == "zones.yaml"] == [("E-SHAPE-003", 2)]


def test_a_class_without_policy(province: Path) -> None:
    lines = (province / "policy.yaml").read_text(encoding="utf-8")
    start, end = lines.index("  commune:\n"), lines.index("network:\n")
    (province / "policy.yaml").write_text(lines[:start] + lines[end:], encoding="utf-8")
    assert "E-REF-021" in {found.code for found in topology.check(province)}


def test_two_candidate_links_of_one_name(province: Path) -> None:
    sites = (province / "sites.csv").read_text(encoding="utf-8")
    (province / "sites.csv").write_text(sites.replace("commune-07,", "commune-tay,"), encoding="utf-8")
    for name in ("ducts.csv", "mobile.csv"):
        content = (province / name).read_text(encoding="utf-8")
        (province / name).write_text(content.replace("commune-07", "commune-tay"), encoding="utf-8")
    assert "E-ENG-022" in {found.code for found in topology.check(province)}


def test_many_errors_in_one_file_are_cut(province: Path) -> None:
    content = (province / "services/1-people.yaml").read_text(encoding="utf-8")
    (province / "services/1-people.yaml").write_text(content.replace("quality: assumption", "quality: guess"))
    codes = [found.code for found in topology.check(province)]
    assert "E-SHAPE-021" in codes
    assert codes.count("E-SHAPE-015") == 30


def test_every_code_has_a_fresh_page() -> None:
    pages = export_errors.pages()
    assert {name.removesuffix(".md") for name in pages} - {"README"} == set(CATALOGUE)
    for name, content in pages.items():
        path = export_errors.DIRECTORY / name
        assert path.read_text(encoding="utf-8") == content, f"{name}: python -m topology.export_errors"


def test_golden_text(province: Path) -> None:
    edit(province, EXAMPLES["E-REF-005"])
    found = topology.check(province)
    golden = Path(__file__).with_name("golden") / "E-REF-005.txt"
    assert text(found, province).replace(f"{province.as_posix()}/", "") == golden.read_text(encoding="utf-8")


def test_json_and_sarif_say_the_same(province: Path) -> None:
    edit(province, EXAMPLES["E-REF-005"])
    found = topology.check(province)
    rows = yaml.safe_load(as_json(found))
    results = yaml.safe_load(as_sarif(found, province, "test"))["runs"][0]["results"]
    assert [row["code"] for row in rows] == [result["ruleId"] for result in results]
    assert rows[0]["line"] == results[0]["locations"][0]["physicalLocation"]["region"]["startLine"]
