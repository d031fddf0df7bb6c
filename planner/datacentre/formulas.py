"""The sizing formulas, one function a kind; docs/models/appliances.md states each with its symbols."""

import math
from collections.abc import Mapping

from planner.datacentre.front_ends import VISITS, load_balancer, requests, waf
from planner.datacentre.queueing import fewest_servers, mean_wait
from planner.datacentre.sizing import MEBIBYTE_MEGABITS, Context, Formula, Size, say

Parameters = Mapping[str, float]


def firewall(size: Size, p: Parameters, c: Context) -> None:
    """Throughput, sessions and flow that the units left carry while one is down."""
    throughput = c.down_mbps + c.up_mbps + p["east_west_share"] * c.vm_network_mbps
    sessions = c.workstations * p["sessions_per_workstation"] + c.machines * p["sessions_per_machine"]
    size.step(
        "throughput",
        f"{say(c.down_mbps)} Mbit/s down + {say(c.up_mbps)} up + {say(p['east_west_share'])} × "
        f"{say(c.vm_network_mbps)} of the VMs = {say(throughput)} Mbit/s",
    )
    size.step(
        "sessions",
        f"{say(c.workstations)} workstations × {say(p['sessions_per_workstation'])} + {c.machines} machines × "
        f"{say(p['sessions_per_machine'])} = {say(sessions)}",
    )
    size.rate("inspected_mbps", throughput, p["load_share"], p["inspected_mbps"], units=size.left)
    # every unit knows the sessions of all, to go on with those of one that fails
    size.rate("rated_sessions", sessions, p["load_share"], p["rated_sessions"], units=0)
    largest = p["largest_flow_mbps"]
    size.step("flow", f"the largest single flow is {say(largest)} Mbit/s: one processor carries it")
    needed, rated = largest / p["load_share"], p["rated_flow_mbps"]
    flow = f"{say(largest)} ÷ {say(p['load_share'])} = {say(needed)} needed of one unit, rated {say(rated)}"
    size.step("rated_flow_mbps", flow)
    size.require("rated_flow_mbps", needed, rated)
    size.raise_to(
        "network_mbps", throughput / size.left, "throughput" if size.left == 1 else f"throughput ÷ {size.left}"
    )


def mail_gateway(size: Size, p: Parameters, c: Context) -> None:
    """Scan workers by the M/M/c queue, shared by the replicas left after a loss."""
    rate = c.officials * p["messages_per_official_day"] * p["busy_hour_share"] / 3600
    load = rate * p["scan_seconds"]
    spread = p["scan_variation"]
    workers = fewest_servers(load, p["scan_seconds"], p["wait_seconds"], spread)
    each = math.ceil(workers / size.left)
    size.step(
        "arrivals",
        f"{say(c.officials)} officials × {say(p['messages_per_official_day'])} messages/day × "
        f"{say(p['busy_hour_share'])} in the busy hour ÷ 3600 = {say(rate)}/s",
    )
    size.step("load", f"{say(rate)}/s × {say(p['scan_seconds'])} s = {say(load)} Erlang")
    size.step(
        "workers",
        f"Erlang C × (1 + {say(spread)}²) ÷ 2: with {workers} workers a message waits "
        f"{say(mean_wait(workers, load, p['scan_seconds'], spread))} s on average, at most {say(p['wait_seconds'])} s "
        f"allowed",
    )
    size.step("workers of each", f"{workers} ÷ {size.left} machines left after a loss = {each}")
    size.raise_to(
        "vcpu", math.ceil(each / p["workers_per_vcpu"]), f"{each} workers ÷ {say(p['workers_per_vcpu'])} per vCPU"
    )
    size.raise_to(
        "memory_gib",
        p["memory_base_gib"] + each * p["memory_per_worker_gib"],
        f"{say(p['memory_base_gib'])} + {each} × {say(p['memory_per_worker_gib'])} GiB",
    )
    size.raise_to(
        "disk_gib",
        size.disk_gib + rate * 3600 * p["queue_hours"] * p["message_mib"] / 1024 / size.left,
        f"{say(size.disk_gib)} + {say(rate)}/s × 3600 × {say(p['queue_hours'])} h × {say(p['message_mib'])} MiB "
        f"÷ 1024 ÷ {size.left}",
    )
    size.raise_to(
        "network_mbps",
        rate * p["message_mib"] * MEBIBYTE_MEGABITS * 2 / size.left,
        f"{say(rate)}/s × {say(p['message_mib'])} MiB × 8.389 × 2 ÷ {size.left}",
    )


