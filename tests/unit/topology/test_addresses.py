"""The address plan gives everybody an own place and never moves anybody."""

import dataclasses
import itertools
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

import topology
from topology.addresses import AddressPlan
from topology.model import Records

MINI = Path(__file__).parents[3] / "inventory" / "mini"
RECORDS = topology.load(MINI)
FUNCTIONS = [zone.function for zone in RECORDS.zones if zone.function]


def everything(records: Records) -> dict[str, str]:
    plan = AddressPlan(records)
    found = {}
    for site in records.sites:
        if site.site_class != "core":
            found[f"{site.id} wan"] = str(plan.wan_address(site.id))
            for function in FUNCTIONS:
                found[f"{site.id} {function}"] = str(plan.function_prefix(site.id, function))
    for zone in records.zones:
        if zone.kind != "site":
            found[f"zone {zone.id}"] = str(plan.zone_prefix(zone))
    return found


@settings(max_examples=60, deadline=None)
@given(st.sets(st.integers(0, 6)))
def test_removing_communes_moves_nobody(gone: set[int]) -> None:
    communes = [site.id for site in RECORDS.sites if site.site_class == "commune"]
    removed = {communes[index] for index in gone}
    rest = dataclasses.replace(RECORDS, sites=tuple(site for site in RECORDS.sites if site.id not in removed))
    before, after = everything(RECORDS), everything(rest)
    assert after == {key: value for key, value in before.items() if key.split()[0] not in removed}


@settings(max_examples=60, deadline=None)
@given(st.sets(st.tuples(st.sampled_from(["district-dong", "district-tay"]), st.integers(1, 31)), max_size=12))
def test_inserting_communes_moves_nobody(places: set[tuple[str, int]]) -> None:
    taken = {(site.district, site.address_slot) for site in RECORDS.sites}
    model = next(site for site in RECORDS.sites if site.site_class == "commune")
    new = [
        model.model_copy(update={"id": f"commune-{district}-{slot}", "district": district, "address_slot": slot})
        for district, slot in sorted(places - taken)
    ]
    before, after = (
        everything(RECORDS),
        everything(dataclasses.replace(RECORDS, sites=(*new, *RECORDS.sites))),
    )
    assert before.items() <= after.items()
    assert len(set(after.values())) == len(after)


def test_no_two_networks_overlap() -> None:
    plan = AddressPlan(RECORDS)
    networks = [
        plan.function_prefix(site.id, function)
        for site in RECORDS.sites
        if site.site_class != "core"
        for function in FUNCTIONS
    ]
    networks += [plan.zone_prefix(zone) for zone in RECORDS.zones if zone.kind != "site"]
    assert all(network.subnet_of(plan.block) for network in networks)
    assert not any(a.overlaps(b) for a, b in itertools.combinations(networks, 2))


def test_wan_addresses_differ_and_spare_the_firewalls() -> None:
    plan = AddressPlan(RECORDS)
    wan = next(zone for zone in RECORDS.zones if zone.kind == "wan")
    own = [plan.wan_address(site.id) for site in RECORDS.sites if site.site_class != "core"]
    pair = [plan.gateway(wan), plan.firewall(wan, 0), plan.firewall(wan, 1)]
    assert len({*own, *pair}) == len(own) + 3
    assert all(address in plan.wan_prefix() for address in [*own, *pair])
