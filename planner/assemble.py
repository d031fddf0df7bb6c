"""From both halves to one plan: it decides nothing."""

from planner.datacentre.answer import DataCentreAnswer
from planner.datacentre.answer import total as add_costs
from planner.machines import Machines
from planner.plan import (
    Assumption,
    Citation,
    Conference,
    Cost,
    CostSummary,
    Finding,
    Network,
    Place,
    Plan,
    Proof,
    ScenarioUse,
    ServiceLoad,
    Verdict,
)
from planner.segments import flow_plans, segments, zone_plans
from topology.assumptions import assumptions
from topology.candidates import short
from topology.model import Network as Planned
from topology.model import Records
from topology.order import natural


def core_place(planned: Planned) -> Place:
    """Return where the data centre is."""
    site = next(site for site in planned.records.sites if site.id == planned.core)
    return Place(name=site.name, lat=site.lat, lon=site.lon)


def assemble(
    planned: Planned,
    network: Network,
    datacentre: DataCentreAnswer,
    proofs: tuple[Proof, ...],
    *,
    version: str,
    findings: tuple[Finding, ...],
    verdict: Verdict,
    conference: Conference | None = None,
) -> Plan:
    """Put the plan together; it decides nothing."""
    records, machines = planned.records, Machines(planned, datacentre)
    network_cost = add_costs([link.cost for link in network.links] + [p.cost for p in network.concentration_points])
    boxes = add_costs([place.cost for place in conference.bridges] if conference else [])
    return Plan(
        version=version,
        province=records.province.id,
        name=records.province.name,
        digest=records.digest,
        scenarios=tuple(
            ScenarioUse(
                id=use.scenario.id,
                name=use.scenario.name,
                why=use.scenario.why,
                committed=use.scenario.committed,
                over=use.scenario.over,
                values=sum(len(patch.values) for patch in use.patches),
            )
            for use in records.scenarios
        ),
        core=planned.core,
        core_place=core_place(planned),
        domain=records.province.domain,
        network=network,
        datacentre=datacentre.part,
        machines=machines.all,
        segments=segments(machines),
        zones=zone_plans(machines),
        flows=flow_plans(machines),
        services=services(machines),
        slice_machines=slice_machines(machines),
        costs=CostSummary(
            network=network_cost,
            datacentre=datacentre.cost,
            conference=boxes,
            total=_sum(network_cost, datacentre.cost, boxes),
            horizon_years=records.money.horizon_years,
            discount_rate=records.money.discount_rate.value,
        ),
        proofs=proofs,
        verdict=verdict,
        assumptions=tuple(
            Assumption(where=a.where, what=a.what, value=a.value, reason=a.reason) for a in assumptions(records)
        ),
        findings=findings,
        conference=conference,
        carriers={carrier.id: carrier.name for carrier in records.carriers},
        sources=tuple(Citation(id=s.id, title=s.title, where=s.where, licence=s.licence) for s in records.sources),
        policy=limits_of(records),
    )


def services(machines: Machines) -> tuple[ServiceLoad, ...]:
    """Return every service with its machines and its traffic on the network."""
    loads: dict[str, tuple[float, float]] = {}
    for demand in machines.planned.demands.values():
        for service, (down, up) in demand.by_service.items():
            before = loads.get(service, (0.0, 0.0))
            loads[service] = (before[0] + down, before[1] + up)
    return tuple(
        ServiceLoad(
            id=service.id,
            name=service.name,
            level=service.level,
            machines=tuple(machine.id for machine in machines.all if machine.service == service.id),
            down_mbps=round(loads.get(service.id, (0.0, 0.0))[0], 3),
            up_mbps=round(loads.get(service.id, (0.0, 0.0))[1], 3),
            integrates=service.integrates,
        )
        for service in machines.records.services
    )


def slice_machines(machines: Machines) -> tuple[str, ...]:
    """Return the machines of the lab: those named, and gateway and client of each site named."""
    chosen = set(machines.records.slice.machines)
    for site in machines.records.slice.sites:
        chosen |= {f"gw-{short(site)}", f"client-{short(site)}"}
    return tuple(natural(chosen))


def limits_of(records: Records) -> dict[str, float]:
    """Return the limits that tests and reports need."""
    return {
        "max_occupancy": records.network_policy.max_occupancy.value,
        "warn_occupancy": records.network_policy.warn_occupancy.value,
        "warn_share": records.placement.warn_share.value,
        "full_share": records.placement.full_share.value,
    }


def _sum(*costs: Cost) -> Cost:
    return add_costs(list(costs))
