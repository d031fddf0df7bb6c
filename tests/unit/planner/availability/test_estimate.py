"""A site's availability from the records' rates; each rate counts, and only for those that it concerns."""

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest

from planner.availability import availabilities, findings, services
from planner.availability.elements import Elements, base, unavailability
from planner.availability.exact import Factoring
from planner.availability.structure import some
from planner.plan import Network as Decided
from planner.plan import Plan
from topology.model import Network, Records

Change = Callable[[Records], Records]
NEVER = ("node_unavailability", "mobile_unavailability", "site_unavailability", "flood_unavailability")


def figure(old: Any, value: float) -> Any:
    return old.model_copy(update={"value": value})


def policy(field: str, value: float, part: str = "network_policy") -> Change:
    def change(records: Records) -> Records:
        old = getattr(records, part)
        return dataclasses.replace(
            records, **{part: old.model_copy(update={field: figure(getattr(old, field), value)})}
        )

    return change


def carriers(field: str, value: float, *, only: str | None = None) -> Change:
    def change(records: Records) -> Records:
        changed = tuple(
            carrier.model_copy(update={field: figure(getattr(carrier, field), value)})
            if only in (None, carrier.id)
            else carrier
            for carrier in records.carriers
        )
        return dataclasses.replace(records, carriers=changed)

    return change


def perfect(records: Records) -> Records:
    """Nothing of the network ever fails."""
    ducts = tuple(duct.model_copy(update={"cuts_per_100km_year": 0.0}) for duct in records.ducts)
    records = carriers("outage_hours_per_year", 0.0)(dataclasses.replace(records, ducts=ducts))
    for field in NEVER:
        records = policy(field, 0.0)(records)
    return records


def shares(part: Decided, records: Records) -> dict[str, float]:
    return {site: found.share for site, found in availabilities(part, records).items()}


def test_nothing_fails_nothing_is_lost(mini: Network, mini_plan: Plan) -> None:
    estimated = availabilities(mini_plan.network, perfect(mini.records))
    assert set(estimated) == {site.id for site in mini.records.sites if site.site_class != "place"}
    assert {(one.share, one.method, one.weakest) for one in estimated.values()} == {(1.0, "exact", ())}


def test_a_mobile_backup_by_hand(mini: Network, mini_plan: Plan) -> None:
    """One line straight to the core, one mobile backup over another duct: two paths in parallel behind one router."""
    records = mini.records
    links = {link.id: link for link in mini_plan.network.links}
    ducts = {duct.id: duct for duct in records.ducts}
    by_id = {carrier.id: carrier for carrier in records.carriers}
    site = next(s for s in mini_plan.network.sites if s.backup and links[s.backup.links[0]].kind == "mobile")
    line, backup = links[site.primary.links[0]], links[site.backup.links[0]] if site.backup else None
    assert backup is not None
    assert len(site.primary.links) == 1

    def up(names: tuple[str, ...], carrier: str) -> float:
        share = 1.0 - by_id[carrier].outage_hours_per_year.value / 8760
        for name in names:
            down = ducts[name].cuts_per_100km_year * ducts[name].length_km / 100 * by_id[carrier].mttr_hours.value
            share *= 8760 / (8760 + down)
        return share

    one = up(line.ducts, line.carrier)
    two = up(backup.ducts, backup.carrier) * (1 - records.network_policy.mobile_unavailability.value)
    assert not set(line.ducts) & set(backup.ducts)
    assert line.carrier != backup.carrier
    here = 1 - records.network_policy.site_unavailability.value
    found = availabilities(mini_plan.network, records)[site.id]
    assert found.share == pytest.approx(here * (1 - (1 - one) * (1 - two)), abs=1e-7)
    assert found.any_path == pytest.approx(found.share, abs=1e-7)
    assert found.weakest[0].element == f"site:{site.id}"
    without = here * (1 - (1 - one) * (1 - two)) / here - here * (1 - (1 - one) * (1 - two))
    assert found.weakest[0].hours == pytest.approx(8760 * without, abs=0.01)


