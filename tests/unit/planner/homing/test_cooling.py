"""Cooling down and joining come to the optimum of small cases; joined plans are no dearer than the best of them."""

import pytest

from planner.homing import read
from planner.homing.bounding import Beside
from planner.homing.cooling import Cooling, first_plan
from planner.homing.paths import paths
from planner.homing.program import parts
from planner.homing.rebuild import Rebuild
from planner.homing.routing import cost, loads
from planner.limits import Limits, Watch
from tests.unit.planner.homing.instances import cheapest
from tests.unit.planner.homing.test_descent import Inline, three_hubs
from tests.unit.planner.homing.test_program import province


def made(data):
    found = read(data)
    return found, {s: list(paths(found, s)) for s in range(1, len(found.names)) if found.demands[s] > 0}


@pytest.fixture
def beside(monkeypatch):
    monkeypatch.setattr("planner.homing.descent.ProcessPoolExecutor", Inline)
    monkeypatch.setattr("planner.homing.bounding.LARGE", 0)
    made_here = []

    def make(found, ways, watch):
        made_here.append(Beside(found, parts(ways), watch))
        return made_here[-1]

    yield make
    for one in made_here:
        one.close()


@pytest.mark.parametrize("seed", [2, 4])
def test_cooling_and_joining_come_to_what_trying_everything_costs(seed, beside):
    data = province(seed)
    found, ways = made(data)
    watch = Watch(Limits(time_limit_s=60, effort=0.02))
    cooling = Cooling(found, ways, watch, beside(found, ways, watch), None).run(first_plan(found, ways))
    least = cheapest(data)
    assert cooling.least == pytest.approx(least)
    assert min(price for price, _ in cooling.plans) == pytest.approx(least)


def test_what_is_good_in_one_plan_joins_what_is_good_in_another(beside):
    found, ways = made(three_hubs(0))
    watch = Watch(Limits(time_limit_s=60))
    cooling = Cooling(found, ways, watch, beside(found, ways, watch), None)
    rebuild = Rebuild(found, ways, first_plan(found, ways))
    for turns in (2, 5, 9, 14):
        cooling._cool("rebuilt", rebuild, turns, 1.0)
        rebuild.restart(first_plan(found, ways))
    apart = cooling.least
    cooling.beside.close()
    cooling._join()
    assert cooling.least <= apart
    assert cost(found, loads(found, cooling.best)) == pytest.approx(cooling.least)
