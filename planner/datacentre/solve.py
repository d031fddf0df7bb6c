"""The data-centre half of a plan: size, place, name."""

from collections.abc import Mapping
from dataclasses import replace
from importlib import metadata

from planner.datacentre.answer import DataCentreAnswer, answer
from planner.datacentre.continuity import Before, keep
from planner.datacentre.hardware import Hardware
from planner.datacentre.known import Known
from planner.datacentre.sizing import RESOURCES
from planner.datacentre.workloads import Group, expand
from planner.limits import Limits, Report, Watch, silent
from planner.plan import Plan, Proof
from topology.model import Network


def solve(
    network: Network,
    limits: Limits,
    report: Report = silent,
    watch: Watch | None = None,
    previous: Plan | None = None,
    known: Known | None = None,
    images_gib: Mapping[str, float] | None = None,
) -> tuple[DataCentreAnswer, Proof]:
    """Return the data-centre half and its proof; the objective is the present value of the data centre.

    Parameters
    ----------
    images_gib
        Workload → GiB that must be free beside each of its machines, wherever one may stand.

    Raises
    ------
    PlanningError
        When no placement exists or a sizing cannot be computed.

    """
    hardware = Hardware(network.records)
    groups = expand(network.records, network.demands, network.hosting)
    roomy = [_with_image(group, (images_gib or {}).get(group.id, 0.0)) for group in groups]
    placement = (known or Known()).place(hardware, roomy, limits, report, watch)
    stay: int | None = None
    if previous is not None:
        held = keep(hardware, roomy, placement, Before.of(previous), watch or Watch(limits))
        placement, stay = held.placed, held.bound
    found = replace(answer(hardware, groups, placement), stay_bound=stay)
    objective, bound = float(placement.objective_vnd), float(placement.bound_vnd)
    proof = Proof(
        part="datacentre",
        status="optimal" if placement.optimal else "feasible",
        objective=objective,
        bound=bound,
        gap=round((objective - bound) / objective, 6) if objective else 0.0,
        solver=f"CP-SAT {metadata.version('ortools')}",
        seed=limits.seed,
        work={"rounds": placement.rounds, "groups": len(groups), "machines": sum(group.count for group in groups)},
        cut_short=placement.cut_short,
    )
    return found, proof


def _with_image(group: Group, more_gib: float) -> Group:
    """Return a group whose machines take more disk."""
    disk = RESOURCES.index("disk_gib")
    need = (*group.need[:disk], group.need[disk] + more_gib, *group.need[disk + 1 :])
    return replace(group, need=need) if more_gib else group
