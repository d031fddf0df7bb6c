"""Explanations: everything that has an id can be explained, and says what the plan says."""

from pathlib import Path

import pytest

import topology
from planner.plan import Plan
from planner.solve import solve
from provdc.explanation import Context, explain, near
from provdc.explanation.decisions import things
from provdc.results import Result, Results
from tests.fixtures.plans import build
from topology import load

MINI = Path(__file__).parents[3] / "inventory" / "mini"


@pytest.fixture(scope="module")
def plan() -> Plan:
    return build(12)


@pytest.fixture(scope="module", params=["en", "vi"])
def context(request: pytest.FixtureRequest, plan: Plan) -> Context:
    rows = (Result("HOST-AV", "mail-1", "test_eicar", "passed", ""),)
    return Context(request.param, load(MINI), plan, Results(plan.digest, "vn-2022", 3, rows))


def rows(context: Context, wanted: str) -> dict[str, list[str]]:
    found = explain(context, wanted)
    assert found is not None, wanted
    told: dict[str, list[str]] = {}
    for label, text in found.rows:
        told.setdefault(label, []).append(text)
    return told


def test_everything_in_the_plan_can_be_explained(context: Context, plan: Plan) -> None:
    for kind, thing in things(plan):
        found = explain(context, thing.id)
        assert found is not None
        assert found.kind == kind
        assert found.rows
        assert found.decision["id"] == thing.id


def test_site_names_its_paths_and_their_loads(context: Context, plan: Plan) -> None:
    site = next(site for site in plan.network.sites if site.backup is not None)
    told = rows(context, site.id)
    assert all(link in told[context.say("primary")][0] for link in site.primary.links)
    assert all(link in told[context.say("backup")][0] for link in site.backup.links)
    assert told[context.say("otherwise")][0].startswith(site.alternatives[0].choice)


def test_site_tells_how_often_it_is_reached_and_what_costs_most(context: Context, plan: Plan) -> None:
    met = next(site.id for site in plan.network.sites if plan.network.availability[site.id].share > 0.999)
    missed = next(site.id for site in plan.network.sites if plan.network.availability[site.id].share < 0.999)
    for site, key in ((met, "target_met"), (missed, "target_missed")):
        told = rows(context, site)
        target = {"en": "99.900\u00a0%", "vi": "99,900\u00a0%"}[context.lang]
        assert context.say(key, target=target) in told[context.say("availability")][0]
        assert f"site:{site}" in told[context.say("weakest")][0]
        assert context.say("availability_range") not in told
    assert told[context.say("any_path")]


def test_service_tells_how_often_it_runs_and_how_sure_that_is(context: Context, plan: Plan) -> None:
    told = rows(context, "mail")
    number = {"en": "99.8790", "vi": "99,8790"}[context.lang]
    assert number in told[context.say("availability")][0]
    assert "Monte Carlo" in told[context.say("availability_range")][0]
    (worst,) = (label for label in told if label.startswith(context.say("availability_at", site_class="")))
    assert plan.services[0].availability.at[0].site in told[worst][0]
    assert "machine:mail-1" in told[context.say("weakest")][0]


def test_link_tells_its_worst_state_first(context: Context, plan: Plan) -> None:
    link = plan.network.links[0]
    told = rows(context, link.id)
    labels = [label for label in told if link.worst[0].state in label]
    assert len(labels) == 1


def test_machine_tells_arithmetic_addresses_and_tests(context: Context) -> None:
    told = rows(context, "mail-1")
    assert "2 300 officials × 40 a day = 92 000" in told[context.say("arithmetic")][0]
    assert any("10.17.2." in text for text in told[context.say("address")])
    assert "HOST-AV test_eicar" in told[context.say("verified")][0]


def test_host_says_where_its_machines_go(context: Context, plan: Plan) -> None:
    told = rows(context, "host:host-01")
    moves = plan.datacentre.evacuations[0].moves
    assert told[context.say("moves")] == [f"{machine} → {host}" for machine, host in moves.items()]


def test_failure_names_what_it_takes_down(context: Context, plan: Plan) -> None:
    state = next(iter(plan.network.sweep.on_mobile))
    found = explain(context, state)
    assert found is not None
    lost = {link.id for link in plan.network.links if state.removeprefix("duct:") in link.ducts}
    assert set(found.decision["links"]) == lost
    assert lost


def test_state_that_touches_nothing_is_unknown(context: Context) -> None:
    assert explain(context, "duct:no-such-duct") is None
    assert explain(context, "weather:rain") is None


def test_control_shows_its_law_and_its_results(context: Context) -> None:
    told = rows(context, "HOST-AV")
    assert told[context.say("law")][0]
    assert told[context.say("test")] == ["test_eicar · mail-1: passed"]


@pytest.mark.parametrize("kind", ["duct", "carrier", "module", "service", "zone", "host-model"])
def test_records_are_explained_with_their_place_even_without_a_plan(kind: str) -> None:
    context = Context("en", load(MINI), None, None)
    path = next(path for path in context.records.positions if path.startswith(f"{kind}/") and path.count("/") == 1)
    told = rows(context, path.partition("/")[2])
    assert str(context.records.positions[path]) in told["in the records"][0]


def test_near_ids_are_suggested(context: Context) -> None:
    assert "mail-1" in near(context, "mail-l")
    assert near(context, "zzzzzzzz") == []


def test_link_tells_what_routers_would_put_on_it(context: Context, plan: Plan) -> None:
    link = next(link for link in plan.network.links if link.kind == "trunk")
    told = rows(context, link.id)
    assert "Mbit/s" in told[context.say("ospf_load")][0]


def test_failures_joined_by_plus_are_one_state(context: Context, plan: Plan) -> None:
    site = plan.network.sites[0]
    assert site.backup is not None
    pair = f"link:{site.primary.links[0]}+link:{site.backup.links[0]}"
    told = rows(context, pair)
    assert site.id in told[context.say("cut_off_any")][0]
    assert context.say("best_possible") in told
    alone = rows(context, f"link:{site.primary.links[0]}")
    assert alone[context.say("cut_off_any")] == [context.say("nobody")]
    assert explain(context, "duct:nowhere+duct:neither") is None
    assert explain(context, "one+other") is None


def test_failures_of_a_plan_made_from_other_records_are_told_as_the_plan_has_them(context: Context, plan: Plan) -> None:
    told = rows(context, "failures")
    assert str(len(plan.network.sweep.cut_off)) in told[context.say("singles")][0]
    assert context.say("drawn") not in told


def test_a_workload_is_explained_by_its_machines() -> None:
    records = load(MINI)
    context = Context("en", records, solve(topology.build(records))[0], None)
    told = rows(context, "fw")
    assert told["fw-a"] != told["fw-b"]
    assert any("rated_sessions" in text for text in told["arithmetic"])
    assert told["in the records"] == [f"{context.records.positions['workload/fw']}  workload/fw"]
    assert set(rows(context, "moved-finance")) > {f"moved-finance-{number}" for number in range(1, 5)}
    assert "money" not in near(context, "money"), "what was not found is no hint"
