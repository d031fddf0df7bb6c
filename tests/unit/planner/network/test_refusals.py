"""What has no plan is refused with a minimal reason; nothing that has a plan is; the relaxation offered is enough."""

from collections.abc import Iterable
from dataclasses import replace
from itertools import combinations
from math import inf

import pytest

from planner.errors import PlanningError
from planner.limits import Limits, Watch
from planner.network import mend, narrow, search, solve, together, upstream
from planner.network.candidates import Candidates
from planner.network.columns import Choices
from planner.network.conflict import BACKUP, Promises
from planner.network.paths import accesses
from tests.unit.planner.network import refusals
from tests.unit.planner.network.brute import cheapest_cost
from tests.unit.planner.network.provinces import province
from topology.model import Network


@pytest.mark.parametrize("name", refusals.REFUSALS | refusals.INTERNET)
def test_the_words_are_as_they_were(name: str) -> None:
    assert refusals.words(name) == (refusals.DIRECTORY / f"{name}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", refusals.REFUSALS)
def test_what_is_refused_has_no_plan_by_trying_everything(name: str) -> None:
    assert cheapest_cost(refusals.REFUSALS[name]()) == inf


@pytest.mark.parametrize("name", refusals.INTERNET)
def test_the_internet_conflict_is_minimal_and_each_way_out_is_enough(name: str) -> None:
    network = refusals.INTERNET[name]()
    offered = [link for link in network.links if link.kind == "internet"]
    need = network.records.figures["internet_mbps"] / network.records.network_policy.max_occupancy.value

    def pair(kept: Iterable[str]) -> bool:
        kept = set(kept)
        return any(
            (upstream.CARRIERS not in kept or one.carrier != two.carrier)
            and (upstream.DUCTS not in kept or not set(one.ducts) & set(two.ducts))
            and (
                upstream.TRAFFIC not in kept
                or all(sum(m.capacity_mbps * m.max_count for m in x.modules) >= need for x in (one, two))
            )
            for one, two in combinations(offered, 2)
        )

    assert not pair(upstream.PROMISES)
    found = upstream.conflict(network)
    assert not pair(found)
    assert all(pair(other for other in found if other != promise) for promise in found)
    ways = upstream.ways_out(network)
    assert [way.vnd for way in ways] == sorted(way.vnd for way in ways)
    given_up = {way.words for way in ways if way.words.startswith("give up")}
    assert given_up == {
        f"give up '{promise}'"
        for promise in (upstream.CARRIERS, upstream.DUCTS)
        if pair(other for other in upstream.PROMISES if other != promise)
    }


def promised(network: Network, site: str, kept: Iterable[str]) -> Network:
    """Return the site alone, its class promised only what is kept."""
    records = network.records
    name = next(s.site_class for s in records.sites if s.id == site)
    policy, kept = records.classes[name], set(kept)
    less = policy.model_copy(
        update={
            "survive": tuple(kind for kind in policy.survive if kind in kept),
            "backup": policy.backup if BACKUP in kept else "any",
        }
    )
    eased = replace(records, classes={**records.classes, name: less})
    return replace(network, records=eased, demands={site: network.demands[site]})


def refused_networks() -> list[Network]:
    """Return networks in which some site has no pair."""
    named = [refusals.REFUSALS[name]() for name in ("mobile-only", "no-backup", "one-duct", "one-line")]
    return [*named, *(province(seed, communes=3, districts=1, departments=0, exchanges=2) for seed in (32, 38))]


@pytest.mark.parametrize("number", range(6))
def test_the_conflict_is_minimal_and_each_way_out_is_enough(number: int) -> None:
    network = refused_networks()[number]
    promises = Promises(Candidates(network))
    unserved = [site for site in network.demands if not promises.served(site, promises.of(site))]
    assert unserved
    for site in unserved:
        found = promises.conflict(site)
        assert cheapest_cost(promised(network, site, found.promises)) == inf
        for count in range(len(found.promises)):
            for fewer in combinations(found.promises, count):
                assert cheapest_cost(promised(network, site, fewer)) < inf
        for one in promises.of(site):
            rest = [other for other in promises.of(site) if other != one]
            assert (cheapest_cost(promised(network, site, rest)) < inf) == (one in found.enough)


