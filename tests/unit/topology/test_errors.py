"""Every code has an example on the miniature province that gives exactly it, at the stated place, and a page."""

import copy
import dataclasses
import shutil
from pathlib import Path

import pytest
import yaml

import topology
from tests.unit.topology.golden import DIRECTORY, edit, words
from topology import export_errors
from topology.check.engineering import check_engineering
from topology.check.messages import CATALOGUE
from topology.render import as_json, as_sarif

MINI = Path(__file__).parents[3] / "inventory" / "mini"
EXAMPLES = export_errors.examples()
UNREACHED = {"E-REF-021", "E-ENG-022", "E-SHAPE-003", "E-SHAPE-021"}
"""Shown by tests of their own below."""


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
    assert {code} == {found.code for found in findings}, [f"{f.where} {f.code} {f.message.en}" for f in findings]
    file, line = expected_line(province, edits)
    places = {(found.file, found.line) for found in findings if found.code == code}
    assert (file, line) in places or (line is None and file in {place[0] for place in places}) or "remove" in edits[-1]


def test_a_file_that_is_not_utf8(province: Path) -> None:
    (province / "zones.yaml").write_bytes(b"zones:\n  - \xff\n")
    found = topology.check(province)
    assert [(f.code, f.line) for f in found if f.file == "zones.yaml"] == [("E-SHAPE-003", 2)]


def test_what_others_read_may_stand_beside_the_records(province: Path) -> None:
    for name in ("README.md", "waivers.yaml", "mini-districts.geojson", ".hidden", "ducts.csv~"):
        (province / name).write_text("x\n", encoding="utf-8")
    assert topology.check(province) == []
    for name in ("services/README.txt", "services/waivers.json", "outlines.json"):
        (province / name).write_text("x\n", encoding="utf-8")
    assert {(found.code, found.file) for found in topology.check(province)} == {
        ("E-SHAPE-002", name) for name in ("services/README.txt", "services/waivers.json", "outlines.json")
    }


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


def test_a_rack_of_one_name_in_two_rooms(province: Path) -> None:
    path = province / "facility.yaml"
    rooms = yaml.safe_load(path.read_text(encoding="utf-8"))
    second = copy.deepcopy(rooms["rooms"][0]) | {"id": "room-2"}
    second["racks"], second["feeds"] = second["racks"][:1], [second["feeds"][0] | {"id": "feed-c"}]
    rooms["rooms"].append(second)
    path.write_text(yaml.safe_dump(rooms, allow_unicode=True, sort_keys=False), encoding="utf-8")
    assert [(f.code, f.file) for f in topology.check(province)] == [("E-REF-001", "facility.yaml")]


@pytest.mark.parametrize(
    ("file", "old", "new", "code"),
    [
        ("services/2-protection.yaml", "address_offset: 2\n", "address_offset: 4\n", "E-ENG-021"),
        ("services/1-people.yaml", "address_offset: 10\n", "address_offset: 3\n", "E-ENG-002"),
        ("services/1-people.yaml", "address_offset: 10\n", "address_offset: 239\n", None),
        ("small_data_centres.yaml", "address_offset: 200", "address_offset: 77", "E-ENG-002"),
    ],
)
def test_addresses_of_machines(province: Path, file: str, old: str, new: str, code: str | None) -> None:
    """The firewalls are .2 and .3 of every zone, and all servers that may move in have addresses."""
    edit(province, [{"file": file, "old": old, "new": new}])
    assert {found.code for found in topology.check(province)} == ({code} if code else set())


@pytest.mark.parametrize(("offset", "refused"), [(47, False), (48, True)])
def test_machines_on_the_wan_stand_below_the_gateways(offset: int, refused: bool) -> None:
    records = topology.load(MINI)
    services = tuple(
        service.model_copy(
            update={
                "workloads": tuple(
                    w.model_copy(update={"zone": "wan", "address_offset": offset}) if w.id == "lgsp" else w
                    for w in service.workloads
                )
            }
        )
        for service in records.services
    )
    codes = {found.code for found in check_engineering(dataclasses.replace(records, services=services))}
    assert codes == ({"E-ENG-021"} if refused else set())


def test_contradictions_of_one_record(province: Path) -> None:
    """Each of these is E-ENG-011; the page shows another one."""
    for file, old, new in (
        ("modules.yaml", "medium: mobile", "medium: fibre"),
        ("policy.yaml", "detour_factor: {value: 1.5", "detour_factor: {value: 0.9"),
        ("policy.yaml", "backup: any", "backup: none"),
        ("mobile.csv", "fibre,duct-01-core", "fibre,"),
        ("mobile.csv", "fibre,duct-01-core", "microwave,duct-01-core"),
    ):
        edit(province, [{"file": file, "old": old, "new": new}])
        assert {found.code for found in topology.check(province)} == {"E-ENG-011"}, new
        edit(province, [{"file": file, "old": new, "new": old}])


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


@pytest.mark.parametrize("code", sorted(EXAMPLES))
def test_golden_words(code: str) -> None:
    golden = (DIRECTORY / f"{code}.txt").read_text(encoding="utf-8")
    assert words(EXAMPLES[code]) == golden, "python -m tests.unit.topology.golden"


def test_no_golden_file_is_left_over() -> None:
    assert {path.stem for path in DIRECTORY.iterdir()} == set(EXAMPLES)


def test_json_and_sarif_say_the_same(province: Path) -> None:
    edit(province, EXAMPLES["E-REF-005"])
    found = topology.check(province)
    rows = yaml.safe_load(as_json(found))
    results = yaml.safe_load(as_sarif(found, province, "test"))["runs"][0]["results"]
    assert [row["code"] for row in rows] == [result["ruleId"] for result in results]
    assert rows[0]["line"] == results[0]["locations"][0]["physicalLocation"]["region"]["startLine"]
