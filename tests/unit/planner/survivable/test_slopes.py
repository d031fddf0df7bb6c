"""Traffic gathers on few links where opening one is dear; every point given holds in every state."""

from itertools import combinations

import pytest

from planner.limits import Limits, Watch
from planner.survivable.compiled import compiled
from planner.survivable.instance import Demand, Instance, Link, Module, single_links
from planner.survivable.neighbourhoods import start
from planner.survivable.primal import Primal
from planner.survivable.separation import Separator
from planner.survivable.slopes import Slopes
from tests.unit.planner.survivable.small import random_instance

OPENING = 100.0


def meshed(*, fails: bool) -> Instance:
    """Six nodes, all joined and all sending one unit to each other; a link costs 100 and 1 for each unit."""
    pairs = ["".join(pair) for pair in combinations("abcdef", 2)]
    links = tuple(Link(p, p[0], p[1], (Module(1, 1.0),), fixed_charge=OPENING) for p in pairs)
    instance = Instance(tuple("abcdef"), links, tuple(Demand(p, p[0], p[1], 1.0) for p in pairs))
    return instance.surviving(single_links(instance)) if fails else instance


def prepared(instance: Instance) -> tuple[Primal, Slopes]:
    watch = Watch(Limits(time_limit_s=20))
    problem = compiled(instance)
    separator = Separator(problem, 1)
    primal = Primal(problem, separator, watch)
    return primal, Slopes(primal, 0.01 * problem.columns.most)


# of 15 links a star opens five; with failures six in a ring are the fewest, and all are alike to begin with
@pytest.mark.parametrize(("fails", "most_open"), [(False, 7), (True, 12)])
def test_few_links_are_opened_where_that_is_dear(fails: bool, most_open: int) -> None:
    primal, slopes = prepared(meshed(fails=fails))
    columns = primal.problem.columns
    costs = [float(columns.cost @ primal.opened(values)) for values in slopes.designs(20.0)]
    assert costs
    assert min(costs) < (most_open + 1) * OPENING


@pytest.mark.parametrize("seed", range(12))
def test_every_point_holds_in_every_state(seed: int) -> None:
    primal, slopes = prepared(random_instance(seed))
    for values in slopes.designs(20.0):
        separator = Separator(primal.problem, 2)
        assert separator.routable(primal.opened(values))


def test_no_time_no_points() -> None:
    _, slopes = prepared(meshed(fails=False))
    assert list(slopes.designs(0.0)) == []


def test_a_start_far_above_the_relaxation_is_gathered() -> None:
    primal, slopes = prepared(meshed(fails=False))
    best = min(float(primal.problem.columns.cost @ primal.opened(values)) for values in slopes.designs(20.0))
    primal.objective, primal.best = float("inf"), None
    start(primal.problem, primal, 0.01 * primal.problem.columns.most)
    assert primal.objective <= best