def room(network: Network, more: dict[str, int] | None = None) -> narrow.Room:
    candidates = Candidates(network)
    choices = {site: Choices(candidates, site, own) for site, own in accesses(candidates).items()}
    return narrow.Room(candidates, choices, more or {})


@pytest.mark.parametrize("name", [name for name in refusals.REFUSALS if name.startswith(("equipment", "one-trunk"))])
def test_a_cut_is_minimal(name: str) -> None:
    network = refusals.REFUSALS[name]()
    cut = room(network).cut()
    assert cut is not None
    assert cut.needed_kbps > cut.room_kbps
    for site in cut.sites:
        fewer = {other: network.demands[other] for other in cut.sites if other != site}
        left = room(replace(network, demands=fewer)).cut()
        assert left is None or (left.state, left.way) != (cut.state, cut.way)
    for element in cut.elements:
        left = room(network, {element: 10**9}).cut()
        assert left is None or element not in left.elements


def test_no_network_with_a_plan_has_a_narrow_cut() -> None:
    seen = 0
    for seed in range(30):
        network = province(seed, communes=3, districts=1, departments=0, exchanges=2, demand=(5, 30), scale=0.5)
        try:
            solve(network, Limits(time_limit_s=30))
        except PlanningError:
            continue
        seen += 1
        assert room(network).cut() is None
    assert seen > 5


def test_the_room_that_is_offered_is_the_least_with_a_plan() -> None:
    network = refusals.equipment(a=210, b=100)
    candidates = Candidates(network)
    choices = {site: Choices(candidates, site, own) for site, own in accesses(candidates).items()}
    problem = narrow.problem(candidates, choices)
    assert problem is not None
    assert "raise max_trunk_mbps of 'exchange-b' to 155;" in problem.hint
    assert room(refusals.equipment(a=210, b=115)).cut() is None
    assert room(refusals.equipment(a=210, b=114)).cut() is not None
    assert cheapest_cost(refusals.equipment(a=210, b=154)) == inf
    cost = cheapest_cost(refusals.equipment(a=210, b=155))
    assert f"that network costs {round(cost):,} VND" in problem.hint


def test_a_conflict_of_whole_paths_is_minimal_and_its_way_out_is_least() -> None:
    network = refusals.whole()
    assert room(network).cut() is None
    assert cheapest_cost(network) == inf
    found = together.conflict(network, Watch(Limits(time_limit_s=60)))
    assert found.minimal
    assert {(one.kind, one.id) for one in found.elements} == {
        ("exchange", "exchange-a"),
        ("exchange", "exchange-b"),
        ("site", "district"),
    }
    every = together.elements(network)
    assert cheapest_cost(together.without(network, set(every) - set(found.elements))) == inf
    for one in found.elements:
        gone = (set(every) - set(found.elements)) | {one}
        less = together.without(network, gone)
        assert not less.demands or cheapest_cost(less) < inf
    assert "raise max_trunk_mbps of 'exchange-a' to 150;" in refusals.words("whole")


@pytest.mark.parametrize("seed", range(10))
def test_what_is_proved_impossible_has_no_plan_by_trying_everything(seed: int) -> None:
    network = province(seed, communes=2, districts=1, departments=0, exchanges=2, second_routes=False, max_hops=2)
    network = replace(network, links=tuple(x for x in network.links if x.kind != "access" or x.b != "core"))
    for mbps in (4, 12, 20, 30):
        exchanges = tuple(x.model_copy(update={"max_trunk_mbps": mbps}) for x in network.records.exchanges)
        tight = replace(network, records=replace(network.records, exchanges=exchanges))
        known = mend.outcome(tight, Watch(Limits(time_limit_s=60))).known
        assert known != "unknown"
        assert (known == "none") == (cheapest_cost(tight) == inf)


