"""No two machines of a plan share an address: sizing may make more machines of a workload than the records name."""

from planner.errors import PlanningError, Problem, where
from planner.plan import Machine, Plan
from topology.model import Records


def require_distinct(plan: Plan, records: Records) -> None:
    """Refuse a plan in which two interfaces of one segment have one address.

    Raises
    ------
    PlanningError
        E-PLAN-418 for each pair, at the workload that stands in the way.

    """
    problems = []
    holder: dict[tuple[str, str], Machine] = {}
    for machine in plan.machines:
        for leg in machine.interfaces:
            first = holder.setdefault((leg.segment, leg.address), machine)
            if first is not machine:
                problems.append(_problem(first, machine, leg.address, records))
    if problems:
        raise PlanningError(tuple(problems))


def _problem(first: Machine, second: Machine, address: str, records: Records) -> Problem:
    return Problem(
        "E-PLAN-418",
        f"'{first.id}' and '{second.id}' would both be {address}: sizing made more machines than the records leave "
        "addresses for",
        f"move the workload of '{second.id}' to a free address_offset, or name as many replicas as sizing makes",
        where(records, f"workload/{second.id.rpartition('-')[0]}/address_offset", f"service/{second.service}"),
    )
