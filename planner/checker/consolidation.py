"""Checks the moves by replaying them, window by window: hands, lines, running servers, disks; and the rooms' money."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterator

from planner.checker.network import present_value
from planner.checker.rooms import houses, rise
from planner.checker.violation import Violation
from planner.plan import Consolidation, Move, Plan, RoomDecision
from topology.model import Network
from topology.schema.services import Moving, SmallDataCentre

MEGABITS_PER_GIB = 1024**3 * 8 / 1e6
SLACK = 0.02
SLACK_MINUTES = 1.0


class Replay:
    """The moves beside the records."""

    def __init__(self, plan: Plan, part: Consolidation, moving: Moving, network: Network) -> None:
        self.plan, self.part, self.moving, self.network = plan, part, moving, network
        self.records = network.records
        self.rooms: dict[str, SmallDataCentre] = {
            s.id: s for s in self.records.small_data_centres if s.servers_max.value
        }
        self.told: dict[str, RoomDecision] = {room.id: room for room in part.rooms}
        self.machines = {machine.id: machine for machine in plan.machines if machine.host}
        self.links = {link.id: link for link in plan.network.links}
        self.route = {site.id: site.primary.links for site in plan.network.sites}

    def members(self, room: str) -> set[str]:
        """Return the machines that a room's servers become."""
        vm = self.rooms[room].vm
        return {
            m
            for m in self.machines
            if m in vm.machines or (m.rpartition("-")[0] == vm.id and m.rpartition("-")[2].isdigit())
        }

    def free(self, link: str) -> float:
        """Return what a link has for copies in a window, Mbit/s."""
        held = self.links[link]
        limit = self.records.network_policy.max_occupancy.value
        return limit * held.capacity_mbps - self.moving.busy_share.value * held.normal_mbps


def verify_consolidation(plan: Plan, network: Network) -> tuple[int, list[Violation]]:
    """Return the number of checks made and all violations."""
    moving, part = network.records.moving, plan.consolidation
    rooms = [small for small in network.records.small_data_centres if small.servers_max.value]
    if moving is None or not rooms:
        return 1, [Violation("room", "all", "moves that the records do not ask for")] if part else []
    if part is None:
        return 1, [Violation("room", "all", "nothing is said about the small data centres")]
    replay = Replay(plan, part, moving, network)
    violations = [*_rooms(replay), *_money(replay)]
    if not violations and part.moves:
        violations = [*_each(replay), *_windows(replay), *_disks(replay)]
    if not part.moves and any(room.moves for room in part.rooms):
        known = any(finding.code == "W-PLAN-621" for finding in plan.findings)
        violations += [] if known else [Violation("room", "all", "rooms move and no order is given")]
    return len(part.rooms) * 8 + len(part.moves) * 6 + part.windows * (len(part.rooms) + 2), violations


def _rooms(r: Replay) -> Iterator[Violation]:
    """Every room is decided; those that move have all their servers in the data centre, the others none."""
    if set(r.told) != set(r.rooms) or len(r.part.rooms) != len(r.rooms):
        yield Violation("room", "all", "the rooms of the plan are not those of the records")
        return
    for name, small in r.rooms.items():
        count, told = len(r.members(name)), r.told[name]
        if count != (small.servers_max.value if told.moves else 0) or told.servers != small.servers_max.value:
            yield Violation("room", name, f"{count} of its servers are in the data centre")
        demand = r.network.demands[small.site].by_service.get(name, (0.0, 0.0))
        users = small.servers_max.value * small.vm.network_mbps.value
        if abs(demand[0] - (users if told.moves else 0.0)) > SLACK or abs(told.users_mbps - users) > SLACK:
            yield Violation("room", name, f"its line carries {demand[0]:g} Mbit/s of its users")


def _money(r: Replay) -> Iterator[Violation]:
    """Count again what a room costs and what moving it is worth."""
    money = r.records.money
    once = 0
    for name, small in r.rooms.items():
        told, running = r.told[name], small.running
        once += told.move_vnd if told.moves else 0
        if running is None:
            continue
        count = small.servers_max.value
        energy = count * running.server_power_w.value / 1000 * running.pue.value * 365 * 24 / 12
        true = (
            round(energy * money.energy_vnd_per_kwh.value),
            round(count * running.upkeep_vnd_per_year.value / 12),
            round(running.room_vnd_per_year.value / 12),
        )
        said = (told.energy_vnd_per_month, told.upkeep_vnd_per_month, told.room_vnd_per_month)
        value = present_value(0, sum(said), money.discount_rate.value, money.horizon_years)
        if said != true or abs(told.saves_vnd - value) > 2 + sum(said) * 1e-6:
            yield Violation("room", name, f"costs {true} VND a month, the plan says {said}")
        if told.move_vnd != count * running.move_vnd.value:
            yield Violation("room", name, "moving it has another price")
        yield from rise(r.network, told, small)
        yield from houses(r.plan, r.records, told, small)
        if told.value_vnd is not None and told.hosts_vnd is not None:
            worth = told.saves_vnd - told.move_vnd - told.lines_vnd - told.hosts_vnd
            if worth != told.value_vnd:
                yield Violation("room", name, f"moving is worth {worth} VND, the plan says {told.value_vnd}")
    if once != r.plan.costs.consolidation.present_value_vnd:
        yield Violation("cost", "consolidation", f"sums to {once}, not {r.plan.costs.consolidation.present_value_vnd}")


