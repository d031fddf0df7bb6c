"""Services to groups of equal machines: names, sizes by formula, and which machines may share a host."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from planner.datacentre.formulas import FORMULAS, POSITIVE, SHARES
from planner.datacentre.sizing import RESOURCES, Context, Size
from planner.errors import PlanningError, Problem, where
from topology.conference import seats
from topology.model import FLAT, Hosting, Records, SiteDemand
from topology.order import natural_key
from topology.schema.base import Level, counted, stated
from topology.schema.services import Workload

AGENCY_LEVEL: Level = 2
"""Level of the servers of one agency: Decree 85/2016/NĐ-CP article 8, infrastructure of one agency."""

PASSES: tuple[frozenset[str], ...] = (
    frozenset({"conference"}),
    frozenset({"mail-gateway", "log-store", "antivirus", "mirror", "web", "integration", "waf", "load-balancer"}),
    frozenset({"backup"}),
    frozenset({"firewall"}),
)
"""Order of the formulas: bridges change the number of machines; backup and firewalls add up what the others need."""


@dataclass(frozen=True, slots=True)
class Group:
    """Equal machines of one workload."""

    id: str
    """Workload id."""
    service: str | None
    """None for the servers of a small data centre."""
    role: str
    zone: str
    level: Level
    form: Literal["vm", "appliance"]
    names: tuple[str, ...]
    """Machine ids, one for each replica."""
    spread: Literal["none", "host", "rack"]
    licence: str | None
    need: tuple[float, ...]
    """Of each machine, in the order of `RESOURCES`."""
    pool: str
    """Machines of different pools share no host."""
    height_u: int
    power_w: float
    weight_kg: float
    ports: int
    price_vnd: int
    sizing: tuple[tuple[str, str], ...]
    beside: tuple[tuple[str, Literal["host", "rack", "room"]], ...] = ()
    """(group, where): each machine stands in the same host, rack or room as one of the group."""
    site: str = ""
    """Site of the room where its machines stand; empty means the core."""
    fullness: float = 0.0
    """Of an appliance: share of its scarcest rating that one unit needs, of those that more units relieve."""
    whole: float = 0.0
    """The same of those that every unit must have for the whole demand."""

    @property
    def count(self) -> int:
        """Number of machines."""
        return len(self.names)


def expand(records: Records, demands: Mapping[str, SiteDemand], hosting: Hosting = FLAT) -> tuple[Group, ...]:
    """Size every workload and name its machines; sorted by id.

    The servers of the small data centres that move in come as VMs, as many as may be there; all of them where nothing
    is decided.

    Raises
    ------
    PlanningError
        E-ENG-401 … 404 for parameters of a sizing, E-PLAN-413 for an appliance that is too small.

    """
    asked = [
        (service.id, service.level, workload) for service in records.services for workload in service.workloads
    ] + [
        (None, AGENCY_LEVEL, small.vm.model_copy(update={"replicas": small.servers_max.value}))
        for small in records.small_data_centres
        if small.servers_max.value and (hosting.moved is None or small.id in hosting.moved)
    ]
    problems = [problem for _, _, workload in asked for problem in _parameter_problems(records, workload)]
    if problems:
        raise PlanningError(tuple(problems))
    sizes = _sizes(records, demands, [workload for _, _, workload in asked], hosting)
    short = [problem for (_, _, w), size in zip(asked, sizes, strict=True) for problem in _too_small(records, w, size)]
    if short:
        raise PlanningError(tuple(short))
    groups = [
        _group(records, service, level, workload, size, hosting.stands.get(workload.id, records.province.core))
        for (service, level, workload), size in zip(asked, sizes, strict=True)
    ]
    return tuple(sorted(groups, key=lambda group: natural_key(group.id)))


def machine_names(workload: Workload, count: int) -> tuple[str, ...]:
    """Names of `count` machines: those given first, the others numbered."""
    return tuple(workload.machines[i] if i < len(workload.machines) else f"{workload.id}-{i + 1}" for i in range(count))


def pool_of(records: Records, zone: str, level: int, site: str) -> str:
    """Machines of different pools share no host: sites, physically separate zones, levels from the policy's on."""
    separate = {entry.id for entry in records.zones if entry.separation == "physical"}
    parts = [f"zone {zone}"] if zone in separate else []
    if level >= records.placement.zone_levels_physical_from:
        parts.append(f"level {level}")
    return ", ".join([*parts, *([f"site {site}"] if site != records.province.core else [])]) or "shared"


def idle_pool(records: Records, site: str) -> str:
    """Return the pool of a host on which nothing runs."""
    return f"site {site}" if site != records.province.core else "shared"