def log_store(size: Size, p: Parameters, c: Context) -> None:
    """Events a second, bytes, days, copies, compression."""
    events = c.machines * p["eps_per_machine"] + c.firewalls * p["eps_per_firewall"] + p["eps_other"]
    size.step(
        "events",
        f"{c.machines} machines × {say(p['eps_per_machine'])} + {c.firewalls} firewalls × "
        f"{say(p['eps_per_firewall'])} + {say(p['eps_other'])} = {say(events)} events/s",
    )
    kept = 1 - p["free_share"]
    volume = events * p["bytes_per_event"] * 86400 * p["retention_days"] * p["copies"] / p["compression"] / kept
    size.raise_to(
        "disk_gib",
        volume / 1024**3 / size.replicas,
        f"{say(events)}/s × {say(p['bytes_per_event'])} B × 86 400 s × {say(p['retention_days'])} days × "
        f"{say(p['copies'])} copies ÷ {say(p['compression'])} compression ÷ {say(kept)} "
        f"÷ {size.replicas} machines, in GiB",
    )
    size.raise_to("iops", events / p["events_per_io"], f"{say(events)}/s ÷ {say(p['events_per_io'])} events per write")
    size.raise_to(
        "network_mbps",
        events * p["bytes_per_event"] * 8 / 1e6 * p["copies"],
        f"{say(events)}/s × {say(p['bytes_per_event'])} B × 8 ÷ 10⁶ × {say(p['copies'])} copies",
    )
    size.raise_to(
        "vcpu",
        math.ceil(events / p["events_per_vcpu"] / size.left),
        f"{say(events)}/s ÷ {say(p['events_per_vcpu'])} per vCPU ÷ {size.left}",
    )


def conference(size: Size, p: Parameters, c: Context) -> None:
    """Bridges of the core for the hour in which most is needed, and those that may fail."""
    spare, need, capacity = round(p["spare_bridges"]), 0, c.bridge_seats
    for meeting in c.meetings:
        parts = [
            f"({ends} endpoints of {tree} + {streams} from other bridges) ÷ {most}"
            if streams
            else f"{ends} endpoints of {tree} ÷ {most}"
            for tree, ends, streams, most in meeting.trees
        ]
        bridges = math.ceil(meeting.units)
        size.step(f"hour {meeting.hour}", f"{' + '.join(parts)} on one bridge = {bridges} bridges")
        need = max(need, bridges)
    wanted = need + spare
    size.step(
        "bridges", f"{need} + {say(p['spare_bridges'])} spare = {wanted}; the record asks for {size.replicas} at least"
    )
    if c.core_bridges is not None:
        if c.core_bridges > max(wanted, size.replicas):
            size.step(
                "for failures away", f"{c.core_bridges} with room for the endpoints of a bridge elsewhere that fails"
            )
        wanted = c.core_bridges
    size.replicas = max(size.replicas, wanted)
    size.raise_to(
        "vcpu",
        math.ceil(capacity * p["vcpu_per_endpoint"]),
        f"{capacity} endpoints × {say(p['vcpu_per_endpoint'])}",
    )
    size.raise_to(
        "memory_gib",
        p["memory_base_gib"] + capacity * p["memory_per_endpoint_gib"],
        f"{say(p['memory_base_gib'])} + {capacity} × {say(p['memory_per_endpoint_gib'])} GiB",
    )
    size.raise_to(
        "network_mbps",
        capacity * c.endpoint_mbps,
        f"{capacity} endpoints × {say(c.endpoint_mbps)} Mbit/s each way",
    )


