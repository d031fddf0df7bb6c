"""Checks racks and rooms of a plan: units, watts on the feeds that are left, heat, weight, ports, what stands where."""

from collections.abc import Iterator

from planner.checker.examined import SLACK, Examined
from planner.checker.violation import Violation
from topology.schema.base import stated


def racks(seen: Examined) -> Iterator[Violation]:
    """Every rack is within its limits, and the plan's use of it is what stands in it."""
    for name, (room, rack) in seen.racks.items():
        models = [seen.models[h.model] for h in seen.hosts.values() if h.rack == name and h.model in seen.models]
        boxes = [
            workload
            for machine in seen.machines.values()
            if not machine.host and machine.rack == name and (workload := seen.workload(machine.id))
        ]
        units = rack.reserved_u + sum(m.height_u for m in models) + sum(b.height_u for b in boxes)
        watts = rack.reserved_w.value + sum(m.power_w.value for m in models) + sum(stated(b.power_w) for b in boxes)
        kilograms = (
            rack.reserved_kg.value + sum(m.weight_kg.value for m in models) + sum(stated(b.weight_kg) for b in boxes)
        )
        ports = sum(m.ports.value for m in models) + sum(b.ports for b in boxes)
        feeds = 1 if "feed" in seen.records.placement.survive else len(room.feeds)
        limits = [
            ("units", units, rack.height_u),
            ("watts on the feeds left", watts, feeds * rack.feed_limit_w.value),
            ("heat", watts, rack.cooling_w.value),
            ("weight", kilograms, rack.max_weight_kg.value),
            ("ports", ports, rack.switch_ports.value),
        ]
        for what, used, limit in limits:
            if used > limit + SLACK:
                yield Violation("rack", name, f"{what}: {used:g} of {limit:g}")
        told = next((use for use in seen.part.racks if use.id == name), None)
        true = {
            "room": room.id,
            "height_u": rack.height_u,
            "used_u": units,
            "power_w": watts,
            "feed_limit_w": rack.feed_limit_w.value,
            "cooling_w": rack.cooling_w.value,
            "weight_kg": kilograms,
            "max_weight_kg": rack.max_weight_kg.value,
            "ports": ports,
            "switch_ports": rack.switch_ports.value,
        }
        for field, value in true.items():
            if told is None or not same(getattr(told, field), value):
                yield Violation("rack", name, f"{field} of the plan is not {value}")
    if [use.id for use in seen.part.racks if use.id not in seen.racks] or len(seen.part.racks) != len(seen.racks):
        yield Violation("rack", "all", "the racks of the plan are not those of the records")


def rooms(seen: Examined) -> Iterator[Violation]:
    """Compare the watts of a room with the feeds that are left and its cooling; hosts hang on every feed of it."""
    for room in seen.records.rooms:
        watts = sum(use.power_w for use in seen.part.racks if use.room == room.id)
        shared = 1 if "feed" in seen.records.placement.survive else len(room.feeds)
        limits = [(feed.id, shared * feed.capacity_w.value) for feed in room.feeds]
        for what, limit in [*limits, ("heat", room.cooling_w.value)]:
            if watts > limit + SLACK:
                yield Violation("room", room.id, f"{what}: {watts:g} of {limit:g} W")
        for host in seen.hosts.values():
            inside = seen.racks.get(host.rack)
            if inside and inside[0].id == room.id and host.feeds != tuple(feed.id for feed in room.feeds):
                yield Violation("host", host.id, "is not plugged into every feed of its room")


def units(seen: Examined) -> Iterator[Violation]:
    """No two things stand in one rack unit, and reserved units at the top stay free."""
    taken: dict[tuple[str, int], str] = {}
    standing = [(h.id, h.rack, h.bottom_u, h.height_u) for h in seen.hosts.values()]
    standing += [(m.id, m.rack or "", m.bottom_u or 0, m.height_u) for m in seen.machines.values() if not m.host]
    for name, rack, bottom, height in standing:
        if rack not in seen.racks:
            yield Violation("rack", rack or "none", f"{name} stands in a rack that is not in the records")
            continue
        top = seen.racks[rack][1].height_u - seen.racks[rack][1].reserved_u
        for unit in range(bottom, bottom + height):
            if not 1 <= unit <= top:
                yield Violation("rack", rack, f"{name} stands in unit {unit}, outside 1–{top}")
            if (rack, unit) in taken:
                yield Violation("rack", rack, f"{name} and {taken[rack, unit]} both stand in unit {unit}")
            taken[rack, unit] = name


def same(left: object, right: object) -> bool:
    """Whether two values are the same, numbers up to rounding to hundredths."""
    if isinstance(left, int | float) and isinstance(right, int | float):
        return abs(left - right) <= 0.01
    return left == right
