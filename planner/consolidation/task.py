"""From a plan's halves to what the moves must keep to: rates of the lines, space on the hosts, hours and hands."""

from collections.abc import Iterable, Mapping

from planner.consolidation.problem import RoomMoves, Task
from planner.consolidation.rooms import room_money
from planner.plan import DataCentre, PlannedLink
from planner.plan import Network as Decided
from topology.model import Records
from topology.order import natural

WEEKS_A_MONTH = 365 / 12 / 7


def task_of(
    records: Records, network: Decided, datacentre: DataCentre, disk_gib: Mapping[str, float], moved: Iterable[str]
) -> Task | None:
    """Return what is to be scheduled; None where the records do not say how servers move.

    Parameters
    ----------
    disk_gib
        Machine → GiB, of every machine on a host.

    """
    moving = records.moving
    if moving is None:
        return None
    limit, share = records.network_policy.max_occupancy.value, moving.busy_share.value
    links: dict[str, PlannedLink] = {link.id: link for link in network.links}
    free = {name: limit * link.capacity_mbps - share * link.normal_mbps for name, link in links.items()}
    host_of = {machine: host.id for host in datacentre.hosts for machine in host.machines}
    rooms = []
    for small in records.small_data_centres:
        if small.id not in moved:
            continue
        route = next(site.primary for site in network.sites if site.id == small.site)
        money = room_money(records, small)
        month = money.energy_month + money.upkeep_month + money.room_month if money else 0
        rooms.append(
            RoomMoves(
                id=small.id,
                machines=tuple(
                    natural(m for m in host_of if m.rpartition("-")[0] == small.vm.id or m in small.vm.machines)
                ),
                running_min=small.running_min,
                month_vnd=month,
                disk_gib=small.vm.disk_gib.value,
                rate_mbps=min(free[link] for link in route.links),
                trunks=route.links,
            )
        )
    movers = {machine for room in rooms for machine in room.machines}
    return Task(
        rooms=tuple(rooms),
        host_of=host_of,
        space=tuple(_space(datacentre, disk_gib, movers)),
        trunk_mbps=free,
        window_hours=moving.window_hours.value,
        windows=moving.weeks_max * moving.windows_per_week,
        per_month=moving.windows_per_week * WEEKS_A_MONTH,
        switched=moving.switched_per_window,
        used_share=moving.used_share.value,
        staging_share=moving.staging_share.value,
    )


def _space(
    datacentre: DataCentre, disk_gib: Mapping[str, float], movers: set[str]
) -> Iterable[tuple[str, frozenset[str], float]]:
    """Give host, moving machines on it in a state, GiB that the others leave: normally, then in each survived state."""
    for host in datacentre.hosts:
        usable = host.usable["disk_gib"]
        states = [
            set(host.machines) | {m for m, to in evacuation.moves.items() if to == host.id}
            for evacuation in datacentre.evacuations
            if evacuation.state not in (f"host:{host.id}", f"rack:{host.rack}")
        ]
        for here in (set(host.machines), *states):
            left = usable - sum(disk_gib[machine] for machine in here - movers)
            yield host.id, frozenset(here & movers), left