def backup(size: Size, p: Parameters, c: Context) -> None:
    """Size the copies kept here: of three copies on two media one is production and one goes off site."""
    data = c.vm_disk_gib * p["used_share"]
    kept = p["full_copies"] + p["increments"] * p["daily_change_share"]
    volume = data * kept / p["reduction"]
    here = max(1.0, p["copies"] - 1 - p["offsite_copies"])
    size.step("data", f"{say(c.vm_disk_gib)} GiB of all VMs × {say(p['used_share'])} used = {say(data)} GiB")
    size.step(
        "kept",
        f"{say(p['full_copies'])} full + {say(p['increments'])} increments × "
        f"{say(p['daily_change_share'])} = {say(kept)}",
    )
    size.step(
        "3-2-1",
        f"{say(p['copies'])} copies (3 asked) on {say(p['media'])} media (2 asked), {say(p['offsite_copies'])} off "
        f"site (1 asked): production, {say(here)} here, {say(p['offsite_copies'])} away",
    )
    for name, asked in (("copies", 3), ("media", 2), ("offsite_copies", 1)):
        size.require(name, asked, p[name])
    size.raise_to(
        "disk_gib",
        volume * here / size.replicas,
        f"{say(data)} GiB × {say(kept)} ÷ {say(p['reduction'])} reduction × {say(here)} copies here ÷ "
        f"{size.replicas} machines",
    )
    size.step(
        "off site",
        f"{say(p['offsite_copies'])} × {say(volume)} GiB = {say(p['offsite_copies'] * volume)} GiB on media away from "
        f"the data centre",
    )
    nightly = data * p["daily_change_share"]
    size.raise_to(
        "network_mbps",
        nightly * 1024 * MEBIBYTE_MEGABITS / 3600 / p["window_hours"],
        f"{say(data)} GiB × {say(p['daily_change_share'])} × 8 590 Mbit/GiB ÷ ({say(p['window_hours'])} h × 3600 s)",
    )
    away = p["offsite_copies"] * nightly / p["reduction"] * 1024 * MEBIBYTE_MEGABITS / 3600 / p["offsite_hours"]
    size.step(
        "off-site line",
        f"{say(p['offsite_copies'])} × {say(nightly)} GiB changed ÷ {say(p['reduction'])} × 8 590 Mbit/GiB ÷ "
        f"({say(p['offsite_hours'])} h × 3600 s) = {say(away)} Mbit/s needed, {say(p['offsite_mbps'])} there",
    )
    size.require("offsite_mbps", away, p["offsite_mbps"])


def antivirus(size: Size, p: Parameters, c: Context) -> None:
    """Central management of all workstations and machines."""
    clients = c.workstations + c.machines
    size.step("clients", f"{say(c.workstations)} workstations + {c.machines} machines = {say(clients)}")
    size.raise_to(
        "vcpu",
        math.ceil(clients / p["clients_per_vcpu"] / size.left),
        f"{say(clients)} ÷ {say(p['clients_per_vcpu'])} per vCPU ÷ {size.left}",
    )
    size.raise_to(
        "disk_gib",
        size.disk_gib + clients * p["events_mib_per_client"] / 1024,
        f"{say(size.disk_gib)} + {say(clients)} × {say(p['events_mib_per_client'])} MiB ÷ 1024",
    )
    size.raise_to(
        "network_mbps",
        clients * p["signature_mib"] * MEBIBYTE_MEGABITS / 3600 / p["update_hours"],
        f"{say(clients)} × {say(p['signature_mib'])} MiB × 8.389 ÷ ({say(p['update_hours'])} h × 3600 s)",
    )


def mirror(size: Size, p: Parameters, c: Context) -> None:
    """Package states kept, and one patch window for all machines."""
    kept = 1 - p["free_share"]
    size.raise_to(
        "disk_gib",
        p["repository_gib"] * p["states_kept"] / kept,
        f"{say(p['repository_gib'])} GiB × {say(p['states_kept'])} states ÷ {say(kept)}",
    )
    size.raise_to(
        "network_mbps",
        c.machines * p["patch_mib"] * MEBIBYTE_MEGABITS / 3600 / p["patch_hours"],
        f"{c.machines} machines × {say(p['patch_mib'])} MiB × 8.389 ÷ ({say(p['patch_hours'])} h × 3600 s)",
    )


def web(size: Size, p: Parameters, c: Context) -> None:
    """Serve the requests of officials and of the public in the busy hour."""
    rate = requests(size, p, c)
    size.raise_to(
        "vcpu",
        math.ceil(rate * p["cpu_seconds_per_request"] / p["utilisation"] / size.left),
        f"{say(rate)}/s × {say(p['cpu_seconds_per_request'])} s ÷ {say(p['utilisation'])} ÷ {size.left}",
    )
    size.raise_to(
        "network_mbps",
        rate * p["response_kib"] * 8192 / 1e6 / size.left,
        f"{say(rate)}/s × {say(p['response_kib'])} KiB × 8192 ÷ 10⁶ ÷ {size.left}",
    )


