"""Every check that asks the plan alone accepts a lawful plan, and refuses one tampered with for the purpose."""

import ast
import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

import topology
from planner.limits import Limits
from planner.plan import Plan
from planner.solve import solve
from tests.compliance import test_antivirus as antivirus
from tests.compliance import test_wan as wan
from tests.compliance import test_zones as zones

ROOT = Path(__file__).parents[3]
Tamper = Callable[[dict], None]
CONFIG = SimpleNamespace(getoption=lambda name: 3)


@pytest.fixture(scope="module")
def plan() -> Plan:
    return solve(topology.build(topology.load(ROOT / "inventory" / "mini")), Limits(time_limit_s=120))[0]


def edge_zone(raw: dict) -> dict:
    return next(zone for zone in raw["zones"] if zone["kind"] == "edge")


def lose_a_zone(raw: dict) -> None:
    next(zone for zone in raw["zones"] if zone["kind"] == "database")["kind"] = "server"


def overlap(raw: dict) -> None:
    edge_zone(raw)["prefixes"] = [next(z for z in raw["zones"] if z["kind"] == "dmz")["prefixes"][0]]


def stray_segment(raw: dict) -> None:
    raw["segments"][0]["prefix"] = "192.0.2.0/24"


def stray_address(raw: dict) -> None:
    raw["machines"][0]["interfaces"][0]["address"] = "192.0.2.7/24"


def a_way_round(raw: dict) -> None:
    """Give a server a second leg in another zone."""
    server = next(machine for machine in raw["machines"] if machine["role"] == "application")
    other = next(machine for machine in raw["machines"] if machine["role"] == "mail-gateway")
    server["interfaces"].append(other["interfaces"][0])


def cut_firewalls(raw: dict) -> None:
    for machine in raw["machines"]:
        if machine["role"] == "firewall":
            machine["interfaces"] = machine["interfaces"][:1]


def without_ports(raw: dict) -> None:
    next(flow for flow in raw["flows"] if flow["protocol"] == "tcp")["ports"] = []


def one_rack(raw: dict) -> None:
    for machine in raw["machines"]:
        if machine["role"] == "firewall":
            machine["rack"] = "rack-1"


def one_firewall(raw: dict) -> None:
    second = [machine for machine in raw["machines"] if machine["role"] == "firewall"][1]
    second["interfaces"] = second["interfaces"][:1]


def ssh_from_outside(raw: dict) -> None:
    flow = next(flow for flow in raw["flows"] if 22 in flow["ports"])
    flow["source"] = edge_zone(raw)["id"]


def busy_site(raw: dict) -> None:
    raw["network"]["sites"][-1]["demand_down_mbps"] = 1e6


def busy_backup(raw: dict) -> None:
    site = next(site for site in raw["network"]["sites"] if site["backup"])
    site["backup_mbps"] = 1e6


def no_second_route(raw: dict) -> None:
    next(site for site in raw["network"]["sites"] if site["site_class"] == "district")["backup"] = None


def same_route_twice(raw: dict) -> None:
    site = next(site for site in raw["network"]["sites"] if site["site_class"] == "district")
    site["backup"] = site["primary"]


def one_internet_carrier(raw: dict) -> None:
    for link in raw["network"]["links"]:
        if link["kind"] == "internet":
            link["carrier"] = "beta"


def no_scanner(raw: dict) -> None:
    raw["flows"] = [flow for flow in raw["flows"] if 3310 not in flow["ports"]]


CASES: dict[str, tuple[Callable[..., None], Tamper]] = {
    "zone missing": (zones.test_required_zones_exist, lose_a_zone),
    "zones overlap": (zones.test_no_subnet_is_in_two_zones, overlap),
    "segment outside its zone": (zones.test_every_segment_lies_in_its_zone, stray_segment),
    "address outside its segment": (zones.test_every_leg_has_an_address_of_its_segment, stray_address),
    "a machine in two zones": (zones.test_without_the_firewalls_no_two_zones_meet, a_way_round),
    "firewalls that join nothing": (zones.test_with_the_firewalls_the_zones_meet, cut_firewalls),
    "flow without ports": (zones.test_every_flow_names_its_ports, without_ports),
    "both firewalls in one rack": (zones.test_two_firewalls_stand_in_different_racks, one_rack),
    "one firewall does it all": (zones.test_no_single_firewall_joins_the_zones, one_firewall),
    "administration from the edge": (zones.test_no_flow_administers_from_outside_the_management_zone, ssh_from_outside),
    "channel too small": (wan.test_no_channel_is_loaded_to_the_limit_in_normal_operation, busy_site),
    "backup too small": (wan.test_no_channel_is_loaded_to_the_limit_after_any_single_failure, busy_backup),
    "district without a second route": (wan.test_departments_and_districts_have_a_second_route, no_second_route),
    "two routes in one duct": (wan.test_the_two_routes_share_no_duct, same_route_twice),
    "one Internet carrier": (wan.test_two_internet_links_of_two_carriers_on_two_routes, one_internet_carrier),
    "servers that nobody scans": (antivirus.test_every_planned_server_is_covered, no_scanner),
}


def ask(check: Callable[..., None], plan: Plan) -> None:
    wants_level = "pytestconfig" in check.__code__.co_varnames[: check.__code__.co_argcount]
    check(plan, CONFIG) if wants_level else check(plan)


@pytest.mark.parametrize("name", sorted(CASES))
def test_a_lawful_plan_passes_and_a_broken_one_does_not(name: str, plan: Plan) -> None:
    check, tamper = CASES[name]
    ask(check, plan)
    raw = plan.model_dump(mode="json", by_alias=True)
    tamper(raw)
    broken = Plan.model_validate_json(json.dumps(raw))
    with pytest.raises(AssertionError):
        ask(check, broken)


def test_every_check_of_the_plan_has_its_case() -> None:
    asked = set()
    for file in (ROOT / "tests" / "compliance").glob("test_*.py"):
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                wanted = {argument.arg for argument in node.args.args}
                if wanted <= {"plan", "pytestconfig"}:
                    asked.add(node.name)
    assert asked == {check.__name__ for check, _ in CASES.values()}
