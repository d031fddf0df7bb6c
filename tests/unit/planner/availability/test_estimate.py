"""A site's availability from the records' rates; each rate counts, and only for those that it concerns."""

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest

from planner.availability import availabilities, findings
from planner.plan import Plan
from topology.model import Network, Records

Change = Callable[[Records], Records]


def figure(old: Any, value: float) -> Any:
    return old.model_copy(update={"value": value})


def policy(field: str, value: float) -> Change:
    def change(records: Records) -> Records:
        old = records.network_policy
        return dataclasses.replace(
            records, network_policy=old.model_copy(update={field: figure(getattr(old, field), value)})
        )

    return change


def perfect(records: Records) -> Records:
    """Nothing ever fails."""
    ducts = tuple(duct.model_copy(update={"cuts_per_100km_year": 0.0}) for duct in records.ducts)
    records = dataclasses.replace(records, ducts=ducts)
    return policy("node_unavailability", 0.0)(policy("mobile_unavailability", 0.0)(records))


def test_nothing_fails_nothing_is_lost(mini: Network, mini_plan: Plan) -> None:
    estimated = availabilities(mini_plan.network, perfect(mini.records))
    assert set(estimated) == {site.id for site in mini.records.sites}
    assert set(estimated.values()) == {1.0}


def test_a_mobile_backup_by_hand(mini: Network, mini_plan: Plan) -> None:
    """One line straight to the core, one mobile backup over another duct: two paths in parallel."""
    links = {link.id: link for link in mini_plan.network.links}
    ducts = {duct.id: duct for duct in mini.records.ducts}
    mttr = {carrier.id: carrier.mttr_hours.value for carrier in mini.records.carriers}
    site = next(s for s in mini_plan.network.sites if s.backup and links[s.backup.links[0]].kind == "mobile")
    line, backup = links[site.primary.links[0]], links[site.backup.links[0]] if site.backup else None
    assert backup is not None
    assert len(site.primary.links) == 1

    def up(names: tuple[str, ...], carrier: str) -> float:
        share = 1.0
        for name in names:
            down = ducts[name].cuts_per_100km_year * ducts[name].length_km / 100 * mttr[carrier]
            share *= 8760 / (8760 + down)
        return share

    one = up(line.ducts, line.carrier)
    two = up(backup.ducts, backup.carrier) * (1 - mini.records.network_policy.mobile_unavailability.value)
    assert not set(line.ducts) & set(backup.ducts)
    assert availabilities(mini_plan.network, mini.records)[site.id] == pytest.approx(
        1 - (1 - one) * (1 - two), abs=1e-7
    )


def test_concentration_points_and_masts_count_where_they_are_used(mini: Network, mini_plan: Plan) -> None:
    before = availabilities(mini_plan.network, mini.records)
    without_masts = availabilities(mini_plan.network, policy("mobile_unavailability", 1.0)(mini.records))
    links = {link.id: link for link in mini_plan.network.links}
    for site in mini_plan.network.sites:
        kinds = {links[name].kind for name in site.backup.links} if site.backup else set()
        assert (without_masts[site.id] < before[site.id]) == ("mobile" in kinds), site.id
    handed_over = availabilities(mini_plan.network, policy("node_unavailability", 1.0)(mini.records))
    assert handed_over["core"] == 0.0


def test_the_slower_repair_decides_a_shared_duct(mini: Network, mini_plan: Plan) -> None:
    slow = tuple(
        carrier.model_copy(update={"mttr_hours": figure(carrier.mttr_hours, 100 * carrier.mttr_hours.value)})
        for carrier in mini.records.carriers
    )
    before = availabilities(mini_plan.network, mini.records)
    after = availabilities(mini_plan.network, dataclasses.replace(mini.records, carriers=slow))
    assert all(after[site] < before[site] or before[site] == after[site] == 1.0 for site in before)
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
    worst = min((site for site in estimated if site.startswith("commune")), key=lambda site: estimated[site])
    assert worst in found.text.en
    assert worst in found.text.vi
