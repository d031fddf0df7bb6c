"""The independent checker: other code, same answer, or no plan. It imports no model and no solver."""

from dataclasses import replace

from planner.checker.availability import verify_availability
from planner.checker.conference import verify_conference
from planner.checker.consolidation import verify_consolidation
from planner.checker.datacentre import verify_datacentre
from planner.checker.ledger import verify_ledger
from planner.checker.network import verify_network
from planner.checker.rerouting import verify_rerouting
from planner.checker.standing import stands, verify_standing
from planner.checker.stays import verify_stays
from planner.checker.trends import verify_trends
from planner.checker.violation import Violation
from planner.checker.years import verify_years
from planner.plan import Plan, Verdict
from topology.demands import demands
from topology.model import Hosting, Network

__all__ = [
    "Violation",
    "as_decided",
    "verify",
    "verify_availability",
    "verify_datacentre",
    "verify_ledger",
    "verify_network",
    "verify_rerouting",
    "verify_trends",
    "verify_years",
]

SLACK = 1e-6


def verify(plan: Plan, network: Network, previous: Plan | None = None) -> tuple[Verdict, list[Violation]]:
    """Check a whole plan against the records it was made from; a plan with violations must not be used."""
    network = as_decided(plan, network)
    halves = [verify_network(plan.network, network), (*_with_states(plan, network),)]
    if not halves[0][2]:  # the others follow routes over links that are there
        for checked, found in (verify_conference(plan, network), verify_consolidation(plan, network)):
            halves.append((checked, 0, found))
    violations = [violation for half in halves for violation in half[2]]
    for proof in (*plan.proofs, *(p for p in (plan.joint, plan.moves_proof) if p)):
        if proof.bound > proof.objective * (1 + SLACK):
            violations.append(Violation("proof", proof.part, f"bound {proof.bound} above objective {proof.objective}"))
        if (proof.status == "optimal") != (proof.gap == 0) and proof.status == "optimal" and proof.gap > 1e-4:
            violations.append(Violation("proof", proof.part, f"called optimal with a gap of {proof.gap}"))
    paid = sum(link.cost.present_value_vnd for link in plan.network.links)
    paid += sum(point.cost.present_value_vnd for point in plan.network.concentration_points)
    if paid != plan.costs.network.present_value_vnd:
        violations.append(Violation("cost", "network", f"sums to {paid}, not {plan.costs.network.present_value_vnd}"))
    foretold, astray = verify_trends(plan, network)
    violations += astray
    written, wrong = verify_ledger(plan, network)
    compared, other = verify_stays(plan, network, previous)
    placed, elsewhere = verify_standing(plan, network)
    violations += wrong + other + elsewhere
    if plan.digest != network.records.digest:
        violations.append(Violation("plan", plan.digest[:12], "was made from other records"))
    later_checked, later = (0, []) if violations else verify_years(plan, network)  # years stand on both halves
    violations += later
    routed, rerouted = (0, []) if violations else verify_rerouting(plan, network)
    violations += rerouted
    reached, unreached = (0, []) if violations else verify_availability(plan, network)
    violations += unreached
    checked, states = (
        sum(half[0] for half in halves) + foretold + written + compared + placed + later_checked + reached + routed,
        sum(half[1] for half in halves),
    )
    return Verdict(checked=checked, states=states, violations=len(violations)), violations


def as_decided(plan: Plan, network: Network) -> Network:
    """Return the network with the demands that follow from the bridges, rooms and machines of the plan."""
    homes = dict(plan.conference.homes) if plan.conference else {}
    rooms = plan.consolidation.rooms if plan.consolidation else None
    moved = None if rooms is None else frozenset(room.id for room in rooms if room.moves)
    known = {site.id for site in network.records.sites}
    away, mbps = stands(plan, network.records)
    homes = {group: home for group, home in homes.items() if home in known}
    hosting = Hosting(homes=homes, moved=moved, stands=away, stands_mbps=mbps)
    return replace(network, hosting=hosting, demands=demands(network.records, hosting))


def _with_states(plan: Plan, network: Network) -> tuple[int, int, list[Violation]]:
    checked, violations = verify_datacentre(plan, network)
    return checked, len(plan.datacentre.evacuations), violations
