"""The relaxation never costs more than trying everything, however it is stated; patterns leave less than sizes do."""

import random
from math import inf

import pytest
from numpy import zeros
from ortools.math_opt.python import mathopt

from planner.homing import read
from planner.homing.access import Access
from planner.homing.assign import Effort, improve
from planner.homing.bounding import strengthen
from planner.homing.paths import paths
from planner.homing.program import Program, backbone, parts
from planner.homing.routing import cost, loads
from planner.limits import Limits, Watch
from tests.unit.planner.homing.instances import cheapest


def ways(found):
    return {s: list(paths(found, s)) for s in range(1, len(found.names)) if found.demands[s] > 0}


def bound(data, joint, most, *, whole=True):
    """Optimum of the programs of all parts."""
    found = read(data)
    programs = [Program(found, part, joint, most) for part in parts(ways(found))]
    if not whole:
        return sum(program.relaxed() for program in programs)
    results = [mathopt.solve(program.model, mathopt.SolverType.HIGHS) for program in programs]
    assert all(result.termination.reason == mathopt.TerminationReason.OPTIMAL for result in results)
    return sum(result.objective_value() for result in results)


MODES = {"joint": (10**6, 10**6), "apart": (0, 10**6), "by bundle": (0, 8), "by size": (0, 0)}


def around(communes, hubs=2, demand=60.0):
    """Communes in a row, each with a line to every hub and to its neighbours; every hub has two to the sink."""
    sites = [{"id": "DC", "tier": 0, "d": 0}]
    sites += [{"id": f"H{h}", "tier": 1, "d": 0} for h in range(hubs)]
    sites += [{"id": f"C{c}", "tier": 2, "d": demand} for c in range(communes)]
    links = [{"u": 0, "v": 1 + h, "cost": [60, 130, 400]} for h in range(hubs) for _ in range(2)]
    first = 1 + hubs
    links += [{"u": 1 + h, "v": first + c, "cost": [50, 110, 350]} for h in range(hubs) for c in range(communes)]
    links += [{"u": first + c, "v": first + c + 1, "cost": [42, 96, 320]} for c in range(communes - 1)]
    return {"sites": sites, "links": links, "srlg": {}, "mods": [100, 1000, 10000]}


def province(seed, communes=3):
    """Two hubs and a row of communes that lead each other's traffic; few enough lines to try everything."""
    rng = random.Random(seed)
    data = around(communes)
    for link in data["links"]:
        link["cost"] = [round(price * rng.uniform(0.8, 1.2), 2) for price in link["cost"]]
    for site in data["sites"][1:]:
        site["d"] = rng.choice((20, 40, 60, 80)) if site["tier"] == 2 else rng.choice((0, 150))
    data["links"].append({"u": 1, "v": 2, "cost": [45, 100, 300]})
    data["srlg"] = {"road": sorted(rng.sample(range(4, len(data["links"])), 2))}
    return data


@pytest.mark.parametrize("seed", range(10))
def test_however_it_is_stated_it_costs_no_more_than_the_best_plan(seed):
    data = province(seed)
    least = cheapest(data)
    assert least < inf
    whole = {mode: bound(data, *limits) for mode, limits in MODES.items()}
    shares = {mode: bound(data, *limits, whole=False) for mode, limits in MODES.items()}
    assert all(value <= least + 1e-4 * least for value in whole.values()), (whole, least)
    assert all(shares[mode] <= whole[mode] + 1e-4 * least for mode in MODES)
    assert shares["by size"] <= shares["by bundle"] + 1e-3 <= shares["apart"] + 2e-3 <= shares["joint"] + 3e-3


def test_patterns_leave_less_than_sizes_do():
    for seed in range(3):
        data = province(seed, communes=8)
        patterns, sizes = (bound(data, *MODES[mode], whole=False) for mode in ("joint", "by size"))
        assert patterns > 1.02 * sizes


def test_hubs_without_a_demand_are_backbone_all_the_same():
    data = around(3, demand=40.0)
    least = cheapest(data)
    assert bound(data, *MODES["joint"]) == pytest.approx(least, rel=1e-4)
    assert backbone(read(data), ways(read(data))) == {0, 1, 2}


