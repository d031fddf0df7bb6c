"""Rack elevations: what stands at which unit, and what the rack carries of its limits. Imports the plan only."""

from dataclasses import dataclass

from planner.plan import HostDecision, Machine, Plan, RackUse


@dataclass(frozen=True, slots=True)
class Unit:
    """A thing in a rack."""

    id: str
    kind: str
    """host · appliance"""
    bought: bool
    bottom_u: int
    height_u: int
    y: float
    height: float
    note: str
    """Host model, or role of the appliance."""
    fill: float
    """Share of its fullest resource in use, 0 to 1; 0 for an appliance."""
    feeds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Meter:
    """A use against its limit."""

    key: str
    used: float
    limit: float

    @property
    def share(self) -> float:
        """Used part, 0 to 1; a limit of zero counts as full when anything is used."""
        return self.used / self.limit if self.limit else float(self.used > 0)


@dataclass(frozen=True, slots=True)
class Elevation:
    """One rack as drawn."""

    rack: RackUse
    units: tuple[Unit, ...]
    reserved_u: int
    meters: tuple[Meter, ...]
    height: float


U = 10.0
"""Height of one rack unit in the drawing."""


def elevations(plan: Plan) -> tuple[Elevation, ...]:
    """Return every rack with what stands in it, top unit first."""
    return tuple(elevation(plan, rack) for rack in plan.datacentre.racks)


def elevation(plan: Plan, rack: RackUse) -> Elevation:
    """Return one rack."""
    units = [host_unit(host, rack) for host in plan.datacentre.hosts if host.rack == rack.id]
    units += [
        appliance_unit(machine, machine.bottom_u, rack)
        for machine in plan.machines
        if machine.form == "appliance" and machine.rack == rack.id and machine.bottom_u is not None
    ]
    placed = sum(unit.height_u for unit in units)
    meters = (
        Meter("u", rack.used_u, rack.height_u),
        Meter("power", rack.power_w, rack.feed_limit_w),
        Meter("heat", rack.power_w, rack.cooling_w),
        Meter("weight", rack.weight_kg, rack.max_weight_kg),
        Meter("ports", rack.ports, rack.switch_ports),
    )
    ordered = tuple(sorted(units, key=lambda unit: (-unit.bottom_u, unit.id)))
    return Elevation(rack, ordered, max(0, rack.used_u - placed), meters, rack.height_u * U)


def top(rack: RackUse, bottom_u: int, height_u: int) -> float:
    """Return the y of a thing's upper edge: unit 1 is at the floor."""
    return (rack.height_u - bottom_u - height_u + 1) * U


def host_unit(host: HostDecision, rack: RackUse) -> Unit:
    """Return a physical server as drawn."""
    shares = [host.used.get(name, 0) / usable for name, usable in sorted(host.usable.items()) if usable]
    return Unit(
        host.id,
        "host",
        not host.existing,
        host.bottom_u,
        host.height_u,
        top(rack, host.bottom_u, host.height_u),
        host.height_u * U,
        host.model,
        max(shares, default=0.0),
        host.feeds,
    )


def appliance_unit(machine: Machine, bottom_u: int, rack: RackUse) -> Unit:
    """Return an appliance as drawn."""
    return Unit(
        machine.id,
        "appliance",
        True,
        bottom_u,
        machine.height_u,
        top(rack, bottom_u, machine.height_u),
        machine.height_u * U,
        machine.role,
        0.0,
        (),
    )
