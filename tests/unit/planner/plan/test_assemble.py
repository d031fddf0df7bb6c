"""The assembled plan: machines, addresses, flows; and what a removed record changes."""

import dataclasses
import ipaddress

import pytest

import topology
from planner import plan_io
from planner.limits import Limits
from planner.plan import Plan
from planner.solve import solve
from topology.model import Network, Records


def test_every_machine_stands_in_segments_with_own_addresses(mini_plan: Plan) -> None:
    segments = {segment.id: ipaddress.ip_network(segment.prefix) for segment in mini_plan.segments}
    addresses = []
    for machine in mini_plan.machines:
        assert machine.interfaces
        for leg in machine.interfaces:
            interface = ipaddress.ip_interface(leg.address)
            assert interface.network == segments[leg.segment]
            addresses += [interface.ip]
            assert leg.gateway is None or ipaddress.ip_address(leg.gateway) in interface.network
    assert len(addresses) == len(set(addresses))


def test_every_site_has_a_gateway_and_the_slice_a_client(mini_plan: Plan) -> None:
    ids = {machine.id for machine in mini_plan.machines}
    assert all(f"gw-{site.id.partition('-')[2]}" in ids for site in mini_plan.network.sites)
    assert set(mini_plan.slice_machines) <= ids
    assert any(name.startswith("client-") for name in mini_plan.slice_machines)


def test_flows_name_addresses_of_their_roles(mini_plan: Plan, mini: Network) -> None:
    roles = {machine.id: machine.role for machine in mini_plan.machines}
    by_address = {
        address.partition("/")[0]: machine.id
        for machine in mini_plan.machines
        for leg in machine.interfaces
        for address in (leg.address, *leg.virtual)
    }
    records = {flow.id: flow for flow in mini.records.flows}
    named = [flow for flow in mini_plan.flows if records[flow.id].roles]
    assert named
    for flow in named:
        found = {roles[by_address[address]] for address in flow.destination_addresses}
        assert found <= set(records[flow.id].roles)


def planned(records: Records) -> Plan:
    return solve(topology.build(records), Limits(time_limit_s=120))[0]


def test_removing_a_flow_changes_that_flow_only(mini: Network, mini_plan: Plan) -> None:
    records = mini.records
    gone = records.flows[0].id
    after = planned(dataclasses.replace(records, flows=records.flows[1:]))
    changes = plan_io.compare(mini_plan, after)
    assert [(change.kind, change.id, change.what) for change in changes] == [("flow", gone, "removed")]


def test_removing_a_model_that_is_not_bought_changes_nothing(mini: Network, mini_plan: Plan) -> None:
    records = mini.records
    used = {host.model for host in mini_plan.datacentre.hosts}
    rest = tuple(model for model in records.host_models if model.id in used)
    assert len(rest) < len(records.host_models)
    assert plan_io.compare(mini_plan, planned(dataclasses.replace(records, host_models=rest))) == []


def test_removing_a_commune_takes_its_own_things_away(mini: Network, mini_plan: Plan) -> None:
    records = mini.records
    gone = "commune-06"
    rest = dataclasses.replace(
        records,
        sites=tuple(site for site in records.sites if site.id != gone),
        mobile=tuple(cover for cover in records.mobile if cover.site != gone),
        ducts=tuple(duct for duct in records.ducts if gone not in (duct.a, duct.b)),
    )
    changes = plan_io.compare(mini_plan, planned(rest))
    removed = {(change.kind, change.id) for change in changes if change.what == "removed"}
    assert ("site", gone) in removed
    assert ("machine", "gw-06") in removed
    assert not [c for c in changes if c.kind == "segment" and "06" not in c.id]
    assert not [c for c in changes if c.kind == "machine" and c.what == "interfaces"]


@pytest.mark.parametrize("kind", ["link", "duct", "exchange"])
def test_no_site_is_cut_off_by_what_its_class_survives(mini_plan: Plan, kind: str) -> None:
    assert not [state for state in mini_plan.network.sweep.cut_off if state.startswith(f"{kind}:")]