def integration(size: Size, p: Parameters, c: Context) -> None:
    """Dossiers a year to messages a second and files kept."""
    dossiers = p["dossiers_per_year"] / p["working_days"] / p["working_hours"] / 3600 * p["peak_factor"]
    rate = dossiers * p["messages_per_dossier"]
    size.step(
        "messages",
        f"{say(p['dossiers_per_year'])} dossiers ÷ {say(p['working_days'])} days ÷ {say(p['working_hours'])} h "
        f"÷ 3600 × "
        f"{say(p['peak_factor'])} peak × {say(p['messages_per_dossier'])} messages = {say(rate)}/s",
    )
    size.raise_to(
        "vcpu",
        math.ceil(rate * p["cpu_seconds_per_message"] / p["utilisation"] / size.left),
        f"{say(rate)}/s × {say(p['cpu_seconds_per_message'])} s ÷ {say(p['utilisation'])} ÷ {size.left}",
    )
    size.raise_to(
        "disk_gib",
        p["dossiers_per_year"] * p["mib_per_dossier"] * p["years_kept"] * p["copies"] / 1024 / size.replicas,
        f"{say(p['dossiers_per_year'])} × {say(p['mib_per_dossier'])} MiB × {say(p['years_kept'])} years × "
        f"{say(p['copies'])} copies ÷ 1024 ÷ {size.replicas} machines",
    )


POSITIVE = frozenset(
    {
        "load_share", "scan_seconds", "wait_seconds", "workers_per_vcpu", "compression", "events_per_io",
        "events_per_vcpu", "reduction", "window_hours", "clients_per_vcpu", "update_hours", "patch_hours",
        "utilisation", "working_days", "working_hours", "requests_per_connection", "handshakes_per_vcpu",
        "offsite_hours",
    }
)  # fmt: skip
"""Parameters that a formula divides by."""

SHARES = frozenset(
    {
        "east_west_share",
        "load_share",
        "busy_hour_share",
        "free_share",
        "used_share",
        "daily_change_share",
        "utilisation",
    }
)
"""Parameters between 0 and 1; `free_share` stays below 1."""

FORMULAS: dict[str, tuple[Formula, tuple[str, ...]]] = {
    "firewall": (
        firewall,
        ("inspected_mbps", "rated_sessions", "rated_flow_mbps", "sessions_per_workstation", "sessions_per_machine",
         "east_west_share", "largest_flow_mbps", "load_share"),
    ),
    "mail-gateway": (
        mail_gateway,
        ("messages_per_official_day", "busy_hour_share", "scan_seconds", "scan_variation", "wait_seconds",
         "workers_per_vcpu",
         "memory_base_gib", "memory_per_worker_gib", "message_mib", "queue_hours"),
    ),
    "log-store": (
        log_store,
        ("eps_per_machine", "eps_per_firewall", "eps_other", "bytes_per_event", "retention_days", "copies",
         "compression", "free_share", "events_per_io", "events_per_vcpu"),
    ),
    "conference": (
        conference,
        ("vcpu_per_endpoint", "memory_base_gib", "memory_per_endpoint_gib", "spare_bridges"),
    ),
    "backup": (
        backup,
        ("used_share", "full_copies", "increments", "daily_change_share", "reduction", "window_hours", "copies",
         "media", "offsite_copies", "offsite_mbps", "offsite_hours"),
    ),
    "antivirus": (antivirus, ("clients_per_vcpu", "signature_mib", "update_hours", "events_mib_per_client")),
    "mirror": (mirror, ("repository_gib", "states_kept", "free_share", "patch_mib", "patch_hours")),
    "web": (web, (*VISITS, "cpu_seconds_per_request", "response_kib", "utilisation")),
    "waf": (
        waf,
        (*VISITS, "exchange_kib", "requests_per_connection", "rated_requests", "rated_mbps", "rated_handshakes",
         "load_share"),
    ),
    "load-balancer": (
        load_balancer,
        (*VISITS, "exchange_kib", "requests_per_connection", "hold_seconds", "handshakes_per_vcpu", "memory_base_gib",
         "kib_per_connection", "utilisation"),
    ),
    "integration": (
        integration,
        ("dossiers_per_year", "working_days", "working_hours", "peak_factor", "messages_per_dossier",
         "cpu_seconds_per_message", "utilisation", "mib_per_dossier", "years_kept", "copies"),
    ),
}  # fmt: skip
"""Kind → formula and exactly its parameters."""
