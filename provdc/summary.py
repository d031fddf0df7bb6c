"""What the first screen says about a plan: feasible, cost, worst, what next. Imports the plan, nothing else of ours."""

from dataclasses import dataclass

from planner.plan import Plan, PlannedLink


@dataclass(frozen=True, slots=True)
class Summary:
    """The plan in one screen; the same facts head the report and `plan --json`."""

    sites: int
    """Points of the network, the data centre not counted."""
    states: int
    """Failure states examined."""
    violations: int
    """Promises broken in them."""
    present_value_vnd: int
    """Of everything, over the horizon."""
    bound_vnd: float
    """No plan is cheaper: the present value of everything, less what the solvers could still save at best."""
    gap: float
    """(objective - bound) / objective of what is decided, both halves together."""
    horizon_years: int
    """Length of the plan."""
    worst_state: str | None
    """State that sends most sites to their mobile backup or cuts them off."""
    worst_state_sites: int
    """How many."""
    worst_state_cuts: int
    """How many of them have no path at all."""
    fullest_link: str | None
    """Link with the highest occupancy in any survived state."""
    fullest_link_state: str | None
    """That state."""
    fullest_link_share: float
    """That occupancy, 0 to 1."""
    hosts: int
    """Physical servers."""
    bought: int
    """Of these to buy."""
    racks: int
    """Racks with something planned in them."""
    scarcest: str | None
    """Resource of the pool that is fullest after the worst survived loss."""
    scarcest_share: float
    """How full, 0 to 1."""
    first_full: str | None
    """Resource of the pool that is full first as services grow; None when none is within 20 years."""
    full_p50: str | None
    """Quarter, at median growth."""
    full_p90: str | None
    """Quarter, if every service grows at its P90."""
    full_share: float
    """From here a resource counts as full, 0 to 1."""


def summarise(plan: Plan) -> Summary:
    """Return the facts of the first screen."""
    sweep = plan.network.sweep
    impact = dict(sweep.on_mobile)
    for state, sites in sweep.cut_off.items():
        impact[state] = impact.get(state, 0) + len(sites)
    worst_state = max(impact, key=lambda state: (impact[state], state), default=None)
    highest = max(sweep.highest, key=lambda item: (item[2], item[0]), default=None)
    link, in_state, share = highest or (None, None, 0.0)
    halves = [proof for proof in plan.proofs if proof.part != "years"]
    objective = sum(proof.objective for proof in halves)
    bound = sum(proof.bound for proof in halves)
    used = plan.datacentre.used_share
    scarcest = max(used, key=lambda resource: (used[resource], resource), default=None)
    dated = [one for one in plan.outlook if one.kind == "resource" and one.p90]
    full = min(dated, key=lambda one: (one.p50 or "9999", one.p90 or "9999", one.id), default=None)
    return Summary(
        sites=len(plan.network.sites),
        states=plan.verdict.states,
        violations=plan.verdict.violations,
        present_value_vnd=plan.costs.total.present_value_vnd,
        bound_vnd=plan.costs.total.present_value_vnd - (objective - bound),
        gap=(objective - bound) / objective if objective else 0.0,
        horizon_years=plan.costs.horizon_years,
        worst_state=worst_state,
        worst_state_sites=impact[worst_state] if worst_state else 0,
        worst_state_cuts=len(sweep.cut_off.get(worst_state, ())) if worst_state else 0,
        fullest_link=link,
        fullest_link_state=in_state,
        fullest_link_share=share,
        hosts=len(plan.datacentre.hosts),
        bought=sum(not host.existing for host in plan.datacentre.hosts),
        racks=len({host.rack for host in plan.datacentre.hosts}),
        scarcest=scarcest,
        scarcest_share=used[scarcest] if scarcest else 0.0,
        first_full=full.id if full else None,
        full_p50=full.p50 if full else None,
        full_p90=full.p90 if full else None,
        full_share=plan.policy.get("full_share", 1.0),
    )


def occupancy(link: PlannedLink) -> tuple[float, float]:
    """Return the occupancy of a link with nothing failed and in its worst survived state, 0 to 1."""
    worst = max([item.mbps for item in link.worst] + [link.normal_mbps])
    return link.normal_mbps / link.capacity_mbps, worst / link.capacity_mbps


def fails_in(link: PlannedLink, state: str) -> bool:
    """Tell whether a state takes this link down, as far as the plan alone can say (flood zones are in the records)."""
    kind, _, name = state.partition(":")
    match kind:
        case "link":
            return link.id == name
        case "duct":
            return name in link.ducts
        case "exchange":
            return name in (link.a, link.b)
        case "carrier":
            return link.carrier == name
        case _:
            return False
