"""The order of moves: equal to trying everything on small cases, and never breaking a limit that it was given."""

import itertools
import random
from collections import Counter
from dataclasses import replace

import pytest

from planner.consolidation.problem import RoomMoves, Task, copy_windows
from planner.consolidation.schedule import order
from planner.limits import Limits, Watch
from planner.solve import solve
from topology.model import Network
from topology.schema.services import Workload


def task(seed: int) -> Task:
    draw = random.Random(seed)
    rooms = tuple(
        RoomMoves(
            id=f"room-{i}", machines=tuple(f"m{i}-{j}" for j in range(1, draw.choice([1, 2, 3]) + 1)), running_min=0,
            month_vnd=draw.randrange(1, 9) * 1_000_000, disk_gib=draw.choice([100.0, 300.0]),
            rate_mbps=draw.choice([40.0, 90.0]), trunks=(f"link-{i}", "trunk"),
        )
        for i in range(2)
    )  # fmt: skip
    hosts = {machine: draw.choice(["h1", "h2"]) for room in rooms for machine in room.machines}
    every = frozenset(hosts)
    need = {host: sum(r.disk_gib for r in rooms for m in r.machines if hosts[m] == host) for host in ("h1", "h2")}
    space = [(host, frozenset(m for m in every if hosts[m] == host), need[host] + draw.choice([60.0, 180.0, 600.0]))
             for host in need]  # fmt: skip
    again = frozenset(m for m in sorted(every) if hosts[m] == "h1" or draw.random() < 0.5)
    disk = {m: r.disk_gib for r in rooms for m in r.machines}
    space.append(("h1", again, sum(disk[m] for m in again) + draw.choice([0.0, 60.0, 180.0])))
    return Task(
        rooms=rooms, host_of=hosts, space=space, trunk_mbps={"trunk": draw.choice([100.0, 200.0])} | {
            f"link-{i}": 1000.0 for i in range(2)}, window_hours=4.0, windows=7, per_month=8.0,
        switched=draw.choice([1, 2]), used_share=0.6, staging_share=0.6,
    )  # fmt: skip


def cost(one: Task, ends: dict[str, int]) -> float:
    total = 0.0
    for room in one.rooms:
        total += max(1, round(room.month_vnd / one.per_month / 1000)) * 1000 * max(ends[m] for m in room.machines)
    return total


def keeps(one: Task, ends: dict[str, int]) -> bool:
    """Replay a schedule window by window."""
    length = {room.id: copy_windows(one, room) for room in one.rooms}
    first = {m: ends[m] - length[room.id][0] + 1 for room in one.rooms for m in room.machines}
    if min(first.values()) < 1:
        return False
    for window in range(1, one.windows + 1):
        if Counter(ends.values())[window] > one.switched:
            return False
        rate = 0.0
        for room in one.rooms:
            copying = [m for m in room.machines if first[m] <= window <= ends[m]]
            if length[room.id][1] * len(copying) > 60 * one.window_hours:
                return False
            rate += room.rate_mbps if copying else 0.0
        if rate > one.trunk_mbps["trunk"]:
            return False
        for host, machines, left in one.space:
            used = 0.0
            for room in one.rooms:
                for m in room.machines:
                    if m in machines and first[m] <= window:
                        used += room.disk_gib
                        used += (
                            one.staging_share * room.disk_gib if window <= ends[m] and one.host_of[m] == host else 0.0
                        )
            if used > left + 1e-6:
                return False
    return True


@pytest.mark.parametrize("seed", range(12))
def test_small_cases_equal_brute_force(seed: int) -> None:
    one = task(seed)
    machines = [m for room in one.rooms for m in room.machines]
    possible = (dict(zip(machines, ends, strict=True))
                for ends in itertools.product(range(1, one.windows + 1), repeat=len(machines)))  # fmt: skip
    best = min((cost(one, ends) for ends in possible if keeps(one, ends)), default=None) if len(machines) < 6 else None
    found = order(one, Watch(Limits()))
    if found is not None:
        ends = {move.machine: move.last_window for move in found.moves}
        assert keeps(one, ends)
        assert found.optimal
        assert found.cost == pytest.approx(cost(one, ends))
        assert found.bound == pytest.approx(found.cost)
    if len(machines) < 6:
        assert (found.cost if found else None) == (pytest.approx(best) if best else None)


