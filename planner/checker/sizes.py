"""Checks every formula-sized machine against a computation of its own, from the records and the demands alone."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from planner.checker.conference import Meetings
from planner.checker.examined import RESOURCES, Examined
from planner.checker.violation import Violation
from topology.model import SiteDemand
from topology.schema.services import Workload

ROUNDING = 0.02
MBIT_PER_MIB = 8.388608


@dataclass(frozen=True, slots=True)
class Province:
    """What the formulas read, counted from the plan's machines."""

    officials: int
    workstations: float
    people: int
    machines: int
    firewalls: int
    vm_network_mbps: float
    vm_disk_gib: float
    demand_mbps: float


def sizes(seen: Examined, demands: Mapping[str, SiteDemand]) -> Iterator[Violation]:
    """Every machine of a sized workload has at least what its formula asks for, and there are enough bridges."""
    province = _province(seen, demands)
    for name, (_, _, workload) in seen.workloads.items():
        machines = [machine for machine in seen.machines.values() if seen.workload_of.get(machine.id) == name]
        if workload.sizing is None or not machines:
            continue
        wanted = _wanted(seen, workload, len(machines), province)
        if len(machines) < wanted.pop("replicas", 0):
            yield Violation("workload", name, "has fewer machines than its formula asks for")
        for machine in machines:
            for resource in RESOURCES:
                need = max(wanted.get(resource, 0.0), getattr(workload, resource).value)
                if abs(getattr(machine, resource) - need) > ROUNDING:
                    text = f"{resource} is {getattr(machine, resource):g}, its formula gives {need:g}"
                    yield Violation("machine", machine.id, text)
        for what, need in _ratings(workload, len(machines), province).items():
            if need > workload.sizing.parameters[what].value * (1 + 1e-9):
                yield Violation("workload", name, f"{what} of one unit is below {need:g}")


def _province(seen: Examined, demands: Mapping[str, SiteDemand]) -> Province:
    records = seen.records
    officials = sum(site.officials for site in records.sites)
    vms = [machine for machine in seen.machines.values() if machine.form == "vm"]
    stores = {name for name, (_, _, w) in seen.workloads.items() if w.sizing and w.sizing.kind == "backup"}
    return Province(
        officials=officials,
        workstations=officials * records.figures.get("workstations_per_official", 0.0),
        people=records.province.population[-1].people.value if records.province.population else 0,
        machines=len(seen.machines),
        firewalls=sum(machine.role == "firewall" for machine in seen.machines.values()),
        vm_network_mbps=sum(machine.network_mbps for machine in vms),
        vm_disk_gib=sum(m.disk_gib for m in vms if seen.workload_of.get(m.id) not in stores),
        demand_mbps=sum(demand.down_mbps + demand.up_mbps for demand in demands.values()),
    )


def _workers(rate: float, scan_s: float, wait_s: float, variation: float) -> int:
    """Fewest workers whose mean wait is allowed: Erlang C summed term by term in logarithms."""
    load = rate * scan_s
    for workers in range(math.floor(load) + 1, math.floor(load) + 10_000):
        if not load:
            return workers
        terms = [k * math.log(load) - math.lgamma(k + 1) for k in range(workers + 1)]
        waiting = math.exp(terms[workers]) * workers / (workers - load)
        chance = waiting / (sum(math.exp(term) for term in terms[:workers]) + waiting)
        if chance * scan_s / (workers - load) * (1 + variation * variation) / 2 <= wait_s * (1 + 1e-12):
            return workers
    return 10_000


def _ratings(workload: Workload, count: int, it: Province) -> dict[str, float]:
    """Return parameter → the least that one unit, or the rule of copies, must have."""
    if workload.sizing is None:
        return {}
    p = {name: amount.value for name, amount in workload.sizing.parameters.items()}
    match workload.sizing.kind:
        case "firewall":
            sessions = it.workstations * p["sessions_per_workstation"] + it.machines * p["sessions_per_machine"]
            through = it.demand_mbps + p["east_west_share"] * it.vm_network_mbps
            needs = {
                "inspected_mbps": through / max(1, count - 1),
                "rated_sessions": sessions,
                "rated_flow_mbps": p["largest_flow_mbps"],
            }
            return {name: need / p["load_share"] for name, need in needs.items()}
        case "waf":
            each = p["load_share"] * max(1, count - 1)
            rate = _requests(p, it)
            mbit = rate * p["exchange_kib"] / 1024 * MBIT_PER_MIB
            needs = {
                "rated_requests": rate,
                "rated_mbps": mbit,
                "rated_handshakes": rate / p["requests_per_connection"],
            }
            return {name: need / each for name, need in needs.items()}
        case "backup":
            changed = it.vm_disk_gib * p["used_share"] * p["daily_change_share"] / p["reduction"]
            away = changed * p["offsite_copies"] * 1024 * MBIT_PER_MIB / (3600 * p["offsite_hours"])
            return {"copies": 3, "media": 2, "offsite_copies": 1, "offsite_mbps": away}
        case _:
            return {}


WHOLE = {"firewall": "rated_sessions"}
"""Kind of appliance → the rating that every unit must have for the whole demand: more units do not relieve it."""
STILL = {"rated_flow_mbps"}
"""Ratings for something that does not grow with a service: one flow."""


