"""Files of location, connectivity and reassignment are read as their formats say, packed or plain."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from planner.reassignment.problem import cost
from tests.benchmarks.families import cflp, cpmedian, reassignment, twoconnected

CFLP = "2 3\n {0} 100.\n {0} 50.5\n 5\n 10. 20.\n 4\n 30. 5.\n 3\n 7. 8.\n"
CPMP = " 1 99\n 4 2 10\n 1 0 0 4\n 2 3 4 5\n 3 10 0 6\n 4 10 1 4\n"
MODEL = """2
1 10
0 20
3
0 0 10 20 8 15 0 1 2
0 1 10 20 8 15 3 0 4
1 1 10 20 8 15 5 6 0
2
2 0
1 1
0
3
0 4 6 7
0 3 5 8
1 2 9 9
1
0 1 2
10
1 10 100
"""


def test_the_word_capacity_leaves_the_size_open(tmp_path: Path) -> None:
    (tmp_path / "capa.txt.gz").write_bytes(gzip.compress(CFLP.format("capacity").encode()))
    (tmp_path / "cap41.txt").write_text(CFLP.format("12"))
    assert [case.instance for case in cflp.FAMILY.cases(tmp_path, None)] == [
        "cap41", "capa_8000", "capa_10000", "capa_12000", "capa_14000",
    ]  # fmt: skip
    (tmp_path / "index.csv").write_text("instance,best_known\ncapa_12,99\ncap41,160.5\n")
    cases = cflp.FAMILY.cases(tmp_path, None)
    assert [(case.instance, case.best_known) for case in cases] == [("cap41", "160.5"), ("capa_12", "99")]
    for case in cases:
        solved = cflp.FAMILY.solve(case, 10.0)
        assert (solved.status, solved.checked) == ("optimal", True)
        assert solved.objective == pytest.approx(83.5)


def test_costs_are_of_the_whole_customer_and_rows_are_customers() -> None:
    sites = cflp.read(CFLP.format("12"), None)
    assert sites.opening.tolist() == [100.0, 50.5]
    assert sites.demand.tolist() == [5.0, 4.0, 3.0]
    assert sites.cost.tolist() == [[10.0, 30.0, 7.0], [20.0, 5.0, 8.0]]
    with pytest.raises(ValueError, match="no size"):
        cflp.read(CFLP.format("capacity"), None)
    with pytest.raises(ValueError, match="numbers"):
        cflp.read(CFLP.format("12") + " 1", None)


def test_points_and_distances_rounded_down(tmp_path: Path) -> None:
    (tmp_path / "p1.txt").write_text(CPMP)
    problem = cpmedian.read(CPMP)
    assert (problem.count, problem.capacity.tolist(), problem.demand.tolist()) == (2, [10] * 4, [4, 5, 6, 4])
    assert problem.cost[0].tolist() == [0, 5, 10, 10]
    solved = cpmedian.FAMILY.solve(cpmedian.FAMILY.cases(tmp_path, None)[0], 10.0)
    assert (solved.status, solved.objective, solved.checked) == ("optimal", 6.0, True)
    with pytest.raises(ValueError, match="numbers"):
        cpmedian.read(CPMP + "5")


@pytest.mark.parametrize(
    ("shape", "weights"),
    [
        ("FULL_MATRIX", "0 1 2 1 0 3 2 3 0"), ("UPPER_ROW", "1 2 3"), ("LOWER_ROW", "1 2 3"),
        ("UPPER_DIAG_ROW", "0 1 2 0 3 0"), ("LOWER_DIAG_ROW", "0 1 0 2 3 0"), ("UPPER_COL", "1 2 3"),
        ("LOWER_COL", "1 2 3"), ("UPPER_DIAG_COL", "0 1 0 2 3 0"), ("LOWER_DIAG_COL", "0 1 2 0 3 0"),
    ],
)  # fmt: skip
def test_explicit_weights(shape: str, weights: str) -> None:
    text = f"NAME : x\nTYPE: TSP\nDIMENSION: 3\nEDGE_WEIGHT_TYPE : EXPLICIT\nEDGE_WEIGHT_FORMAT: {shape} \n"
    text += f"EDGE_WEIGHT_SECTION\n{weights}\nEOF\n"
    assert twoconnected.distances(text).tolist() == [[0, 1, 2], [1, 0, 3], [2, 3, 0]]


@pytest.mark.parametrize(
    ("kind", "distance"),
    [("EUC_2D", 2), ("CEIL_2D", 3), ("MAN_2D", 3), ("MAX_2D", 2), ("ATT", 1), ("GEO", 276)],
)
def test_rounding_of_points(kind: str, distance: int) -> None:
    """sqrt(1 + 4) = 2.236; sqrt(5 / 10) = 0.707 and ATT rounds up what rounding made smaller; GEO by hand."""
    text = f"DIMENSION: 2\nEDGE_WEIGHT_TYPE: {kind}\nNODE_COORD_SECTION\n1 10.30 20.00\n2 11.30 22.00\nEOF\n"
    assert twoconnected.distances(text)[0, 1] == (distance if kind != "GEO" else geographic())


def geographic() -> int:
    """TSPLIB's formula for 10°30' N 20° E and 11°30' N 22° E, step by step."""
    pi = 3.141592
    (x1, y1), (x2, y2) = ((pi * degrees / 180 for degrees in at) for at in ((10.5, 20.0), (11.5, 22.0)))
    q1, q2, q3 = np.cos(y1 - y2), np.cos(x1 - x2), np.cos(x1 + x2)
    return int(6378.388 * np.arccos(0.5 * ((1.0 + q1) * q2 - (1.0 - q1) * q3)) + 1.0)


def test_a_ring_from_a_file(tmp_path: Path) -> None:
    text = "DIMENSION: 4\nEDGE_WEIGHT_TYPE: EUC_2D\nNODE_COORD_SECTION\n1 0 0\n2 0 10\n3 10 10\n4 10 0\nEOF\n"
    (tmp_path / "square.tsp.gz").write_bytes(gzip.compress(text.encode()))
    case = twoconnected.FAMILY.cases(tmp_path, None)[0]
    solved = twoconnected.FAMILY.solve(case, 10.0)
    assert (case.instance, solved.status, solved.objective, solved.checked) == ("square", "optimal", 40.0, True)


def test_model_and_assignment_are_read_together(tmp_path: Path) -> None:
    (tmp_path / "model_x1.txt").write_text(MODEL)
    (tmp_path / "assignment_x1.txt.gz").write_bytes(gzip.compress(b"0 1 2\n"))
    cases = reassignment.FAMILY.cases(tmp_path, None)
    assert [case.instance for case in cases] == ["x1"]
    estate = reassignment.read(MODEL, "0 1 2")
    assert (estate.depends, estate.spread.tolist()) == (((1, 0),), [2, 1])
    assert estate.neighbourhood.tolist() == [0, 0, 1]
    assert estate.location.tolist() == [0, 1, 1]
    assert estate.machine_move.tolist() == [[0, 1, 2], [3, 0, 4], [5, 6, 0]]
    assert estate.transient.tolist() == [True, False]
    assert cost(estate, np.array([0, 1, 2])) == 10 * (2 * 8 - 11)  # left: 6, 14; 7, 15; 8, 11
    with pytest.raises(ValueError, match="left over"):
        reassignment.read(MODEL + "7", "0 1 2")


def test_a_model_without_assignment_is_named(tmp_path: Path) -> None:
    (tmp_path / "model_x1.txt").write_text(MODEL)
    with pytest.raises(FileNotFoundError, match="assignment_x1"):
        reassignment.beside(tmp_path / "model_x1.txt")