def rooms_of(draw: random.Random, count: int, weights: list[int]) -> Task:
    rooms = tuple(
        RoomMoves(
            id=f"room-{i}", machines=tuple(f"m{i}-{j}" for j in range(1, draw.randrange(6, 12))), running_min=3,
            month_vnd=draw.choice(weights) * 1_000_000, disk_gib=draw.choice([200.0, 400.0, 1200.0]),
            rate_mbps=draw.choice([400.0, 800.0]), trunks=(f"link-{i}",),
        )
        for i in range(count)
    )  # fmt: skip
    hosts = {machine: f"h{draw.randrange(3)}" for room in rooms for machine in room.machines}
    disk = {m: r.disk_gib for r in rooms for m in r.machines}
    space = [(h, frozenset(m for m in hosts if hosts[m] == h), sum(disk[m] for m in hosts if hosts[m] == h) + 1500.0)
             for h in ("h0", "h1", "h2")]  # fmt: skip
    links = {f"link-{i}": 1000.0 for i in range(count)}
    return Task(rooms, hosts, space, links, 6.0, 52, 8.7, 4, 0.6, 0.05)


@pytest.mark.parametrize(("count", "weights"), [(5, [58]), (5, [20, 35, 58])])
def test_a_province_s_rooms_are_proved(count: int, weights: list[int]) -> None:
    one = rooms_of(random.Random(count), count, weights)
    found = order(one, Watch(Limits()))
    assert found is not None
    assert found.optimal
    ends = {move.machine: move.last_window for move in found.moves}
    assert found.bound == found.cost == pytest.approx(cost(one, ends))


def test_a_copy_longer_than_a_window_goes_on_in_the_next() -> None:
    room = RoomMoves("r", ("m-1",), 0, 1, 1200.0, 60.0, ())
    one = Task((room,), {"m-1": "h"}, (), {}, 6.0, 20, 8.0, 4, 0.6, 0.6)
    windows, minutes = copy_windows(one, room)
    total = 1200 * 0.6 * 8589.934592 / 60 / 60
    assert windows == -(-total // 360)
    assert windows * minutes == pytest.approx(total, abs=windows)


def test_running_servers_and_hands_bind() -> None:
    room = RoomMoves("r", tuple(f"m-{i}" for i in range(1, 5)), 2, 1_000_000, 10.0, 500.0, ())
    one = Task((room,), dict.fromkeys(room.machines, "h"), (), {}, 6.0, 20, 8.0, 4, 0.6, 0.6)
    found = order(one, Watch(Limits()))
    assert found is not None
    assert found.freed == {"r": 2}, "two of four may be off at once"


def test_rooms_that_share_all_that_a_line_has_left_copy_one_after_the_other() -> None:
    rooms = tuple(
        RoomMoves(id=f"room-{i}", machines=(f"m{i}-1",), running_min=0, month_vnd=8_000_000, disk_gib=100.0,
                  rate_mbps=813.3704, trunks=("line",)) for i in range(2)
    )  # fmt: skip
    one = Task(
        rooms=rooms, host_of={"m0-1": "h1", "m1-1": "h1"}, space=[], trunk_mbps={"line": 813.3704}, window_hours=4.0,
        windows=4, per_month=8.0, switched=2, used_share=0.6, staging_share=0.6,
    )  # fmt: skip
    found = order(one, Watch(Limits()))
    assert found is not None
    assert sorted(found.freed.values()) == [1, 2]
    assert order(replace(one, window_hours=0.01), Watch(Limits())) is None, "no whole minute: nothing can be copied"


def test_the_placement_leaves_room_for_the_images_of_copies(mini: Network) -> None:
    """Four bridges push a server that moves in beside much disk; another placement of the same hosts has the room."""
    services = tuple(
        service.model_copy(update={"workloads": tuple(map(_of_three_spares, service.workloads))})
        for service in mini.records.services
    )
    plan, _ = solve(replace(mini, records=replace(mini.records, services=services)))
    assert plan.consolidation is not None
    assert len(plan.consolidation.moves) == 4
    assert not [found for found in plan.findings if found.code == "W-PLAN-621"]


def _of_three_spares(workload: Workload) -> Workload:
    if workload.sizing is None or workload.sizing.kind != "conference":
        return workload
    spare = workload.sizing.parameters["spare_bridges"].model_copy(update={"value": 3.0})
    parameters = workload.sizing.parameters | {"spare_bridges": spare}
    return workload.model_copy(update={"sizing": workload.sizing.model_copy(update={"parameters": parameters})})


def test_rooms_without_servers_are_not_weighed(mini: Network) -> None:
    room = mini.records.small_data_centres[0]
    none = room.servers_max.model_copy(update={"value": 0})
    empty = room.model_copy(update={"servers_min": none, "servers_max": none, "running_min": 0})
    plan, _ = solve(replace(mini, records=replace(mini.records, small_data_centres=(empty,))))
    assert plan.consolidation is None
    assert plan.verdict.violations == 0