def needed_of_ratings(
    seen: Examined, demands: Mapping[str, SiteDemand], workload: Workload, count: int
) -> dict[bool, float]:
    """Return the largest share of a rating that one unit needs: True: more units relieve it, False: they do not."""
    found = {True: 0.0, False: 0.0}
    if workload.sizing is None or workload.form != "appliance":
        return found
    for name, need in _ratings(workload, count, _province(seen, demands)).items():
        rated = workload.sizing.parameters[name].value
        if rated and name not in STILL:
            relieved = WHOLE.get(workload.sizing.kind) != name
            found[relieved] = max(found[relieved], need / rated)
    return found


def _requests(p: Mapping[str, float], it: Province) -> float:
    users = it.officials * p["users_per_official"] + it.people / 1000 * p["users_per_thousand_people"]
    return users * p["requests_per_user_hour"] / 3600


def _wanted(seen: Examined, workload: Workload, count: int, it: Province) -> dict[str, float]:
    """Return resource → what the formula gives, before the record's smallest."""
    if workload.sizing is None:
        return {}
    p = {name: amount.value for name, amount in workload.sizing.parameters.items()}
    left, disk, clients = max(1, count - 1), workload.disk_gib.value, it.workstations + it.machines
    match workload.sizing.kind:
        case "firewall":
            return {"network_mbps": (it.demand_mbps + p["east_west_share"] * it.vm_network_mbps) / left}
        case "mail-gateway":
            rate = it.officials * p["messages_per_official_day"] * p["busy_hour_share"] / 3600
            each = math.ceil(_workers(rate, p["scan_seconds"], p["wait_seconds"], p["scan_variation"]) / left)
            return {
                "vcpu": math.ceil(each / p["workers_per_vcpu"]),
                "memory_gib": p["memory_base_gib"] + each * p["memory_per_worker_gib"],
                "disk_gib": disk + rate * 3600 * p["queue_hours"] * p["message_mib"] / 1024 / left,
                "network_mbps": rate * p["message_mib"] * MBIT_PER_MIB * 2 / left,
            }
        case "log-store":
            events = it.machines * p["eps_per_machine"] + it.firewalls * p["eps_per_firewall"] + p["eps_other"]
            day_gib = events * p["bytes_per_event"] * 86_400 / 2**30
            stored = day_gib * p["retention_days"] * p["copies"] / p["compression"] / (1 - p["free_share"])
            return {
                "vcpu": math.ceil(events / p["events_per_vcpu"] / left),
                "disk_gib": stored / count,
                "iops": events / p["events_per_io"],
                "network_mbps": events * p["bytes_per_event"] * 8e-6 * p["copies"],
            }
        case "conference":
            return _bridges(seen, p)
        case "backup":
            data = it.vm_disk_gib * p["used_share"]
            kept = (p["full_copies"] + p["increments"] * p["daily_change_share"]) / p["reduction"]
            night_mbit = data * p["daily_change_share"] * 1024 * MBIT_PER_MIB
            here = max(1, p["copies"] - p["offsite_copies"] - 1)
            return {"disk_gib": data * kept * here / count, "network_mbps": night_mbit / (3600 * p["window_hours"])}
        case "antivirus":
            return {
                "vcpu": math.ceil(clients / p["clients_per_vcpu"] / left),
                "disk_gib": disk + clients * p["events_mib_per_client"] / 1024,
                "network_mbps": clients * p["signature_mib"] * MBIT_PER_MIB / (3600 * p["update_hours"]),
            }
        case "mirror":
            patch_mbit = it.machines * p["patch_mib"] * MBIT_PER_MIB
            return {
                "disk_gib": p["repository_gib"] * p["states_kept"] / (1 - p["free_share"]),
                "network_mbps": patch_mbit / (3600 * p["patch_hours"]),
            }
        case "web":
            rate = _requests(p, it)
            return {
                "vcpu": math.ceil(rate * p["cpu_seconds_per_request"] / p["utilisation"] / left),
                "network_mbps": rate * p["response_kib"] / 1024 * MBIT_PER_MIB / left,
            }
        case "waf":
            return {"network_mbps": 2 * _requests(p, it) * p["exchange_kib"] / 1024 * MBIT_PER_MIB / left}
        case "load-balancer":
            rate = _requests(p, it)
            opened = rate / p["requests_per_connection"] / left
            return {
                "vcpu": math.ceil(opened / (p["handshakes_per_vcpu"] * p["utilisation"])),
                "memory_gib": p["memory_base_gib"] + opened * p["hold_seconds"] * p["kib_per_connection"] / 2**20,
                "network_mbps": 2 * rate * p["exchange_kib"] / 1024 * MBIT_PER_MIB / left,
            }
        case "integration":
            hourly = p["dossiers_per_year"] / p["working_days"] / p["working_hours"]
            rate = hourly / 3600 * p["peak_factor"] * p["messages_per_dossier"]
            files_mib = p["dossiers_per_year"] * p["mib_per_dossier"] * p["years_kept"] * p["copies"]
            return {
                "vcpu": math.ceil(rate * p["cpu_seconds_per_message"] / p["utilisation"] / left),
                "disk_gib": files_mib / 1024 / count,
            }


def _bridges(seen: Examined, p: Mapping[str, float]) -> dict[str, float]:
    meetings = Meetings(seen.plan, seen.records)
    most = max((tree.bridge_capacity.value for tree in seen.records.conferences), default=0)
    rates = [amount.value for tree in seen.records.conferences for amount in tree.endpoint_mbps.values()]
    return {
        "replicas": meetings.core_need(round(p["spare_bridges"])),
        "vcpu": math.ceil(most * p["vcpu_per_endpoint"]),
        "memory_gib": p["memory_base_gib"] + most * p["memory_per_endpoint_gib"],
        "network_mbps": most * max(rates, default=0.0),
    }