def test_more_modules_are_offered_with_their_price() -> None:
    network = refusals.one_way_in()
    words = refusals.words("one-trunk")
    assert "allow 2 'fibre-200m' on 'trunk-exchange-a-core-a'" in words
    wider = tuple(
        replace(link, modules=tuple(replace(m, max_count=2) for m in link.modules)) if link.kind == "trunk" else link
        for link in network.links
    )
    assert solve(replace(network, links=wider), Limits(time_limit_s=30)).proof.status == "optimal"
    assert f"that network costs {round(cheapest_cost(replace(network, links=wider))):,} VND" in words


def test_the_class_of_a_site_without_backup_is_eased_both_ways() -> None:
    network = refusals.commune("none", ("duct",))
    promises = Promises(Candidates(network))
    assert promises.of("commune") == ("duct", BACKUP)
    assert promises.conflict("commune").enough == ("duct", BACKUP)


@pytest.mark.parametrize("name", ["no-backup", "mobile-only", "one-duct"])
def test_a_promise_less_has_the_price_of_the_cheapest_network(name: str) -> None:
    network = refusals.REFUSALS[name]()
    words = refusals.words(name)
    promises = Promises(Candidates(network))
    policy = network.records.classes["commune"]
    costs = []
    for one in promises.conflict("commune").enough:
        survive = tuple(kind for kind in policy.survive if kind != one)
        less = policy.model_copy(update={"survive": survive, "backup": "any" if one == BACKUP else policy.backup})
        records = replace(network.records, classes={**network.records.classes, "commune": less})
        costs.append(cheapest_cost(replace(network, records=records)))
    assert f"that network costs {round(min(costs)):,} VND" in words


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Treat every network as a large one: hubs are chosen, no site chooses among all its columns."""
    monkeypatch.setattr(search, "SMALL", 0)
    monkeypatch.setattr(mend, "MOST_PATHS", 0)


def tight(seed: int, mbps: int, *, second_routes: bool) -> Network:
    """Return a network without lines to the core whose exchanges switch little."""
    network = province(
        seed, communes=2, districts=1, departments=0, exchanges=2, second_routes=second_routes, max_hops=2
    )
    network = replace(network, links=tuple(x for x in network.links if x.kind != "access" or x.b != "core"))
    exchanges = tuple(x.model_copy(update={"max_trunk_mbps": mbps}) for x in network.records.exchanges)
    return replace(network, records=replace(network.records, exchanges=exchanges))


@pytest.mark.usefixtures("large")
@pytest.mark.parametrize(("seed", "second_routes"), [(9, False), (0, True), (1, True), (3, True), (5, True)])
@pytest.mark.parametrize("mbps", [12, 20, 30])
def test_a_large_network_is_called_impossible_only_if_it_is(seed: int, second_routes: bool, mbps: int) -> None:
    network = tight(seed, mbps, second_routes=second_routes)
    cost = cheapest_cost(network)
    for goal in (mend.PRICED, mend.ANY_PLAN):
        found = mend.outcome(network, Watch(Limits(time_limit_s=60)), goal)
        assert found.known != "none" or cost == inf
        if found.best is not None:
            assert found.best.cost_vnd >= cost - 2


@pytest.mark.usefixtures("large")
def test_a_large_network_whose_relaxation_has_no_solution_is_refused_with_what_conflicts() -> None:
    network = tight(9, 12, second_routes=False)
    assert room(network).cut() is None
    with pytest.raises(PlanningError) as refused:
        solve(network, Limits(time_limit_s=60))
    (problem,) = refused.value.problems
    assert problem.code == "E-PLAN-305"
    found = together.conflict(network, Watch(Limits(time_limit_s=60)))
    every = together.elements(network)
    assert len(found.elements) < len(every)
    assert cheapest_cost(together.without(network, set(every) - set(found.elements))) == inf
    for one in found.elements if found.minimal else ():
        less = together.without(network, (set(every) - set(found.elements)) | {one})
        assert not less.demands or cheapest_cost(less) < inf


@pytest.mark.usefixtures("large")
@pytest.mark.parametrize("name", ["no-backup", "one-duct", "equipment-normal", "one-trunk"])
def test_ways_out_of_a_large_network_are_priced(name: str) -> None:
    assert "that network costs " in refusals.words(name)
    assert "E-PLAN-302" not in refusals.words(name)
