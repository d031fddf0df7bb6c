"""Where workloads may stand that name several sites: every choice that keeps companions together and copies apart.

    s_w ∈ sites of w                     s_w = s_v  for w beside v             d(s_w, s_v) ≥ D_wv  for w apart from v

s_w  site of workload w, the core for one that names none        d  geodesic distance, km        D  `apart`, `least_km`
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache

from geographiclib.geodesic import Geodesic

from topology.model import Records
from topology.order import natural
from topology.schema.services import Workload

MOST_CHOICES = 64
"""More choices than these are refused: every one is a data centre and a network of its own."""
Stands = Mapping[str, str]
"""Workload that names sites → its site."""


@lru_cache(maxsize=65536)  # the same records are checked again under each scenario
def kilometres(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Geodesic distance on WGS 84, km (Karney 2013)."""
    return float(Geodesic.WGS84.Inverse(*a, *b)["s12"]) / 1000


def distance_km(records: Records, one: str, other: str) -> float:
    """Return how far two sites are from each other, km."""
    at = {site.id: (site.lat, site.lon) for site in records.sites if site.id in (one, other)}
    return kilometres(at[one], at[other])


def movable(records: Records) -> dict[str, Workload]:
    """Return the workloads that name sites, in natural order."""
    named = {w.id: w for service in records.services for w in service.workloads if w.sites}
    return {name: named[name] for name in natural(named)}


def choices(records: Records) -> Iterator[dict[str, str]]:
    """Give every admissible choice, the core first where it may be; exactly one, empty, where nothing names sites."""
    core, named = records.province.core, movable(records)
    every = {w.id: w for service in records.services for w in service.workloads}
    order = list(named)

    def admissible(one: str, stands: dict[str, str]) -> bool:
        for name, workload in every.items():
            for beside in workload.beside:
                if one in (name, beside.workload):
                    ends = (_site(name, named, stands, core), _site(beside.workload, named, stands, core))
                    if None not in ends and ends[0] != ends[1]:
                        return False
            for apart in workload.apart:
                if one in (name, apart.workload):
                    a, b = (_site(name, named, stands, core), _site(apart.workload, named, stands, core))
                    if a is not None and b is not None and distance_km(records, a, b) < apart.least_km.value:
                        return False
        return True

    def extend(stands: dict[str, str]) -> Iterator[dict[str, str]]:
        if len(stands) == len(order):
            yield dict(stands)
            return
        name = order[len(stands)]
        for site in sorted(natural(set(named[name].sites)), key=lambda site: site != core):
            stands[name] = site
            if admissible(name, stands):
                yield from extend(stands)
            del stands[name]

    yield from extend({})


def _site(name: str, named: Mapping[str, Workload], stands: Stands, core: str) -> str | None:
    """Return where a workload stands, None while that is open."""
    return stands.get(name) if name in named else core


def away(records: Records, stands: Stands) -> dict[str, str]:
    """Return the workloads of a choice that stand away from the core."""
    return {name: site for name, site in stands.items() if site != records.province.core}
