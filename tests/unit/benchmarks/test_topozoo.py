"""The family of real topologies: any file of the format, packed or not; a count that union-find must repeat."""

import gzip
import json
from pathlib import Path

import pytest

from tests.benchmarks.families import topozoo

RING = {
    "nodes": [{"id": name} for name in "abcde"],
    "edges": [{"source": a, "target": b} for a, b in ("ab", "bc", "cd", "da", "ae", "ac", "ac")],
}


def test_a_ring_with_a_tail_by_hand(tmp_path: Path) -> None:
    """Hub a. Alone, only a-e cuts: e. Pairs: a-e with six others, e each time; ring pairs ab+bc: b; cd+da: d."""
    (tmp_path / "ring.json.gz").write_bytes(gzip.compress(json.dumps(RING).encode()))
    (tmp_path / "plain.json").write_text(json.dumps(RING), encoding="utf-8")
    cases = topozoo.FAMILY.cases(tmp_path, None)
    assert [case.instance for case in cases] == ["plain", "ring"]
    for case in cases:
        solved = topozoo.FAMILY.solve(case, 10.0)
        assert (solved.status, solved.objective, solved.bound, solved.checked) == ("optimal", 9.0, 9.0, True)


def test_a_node_never_connected_counts_in_every_state(tmp_path: Path) -> None:
    data = {"nodes": [{"id": "0"}, {"id": "1"}, {"id": "2"}], "edges": [{"source": "0", "target": "1"}] * 2}
    (tmp_path / "apart.json").write_text(json.dumps(data), encoding="utf-8")
    (case,) = topozoo.FAMILY.cases(tmp_path, None)
    assert topozoo.FAMILY.solve(case, 10.0).objective == 2 + 2


def test_a_wrong_count_is_not_reported_as_optimal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "ring.json").write_text(json.dumps(RING), encoding="utf-8")
    (case,) = topozoo.FAMILY.cases(tmp_path, None)
    monkeypatch.setattr(topozoo, "cut_offs", lambda *_: (1, 7))
    solved = topozoo.FAMILY.solve(case, 10.0)
    assert (solved.status, solved.bound, solved.checked) == ("unknown", None, False)
