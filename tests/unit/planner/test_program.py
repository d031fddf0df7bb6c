"""Programs as arrays: four engines agree, errors are no answers, and a warm start changes nothing."""

from typing import Any

import numpy as np
import pytest
from scipy import sparse

from planner import program as module
from planner.limits import Limits, Watch
from planner.program import Engine, Program, ProgramError, Rows, solve


def cover(seed: int) -> Program:
    random = np.random.default_rng(seed)
    rows = sparse.csr_array(random.integers(0, 9, (8, 14)).astype(float))
    cost = random.integers(1, 20, 14).astype(float)
    high = np.full(8, np.inf)
    return Program(cost, rows, np.full(8, 15.0), high, np.zeros(14), np.ones(14), np.ones(14, dtype=bool))


@pytest.mark.parametrize("seed", range(5))
def test_engines_agree(seed: int) -> None:
    engines: tuple[Engine, ...] = ("highs", "scip", "cpsat")
    found = [solve(cover(seed), Watch(Limits()), engine=engine) for engine in engines]
    assert all(one.optimal for one in found)
    assert len({round(one.objective or 0.0, 6) for one in found}) == 1
    linear = [solve(cover(seed).relaxed(), Watch(Limits()), engine=engine).objective for engine in ("highs", "glop")]
    assert linear[0] == pytest.approx(linear[1])
    assert (linear[0] or 0.0) <= (found[0].objective or 0.0) + 1e-6


def test_rows_and_columns_that_come_later_count() -> None:
    whole, watch = cover(1).relaxed(), Watch(Limits())
    first = Program(whole.cost[:10], whole.rows[:5, :10], whole.low[:5], whole.high[:5], whole.lower[:10],
                    whole.upper[:10], whole.whole[:10])  # fmt: skip
    growing = Rows(first)
    assert growing.solve(watch).objective == pytest.approx(solve(first, watch, engine="glop").objective)
    growing.add_columns(sparse.csc_array(whole.rows[:5, 10:]), whole.cost[10:], whole.lower[10:], whole.upper[10:])
    growing.add_rows(whole.rows[5:], whole.low[5:], whole.high[5:])
    assert growing.solve(watch).objective == pytest.approx(solve(whole, watch, engine="glop").objective)


def test_no_solution_is_proved_and_no_time_is_no_answer() -> None:
    given = cover(2)
    given.low[0] = 1000.0
    assert solve(given, Watch(Limits())).infeasible
    stopped = solve(cover(2), Watch(Limits(should_stop=lambda: True)))
    assert (stopped.values, stopped.infeasible, stopped.optimal) == (None, False, False)


def test_another_solver_steps_in_where_highs_gives_up(monkeypatch: pytest.MonkeyPatch) -> None:
    right = module.core.solve

    def broken(proto: Any, engine: Any, *rest: Any) -> Any:
        if engine == module.ENGINES["highs"].value:
            message = "HighsStatus: kError"
            raise RuntimeError(message)
        return right(proto, engine, *rest)

    monkeypatch.setattr(module.core, "solve", broken)
    assert solve(cover(3), Watch(Limits())).optimal
    monkeypatch.setattr(module.core, "solve", lambda *_: (_ for _ in ()).throw(RuntimeError("all gone")))
    with pytest.raises(ProgramError, match="all gone"):
        solve(cover(3), Watch(Limits()))


def test_bounds_that_cross_are_an_error_not_an_answer() -> None:
    given = cover(4)
    given.low[0], given.high[0] = 5.0, 4.0
    with pytest.raises(ProgramError, match="lower_bound"):
        solve(given, Watch(Limits()))