def test_exchanges_masts_routers_and_floods_count_where_they_are_used(mini: Network, mini_plan: Plan) -> None:
    before = shares(mini_plan.network, mini.records)
    links = {link.id: link for link in mini_plan.network.links}
    without_masts = shares(mini_plan.network, policy("mobile_unavailability", 1.0)(mini.records))
    for site in mini_plan.network.sites:
        kinds = {links[name].kind for name in site.backup.links} if site.backup else set()
        assert (without_masts[site.id] < before[site.id]) == ("mobile" in kinds), site.id
    assert shares(mini_plan.network, policy("node_unavailability", 1.0)(mini.records))["core"] == 0.0
    no_routers = shares(mini_plan.network, policy("site_unavailability", 1.0)(mini.records))
    assert {site for site, share in no_routers.items() if share} == {"core"}
    zone = {duct.id for duct in mini.records.ducts if duct.flood_zone}
    wet = {site.id for site in mini_plan.network.sites
           if zone & {d for name in (*site.primary.links, *(site.backup.links if site.backup else ()))
                      for d in links[name].ducts}}  # fmt: skip
    flooded = shares(mini_plan.network, policy("flood_unavailability", 0.5)(mini.records))
    assert {site for site in before if flooded[site] < before[site] and site != "core"} == wet


def test_a_carrier_that_both_paths_share_is_one_risk(mini: Network, mini_plan: Plan) -> None:
    links = {link.id: link for link in mini_plan.network.links}
    for carrier in ("alpha", "beta", "gamma"):
        dead = shares(mini_plan.network, carriers("outage_hours_per_year", 8760.0, only=carrier)(perfect(mini.records)))
        for site in mini_plan.network.sites:
            routes = [site.primary, *([site.backup] if site.backup else [])]
            alive = any(all(links[name].carrier != carrier for name in route.links) for route in routes)
            assert dead[site.id] == float(alive), (carrier, site.id)


def test_one_cut_two_cables(mini: Network) -> None:
    """Both carriers' cables are cut at once; the faster one is whole again while the other is still mended."""
    duct = next(duct for duct in mini.records.ducts if {"alpha", "beta"} <= set(duct.carriers))
    duct = duct.model_copy(update={"cuts_per_100km_year": 5000.0})
    records = dataclasses.replace(mini.records, ducts=(duct,))
    elements = Elements(records)
    cables = [elements.cable(duct.id, carrier) for carrier in ("alpha", "beta")]
    mttr = {carrier.id: carrier.mttr_hours.value for carrier in records.carriers}
    rate = duct.cuts_per_100km_year * duct.length_km / 100
    for carrier, cable in zip(("alpha", "beta"), cables, strict=True):
        truth = 1 - unavailability(rate, mttr[carrier])
        assert Factoring(elements.up).probability(cable) == pytest.approx(truth)
    least = min(mttr["alpha"], mttr["beta"])
    either = Factoring(elements.up).probability(some(cables))
    assert either == pytest.approx(1 - unavailability(rate, least))
    assert {base(element) for element in elements.up} == {f"duct:{duct.id}"}


def test_slower_repair_never_helps(mini: Network, mini_plan: Plan) -> None:
    before = shares(mini_plan.network, mini.records)
    after = shares(mini_plan.network, carriers("mttr_hours", 500.0)(mini.records))
    assert all(after[site] <= before[site] for site in before)
    assert min(after.values()) < min(before.values())


def test_a_missed_target_is_told_once_for_its_class(mini: Network, mini_plan: Plan) -> None:
    estimated = availabilities(mini_plan.network, mini.records)
    assert findings(estimated, mini.records) == []
    communes = mini.records.classes["commune"]
    strict = communes.model_copy(update={"availability": figure(communes.availability, 1.0)})
    records = dataclasses.replace(mini.records, classes=mini.records.classes | {"commune": strict})
    (found,) = findings(estimated, records)
    place = mini.records.positions["policy/classes/commune/availability/value"]
    assert (found.code, found.where) == ("W-PLAN-601", str(place))
    worst = min((site for site in estimated if site.startswith("commune")), key=lambda site: estimated[site].share)
    assert worst in found.text.en
    assert worst in found.text.vi


