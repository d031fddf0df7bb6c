"""What the reader of a good placement must still know: a pool that is nearly full, an appliance without a second."""

from collections.abc import Sequence

from planner.datacentre.hardware import Hardware
from planner.datacentre.sizing import RESOURCES
from planner.datacentre.workloads import Group
from planner.errors import where
from planner.plan import DataCentre, Finding
from topology.schema.base import Name

VIETNAMESE = {
    "vcpu": "bộ xử lý ảo",
    "memory_gib": "bộ nhớ",
    "disk_gib": "dung lượng đĩa",
    "iops": "số thao tác đĩa mỗi giây",
    "network_mbps": "băng thông mạng",
}
ENGLISH = {
    "vcpu": "virtual processors",
    "memory_gib": "memory",
    "disk_gib": "disk space",
    "iops": "disk operations a second",
    "network_mbps": "network bandwidth",
}


def findings(hardware: Hardware, groups: Sequence[Group], part: DataCentre) -> tuple[Finding, ...]:
    """Return W-PLAN-401 and 402 for each resource above the warning and the full share, 403 for lone appliances."""
    return (*_nearly_full(hardware, part), *_alone(hardware, groups))


def _nearly_full(hardware: Hardware, part: DataCentre) -> list[Finding]:
    warn, full = hardware.policy.warn_share.value, hardware.policy.full_share.value
    found = []
    for resource in RESOURCES:
        share = part.used_share[resource]
        if share < warn:
            continue
        code, field, limit = ("W-PLAN-402", "full_share", full) if share >= full else ("W-PLAN-401", "warn_share", warn)
        word = ("counts as full", "coi là đầy") if share >= full else ("is nearly full", "là sắp đầy")
        en = f"{ENGLISH[resource]}: {share:.1%} in use after the worst loss; from {limit:.0%} on it {word[0]}"
        vi = f"{VIETNAMESE[resource]}: đã dùng {share:.1%} sau sự cố nặng nhất; từ {limit:.0%} {word[1]}"
        name = Name(en=en, vi=vi.replace(".", ","))
        found.append(Finding(code=code, where=_place(hardware, f"policy/placement/{field}"), text=name))
    return found


def _alone(hardware: Hardware, groups: Sequence[Group]) -> list[Finding]:
    return [
        Finding(
            code="W-PLAN-403",
            where=_place(hardware, f"workload/{group.id}/replicas", f"workload/{group.id}"),
            text=Name(
                en=f"'{group.names[0]}' has no second appliance: the loss of its rack takes it",
                vi=f"'{group.names[0]}' không có thiết bị dự phòng: mất tủ là mất thiết bị",
            ),
        )
        for group in groups
        if group.form == "appliance" and group.count == 1 and hardware.losses
    ]


def _place(hardware: Hardware, *paths: str) -> str:
    place = where(hardware.records, *paths)
    return str(place) if place else ""
