"""Solves from a basis agree with solves from scratch and with another solver; bounds are what prices prove."""

from math import inf
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.optimize import linprog
from scipy.sparse import csr_array

from planner.homing import simplex as module
from planner.homing.condensed import Row
from planner.homing.simplex import Matrix, Optimum, Simplex


def program(seed, *, columns=12, rows=8):
    """A cover program with a price on everything, some rows equal, some with two sides."""
    rng = np.random.default_rng(seed)
    a = (rng.random((rows, columns)) < 0.5) * rng.integers(1, 6, (rows, columns)).astype(float)
    least = a.sum(axis=1) * rng.uniform(0.2, 0.6, rows)
    most = np.where(np.arange(rows) % 3 == 0, least, np.where(np.arange(rows) % 3 == 1, inf, least + 1.0))
    return Simplex(rng.uniform(1, 9, columns), np.full(columns, 1.0), Matrix(csr_array(a), least, most))


def other(found, rows):
    """Optimum by the interior-point method, None when there is no solution."""
    upper = found.upper.copy()
    a, least, most = found.rows.a.toarray(), found.rows.least.tolist(), found.rows.most.tolist()
    more = np.zeros((len(rows), len(upper)))
    for place, row in enumerate(rows):
        for column, value in row.terms:
            more[place, column] = value
        least.append(row.least)
        most.append(row.most)
    a, least, most = np.vstack([a, more]), np.array(least), np.array(most)
    up, low = np.isfinite(most), np.isfinite(least)
    result = linprog(
        found.costs,
        A_ub=np.vstack([a[up], -a[low]]),
        b_ub=np.concatenate([most[up], -least[low]]),
        bounds=np.column_stack([np.zeros(len(upper)), upper]),
        method="highs-ipm",
    )
    return result.fun if result.status == 0 else None


def drawn(rng, columns):
    """A row that takes some columns away, limits or demands them."""
    some = rng.choice(columns, 3, replace=False).tolist()
    terms = tuple((column, 1.0) for column in some)
    return [Row(terms, most=0.0), Row(terms, most=1.0), Row(terms, least=1.0)][rng.integers(3)]


def walked(seed, depth=5):
    """Give optima on the way down a tree, each from the basis above, with what another solver says."""
    rng = np.random.default_rng(seed)
    found = program(seed)
    above = found.solve((), None, 10.0)
    rows = ()
    yield above, other(found, ())
    for _ in range(depth):
        rows = (*rows[rng.integers(2) :], drawn(rng, len(found.costs)))  # an old row may leave
        here = found.solve(rows, above.basis, 10.0)
        yield here, other(found, rows)
        if here.point is None:
            return
        above = here


@pytest.mark.parametrize("binding", ["its own", "none", "another"])
def test_optima_from_a_basis_are_those_of_another_solver(binding, monkeypatch):
    if binding != "its own":
        monkeypatch.setattr(module, "highs", None if binding == "none" else SimpleNamespace())
    solved = infeasible = 0
    for seed in range(25):
        for here, there in walked(seed):
            if there is None:
                assert here == Optimum(inf)
                infeasible += 1
            else:
                assert here.bound == pytest.approx(there, rel=1e-5)
                assert here.bound <= there + 1e-9
                assert (here.basis is not None) is (binding == "its own")
                solved += 1
    assert solved > 40
    assert infeasible > 3


def test_a_basis_that_does_not_fit_costs_time_alone():
    found = program(3)
    right = found.solve((), None, 10.0)
    first, *_ = (row for row in [drawn(np.random.default_rng(k), 12) for k in range(20)] if row.least > 0)
    alien = found.solve((first,), right.basis, 10.0).basis
    assert alien.rows == (first,)
    again = found.solve((), alien, 10.0)
    assert again.bound == pytest.approx(right.bound)


def test_no_prices_whatever_prove_more_than_the_optimum():
    rng = np.random.default_rng(4)
    for seed in range(10):
        found = program(seed)
        least = other(found, ())
        if least is not None:
            for _ in range(20):
                prices = rng.normal(0, 3, len(found.rows.least))
                assert module._proved(found.costs, found.upper, found.rows, prices) <= least + 1e-9
