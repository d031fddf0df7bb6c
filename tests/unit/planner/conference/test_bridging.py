"""Where bridges stand: equal to trying everything on small provinces; each figure changes it."""

import dataclasses
import itertools
import math
import random
from fractions import Fraction
from pathlib import Path

import pytest

import topology
from planner.conference import Bridgings, Found, box_cost, bridging
from planner.errors import PlanningError
from planner.limits import Limits, Watch
from topology import conference
from topology.demands import demands
from topology.model import FLAT, Hosting, Records
from topology.schema.base import Amount, Count

MARK = {"quality": "assumption", "source": "test"}
Steps = dict[str, tuple[tuple[float, int], ...]]


@pytest.fixture(scope="module")
def records() -> Records:
    return topology.load(Path(__file__).parents[4] / "inventory" / "mini")


def amount(value: float) -> Amount:
    return Amount(value=value, **MARK)


def drawn(records: Records, seed: int) -> tuple[Records, Steps, int | None]:
    """A small province with other capacities, rates and steps; the most bridges at the core."""
    draw = random.Random(seed)
    kinds = ("allowed", "allowed", "required")
    trees = []
    for tree in records.conferences:
        update = {
            "bridge_capacity": Count(value=draw.choice([3, 4, 6]), **MARK),
            "cascade": draw.choice(kinds) if tree.id == "conf-communes" else draw.choice(["allowed", "no"]),
            "cascade_mbps": amount(6 + draw.randrange(3)),
            "concurrent": draw.random() < 0.6,
            "members": tree.members if tree.id == "conf-communes" else ("district",),
        }
        trees.append(tree.model_copy(update=update))
    services = []
    for service in records.services:
        loads = []
        for load in service.workloads:
            if load.sizing and load.sizing.kind == "conference":
                spares = load.sizing.parameters | {"spare_bridges": amount(draw.choice([0, 1, 2]))}
                load = load.model_copy(update={"sizing": load.sizing.model_copy(update={"parameters": spares})})
            loads.append(load)
        services.append(service.model_copy(update={"workloads": tuple(loads)}))
    steps: Steps = {}
    for place in ("district-dong", "district-tay"):
        limits = sorted({draw.randrange(0, 12), draw.randrange(8, 30), 60})
        prices = sorted(draw.randrange(0, 200_000_000) for _ in limits)
        steps[place] = tuple(zip(map(float, limits), prices, strict=True))
    most = draw.choice([None, 3, 4, 5])
    return dataclasses.replace(records, conferences=tuple(trees), services=tuple(services)), steps, most


def spare(records: Records) -> int:
    return next(
        round(w.sizing.parameters["spare_bridges"].value)
        for s in records.services for w in s.workloads if w.sizing and w.sizing.kind == "conference"
    )  # fmt: skip


def by_hand(records: Records, steps: Steps, most: int | None) -> tuple[int, int] | None:
    """Try every home of every group and every number of boxes: (least cost, its least bridges at the core)."""
    groups, core, k = conference.groups(records), records.province.core, spare(records)
    flat, box = demands(records), box_cost(records).present_value_vnd
    choices = [conference.places(records, group) for group in groups]
    best: tuple[int, int] | None = None
    for chosen in itertools.product(*choices):
        homes = {g.id: p for g, p in zip(groups, chosen, strict=True) if p != core}
        hosting = Hosting(homes=homes)
        then, cost = demands(records, hosting), 0
        used = {p: {s.hour: s.units for s in conference.seats(records, hosting, p)} for p in {core, *homes.values()}}
        feasible = True
        for place in set(homes.values()):
            more = then[place].peak_mbps - flat[place].peak_mbps
            wider = (price for limit, price in steps[place] if more <= limit + 1e-9)
            price = 0 if more <= 1e-9 else next(wider, None)
            feasible &= price is not None
            cost += price or 0
        if not feasible:
            continue
        away = sorted(set(homes.values()))
        least = [math.ceil(max(used[place].values())) for place in away]
        for extra in itertools.product(range(k + 1), repeat=len(away)):
            boxes = {place: n + e for place, n, e in zip(away, least, extra, strict=True)}
            need = k
            for hour in conference.hours(records):
                here = used[core].get(hour, Fraction())
                need = max(need, math.ceil(here) + k)
                for place, count in boxes.items():
                    out = used[place].get(hour, Fraction()) - max(count - k, 0) if k else Fraction()
                    need = max(need, math.ceil(here + max(out, Fraction())))
            if most is not None and need > most:
                continue
            total = cost + box * sum(boxes.values())
            best = min(best, (total, need)) if best else (total, need)
    return best


@pytest.mark.parametrize("seed", range(16))
def test_small_cases_equal_brute_force(records: Records, seed: int) -> None:
    province, steps, most = drawn(records, seed)
    found, bound = Bridgings(province, steps, Watch(Limits())).cheapest(most)
    expected = by_hand(province, steps, most)
    if expected is None:
        assert found is None
        return
    assert found is not None
    assert found.cost_vnd == bound == expected[0]


def test_a_cutoff_below_the_best_finds_nothing_and_proves_it(records: Records) -> None:
    province = dataclasses.replace(
        records, conferences=tuple(t.model_copy(update={"cascade": "required"}) if t.id == "conf-communes" else t
                                   for t in records.conferences)
    )  # fmt: skip
    steps: Steps = dict.fromkeys(("district-dong", "district-tay"), ((60.0, 0),))
    solver = Bridgings(province, steps, Watch(Limits()))
    best, _ = solver.cheapest()
    assert best is not None
    assert best.cost_vnd > 0
    assert solver.cheapest(None, best.cost_vnd - 1) == (None, best.cost_vnd)
    again, bound = solver.cheapest(None, best.cost_vnd)
    assert again is not None
    assert (again.homes, bound) == (best.homes, best.cost_vnd)


def test_what_is_remembered_is_the_answer_of_the_same_program(
    records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sixteen provinces share one memory: each gets its own answer, and asked again none is solved."""
    held: dict[str, Found] = {}
    alone = {seed: Bridgings(*drawn(records, seed)[:2], Watch(Limits())) for seed in range(16)}
    answers = {seed: solver.cheapest(drawn(records, seed)[2]) for seed, solver in alone.items()}
    for seed in range(16):
        province, steps, most = drawn(records, seed)
        assert Bridgings(province, steps, Watch(Limits()), held).cheapest(most) == answers[seed]
    monkeypatch.setattr(bridging.cpsat, "run", lambda *given: pytest.fail("solved again"))
    for seed in range(16):
        province, steps, most = drawn(records, seed)
        assert Bridgings(province, steps, Watch(Limits()), held).cheapest(most) == answers[seed]
    with pytest.raises(pytest.fail.Exception):
        Bridgings(*drawn(records, 1)[:2], Watch(Limits(seed=2)), held).cheapest(drawn(records, 1)[2])


def test_flat_costs_nothing_away(records: Records) -> None:
    found, _ = Bridgings(records, {}, Watch(Limits())).cheapest()
    assert found is not None
    assert (found.homes, found.boxes, found.cost_vnd, found.core_bridges) == ({}, {}, 0, 2)
    assert FLAT.homes == {}


def test_a_tree_that_must_cascade_needs_a_place(records: Records) -> None:
    trees = tuple(t.model_copy(update={"cascade": "required"}) if t.id == "conf-communes" else t
                  for t in records.conferences)  # fmt: skip
    with pytest.raises(PlanningError, match="E-PLAN-421"):
        Bridgings(dataclasses.replace(records, conferences=trees), {}, Watch(Limits()))
