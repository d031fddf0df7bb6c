"""A workload in words: its machines and where they stand, the arithmetic of their size, how long appliances last."""

from collections.abc import Iterator

from planner.plan import Machine, Plan
from provdc.explanation.context import Context, Explanation
from provdc.explanation.years import later_rows
from topology.model import Records
from topology.schema.services import Workload


def of_workload(context: Context, wanted: str) -> Explanation | None:
    """Explain what the records ask for and the plan makes several machines of."""
    plan = context.plan
    found = next((load for load in workloads(context.records) if load.id == wanted), None)
    if found is None or plan is None:
        return None
    machines = machines_of(plan, found)
    rows = [(context.say("name"), f"{found.role}, {found.zone}")]
    rows += [
        (machine.id, " · ".join(part for part in (machine.host, machine.rack, machine.site) if part))
        for machine in machines
    ]
    arithmetic = machines[0].sizing if machines else ()
    rows += [(context.say("arithmetic"), f"{what}: {formula}") for what, formula in arithmetic]
    rows += later_rows(context, plan, wanted)
    path = f"workload/{wanted}"
    rows.append((context.say("records"), f"{context.records.positions.get(path, '')}  {path}".strip()))
    return Explanation(wanted, "workload", rows, {"id": wanted, "machines": [machine.id for machine in machines]})


def workloads(records: Records) -> Iterator[Workload]:
    """Give the workloads of all services and of the small data centres."""
    for service in records.services:
        yield from service.workloads
    for small in records.small_data_centres:
        yield small.vm


def machines_of(plan: Plan, workload: Workload) -> list[Machine]:
    """Return the machines of a workload: those that it names, and its numbered ones."""
    return [
        machine
        for machine in plan.machines
        if machine.id in workload.machines
        or (machine.id.rpartition("-")[0] == workload.id and machine.id.rpartition("-")[2].isdigit())
    ]
