"""The capacity ledger: every number by hand or against the plan, what is committed, limits, and a checker that sees."""

import dataclasses
from typing import Any

import pytest

import topology
from planner.checker import as_decided, verify_ledger
from planner.ledger import with_ledger
from planner.plan import LedgerEntry, Plan
from tests.unit.planner.ledger_golden import DIRECTORY, MINI, ledger_text
from topology.model import Network, Records
from topology.scenario import apply, read_scenarios
from topology.schema.base import stated


def entry(plan: Plan, kind: str, name: str, resource: str) -> LedgerEntry:
    (found,) = (e for e in plan.ledger if (e.kind, e.id, e.resource) == (kind, name, resource))
    return found


def committing(network: Network, **changed: Any) -> Network:
    """Return the network with the records changed in some fields as what committed scenarios make of them."""
    committed = dataclasses.replace(network.records, **changed)
    return dataclasses.replace(network, records=dataclasses.replace(network.records, committed=committed))


def busy(records: Records) -> Records:
    files, _ = read_scenarios(MINI)
    patched = apply(records, [files["busy-counters"]]).records
    assert patched is not None
    return patched


def test_the_ledger_of_the_miniature_province(mini_plan: Plan) -> None:
    assert ledger_text(mini_plan) == (DIRECTORY / "ledger.txt").read_text(encoding="utf-8")


def test_both_feeds_are_counted_once(mini: Network, mini_plan: Plan) -> None:
    """Normally each feed carries half; the other half is kept for the day on which it carries all of it alone."""
    watts = sum(rack.power_w for rack in mini_plan.datacentre.racks)
    for feed in ("feed-a", "feed-b"):
        one = entry(mini_plan, "feed", feed, "power_w")
        assert one.used + one.planned == pytest.approx(watts / 2)
        assert one.free == pytest.approx(one.capacity - watts)
    alone = dataclasses.replace(
        mini.records, placement=mini.records.placement.model_copy(update={"survive": ("host", "rack")})
    )
    shared = with_ledger(mini_plan, dataclasses.replace(mini, records=alone))
    one = entry(shared, "feed", "feed-a", "power_w")
    assert (one.reserve, one.free) == (0, pytest.approx(one.capacity - watts / 2))


def test_hosts_keep_what_the_worst_loss_takes(mini_plan: Plan) -> None:
    for resource, share in mini_plan.datacentre.used_share.items():
        one = entry(mini_plan, "hosts", "hosts", resource)
        assert one.share == pytest.approx(share, abs=1e-4)
        assert one.reserve >= max(host.usable[resource] for host in mini_plan.datacentre.hosts)


def test_committed_traffic_is_reserved_on_the_lines_that_carry_it(mini: Network, mini_plan: Plan) -> None:
    plan = with_ledger(mini_plan, committing(as_decided(mini_plan, mini), services=busy(mini.records).services))
    demand = mini.demands["commune-01"].by_service["one-stop"]
    for resource, now in (("b-a", demand[0]), ("a-b", demand[1])):
        one = entry(plan, "link", "link-01-core-alpha-2", resource)
        before = entry(mini_plan, "link", "link-01-core-alpha-2", resource)
        assert one.committed == pytest.approx(2 * now, abs=0.01)
        assert one.free == pytest.approx(before.free - one.committed, abs=0.01)
        assert one.planned == before.planned
    assert entry(plan, "link", "link-01-core-alpha-2", "b-a").state == "full"
    assert entry(plan, "link", "link-01-core-alpha-2", "b-a").free < 0
    assert verify_ledger(plan, as_decided(mini_plan, mini))[1] == []


def test_committed_machines_are_reserved_in_hosts_and_room(mini: Network, mini_plan: Plan) -> None:
    first, *others = mini.records.services
    app, *rest = first.workloads
    more = app.model_copy(update={"replicas": app.replicas + 2})
    box = next(w for s in mini.records.services for w in s.workloads if w.form == "appliance")
    second = box.model_copy(update={"id": "box", "machines": (), "role": "generic", "replicas": 1})
    services = (first.model_copy(update={"workloads": (more, *rest, second)}), *others)
    plan = with_ledger(mini_plan, committing(as_decided(mini_plan, mini), services=services))
    assert entry(plan, "hosts", "hosts", "memory_gib").committed >= 2 * app.memory_gib.value
    assert entry(plan, "room", "room-1", "height_u").committed == box.height_u
    assert entry(plan, "feed", "feed-a", "power_w").committed == stated(box.power_w)
    assert entry(plan, "room", "room-1", "heat_w").committed == stated(box.power_w)


