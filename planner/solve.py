"""From a network to a checked plan: both halves, the plan, the checker's verdict. Reads like the sentence."""

import time
from dataclasses import replace
from importlib import metadata

from planner import checker
from planner.addresses import require_distinct
from planner.assemble import assemble
from planner.changeover import with_changeover
from planner.continuity import with_stays
from planner.datacentre.answer import DataCentreAnswer
from planner.datacentre.solve import solve as solve_datacentre
from planner.errors import PlanningError, Problem
from planner.joint import certificate, settle
from planner.joint.parts import bridges_part, no_order, sites_part, with_rooms
from planner.ledger import with_ledger
from planner.limits import Limits, Progress, Report, Watch, silent
from planner.network import solve as solve_network
from planner.outlook import with_outlook
from planner.plan import Finding, Plan, Proof, Verdict
from planner.plan_io import require_same_province
from planner.shared import Shared
from planner.years import with_years
from topology.check.engineering import check_engineering
from topology.model import Network
from topology.schema.base import Name

YEARS_SHARE = 0.15
"""Of the clock that the halves leave to the purchases of the years, which need a few seconds of it."""

IMAGES = (1.0, 0.5, 0.25)
"""Shares of all images for which room is looked for on the hosts: a few servers are copied at a time."""


def solve(
    network: Network,
    limits: Limits | None = None,
    report: Report = silent,
    previous: Plan | None = None,
    shared: Shared | None = None,
) -> tuple[Plan, dict[str, float]]:
    """Plan a province.

    Parameters
    ----------
    network
        What `topology.build` made of checked records.
    limits
        Wall clock is a safety net; see `planner.limits`.
    report
        Called with each step of the solve.
    previous
        An earlier plan: among the cheapest data centres and networks those that change it least.
    shared
        What plans of the same province under other promises have found.

    Returns
    -------
    tuple
        The plan, and part → seconds for the run record.

    Raises
    ------
    PlanningError
        E-PLAN-504 for an earlier plan of another province, E-PLAN-… when no plan exists, or E-PLAN-600 when the
        independent checker refuses the answer.

    """
    if previous is not None:
        require_same_province(previous, network.records.province.id)
    limits, shared = limits or Limits(), shared or Shared()
    earlier = previous.network if previous else None
    watch, seconds = Watch(limits), {}
    halves = Watch(replace(limits, time_limit_s=(1 - YEARS_SHARE) * limits.time_limit_s), watch.started)
    settled = settle(network, limits, report, halves, earlier, shared)
    decided, network = settled.decided, settled.network
    seconds["joint"] = watch.seconds
    datacentre, placed = solve_datacentre(network, limits, report, halves, previous, shared.known)
    seconds["datacentre"] = watch.seconds - seconds["joint"]
    found = settled.found or solve_network(network, limits, report, halves, earlier, shared.lead(network))
    seconds["network"] = watch.seconds - seconds["joint"] - seconds["datacentre"]

    def whole(datacentre: DataCentreAnswer, placed: Proof) -> tuple[Plan, DataCentreAnswer]:
        assembled = assemble(
            network,
            found.parts,
            datacentre,
            (found.proof, placed),
            version=metadata.version("provdc"),
            findings=(*_findings(network), *datacentre.findings),
            verdict=Verdict(checked=0, states=0, violations=0),
            conference=bridges_part(decided, network, found.parts, datacentre),
        )
        return with_rooms(assembled, decided, network, watch), datacentre

    assembled, datacentre = whole(datacentre, placed)
    for share in IMAGES if no_order(assembled) else ():
        again = _with_space_for_images(network, limits, halves, previous, shared, placed, share)
        other = None if again is None else whole(*again)
        if other is not None and not no_order(other[0]):
            assembled, datacentre = other
            break
    joint = certificate(decided, network, found.proof, limits.seed, settled.elsewhere)
    if joint is not None and settled.cut_short:
        joint = joint.model_copy(update={"cut_short": True})
    assembled = assembled.model_copy(update={"joint": joint, "sites": sites_part(settled, found, joint)})
    assembled = with_stays(assembled, network, previous, datacentre.stay_bound)
    require_distinct(assembled, network.records)
    today = with_changeover(with_ledger(with_outlook(assembled, network), network), network)
    began = time.monotonic()
    unchecked = with_years(today, network, limits, report, watch)
    seconds["years"] = time.monotonic() - began
    report(Progress("checker", "every promise again", None, None, None, watch.seconds))
    began = time.monotonic()
    plan = unchecked.model_copy(update={"verdict": judged(unchecked, network, previous)})
    seconds["checker"] = time.monotonic() - began
    return plan, seconds


def _with_space_for_images(
    network: Network, limits: Limits, watch: Watch, previous: Plan | None, shared: Shared, placed: Proof, share: float
) -> tuple[DataCentreAnswer, Proof] | None:
    """Return a data centre of the same cost with room for a share of the images of all servers that move in, or None.

    A first placement leaves no thought to the images of copies, so that there may be no order of moves into it.
    """
    moving = network.records.moving
    if moving is None:
        return None
    images = {
        small.vm.id: share * moving.staging_share.value * small.vm.disk_gib.value
        for small in network.records.small_data_centres
    }
    try:
        found, proof = solve_datacentre(network, limits, silent, watch, previous, shared.known, images)
    except PlanningError:
        return None
    return (found, placed) if proof.objective <= placed.objective else None


def judged(plan: Plan, network: Network, previous: Plan | None = None) -> Verdict:
    """Return the checker's verdict on a plan.

    Raises
    ------
    PlanningError
        E-PLAN-600 with every broken promise: such a plan is never written.

    """
    verdict, violations = checker.verify(plan, network, previous)
    if violations:
        hint = "This is a defect of provdc, not of the records: please report it with the records."
        raise PlanningError(tuple(Problem("E-PLAN-600", str(violation), hint) for violation in violations))
    return verdict


def _findings(network: Network) -> tuple[Finding, ...]:
    return tuple(
        Finding(code=f.code, where=f.where, text=Name(vi=f.message.vi, en=f.message.en))
        for f in check_engineering(network.records)
        if f.severity == "warning"
    )
