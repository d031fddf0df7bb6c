"""A linear program solved again and again with some rows more or fewer, each time from a basis known before.

    min c x,   l ≤ A x ≤ m,   0 ≤ x ≤ u

A basis that was optimal before a row came stays dual feasible: the dual simplex method ends some hundred steps later,
where it takes ten thousand from scratch. scipy brings HiGHS but says nothing of bases in public: where its binding is
another one, every solve is from scratch. The bound is not what the solver says but what its prices y prove, any y do:

    c x ≥ Σ_i max(y_i, 0) l_i + min(y_i, 0) m_i + Σ_j min(0, (c - A^T y)_j) u_j                        (weak duality)

Nothing is kept from one solve to the next: the same program and basis give the same answer in every process.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import csr_array, vstack

from planner.duality import proved
from planner.homing.condensed import Row

try:
    from scipy.optimize._highspy import _core as highs
except ImportError:  # another scipy
    highs = None

Floats = NDArray[np.float64]
SAFETY = 1e-7
"""Relative error of arithmetic that a bound is lowered by."""
BASIC = 1
"""HiGHS's number for a column or row in the basis."""
OPTIMAL, INFEASIBLE = 0, 2
"""What scipy says of a program."""


@dataclass(frozen=True, slots=True)
class Matrix:
    """Rows as least ≤ A x ≤ most."""

    a: csr_array
    least: Floats
    most: Floats


def matrix(rows: Sequence[Row], columns: int) -> Matrix:
    """Return rows in arrays."""
    ends = np.cumsum([0, *(len(row.terms) for row in rows)])
    column = np.fromiter((column for row in rows for column, _ in row.terms), dtype=np.intp, count=int(ends[-1]))
    value = np.fromiter((value for row in rows for _, value in row.terms), dtype=np.float64, count=int(ends[-1]))
    a = csr_array((value, column, ends), shape=(len(rows), columns))
    return Matrix(a, np.array([row.least for row in rows]), np.array([row.most for row in rows]))


@dataclass(frozen=True, slots=True)
class Basis:
    """Where an optimum was: statuses in HiGHS's numbers."""

    packed: bytes
    """Of the columns and the rows that are always there."""
    rows: tuple[Row, ...]
    """That were there too."""
    status: bytes
    """Of these."""


@dataclass(frozen=True, slots=True)
class Optimum:
    """What a solve gave."""

    bound: float
    """Proved; infinite when there is no solution."""
    point: Floats | None = None
    basis: Basis | None = None


class Simplex:
    """What stays of the program."""

    def __init__(self, costs: Floats, upper: Floats, rows: Matrix) -> None:
        """`upper` of the columns is finite."""
        self.costs, self.upper, self.rows = costs, upper, rows

    def solve(self, rows: Sequence[Row], start: Basis | None, seconds: float) -> Optimum | None:
        """Return the optimum with more rows; None when the solver did not end or is at a loss.

        Parameters
        ----------
        rows
            More rows. One that says "none of these" only takes columns away.
        start
            A basis of this program with whatever rows.
        seconds
            Of the clock.

        """
        upper = self.upper.copy()
        added = []
        for row in rows:
            if row.most == 0.0 and all(value > 0 for _, value in row.terms):
                upper[[column for column, _ in row.terms]] = 0.0
            else:
                added.append(row)
        more = matrix(added, len(self.costs))
        every = Matrix(
            csr_array(vstack([self.rows.a, more.a])) if added else self.rows.a,
            np.concatenate([self.rows.least, more.least]),
            np.concatenate([self.rows.most, more.most]),
        )
        if highs is None:
            return _scratch(self.costs, upper, every, seconds)
        try:
            found = self._from(start, upper, every, tuple(added), seconds)
            if start is not None and (found is None or found.point is None):
                return self._from(None, upper, every, tuple(added), seconds)  # a basis alone is no proof
        except (AttributeError, TypeError):  # the binding is another one
            return _scratch(self.costs, upper, every, seconds)
        return found

    def _from(
        self, start: Basis | None, upper: Floats, rows: Matrix, added: tuple[Row, ...], seconds: float
    ) -> Optimum | None:
        """Solve by HiGHS's own interface."""
        solver = highs._Highs()
        solver.setOptionValue("output_flag", False)
        solver.setOptionValue("threads", 1)
        solver.setOptionValue("time_limit", max(0.1, seconds))
        solver.passModel(_model(self.costs, upper, rows))
        count = len(self.costs)
        if start is not None:
            known = dict(zip(start.rows, start.status, strict=True))
            always = np.frombuffer(zlib.decompress(start.packed), dtype=np.int8)
            of_rows = [*always[count:].tolist(), *(known.get(row, BASIC) for row in added)]
            basis = highs.HighsBasis()
            basis.col_status = _statuses(always[:count].tolist())
            basis.row_status = _statuses(of_rows)
            basis.valid = True
            solver.setBasis(basis)
        solver.run()
        status = solver.getModelStatus()
        if status in (highs.HighsModelStatus.kInfeasible, highs.HighsModelStatus.kUnboundedOrInfeasible):
            return Optimum(float("inf"))
        if status != highs.HighsModelStatus.kOptimal:
            return None
        solution, basis = solver.getSolution(), solver.getBasis()
        ended = np.fromiter((*map(int, basis.col_status), *map(int, basis.row_status)), dtype=np.int8)
        last = count + len(self.rows.least)
        kept = Basis(zlib.compress(ended[:last].tobytes(), 1), added, ended[last:].tobytes())
        proved = _proved(self.costs, upper, rows, np.array(solution.row_dual))
        return Optimum(proved, np.clip(np.array(solution.col_value), 0.0, upper), kept)


