"""Every sizing formula by hand, every parameter felt, every wrong one refused with its place."""

import dataclasses
from typing import Any

import pytest

from planner.datacentre.formulas import FORMULAS
from planner.datacentre.sizing import RESOURCES, Context, Size
from planner.datacentre.workloads import Group, expand
from planner.errors import PlanningError
from topology.conference import Seats
from topology.model import Network as Planned
from topology.model import Records
from topology.schema.base import Amount
from topology.schema.services import Sizing, Workload

MARK = {"quality": "assumption", "source": "test"}
BUSY = Seats("concurrent", (("all", 162, 0, 80),))
CONTEXT = Context(
    officials=6000, workstations=5940.0, people=870_000, machines=60, firewalls=2, vm_network_mbps=4000.0,
    vm_disk_gib=50_000.0, down_mbps=1500.0, up_mbps=900.0, meetings=(BUSY,), bridge_seats=80, endpoint_mbps=4.0,
)  # fmt: skip
GIVEN: dict[str, dict[str, float]] = {
    "firewall": {"inspected_mbps": 10_000, "rated_sessions": 2_000_000, "sessions_per_workstation": 50,
                 "sessions_per_machine": 500, "east_west_share": 0.4, "load_share": 0.7, "rated_flow_mbps": 4000,
                 "largest_flow_mbps": 1000},
    "mail-gateway": {"messages_per_official_day": 100, "busy_hour_share": 0.2, "scan_seconds": 1.5, "wait_seconds": 0.5,
                     "scan_variation": 1,
                     "workers_per_vcpu": 1, "memory_base_gib": 2, "memory_per_worker_gib": 0.3, "message_mib": 0.5,
                     "queue_hours": 24},
    "log-store": {"eps_per_machine": 20, "eps_per_firewall": 500, "eps_other": 300, "bytes_per_event": 500,
                  "retention_days": 90, "copies": 2, "compression": 4, "free_share": 0.2, "events_per_io": 10,
                  "events_per_vcpu": 400},
    "conference": {"vcpu_per_endpoint": 0.1, "memory_base_gib": 2, "memory_per_endpoint_gib": 0.05, "spare_bridges": 1},
    "backup": {"used_share": 0.5, "full_copies": 2, "increments": 14, "daily_change_share": 0.03, "reduction": 2,
               "window_hours": 8, "copies": 3, "media": 2, "offsite_copies": 1, "offsite_mbps": 200,
               "offsite_hours": 8},
    "waf": {"users_per_official": 0.1, "users_per_thousand_people": 10, "requests_per_user_hour": 72,
            "exchange_kib": 125, "requests_per_connection": 8, "rated_requests": 400,
            "rated_mbps": 400, "rated_handshakes": 50,
            "load_share": 0.7},
    "load-balancer": {"users_per_official": 0.1, "users_per_thousand_people": 10, "requests_per_user_hour": 72,
                      "exchange_kib": 125, "requests_per_connection": 8, "hold_seconds": 60, "handshakes_per_vcpu": 5,
                      "memory_base_gib": 2, "kib_per_connection": 1024, "utilisation": 0.5},
    "antivirus": {"clients_per_vcpu": 500, "signature_mib": 40, "update_hours": 4, "events_mib_per_client": 5},
    "mirror": {"repository_gib": 300, "states_kept": 3, "free_share": 0.2, "patch_mib": 500, "patch_hours": 4},
    "web": {"users_per_official": 0.5, "users_per_thousand_people": 2, "requests_per_user_hour": 120,
            "cpu_seconds_per_request": 0.05, "response_kib": 200, "utilisation": 0.6},
    "integration": {"dossiers_per_year": 350_000, "working_days": 250, "working_hours": 8, "peak_factor": 5,
                    "messages_per_dossier": 20, "cpu_seconds_per_message": 0.5, "utilisation": 0.6,
                    "mib_per_dossier": 10, "years_kept": 3, "copies": 1},
}  # fmt: skip


def sized(kind: str, context: Context = CONTEXT, replicas: int = 2, **changed: float) -> Size:
    size = Size(0.0, 0.0, 0.0, 0.0, 0.0, replicas)
    FORMULAS[kind][0](size, GIVEN[kind] | changed, context)
    return size


def test_each_formula_takes_exactly_its_parameters() -> None:
    assert {kind: set(parameters) for kind, (_, parameters) in FORMULAS.items()} == {
        kind: set(parameters) for kind, parameters in GIVEN.items()
    }


