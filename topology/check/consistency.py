"""Numbers of one record that contradict each other (E-ENG-011)."""

from collections.abc import Iterator

from topology.check.references import Checker
from topology.model import Records
from topology.walk import models

Contradiction = tuple[str, str, str]
"""Path, what is wrong in English, in Vietnamese."""

ORDERED = (
    ("PlacementPolicy", "warn_share", "full_share"),
    ("NetworkPolicy", "warn_occupancy", "max_occupancy"),
    ("Growth", "p50", "p90"),
    ("SmallDataCentre", "servers_min", "servers_max"),
    ("Rack", "reserved_u", "height_u"),
    ("Rack", "reserved_w", "cooling_w"),
    ("Rack", "reserved_kg", "max_weight_kg"),
)
"""Model and two of its fields of which the first must not be larger."""


def check_consistency(c: Checker) -> None:
    """Report numbers that contradict each other within a record."""
    for path, what, what_vi in contradictions(c.records):
        parts = path.split("/")
        outer = ("/".join(parts[:length]) for length in range(len(parts), 0, -1))
        c.add("E-ENG-011", *outer, "/".join(parts[:2]), what=what, what_vi=what_vi)


def contradictions(records: Records) -> Iterator[Contradiction]:
    """Give everything that contradicts itself."""
    for path, record in models(records):
        for model, low, high in ORDERED:
            if type(record).__name__ == model and _number(record, low) > _number(record, high):
                yield f"{path}/{low}", f"{low} is above {high}", f"{low} lớn hơn {high}"
    for zone in records.zones:
        if (zone.kind == "site") != (zone.function is not None):
            path = f"zone/{zone.id}"
            yield path, "a site zone has a function, no other zone has", "chỉ vùng loại site mới có function"
    for cover in records.mobile:
        path = f"mobile/{cover.site}-{cover.carrier}"
        if cover.backhaul == "microwave" and cover.backhaul_duct:
            what, what_vi = "a microwave backhaul runs in no duct", "đường truyền vi ba không đi trong cống bể"
            yield f"{path}/backhaul_duct", what, what_vi
        if cover.backhaul == "fibre" and not cover.backhaul_duct:
            yield f"{path}/backhaul", "a fibre backhaul names its duct", "đường truyền quang phải nêu cống bể"
    for site_class, promise in records.classes.items():
        hopeless = [kind for kind in promise.survive if kind in ("link", "duct", "carrier")]
        if promise.backup == "none" and hopeless:
            what = f"without a backup no {hopeless[0]} may fail"
            yield f"policy/classes/{site_class}/survive", what, f"không có dự phòng thì {hopeless[0]} không được hỏng"
    for site in records.sites:
        if site.site_class == "place" and (site.officials or site.population):
            what, what_vi = "nobody works or lives at a mere place", "địa điểm không có cán bộ và dân cư"
            yield f"site/{site.id}/officials", what, what_vi
    yield from _mere_places(records)
    for module in records.modules:
        if any((use == "mobile") != (module.medium == "mobile") for use in module.use):
            what = f"medium {module.medium} does not serve {', '.join(module.use)}"
            what_vi = f"môi trường {module.medium} không dùng cho {', '.join(module.use)}"
            yield f"module/{module.id}/medium", what, what_vi
    if records.network_policy.detour_factor.value < 1:
        what, what_vi = "no road is shorter than the straight line", "không đường nào ngắn hơn đường chim bay"
        yield "policy/network/detour_factor", what, what_vi
    years = [entry.year for entry in records.province.population]
    if years != sorted(set(years)):
        yield "province/population", "years must rise", "năm phải tăng dần"
    yield from _series(records)
    for host in records.existing_hosts:
        if host.bought_year > records.province.plan_year:
            what, what_vi = f"year {host.bought_year} is yet to come", f"năm {host.bought_year} chưa tới"
            yield f"host/{host.id}/bought_year", what, what_vi
    for carrier in records.carriers:
        if bool(carrier.districts) != carrier.fixed:
            path = f"carrier/{carrier.id}/districts"
            yield path, "districts are those of a fixed network", "huyện là của mạng cố định"


def _series(records: Records) -> Iterator[Contradiction]:
    """Give what no trend can be drawn through: years twice or to come, no use at all."""
    for service in records.services:
        before = 0
        for number, one in enumerate(service.growth.series):
            path = f"service/{service.id}/growth/series/{number}"
            if one.year <= before:
                yield f"{path}/year", f"year {one.year} after {before}: years must rise", "năm phải tăng dần"
            if one.year > records.province.plan_year:
                yield f"{path}/year", f"year {one.year} is yet to come", f"năm {one.year} chưa tới"
            if one.value.value <= 0:
                yield f"{path}/value", "no use has no growth rate", "mức dùng bằng 0 thì không có tỷ lệ tăng"
            before = one.year


def _mere_places(records: Records) -> Iterator[Contradiction]:
    """Give what is said of class `place`, to whose sites nothing is promised and nothing sent."""
    what, what_vi = "a place is no point of the network", "địa điểm (place) không phải là điểm mạng"
    if "place" in records.classes:
        yield "policy/classes/place", what, what_vi
    for service in records.services:
        for traffic in service.traffic:
            if "place" in traffic.site_classes:
                yield f"service/{service.id}/traffic/{traffic.id}/site_classes", what, what_vi
    for tree in records.conferences:
        if "place" in tree.members or "place" in tree.endpoint_mbps:
            yield f"conference/{tree.id}/members", what, what_vi


def _number(record: object, name: str) -> float:
    value = getattr(record, name)
    return float(getattr(value, "value", value))