def _each(r: Replay) -> Iterator[Violation]:
    """Every server moves once, to its host, within the weeks, and its copy has the time that it takes."""
    moved = Counter(move.machine for move in r.part.moves)
    wanted = {machine for name, told in r.told.items() if told.moves for machine in r.members(name)}
    for machine in sorted(wanted ^ set(moved)) + [machine for machine, count in moved.items() if count > 1]:
        yield Violation("machine", machine, f"moves {moved[machine]} times")
    last = r.moving.weeks_max * r.moving.windows_per_week
    for move in r.part.moves:
        small = r.rooms.get(move.room)
        if small is None or move.machine not in r.members(move.room) or r.machines[move.machine].host != move.host:
            yield Violation("machine", move.machine, "moves from another room or to another host than it runs on")
            continue
        if not 1 <= move.first_window <= move.last_window <= last:
            yield Violation("machine", move.machine, f"windows {move.first_window} to {move.last_window} of {last}")
        gib = r.machines[move.machine].disk_gib * r.moving.used_share.value
        rate = min(r.free(link) for link in r.route[small.site])
        if abs(move.gib - gib) > SLACK or move.mbps > rate + SLACK:
            yield Violation("machine", move.machine, f"copies {gib:g} GiB at no more than {rate:.1f} Mbit/s")
    for name, told in r.told.items():
        ends = [move.last_window for move in r.part.moves if move.room == name]
        if told.freed_window != max(ends, default=None):
            yield Violation("room", name, f"is empty after window {max(ends, default=None)}, not {told.freed_window}")
    if r.part.windows != max(move.last_window for move in r.part.moves):
        yield Violation("room", "all", "another number of windows is used")


def _windows(r: Replay) -> Iterator[Violation]:
    """In each window: the staff's hands, servers off at once, minutes of each line, Mbit/s of each shared link."""
    hours = r.moving.window_hours.value
    for window in range(1, r.part.windows + 1):
        switched = [move for move in r.part.moves if move.last_window == window]
        copying = [move for move in r.part.moves if move.first_window <= window <= move.last_window]
        if len(switched) > r.moving.switched_per_window:
            yield Violation("window", str(window), f"{len(switched)} servers are switched over")
        for name in sorted({move.room for move in copying}):
            small = r.rooms[name]
            off = sum(move.room == name for move in switched)
            if small.servers_max.value - off < small.running_min:
                yield Violation("room", name, f"{off} servers are off at once in window {window}")
            if sum(_minutes(move) for move in copying if move.room == name) > 60 * hours + SLACK_MINUTES:
                yield Violation("room", name, f"window {window} is too short for its copies")
        load: dict[str, float] = defaultdict(float)
        for name in {move.room for move in copying}:
            rate = max(move.mbps for move in copying if move.room == name)
            for link in r.route[r.rooms[name].site]:
                load[link] += rate
        for link, rate in load.items():
            if rate > r.free(link) + SLACK:
                yield Violation(
                    "link", link, f"{rate:.1f} Mbit/s of copies in window {window}, {r.free(link):.1f} free"
                )


def _minutes(move: Move) -> float:
    """Minutes of the line that a copy takes in each of its windows."""
    return move.gib * MEGABITS_PER_GIB / move.mbps / 60 / (move.last_window - move.first_window + 1)


def _disks(r: Replay) -> Iterator[Violation]:
    """Hosts have the disk in each window, in the normal state and after each survived loss, images included."""
    image = {m: r.machines[m].disk_gib * r.moving.staging_share.value for m in (move.machine for move in r.part.moves)}
    moves = {move.machine: move for move in r.part.moves}
    evacuations = [(e.state, e.moves) for e in r.plan.datacentre.evacuations]
    hosts = r.plan.datacentre.hosts
    for window in range(1, r.part.windows + 1):
        there = {m for m in r.machines if m not in moves or moves[m].first_window <= window}
        running = {m for m in there if m not in moves or moves[m].last_window <= window}
        images: dict[str, float] = defaultdict(float)
        for move in r.part.moves:
            if move.first_window <= window <= move.last_window:
                images[move.host] += image[move.machine]
        for host in hosts:
            model = next(model for model in r.records.host_models if model.id == host.model)
            usable = model.disk_gib.value * (1 - r.records.placement.disk_reserve_share.value)
            own = sum(r.machines[m].disk_gib for m in host.machines if m in there) + images[host.id]
            after = [("normal", 0.0)]
            for state, targets in evacuations:
                if state not in (f"host:{host.id}", f"rack:{host.rack}"):
                    extra = sum(r.machines[m].disk_gib for m, to in targets.items() if to == host.id and m in running)
                    after.append((state, extra))
            state, extra = max(after, key=lambda item: item[1])
            if own + extra > usable + SLACK + math.ulp(usable):
                yield Violation("host", host.id, f"{own + extra:.0f} GiB of {usable:.0f} in window {window}, {state}")