def test_firewall() -> None:
    size = sized("firewall")
    assert size.network_mbps == 1500 + 900 + 0.4 * 4000
    assert size.short is None
    assert sized("firewall", inspected_mbps=5700).short == ("inspected_mbps", pytest.approx(4000 / 0.7), 5700)
    assert sized("firewall", rated_sessions=400_000).short == (
        "rated_sessions", pytest.approx((5940 * 50 + 60 * 500) / 0.7), 400_000,
    )  # fmt: skip


def test_three_firewalls_share_the_traffic_and_not_the_sessions() -> None:
    assert sized("firewall", replicas=3, inspected_mbps=2900).short is None  # two are left when one is down
    assert sized("firewall", replicas=3).network_mbps == (1500 + 900 + 0.4 * 4000) / 2
    assert sized("firewall", replicas=3, rated_sessions=400_000).short is not None


def test_one_flow_of_the_firewall() -> None:
    assert sized("firewall", rated_flow_mbps=1400).short == ("rated_flow_mbps", pytest.approx(1000 / 0.7), 1400)


def test_front_ends() -> None:
    """6000 · 0.1 + 870 · 10 = 9300 users, 186 requests/s, 23.25 connections/s, 190.464 Mbit/s."""
    assert sized("waf").network_mbps == pytest.approx(2 * 190.464, abs=0.01)
    assert sized("waf").short is None
    assert sized("waf", rated_requests=200).short == ("rated_requests", pytest.approx(186 / 0.7), 200)
    assert sized("waf", rated_mbps=200).short == ("rated_mbps", pytest.approx(190.464 / 0.7), 200)
    assert sized("waf", rated_handshakes=30).short == ("rated_handshakes", pytest.approx(23.25 / 0.7), 30)
    assert sized("waf", replicas=3, rated_handshakes=30).short is None  # two are left when one is down
    size = sized("load-balancer")
    assert size.vcpu == 10  # 23.25 / 5 / 0.5 = 9.3
    assert size.memory_gib == pytest.approx(2 + 23.25 * 60 / 1024, abs=0.01)
    assert size.network_mbps == pytest.approx(2 * 190.464, abs=0.01)


def test_messages_whose_scan_times_vary_more_need_more_workers() -> None:
    def workers(variation: float) -> float:
        return sized("mail-gateway", scan_variation=variation, wait_seconds=0.05).vcpu

    assert workers(0) < workers(1) < workers(3)


def test_mail_gateway() -> None:
    size = sized("mail-gateway")
    rate = 6000 * 100 * 0.2 / 3600
    assert rate * 1.5 == pytest.approx(50)
    workers = int(next(text for what, text in size.steps if what == "workers of each").split()[0])
    assert 51 <= workers <= 60
    assert size.vcpu == workers
    assert size.memory_gib == pytest.approx(2 + workers * 0.3)
    assert size.disk_gib == pytest.approx(rate * 3600 * 24 * 0.5 / 1024, abs=0.01)
    assert size.network_mbps == pytest.approx(rate * 0.5 * 8 * 1.048576 * 2, abs=0.01)


