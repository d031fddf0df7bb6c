"""What a small data centre costs as it is, and what it takes to move it: the money of one room.

    saves  =  n · W/1000 · PUE · 730 h · price of a kWh  +  (n · upkeep + room) / 12          a month
    move   =  n · price of one move, once
    lines  =  cheapest own lines of the agency with n · b Mbit/s more, less those it has      (`planner.joint.lines`)

n  servers of the room, as many as may be there      W  watts of one      b  busy-hour Mbit/s of one server's users
Source: net present value of mutually independent projects, Brealey, Myers, Allen, *Principles of Corporate Finance*,
chapter 5; the hosts that rooms share are counted in `planner.joint.decide`.
"""

from dataclasses import dataclass

from planner.money import Money
from topology.model import Records
from topology.schema.services import SmallDataCentre

HOURS_PER_MONTH = 8760 / 12


@dataclass(frozen=True, slots=True)
class RoomMoney:
    """Money of one room, VND."""

    energy_month: int
    upkeep_month: int
    room_month: int
    move_once: int
    saves_vnd: int
    """Present value of the three monthly sums."""


def room_money(records: Records, small: SmallDataCentre, servers: int | None = None) -> RoomMoney | None:
    """Return what a room with so many servers costs, None where its records do not say."""
    running, policy = small.running, records.money
    if running is None:
        return None
    count = small.servers_max.value if servers is None else servers
    kilowatts = count * running.server_power_w.value * running.pue.value / 1000
    energy = round(kilowatts * HOURS_PER_MONTH * policy.energy_vnd_per_kwh.value)
    upkeep = round(count * running.upkeep_vnd_per_year.value / 12)
    room = round(running.room_vnd_per_year.value / 12)
    money = Money.of(policy.discount_rate.value, policy.horizon_years)
    return RoomMoney(
        energy, upkeep, room, count * running.move_vnd.value, money.present_value(0, energy + upkeep + room)
    )


def users_mbps(small: SmallDataCentre) -> float:
    """Busy-hour traffic of the users of all its servers, Mbit/s each way."""
    return small.servers_max.value * small.vm.network_mbps.value
