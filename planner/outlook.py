"""What the decisions mean later: availability, the day when things are full, the first year's money, who moves in.

Nothing is decided here; a plan gets its estimates and the warnings that follow from them.
"""

from collections.abc import Iterator, Mapping

from planner import availability
from planner.datacentre.findings import ENGLISH, VIETNAMESE
from planner.errors import where
from planner.failures.planned import rerouting
from planner.growth import BANDS, Use, full_quarter, paths, told
from planner.plan import Finding, Full, Plan, PlannedLink, SiteDecision
from topology.model import Network, Records
from topology.order import natural_key
from topology.schema.base import Name

LISTED_LINES = 10
"""Access lines listed: those full first."""


def with_outlook(plan: Plan, network: Network) -> Plan:
    """Return the plan with its estimates and their warnings."""
    records = network.records
    estimated = availability.availabilities(plan.network, records)
    routed = rerouting(plan.network, records)
    full = (*resources(plan, records), *lines(plan, network))
    warnings = (
        *availability.findings(estimated, records),
        *_over_budget(plan, records),
        *_soon_full(full, records),
        *_moving(plan, network),
    )
    return plan.model_copy(
        update={
            "network": plan.network.model_copy(update={"availability": estimated, "rerouting": routed}),
            "services": availability.services(plan, records, estimated),
            "growth": told(records),
            "outlook": full,
            "findings": (*plan.findings, *warnings),
        }
    )


def resources(plan: Plan, records: Records) -> tuple[Full, ...]:
    """Say when each resource of the hosts is full: what is left of the pool after the worst survived loss."""
    limit = records.placement.full_share.value
    found = []
    for resource, share in plan.datacentre.used_share.items():
        parts: dict[str, float] = {}
        for machine in plan.machines:
            if machine.host:
                owner = machine.service or ""
                parts[owner] = parts.get(owner, 0.0) + float(getattr(machine, resource))
        used = sum(parts.values())
        room = used / share * limit if share else 0.0
        found.append(_full(records, "resource", resource, share, [Use(parts, room)] if room else []))
    return tuple(found)


def lines(plan: Plan, network: Network) -> tuple[Full, ...]:
    """Say when the primary access lines that are full first are full; an access line serves one site alone."""
    records = network.records
    limit = records.network_policy.max_occupancy.value
    links = {link.id: link for link in plan.network.links}
    found = []
    for site in plan.network.sites:
        line = links[site.primary.links[0]]
        rates = network.demands[site.id].by_service
        uses = [
            Use({service: ways[way] for service, ways in rates.items()}, line.capacity_mbps * limit) for way in (0, 1)
        ]
        share = line.normal_mbps / line.capacity_mbps
        found.append(_full(records, "line", line.id, share, uses))
    dated = sorted((one for one in found if one.p90), key=lambda one: (one.p90 or "", natural_key(one.id)))
    return tuple(dated[:LISTED_LINES])


def _full(records: Records, kind: str, name: str, share: float, uses: list[Use]) -> Full:
    first = records.province.plan_year
    median, high = (full_quarter(uses, paths(records, band), first) for band in BANDS)
    return Full(kind=kind, id=name, share=round(share, 4), p50=median, p90=high)


def _over_budget(plan: Plan, records: Records) -> Iterator[Finding]:
    """W-PLAN-602: what is bought in the first year, overdue replacements included, against the year's budget."""
    models = {model.id: model for model in records.host_models}
    overdue = sum(
        models[host.model].price_vnd.value
        for host in records.existing_hosts
        if host.bought_year + models[host.model].life_years.value <= records.province.plan_year
    )
    bought, budget = plan.costs.total.one_off_vnd + overdue, records.money.budget_vnd(records.province.plan_year)
    if bought > budget:
        yield _finding(
            records,
            "W-PLAN-602",
            "policy/money/annual_budget_vnd",
            f"the first year's purchases of {bought:,} VND exceed the year's budget of {budget:,} VND",
            f"mua sắm năm đầu {_dots(bought)} đồng, vượt ngân sách năm {_dots(budget)} đồng",
        )


def _soon_full(full: tuple[Full, ...], records: Records) -> Iterator[Finding]:
    """W-PLAN-603: a resource that will be full within the horizon if services grow at their median rates."""
    limit = records.placement.full_share.value
    last = f"{records.province.plan_year + records.money.horizon_years - 1}-Q4"
    for one in full:
        if one.kind == "resource" and one.share < limit and one.p50 and one.p50 <= last:
            yield _finding(
                records,
                "W-PLAN-603",
                "policy/placement/full_share",
                f"{ENGLISH[one.id]} of the hosts: full in {one.p50} at median growth, within the horizon of the plan",
                f"{VIETNAMESE[one.id]} của các máy chủ: đầy vào {one.p50} theo mức tăng trung vị, trong kỳ kế hoạch",
            )


def _moving(plan: Plan, network: Network) -> Iterator[Finding]:
    """W-PLAN-604: servers that move in are reached over their agency's line, which may be too slow for them."""
    records = network.records
    if records.moving is not None:
        return  # `planner.joint` has weighed them, and the lines carry those that move
    limit = records.network_policy.max_occupancy.value
    sites: Mapping[str, SiteDecision] = {site.id: site for site in plan.network.sites}
    links: Mapping[str, PlannedLink] = {link.id: link for link in plan.network.links}
    for small in records.small_data_centres:
        count, each = small.servers_max.value, small.vm.network_mbps.value
        line = links[sites[small.site].primary.links[0]]
        needed = network.demands[small.site].peak_mbps + count * each
        if needed > limit * line.capacity_mbps:
            yield _finding(
                records,
                "W-PLAN-604",
                f"small-data-centre/{small.id}",
                f"if the {count} servers of {small.owner} move in, up to {needed:.0f} Mbit/s cross {line.id}, which "
                f"may carry {limit * line.capacity_mbps:.0f}",
                f"nếu {count} máy chủ của {small.owner} chuyển vào, tới {needed:.0f} Mbit/s đi qua {line.id}, vốn chỉ "
                f"được tải {limit * line.capacity_mbps:.0f}",
            )


def _finding(records: Records, code: str, path: str, en: str, vi: str) -> Finding:
    place = where(records, f"{path}/value", path)
    return Finding(code=code, where=str(place or ""), text=Name(en=en, vi=vi))


def _dots(vnd: int) -> str:
    return f"{vnd:,}".replace(",", ".")
