"""Workloads that name sites, and rooms away from the core: can they stand there at all."""

from collections.abc import Iterator
from itertools import islice

from topology.check.references import Checker
from topology.model import Records
from topology.schema.base import Name
from topology.schema.services import Service, Workload
from topology.standing import MOST_CHOICES, choices, distance_km, movable

REALTIME = ("ef", "af41")
CENTRAL = {
    "firewall": Name(
        en="the firewall stands where the dedicated network ends", vi="tường lửa đứng ở nơi mạng chuyên dùng kết thúc"
    ),
    "conference": Name(
        en="bridges away from the core are planned by 'bridge' of videoconference.yaml",
        vi="cầu ngoài trung tâm do mục 'bridge' của videoconference.yaml quyết định",
    ),
}


def check_standing(c: Checker) -> None:
    """Third tier: every workload that names sites or stands apart has somewhere to stand."""
    records = c.records
    movers = {small.vm.id: small for small in records.small_data_centres}
    small_sites = {small.site for small in movers.values()}
    for room in records.rooms:
        if room.site != records.province.core and room.site in small_sites:
            path = f"room/{room.id}"
            c.add("E-ENG-032", f"{path}/site", path, id=room.id, cause="servers of the same site may move to the core",
                  cause_vi="máy chủ của chính điểm này có thể chuyển về trung tâm")  # fmt: skip
    for service in records.services:
        for workload in service.workloads:
            for cause in _against(records, service, workload):
                path = f"workload/{workload.id}"
                field = "sites" if workload.sites else "apart"
                c.add("E-ENG-032", f"{path}/{field}", path, id=workload.id, cause=cause.en, cause_vi=cause.vi)
    for name, small in movers.items():
        if small.vm.sites or small.vm.apart:
            path = f"workload/{name}"
            c.add("E-ENG-032", path, id=name, cause="servers that move in stand at the core",
                  cause_vi="máy chủ chuyển về đứng ở trung tâm")  # fmt: skip
    if any(found.code == "E-ENG-032" for found in c.findings):
        return
    found = len(list(islice(choices(records), MOST_CHOICES + 1)))
    if not 0 < found <= MOST_CHOICES:
        named = [w for service in records.services for w in service.workloads if w.sites or w.apart]
        path = f"workload/{named[0].id}"
        cause = Name(
            en=f"there are more than {MOST_CHOICES} ways to choose the sites of {', '.join(w.id for w in named)}",
            vi=f"có hơn {MOST_CHOICES} cách chọn điểm cho {', '.join(w.id for w in named)}",
        ) if found else Name(
            en=f"no choice of sites keeps {', '.join(w.id for w in named)} together and apart as they ask",
            vi=f"không cách chọn điểm nào giữ {', '.join(w.id for w in named)} gần và xa nhau như yêu cầu",
        )  # fmt: skip
        field = "sites" if named[0].sites else "apart"
        c.add("E-ENG-032", f"{path}/{field}", path, id=named[0].id, cause=cause.en, cause_vi=cause.vi)


def _against(records: Records, service: Service, workload: Workload) -> Iterator[Name]:
    """Give what stands against the sites of one workload."""
    core, named = records.province.core, movable(records)
    if workload.sites:
        if workload.role in CENTRAL or (workload.sizing and workload.sizing.kind in CENTRAL):
            yield CENTRAL[workload.role if workload.role in CENTRAL else "conference"]
        if any(traffic.service_class in REALTIME for traffic in service.traffic):
            yield Name(en="voice and pictures are served at the core", vi="thoại và hình được phục vụ ở trung tâm")
    own = workload.sites or (core,)
    for apart in workload.apart:
        others = named[apart.workload].sites if apart.workload in named else (core,)
        far = {(a, b): distance_km(records, a, b) for a in own for b in others}
        (a, b), most = max(far.items(), key=lambda item: (item[1], item[0]))
        if most < apart.least_km.value:
            yield Name(
                en=f"'{apart.workload}' is at most {most:.1f} km away ({a} to {b}), {apart.least_km.value:g} asked",
                vi=f"'{apart.workload}' cách nhiều nhất {most:.1f} km ({a} – {b}), yêu cầu {apart.least_km.value:g}",
            )
