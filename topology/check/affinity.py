"""Workloads that stand together: are they on hosts, and free to be where their replicas and zones put them."""

from collections.abc import Iterator
from math import ceil

from topology.check.references import Checker, workloads_of
from topology.model import Records
from topology.schema.base import Name
from topology.schema.services import Beside, Workload

AGENCY_LEVEL = 2
"""Level of the servers of one agency."""


def check_together(c: Checker) -> None:
    """Third tier: no rule of one of the two forbids what `beside` asks."""
    records = c.records
    by_id = {workload.id: workload for workload in workloads_of(records)}
    for workload in by_id.values():
        for number, beside in enumerate(workload.beside):
            path = f"workload/{workload.id}"
            for cause, hint in _against(records, by_id, workload, beside):
                c.add("E-ENG-031", f"{path}/beside/{number}/workload", f"{path}/beside", path, hint=hint,
                      id=workload.id, other=beside.workload, within=beside.within,
                      cause=cause.en, cause_vi=cause.vi)  # fmt: skip


def _against(
    records: Records, by_id: dict[str, Workload], workload: Workload, beside: Beside
) -> Iterator[tuple[Name, Name]]:
    """Give what stands against it, with what to change."""
    other = by_id[beside.workload]
    if workload.id in _leads_to(by_id, beside.workload):
        yield (
            Name(en="it stands beside itself, in a circle", vi="nhóm máy đứng cạnh chính mình, thành vòng"),
            Name(en="state it at one of the two", vi="chỉ ghi ở một trong hai nhóm"),
        )
        return
    for one in (workload, other):
        if one.form == "appliance":
            yield (
                Name(en=f"'{one.id}' is an appliance, on no host", vi=f"'{one.id}' là thiết bị, không ở máy chủ"),
                Name(en="only virtual machines stand together", vi="chỉ máy ảo mới đứng cùng nhau được"),
            )  # fmt: skip
    if beside.within == "host" and _apart(records, workload) != _apart(records, other):
        yield (
            Name(en="zones or levels keep them on different hosts", vi="vùng hoặc cấp độ buộc ở máy chủ khác nhau"),
            Name(en="within: rack", vi="within: rack"),
        )  # fmt: skip
    needed = _places(records, workload, beside.within)
    if other.replicas < needed:
        yield (
            Name(
                en=f"spread: {workload.spread} puts it in {needed} of them, '{other.id}' has {other.replicas} replicas",
                vi=f"spread: {workload.spread} đặt vào {needed} nơi, mà '{other.id}' có {other.replicas} bản sao",
            ),
            Name(en=f"replicas: {needed} at '{other.id}', or spread: none here",
                 vi=f"replicas: {needed} ở '{other.id}', hoặc spread: none ở đây"),
        )  # fmt: skip


def _leads_to(by_id: dict[str, Workload], name: str) -> set[str]:
    """Return a workload and all that it stands beside, however far."""
    seen: set[str] = set()
    waiting = [name]
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting += [beside.workload for beside in by_id[name].beside]
    return seen


def _apart(records: Records, workload: Workload) -> tuple[str, int]:
    """Machines of which this differs share no host: physically separate zones, and levels from the policy's on."""
    levels = {w.id: int(service.level) for service in records.services for w in service.workloads}
    level = levels.get(workload.id, AGENCY_LEVEL)
    physical = {zone.id for zone in records.zones if zone.separation == "physical"}
    high = level >= records.placement.zone_levels_physical_from
    return (workload.zone if workload.zone in physical else "", level if high else 0)


def _places(records: Records, workload: Workload, within: str) -> int:
    """Return in how many hosts or racks its own spread puts a workload at least."""
    if within == "host":
        return workload.replicas if workload.spread != "none" else 1
    if within == "rack" and workload.spread == "rack":
        sites = workload.sites or (records.province.core,)
        racks = (sum(len(room.racks) for room in records.rooms if room.site == site) for site in sites)
        return min((ceil(workload.replicas / ceil(workload.replicas / n)) for n in racks if n), default=1)
    return 1