def _group(records: Records, service: str | None, level: Level, workload: Workload, size: Size, site: str) -> Group:
    return Group(
        id=workload.id,
        service=service,
        role=workload.role,
        zone=workload.zone,
        level=level,
        form=workload.form,
        names=machine_names(workload, size.replicas),
        spread=workload.spread,
        licence=workload.licence,
        need=tuple(float(getattr(size, resource)) for resource in RESOURCES),
        pool=pool_of(records, workload.zone, level, site),
        site=site,
        height_u=workload.height_u,
        power_w=stated(workload.power_w),
        weight_kg=stated(workload.weight_kg),
        ports=workload.ports,
        price_vnd=counted(workload.price_vnd),
        sizing=tuple(size.steps),
        beside=tuple((beside.workload, beside.within) for beside in workload.beside),
        fullness=size.fullness,
        whole=size.whole,
    )


def _sizes(
    records: Records, demands: Mapping[str, SiteDemand], workloads: Sequence[Workload], hosting: Hosting
) -> list[Size]:
    sizes = [Size.smallest(workload) for workload in workloads]
    for kinds in PASSES:
        context = _context(records, demands, workloads, sizes, hosting)
        for workload, size in zip(workloads, sizes, strict=True):
            if workload.sizing and workload.sizing.kind in kinds:
                formula, _ = FORMULAS[workload.sizing.kind]
                formula(size, {name: amount.value for name, amount in workload.sizing.parameters.items()}, context)
    return sizes


def _context(
    records: Records,
    demands: Mapping[str, SiteDemand],
    workloads: Iterable[Workload],
    sizes: Iterable[Size],
    hosting: Hosting,
) -> Context:
    pairs = list(zip(workloads, sizes, strict=True))
    vms = [(workload, size) for workload, size in pairs if workload.form == "vm"]
    officials = sum(site.officials for site in records.sites)
    population = records.province.population
    return Context(
        officials=officials,
        workstations=officials * records.figures.get("workstations_per_official", 0.0),
        people=population[-1].people.value if population else 0,
        machines=sum(size.replicas for _, size in pairs),
        firewalls=sum(size.replicas for workload, size in pairs if workload.role == "firewall"),
        vm_network_mbps=sum(size.network_mbps * size.replicas for _, size in vms),
        vm_disk_gib=sum(
            size.disk_gib * size.replicas
            for workload, size in vms
            if workload.sizing is None or workload.sizing.kind != "backup"
        ),
        down_mbps=sum(demand.down_mbps for demand in demands.values()),
        up_mbps=sum(demand.up_mbps for demand in demands.values()),
        meetings=seats(records, hosting, records.province.core),
        bridge_seats=max((tree.bridge_capacity.value for tree in records.conferences), default=0),
        endpoint_mbps=max(
            (rate.value for tree in records.conferences for rate in tree.endpoint_mbps.values()), default=0.0
        ),
        core_bridges=hosting.core_bridges,
    )


def _parameter_problems(records: Records, workload: Workload) -> list[Problem]:
    if workload.sizing is None:
        return []
    kind, given = workload.sizing.kind, workload.sizing.parameters
    _, wanted = FORMULAS[kind]
    place = where(records, f"workload/{workload.id}/sizing", f"workload/{workload.id}")
    table = "docs/models/appliances.md lists them"
    problems = [
        Problem("E-ENG-401", f"sizing '{kind}' of workload '{workload.id}' lacks parameter '{name}'", table, place)
        for name in wanted
        if name not in given
    ]
    problems += [
        Problem("E-ENG-402", f"sizing '{kind}' of workload '{workload.id}' knows no parameter '{name}'", table, place)
        for name in sorted(given)
        if name not in wanted
    ]
    for name in sorted(set(given) & set(wanted)):
        value = given[name].value
        exact = where(records, f"workload/{workload.id}/sizing/parameters/{name}") or place
        if name in POSITIVE and value <= 0:
            text = f"parameter '{name}' of workload '{workload.id}' is {value:g}: the formula divides by it"
            problems.append(Problem("E-ENG-403", text, "give a number above 0", exact))
        if name in SHARES and (value > 1 or (name == "free_share" and value >= 1)):
            text = f"parameter '{name}' of workload '{workload.id}' is {value:g}, not a share"
            problems.append(Problem("E-ENG-404", text, "give a number between 0 and 1", exact))
    return problems


def _too_small(records: Records, workload: Workload, size: Size) -> list[Problem]:
    if size.short is None:
        return []
    name, needed, rated = size.short
    return [
        Problem(
            "E-PLAN-413",
            f"one unit of '{workload.id}' is rated {name} {rated:g}, {needed:.6g} is needed",
            f"one with {name} of at least {needed:.6g}, or less demand",
            where(records, f"workload/{workload.id}/sizing/parameters/{name}", f"workload/{workload.id}"),
        )
    ]
