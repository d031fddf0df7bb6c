"""The miniature province with rooms at other sites, and a copy of its data that may stand in either: made for tests."""

import dataclasses
from collections.abc import Iterable

from topology.model import Records
from topology.schema.base import Amount
from topology.schema.facility import Room
from topology.schema.services import Apart, Service, Workload

MARK = {"quality": "assumption", "source": "teaching"}


def amount(value: float) -> Amount:
    return Amount(value=value, **MARK)


def room_at(records: Records, site: str, **changed: object) -> Room:
    """Return the room of the core once more, at another site, under other names."""
    first, name = records.rooms[0], site.rpartition("-")[2]
    racks = tuple(rack.model_copy(update={"id": f"{rack.id}-{name}"}) for rack in first.racks[:2])
    feeds = tuple(feed.model_copy(update={"id": f"{feed.id}-{name}"}) for feed in first.feeds)
    return first.model_copy(
        update={"id": f"room-{name}", "site": site, "racks": racks, "feeds": feeds, **changed},
    )


def copy_of_data(
    sites: Iterable[str], mbps: float, *, km: float = 0.0, replicas: int = 1, disk_gib: float = 1200
) -> Workload:
    """Return the machines of a copy of the database."""
    apart = (Apart(workload="db", least_km=amount(km)),) if km else ()
    return Workload(
        id="copy", role="backup", form="vm", zone="server", replicas=replicas, spread="none", address_offset=150,
        sites=tuple(sites), apart=apart, vcpu=amount(2), memory_gib=amount(8), disk_gib=amount(disk_gib),
        iops=amount(300), network_mbps=amount(mbps),
    )  # fmt: skip


def with_copy(records: Records, workload: Workload, rooms: Iterable[Room]) -> Records:
    """Add the workload to the one-stop service and the rooms to the facility."""
    service = next(s for s in records.services if s.id == "one-stop")
    more = service.model_copy(update={"workloads": (*service.workloads, workload)})
    services: tuple[Service, ...] = tuple(more if s.id == "one-stop" else s for s in records.services)
    return dataclasses.replace(records, services=services, rooms=(*records.rooms, *rooms))