def test_what_is_passed_after_a_hub_belongs_to_the_backbone():
    data = around(2)
    data["sites"].append({"id": "D", "tier": 3, "d": 50})
    place = len(data["sites"]) - 1
    del data["links"][0]
    data["links"] += [{"u": a, "v": place, "cost": [45, 100, 330]} for a in (0, 0, 1, 2)]
    found = read(data)
    assert place in backbone(found, ways(found))
    assert cheapest(data) < inf
    assert bound(data, *MODES["joint"]) <= cheapest(data) * (1 + 1e-4)


def test_parts_that_meet_nowhere_are_solved_apart():
    data = around(2)
    data["sites"] += [{"id": f"D{k}", "tier": 3, "d": 50} for k in range(2)]
    one, two = len(data["sites"]) - 2, len(data["sites"]) - 1
    data["links"] += [{"u": 0, "v": site, "cost": [45, 100, 330]} for site in (one, one, two)]
    data["links"] += [{"u": one, "v": two, "cost": [42, 96, 320]}]
    split = parts(ways(read(data)))
    assert [sorted(part) for part in split] == [[3, 4], [one, two]]
    assert bound(data, *MODES["joint"]) <= cheapest(data) * (1 + 1e-4)


def test_a_bundle_costs_what_the_best_way_to_share_it_out_costs():
    data = around(2, hubs=1)
    found = read(data)
    access = Access(found, ways(found), {0, 1})
    both = (0, 1)
    assert access.price(both, [(60.0, 1)]) == 60
    assert access.price(both, [(60.0, 1), (60.0, 1)]) == 120  # two small ones, not one of 1000
    assert access.price(both, [(60.0, 1), (60.0, 1), (60.0, 1)]) == 130
    assert access.price(both, [(60.0, 2)]) == 120
    assert access.price((1, 2), [(60.0, 2)]) == inf
    assert access.price(both, [(9000.0, 1), (9000.0, 1)]) == 800
    assert access.price(both, [(20000.0, 1)]) == inf


@pytest.mark.parametrize("seed", range(4))
def test_traffic_between_three_hubs_costs_no_more_than_an_exact_plan(seed):
    rng = random.Random(seed)
    data = around(4, hubs=3)
    data["links"] += [{"u": u, "v": v, "cost": [45, 80, 240]} for u, v in ((1, 2), (2, 3), (1, 3)) for _ in range(2)]
    data["mods"] = [100, 200, 2000]
    for link in data["links"]:
        link["cost"] = [round(price * rng.uniform(0.7, 1.3), 2) for price in link["cost"]]
    for site in data["sites"][1:]:
        site["d"] = rng.choice((20, 40, 60, 80)) if site["tier"] == 2 else rng.choice((0, 60, 120))
    data["srlg"] = {"road": sorted(rng.sample(range(6), 2)), "bridge": sorted(rng.sample(range(6, 18), 3))}
    found = read(data)
    exact = improve(found, ways(found), dict.fromkeys(ways(found), ()), zeros(len(found.links)), Effort(2, 60, 0))
    assert exact is not None
    least = cost(found, loads(found, exact))
    assert 0.8 * least <= bound(data, *MODES["joint"]) <= least * (1 + 1e-4)


def test_a_coarse_bound_lies_between_shares_and_whole_numbers():
    data = around(3, hubs=3, demand=90.0)
    data["mods"] = [100, 200, 2000]
    found = read(data)
    (part,) = parts(ways(found))
    program = Program(found, part)
    whole = {variable.id for variable in program.model.variables() if variable.integer}
    shares = program.relaxed()
    with program.coarse() as kept:
        assert 0 < kept == sum(variable.integer for variable in program.model.variables())
        coarse = mathopt.solve(program.model, mathopt.SolverType.HIGHS).objective_value()
    assert {variable.id for variable in program.model.variables() if variable.integer} == whole
    exact = strengthen(program, 1e-6, 10**6, Watch(Limits(time_limit_s=60)), 2.0)
    assert shares <= coarse + 1e-6 <= exact * (1 + 1e-4)