def _statuses(numbers: Sequence[int]) -> list[Any]:
    every = [highs.HighsBasisStatus(number) for number in range(5)]
    return [every[number] for number in numbers]


def _model(costs: Floats, upper: Floats, rows: Matrix) -> Any:  # noqa: ANN401
    """Return the program as HiGHS takes it."""
    model = highs.HighsLp()
    model.num_col_, model.num_row_ = len(costs), len(rows.least)
    model.col_cost_, model.col_lower_, model.col_upper_ = costs, np.zeros(len(costs)), upper
    model.row_lower_, model.row_upper_ = rows.least, rows.most
    model.a_matrix_.format_ = highs.MatrixFormat.kRowwise
    model.a_matrix_.num_col_, model.a_matrix_.num_row_ = len(costs), len(rows.least)
    model.a_matrix_.start_, model.a_matrix_.index_ = rows.a.indptr.astype(np.int32), rows.a.indices.astype(np.int32)
    model.a_matrix_.value_ = rows.a.data
    return model


def _proved(costs: Floats, upper: Floats, rows: Matrix, prices: Floats) -> float:
    """Return the bound that prices of the rows prove, less the error of arithmetic."""
    bound = proved(prices, rows.a, (rows.least, rows.most), costs, (np.zeros_like(upper), upper))
    return bound - SAFETY * abs(bound)


def _scratch(costs: Floats, upper: Floats, rows: Matrix, seconds: float) -> Optimum | None:
    """Solve by scipy's public interface."""
    equal = rows.least == rows.most
    above, below = ~equal & np.isfinite(rows.least), ~equal & np.isfinite(rows.most)
    signs = np.concatenate([np.ones(int(below.sum())), -np.ones(int(above.sum()))])
    places = np.concatenate([np.flatnonzero(below), np.flatnonzero(above)])
    columns = np.flatnonzero(upper > 0)
    found = linprog(
        costs[columns],
        A_ub=csr_array(rows.a[places].multiply(signs[:, None]))[:, columns],
        b_ub=np.concatenate([rows.most[below], -rows.least[above]]),
        A_eq=rows.a[np.flatnonzero(equal)][:, columns],
        b_eq=rows.least[equal],
        bounds=np.column_stack([np.zeros(len(columns)), upper[columns]]),
        method="highs-ds",
        options={"time_limit": max(0.1, seconds)},
    )
    if found.status == INFEASIBLE:
        return Optimum(float("inf"))
    if found.status != OPTIMAL:
        return None
    prices = np.zeros(len(rows.least))
    prices[np.flatnonzero(equal)] = found.eqlin.marginals
    np.add.at(prices, places, signs * found.ineqlin.marginals)
    point = np.zeros(len(costs))
    point[columns] = np.clip(found.x, 0.0, upper[columns])
    return Optimum(_proved(costs, upper, rows, prices), point)
