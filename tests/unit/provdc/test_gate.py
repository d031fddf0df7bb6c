"""The gate counts what ran, and a run that left no result is a failure."""

from pathlib import Path

from tests import gate

JUNIT = """<testsuites><testsuite tests="4" failures="1" errors="0" skipped="1">
<testcase name="a"/><testcase name="b"><failure message="no"/></testcase>
<testcase name="c"><skipped message="needs root"/></testcase><testcase name="d"/></testsuite></testsuites>"""


def test_counts_of_a_result(tmp_path: Path) -> None:
    path = tmp_path / "junit.xml"
    path.write_text(JUNIT, encoding="utf-8")
    assert gate.counts(path) == (2, 1, 1)
    assert gate.skips(path) == [("c", "needs root")]


def test_no_result_is_a_failure(tmp_path: Path) -> None:
    assert gate.counts(tmp_path / "none.xml") == (0, 1, 0)


def test_a_failing_command_fails_its_stage(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(gate, "WORK", tmp_path)
    assert gate.run(gate.Stage("bad", ("false",))).failed == 1
    assert gate.run(gate.Stage("good", ("true",))).passed == 1
    assert gate.run(gate.Stage("silent", ("true",), tests=True)).failed == 1


def test_check_is_part_of_test() -> None:
    names = {name: [stage.name for stages in groups for stage in stages()] for name, groups in gate.GATES.items()}
    assert names["test"] == names["check"] + names["e2e"]
