"""What a sizing formula reads and what it gives: the figures of the province in, a size with its arithmetic out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from topology.conference import Seats
from topology.schema.services import Workload

RESOURCES = ("vcpu", "memory_gib", "disk_gib", "iops", "network_mbps")
"""In the order of every vector of needs and capacities."""

MEBIBYTE_MEGABITS = 8 * 1.024**2
"""Mbit in one MiB."""

Steps = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Context:
    """Figures of the province that formulas use; totals are over the machines known when a formula runs."""

    officials: int
    workstations: float
    people: int
    machines: int
    """VMs and appliances of the data centre."""
    firewalls: int
    """Machines of role `firewall`."""
    vm_network_mbps: float
    vm_disk_gib: float
    """Of all VMs but the backup's own."""
    down_mbps: float
    """Busy hour, core to all sites."""
    up_mbps: float
    meetings: tuple[Seats, ...] = ()
    """What the core's bridges serve, hour by hour."""
    bridge_seats: int = 0
    """Endpoints that one bridge serves of the tree that has most of them on one."""
    endpoint_mbps: float = 0.0
    """Of the fastest endpoint of any tree."""
    core_bridges: int | None = None
    """Bridges decided for the core, those that may fail and those for failed bridges elsewhere included."""


@dataclass(slots=True)
class Size:
    """A machine's size while a formula works on it: starts at the record's smallest, is only ever raised."""

    vcpu: float
    memory_gib: float
    disk_gib: float
    iops: float
    network_mbps: float
    replicas: int
    steps: Steps = field(default_factory=list)
    short: tuple[str, float, float] | None = None
    """What a fixed appliance lacks: parameter, needed, rated."""
    fullness: float = 0.0
    """Of an appliance: the largest share of a rating, at its largest load, that the demands need of one unit; more
    units share it."""
    whole: float = 0.0
    """The same of ratings that every unit must have for the whole demand, however many there are."""

    @classmethod
    def smallest(cls, workload: Workload) -> "Size":
        """Return the size that the record allows at least."""
        return cls(
            workload.vcpu.value,
            workload.memory_gib.value,
            workload.disk_gib.value,
            workload.iops.value,
            workload.network_mbps.value,
            workload.replicas,
        )

    def step(self, what: str, arithmetic: str) -> None:
        """Keep one line of arithmetic for `explain`."""
        self.steps.append((what, arithmetic))

    def raise_to(self, resource: str, value: float, arithmetic: str) -> None:
        """Raise a resource to what the formula needs, and say which of the two counts."""
        value = round(value + 0.005, 2) if value != round(value, 2) else value
        smallest: float = getattr(self, resource)
        setattr(self, resource, max(smallest, value))
        verdict = f"record's smallest {say(smallest)} counts" if smallest >= value else f"raised from {say(smallest)}"
        self.step(resource, f"{arithmetic} = {say(value)}; {verdict}")

    def rate(self, name: str, need: float, load_share: float, rated: float, *, units: int = 1) -> None:
        """Compare what one unit needs, at its largest load, with its rating; the first that is short is kept.

        `units` share the need; 0: none relieves another.
        """
        needed = need / load_share / max(1, units)
        among = f" ÷ {units}" if units > 1 else ""
        arithmetic = f"{say(need)} ÷ {say(load_share)}{among} = {say(needed)} needed of one unit, rated {say(rated)}"
        self.step(name, arithmetic)
        share = needed / rated if rated else 0.0
        if units:
            self.fullness = max(self.fullness, share)
        else:
            self.whole = max(self.whole, share)
        self.require(name, needed, rated)

    def require(self, name: str, needed: float, rated: float) -> None:
        """Keep the first thing that falls short of what is needed."""
        if needed > rated and self.short is None:
            self.short = (name, needed, rated)

    @property
    def left(self) -> int:
        """Replicas left when one is down, at least 1."""
        return max(1, self.replicas - 1)


Formula = Callable[[Size, Mapping[str, float], Context], None]


def say(number: float) -> str:
    """Write a number for people: thin groups, at most four significant decimals.

    >>> say(12345.0), say(0.04861111), say(3.5)
    ('12 345', '0.04861', '3.5')
    """
    if number == int(number):
        return f"{int(number):,}".replace(",", " ")
    return f"{number:,.4g}".replace(",", " ") if abs(number) < 1000 else f"{number:,.1f}".replace(",", " ")