def test_log_store() -> None:
    size = sized("log-store")
    events = 60 * 20 + 2 * 500 + 300
    assert size.disk_gib == pytest.approx(events * 500 * 86400 * 90 * 2 / 4 / 0.8 / 1024**3 / 2, abs=0.01)
    assert size.iops == events / 10
    assert size.network_mbps == events * 500 * 8 / 1e6 * 2
    assert size.vcpu == -(-events // 400)


def test_conference() -> None:
    size = sized("conference", replicas=1)
    assert size.replicas == 3 + 1
    assert (size.vcpu, size.memory_gib, size.network_mbps) == (8, 6.0, 320.0)
    cascaded = Seats("concurrent", (("all", 11, 10, 80),))
    assert sized("conference", dataclasses.replace(CONTEXT, meetings=(cascaded,)), 1).replicas == 1 + 1
    together = Seats("concurrent", (("one", 40, 0, 80), ("other", 41, 0, 80)))
    alone = Seats("other", (("other", 200, 0, 80),))
    assert sized("conference", dataclasses.replace(CONTEXT, meetings=(together,)), 1).replicas == 2 + 1
    assert sized("conference", dataclasses.replace(CONTEXT, meetings=(together, alone)), 1).replicas == 3 + 1
    assert sized("conference", dataclasses.replace(CONTEXT, core_bridges=6), 1).replicas == 6


def test_backup() -> None:
    size = sized("backup")
    assert size.disk_gib == pytest.approx(25_000 * (2 + 14 * 0.03) / 2 / 2)
    assert size.network_mbps == pytest.approx(25_000 * 0.03 * 1024**3 * 8 / 1e6 / (8 * 3600), abs=0.01)


def test_three_copies_two_media_one_off_site() -> None:
    assert sized("backup").short is None
    assert sized("backup", copies=2).short == ("copies", 3, 2)
    assert sized("backup", media=1).short == ("media", 2, 1)
    assert sized("backup", offsite_copies=0).short == ("offsite_copies", 1, 0)
    assert sized("backup", copies=4).disk_gib == 2 * sized("backup").disk_gib
    away = 25_000 * 0.03 / 2 * 1024**3 * 8 / 1e6 / (8 * 3600)
    assert sized("backup", offsite_mbps=away - 1).short == ("offsite_mbps", pytest.approx(away), away - 1)
    assert sized("backup", offsite_mbps=away + 1).short is None


def test_antivirus_mirror_web_integration() -> None:
    assert sized("antivirus").vcpu == 12
    assert sized("antivirus").disk_gib == pytest.approx(6000 * 5 / 1024, abs=0.01)
    assert sized("mirror").disk_gib == pytest.approx(300 * 3 / 0.8)
    users = 6000 * 0.5 + 870 * 2
    assert sized("web").vcpu == -(-users * 120 / 3600 * 0.05 / 0.6 // 1)
    rate = 350_000 / 250 / 8 / 3600 * 5 * 20
    assert sized("integration").vcpu == -(-rate * 0.5 / 0.6 // 1)
    assert sized("integration").disk_gib == pytest.approx(350_000 * 10 * 3 / 1024 / 2, abs=0.01)


@pytest.mark.parametrize(("kind", "parameter"), [(k, p) for k, given in GIVEN.items() for p in given])
def test_every_parameter_is_felt(kind: str, parameter: str) -> None:
    def result(size: Size) -> tuple[Any, ...]:
        numbers = tuple(getattr(size, resource) for resource in RESOURCES)
        return (*numbers, size.replicas, size.short, tuple(size.steps))

    assert result(sized(kind)) != result(sized(kind, **{parameter: GIVEN[kind][parameter] * 0.5}))


def test_a_formula_only_raises(planned: Planned) -> None:
    for group in expand(planned.records, planned.demands):
        record = workloads(planned.records)[group.id]
        for resource, value in zip(RESOURCES, group.need, strict=True):
            assert value >= getattr(record, resource).value
        assert group.count >= record.replicas or group.service is None


def workloads(records: Records) -> dict[str, Workload]:
    found = {w.id: w for service in records.services for w in service.workloads}
    return found | {small.vm.id: small.vm for small in records.small_data_centres}


def with_sizing(records: Records, change: Any) -> tuple[Records, str]:
    """Change the parameters of the first sized workload."""
    services, chosen = [], ""
    for service in records.services:
        done = []
        for workload in service.workloads:
            if workload.sizing and not chosen:
                chosen = workload.id
                sizing = Sizing(kind=workload.sizing.kind, parameters=change(dict(workload.sizing.parameters)))
                done.append(workload.model_copy(update={"sizing": sizing}))
            else:
                done.append(workload)
        services.append(service.model_copy(update={"workloads": tuple(done)}))
    return dataclasses.replace(records, services=tuple(services)), chosen


@pytest.mark.parametrize(
    ("code", "change"),
    [
        ("E-ENG-401", lambda given: dict(list(given.items())[1:])),
        ("E-ENG-402", lambda given: given | {"colour": Amount(value=1, **MARK)}),
    ],
)
def test_missing_and_unknown_parameters_are_refused_with_their_place(planned: Planned, code: str, change: Any) -> None:
    records, workload = with_sizing(planned.records, change)
    with pytest.raises(PlanningError) as caught:
        expand(records, planned.demands)
    assert [problem.code for problem in caught.value.problems] == [code]
    place = caught.value.problems[0].where
    assert place is not None
    assert place.file == planned.records.positions[f"workload/{workload}"].file


def test_the_servers_of_small_data_centres_get_room(planned: Planned) -> None:
    groups: dict[str, Group] = {group.id: group for group in expand(planned.records, planned.demands)}
    for small in planned.records.small_data_centres:
        assert groups[small.vm.id].count == small.servers_max.value
