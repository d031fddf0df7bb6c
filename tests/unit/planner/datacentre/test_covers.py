"""Inequalities of the packing relaxation: they hold for every placement, and refuse what single resources do not."""

import random
from collections.abc import Mapping

import pytest

from planner.datacentre.bounds import needs, offered
from planner.datacentre.covers import Covers
from planner.datacentre.workloads import Group
from planner.limits import Limits, Watch

OFFERS = {"small": (8.0, 16.0, 100.0, 100.0, 100.0), "large": (16.0, 24.0, 300.0, 100.0, 100.0)}


def group(name: str, count: int, need: tuple[float, ...], *, apart: bool = False) -> Group:
    return Group(
        id=name, service=None, role="r", zone="z", level=2, form="vm", names=tuple(f"{name}-{i}" for i in range(count)),
        spread="host" if apart else "none", licence=None, need=need, pool="shared", height_u=0, power_w=0.0,
        weight_kg=0.0, ports=0, price_vnd=0, sizing=(),
    )  # fmt: skip


def drawn(seed: int) -> list[Group]:
    draw = random.Random(seed)
    return [
        group(
            f"g{i}", draw.randint(1, 3),
            (draw.choice([2.0, 3.0, 5.0, 7.0]), draw.choice([2.0, 5.0, 9.0]), draw.choice([20.0, 90.0]), 1.0, 1.0),
            apart=draw.random() < 0.3,
        )
        for i in range(draw.randint(2, 4))
    ]  # fmt: skip


def fits(groups: list[Group], hosts: Mapping[str, int]) -> bool:
    """Whether the machines can be placed, by trying."""
    machines = [g for g in groups for _ in g.names]
    free = [list(offered(OFFERS[model])) for model, number in sorted(hosts.items()) for _ in range(number)]
    on: list[list[str]] = [[] for _ in free]

    def place(number: int) -> bool:
        if number == len(machines):
            return True
        machine, tried = machines[number], set()
        need = needs(machine)
        for host in range(len(free)):
            state = (tuple(free[host]), tuple(on[host]))
            if state in tried or (machine.spread != "none" and machine.id in on[host]):
                continue
            tried.add(state)
            if all(have >= want for have, want in zip(free[host], need, strict=True)):
                free[host] = [have - want for have, want in zip(free[host], need, strict=True)]
                on[host].append(machine.id)
                if place(number + 1):
                    return True
                on[host].pop()
                free[host] = [have + want for have, want in zip(free[host], need, strict=True)]
        return False

    return place(0)


@pytest.mark.parametrize("seed", range(12))
def test_an_inequality_holds_for_every_placement_and_refuses_only_what_is_impossible(seed: int) -> None:
    groups = drawn(seed)
    every = [{"small": s, "large": n} for s in range(4) for n in range(4) if s + n]
    possible = {tuple(hosts.values()): fits(groups, hosts) for hosts in every}
    covers, met = Covers(groups, OFFERS), []
    for hosts in every:
        cover = covers.violated(hosts, Watch(Limits()))
        if cover is not None:
            assert not possible[tuple(hosts.values())]
            assert not cover.holds(hosts)
            met.append(cover)
    assert met
    for cover in met:
        assert all(cover.holds(hosts) for hosts in every if possible[tuple(hosts.values())])


def test_two_groups_that_share_no_host_need_two() -> None:
    """Each alone fits, all resources together fit, yet no host holds one of both."""
    groups = [group("left", 1, (9.0, 2.0, 10.0, 1.0, 1.0)), group("right", 1, (9.0, 2.0, 10.0, 1.0, 1.0))]
    hosts = {"small": 2, "large": 1}
    cover = Covers(groups, OFFERS).violated(hosts, Watch(Limits()))
    assert cover is not None
    assert not cover.holds(hosts)
    assert cover.holds({"small": 0, "large": 2})


def test_without_time_nothing_is_refused() -> None:
    groups = [group("left", 3, (9.0, 2.0, 10.0, 1.0, 1.0))]
    assert Covers(groups, OFFERS).violated({"small": 1, "large": 1}, Watch(Limits(time_limit_s=0.0))) is None