def test_a_pool_of_its_own_has_its_own_entries(mini: Network, mini_plan: Plan) -> None:
    """Level 4 shares no host: what a committed scenario asks for there has no host yet."""
    first, *others = mini.records.services
    high = first.model_copy(update={"level": 4})
    plan = with_ledger(mini_plan, committing(as_decided(mini_plan, mini), services=(high, *others)))
    pool = next(e.id for e in plan.ledger if e.id.startswith("hosts:"))
    one = entry(plan, "hosts", pool, "memory_gib")
    assert (one.capacity, one.state) == (0, "full")
    assert one.committed > 0 > one.free


@pytest.mark.parametrize(
    ("field", "policy", "kind"), [("warn_share", "placement", "rack"), ("warn_occupancy", "network_policy", "link")]
)
def test_the_limits_are_those_of_the_records(
    mini: Network, mini_plan: Plan, field: str, policy: str, kind: str
) -> None:
    rules = getattr(mini.records, policy)
    lower = rules.model_copy(update={field: getattr(rules, field).model_copy(update={"value": 0.1})})
    records = dataclasses.replace(mini.records, **{policy: lower})
    plan = with_ledger(mini_plan, dataclasses.replace(mini, records=records))
    before = sum(e.state == "warn" for e in mini_plan.ledger if e.kind == kind)
    assert sum(e.state == "warn" for e in plan.ledger if e.kind == kind) > before


def test_the_plan_is_not_changed_by_what_is_committed(tmp_path: Any, mini_plan: Plan, mini: Network) -> None:
    plan = with_ledger(mini_plan, committing(as_decided(mini_plan, mini), services=busy(mini.records).services))
    same = {"ledger": ()}
    assert plan.model_copy(update=same) == mini_plan.model_copy(update=same)


def test_the_checker_finds_nothing_in_a_true_ledger(mini: Network, mini_plan: Plan) -> None:
    made, violations = verify_ledger(mini_plan, as_decided(mini_plan, mini))
    assert made > 400
    assert violations == []


WHICH = [("rack", "height_u"), ("rack", "power_w"), ("rack", "weight_kg"), ("rack", "ports"), ("feed", "power_w"),
         ("room", "heat_w"), ("hosts", "memory_gib"), ("link", "a-b"), ("link", "b-a")]  # fmt: skip


@pytest.mark.parametrize("kind", WHICH, ids="-".join)
@pytest.mark.parametrize("field", ["capacity", "used", "planned", "reserve", "committed", "free", "share", "state"])
def test_the_checker_sees_every_changed_number(
    mini: Network, mini_plan: Plan, kind: tuple[str, str], field: str
) -> None:
    index = max(
        (k for k, e in enumerate(mini_plan.ledger) if (e.kind, e.resource) == kind),
        key=lambda k: mini_plan.ledger[k].planned,
    )
    one = mini_plan.ledger[index]
    other = ("full" if one.state == "good" else "good") if field == "state" else getattr(one, field) + 0.5
    changed = one.model_copy(update={field: other})
    tampered = (*mini_plan.ledger[:index], changed, *mini_plan.ledger[index + 1 :])
    assert verify_ledger(mini_plan.model_copy(update={"ledger": tampered}), as_decided(mini_plan, mini))[1]


def test_the_checker_misses_no_entry(mini: Network, mini_plan: Plan) -> None:
    for kind in ("rack", "feed", "room", "hosts", "link"):
        index = next(k for k, e in enumerate(mini_plan.ledger) if e.kind == kind)
        fewer = (*mini_plan.ledger[:index], *mini_plan.ledger[index + 1 :])
        assert verify_ledger(mini_plan.model_copy(update={"ledger": fewer}), as_decided(mini_plan, mini))[1], kind
        twice = (*mini_plan.ledger, mini_plan.ledger[index])
        assert verify_ledger(mini_plan.model_copy(update={"ledger": twice}), as_decided(mini_plan, mini))[1], kind


def test_a_network_of_the_committed_records_is_built_like_any_other(mini: Network) -> None:
    assert topology.build(busy(mini.records)).demands["commune-01"].peak_mbps > mini.demands["commune-01"].peak_mbps