def test_a_service_of_pairs_by_hand(mini: Network, mini_plan: Plan) -> None:
    """Two firewalls of which one may be down, in two racks of one room."""
    records = mini.records
    service = next(service for service in records.services if service.id == "firewall")
    (workload,) = service.workloads
    assert (workload.spare, workload.replicas, workload.form) == (1, 2, "appliance")
    placement = records.placement
    rack = unavailability(placement.rack_failures_per_year.value, placement.restart_minutes.value / 60)
    one = (1 - placement.appliance_unavailability.value) * (1 - rack)
    both = (1 - (1 - one) ** 2) * (1 - placement.room_unavailability.value)
    found = {load.id: load for load in mini_plan.services}["firewall"].availability
    assert found is not None
    assert found.centre == pytest.approx(both, abs=1e-7)


def test_a_service_at_a_site_is_the_service_and_the_path(mini: Network, mini_plan: Plan) -> None:
    sites = mini_plan.network.availability
    for load in mini_plan.services:
        assert load.availability is not None
        for at in load.availability.at:
            centre = 1.0 if load.availability.centre is None else load.availability.centre
            assert at.share == pytest.approx(centre * sites[at.site].share, abs=1e-6)
            same = [site.id for site in mini.records.sites if site.site_class == at.site_class]
            assert sites[at.site].share == min(sites[site].share for site in same)


@pytest.mark.parametrize(("field", "value", "kind"), [
    ("host_failures_per_year", 500.0, "host"), ("rack_failures_per_year", 500.0, "rack"),
    ("machine_unavailability", 0.3, "machine"), ("appliance_unavailability", 0.3, "appliance"),
    ("room_unavailability", 0.3, "room"),
])  # fmt: skip
def test_what_fails_most_is_named(mini: Network, mini_plan: Plan, field: str, value: float, kind: str) -> None:
    records = policy(field, value, "placement")(mini.records)
    before = {load.id: load.availability for load in mini_plan.services}
    after = {load.id: load.availability for load in services(mini_plan, records, mini_plan.network.availability)}
    lower = [
        name for name, found in after.items() if found and found.centre and found.centre < before[name].centre - 0.01
    ]
    assert lower
    assert any(found.weakest[0].element.startswith(kind) for name, found in after.items() if name in lower and found)


def test_a_room_in_a_flood_zone_floods_with_the_ducts(mini: Network, mini_plan: Plan) -> None:
    zone = next(duct.flood_zone for duct in mini.records.ducts if duct.flood_zone)
    rooms = tuple(room.model_copy(update={"flood_zone": zone}) for room in mini.records.rooms)
    records = policy("flood_unavailability", 0.25)(dataclasses.replace(perfect(mini.records), rooms=rooms))
    sites = availabilities(mini_plan.network, records)
    for load in services(mini_plan, records, sites):
        assert load.availability is not None
        for at in load.availability.at:
            if load.availability.centre is not None and sites[at.site].share < 1.0:
                # one event, not two: the product would be a quarter lower
                assert at.share == pytest.approx(load.availability.centre * sites[at.site].share / 0.75, abs=1e-6)


def test_a_target_missed_by_a_hair_is_told_with_enough_digits(mini: Network, mini_plan: Plan) -> None:
    estimated = availabilities(mini_plan.network, mini.records)
    communes = mini.records.classes["commune"]
    least = min(estimated[site.id].share for site in mini.records.sites if site.site_class == "commune")
    strict = communes.model_copy(update={"availability": figure(communes.availability, least + 1e-7)})
    (found,) = findings(
        estimated, dataclasses.replace(mini.records, classes=mini.records.classes | {"commune": strict})
    )
    assert f"{least:.5%}" in found.text.en
    assert f"{least + 1e-7:.5%}" in found.text.en
    assert f"{least:.5%}".replace(".", ",") in found.text.vi
