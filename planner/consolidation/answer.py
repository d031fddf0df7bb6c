"""The consolidation part of a plan: every room with its money, the order of moves, its proof."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata

from planner.consolidation.rooms import room_money, users_mbps
from planner.consolidation.schedule import Order, order
from planner.consolidation.task import task_of
from planner.errors import where
from planner.limits import Watch, gap
from planner.money import Money
from planner.plan import Consolidation, Cost, DataCentre, Finding, House, Proof, RoomDecision, Why
from planner.plan import Network as Decided
from topology.model import Records
from topology.schema.base import Name
from topology.schema.services import SmallDataCentre


@dataclass(frozen=True, slots=True)
class RoomFacts:
    """What the joint decision knows of one room."""

    lines_vnd: int | None
    """Larger own lines; None: no line carries its users."""
    houses: tuple[House, House] | None
    """The data centre with it and without it; None: it was not placed."""
    refused: str = ""
    """Why it cannot stand there: the code of the error, if any."""

    @property
    def hosts_vnd(self) -> int | None:
        """What the data centre costs more with it."""
        return self.houses and self.houses[0].present_value_vnd - self.houses[1].present_value_vnd


@dataclass(frozen=True, slots=True)
class Consolidated:
    """The part with what stands beside it in the plan."""

    part: Consolidation
    proof: Proof
    cost: Cost
    findings: tuple[Finding, ...]


def consolidate(
    records: Records,
    halves: tuple[Decided, DataCentre],
    disk_gib: Mapping[str, float],
    moved: frozenset[str],
    facts: Mapping[str, RoomFacts],
    hosts_without: int | None,
    watch: Watch,
) -> Consolidated | None:
    """Order the moves and put the part together; None where the records do not say how servers move."""
    network, datacentre = halves
    task = task_of(records, network, datacentre, disk_gib, moved)
    if task is None or records.moving is None:
        return None
    found = order(task, watch)
    rooms = tuple(_room(records, small, moved, facts, found) for small in records.small_data_centres
                  if small.servers_max.value)  # fmt: skip
    money = Money.of(records.money.discount_rate.value, records.money.horizon_years)
    part = Consolidation(
        rooms=rooms,
        moves=found.moves if found else (),
        windows=max(found.freed.values(), default=0) if found else 0,
        windows_per_week=records.moving.windows_per_week,
        window_hours=records.moving.window_hours.value,
        hosts=len(datacentre.hosts),
        hosts_without=hosts_without,
    )
    objective, bound = (found.cost, found.bound) if found else (0.0, 0.0)
    proof = Proof(
        part="moves",
        status="optimal" if found and found.optimal else "feasible",
        objective=objective,
        bound=bound,
        gap=round(gap(objective, bound) or 0.0, 6),
        solver=f"CP-SAT {metadata.version('ortools')}",
        seed=watch.limits.seed,
        work={"moves": len(part.moves), "windows": part.windows, "windows_allowed": task.windows},
    )
    cost = money.cost(sum(room.move_vnd for room in rooms if room.moves), 0)
    return Consolidated(part, proof, cost, () if found else (_no_order(records),))


def _room(
    records: Records, small: SmallDataCentre, moved: frozenset[str], facts: Mapping[str, RoomFacts], found: Order | None
) -> RoomDecision:
    known, moves = facts[small.id], small.id in moved
    all_, fewest = (room_money(records, small, n.value) for n in (small.servers_max, small.servers_min))
    value = value_fewest = None
    if all_ and fewest and known.lines_vnd is not None and known.hosts_vnd is not None:
        value = all_.saves_vnd - all_.move_once - known.lines_vnd - known.hosts_vnd
        value_fewest = value - (all_.saves_vnd - fewest.saves_vnd) + (all_.move_once - fewest.move_once)
    code = "room-moves" if moves else "room-stays"
    if all_ is None:
        code = "room-not-weighed" if moves else "room-stays"
    elif not moves and known.lines_vnd is None:
        code = "room-no-line"
    elif not moves and known.hosts_vnd is None:
        code = "room-no-place"
    return RoomDecision(
        id=small.id,
        owner=small.owner,
        site=small.site,
        moves=moves,
        servers=small.servers_max.value,
        users_mbps=users_mbps(small),
        energy_vnd_per_month=all_.energy_month if all_ else 0,
        upkeep_vnd_per_month=all_.upkeep_month if all_ else 0,
        room_vnd_per_month=all_.room_month if all_ else 0,
        saves_vnd=all_.saves_vnd if all_ else 0,
        move_vnd=all_.move_once if all_ else 0,
        lines_vnd=known.lines_vnd or 0,
        hosts_vnd=known.hosts_vnd,
        with_room=known.houses[0] if known.houses else None,
        without_room=known.houses[1] if known.houses else None,
        value_vnd=value,
        value_fewest_vnd=value_fewest,
        freed_window=found.freed.get(small.id) if found else None,
        why=Why(
            code=code,
            facts={"owner": small.owner, "servers": small.servers_max.value, "mbps": users_mbps(small),
                   "refused": known.refused},
            binding=("total",) if value is not None else (),
        ),
    )  # fmt: skip


def _no_order(records: Records) -> Finding:
    place = where(records, "moving/weeks_max", "moving")
    return Finding(
        code="W-PLAN-621",
        where=str(place or ""),
        text=Name(
            en="no order of moves was found within moving.weeks_max that keeps to windows, lines, disks and servers "
            "that must run",
            vi="không tìm được thứ tự chuyển trong moving.weeks_max mà giữ đúng khung giờ, kênh, đĩa và số máy phải "
            "chạy",
        ),
    )
