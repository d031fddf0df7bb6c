"""What is derived from the records: routes, demands, failure states; checked against slow, obvious code."""

import dataclasses
import random
import shutil
from pathlib import Path

import networkx as nx
import pytest

import topology
from topology.conference import endpoints
from topology.graph import Ducts
from topology.model import Network

MINI = Path(__file__).parents[3] / "inventory" / "mini"


@pytest.fixture(scope="module")
def network() -> Network:
    return topology.build(topology.load(MINI))


def graph_of(network: Network, carrier: str, without: tuple[str, ...] = ()) -> nx.Graph:
    """The carrier's ducts as a simple graph, the shortest of parallel ones."""
    place = {site.id: site.id for site in network.records.sites} | {x.id: x.near for x in network.records.exchanges}
    graph = nx.Graph()
    for duct in network.records.ducts:
        if carrier in duct.carriers and duct.id not in without:
            a, b = place[duct.a], place[duct.b]
            if not graph.has_edge(a, b) or graph[a][b]["weight"] > duct.length_km:
                graph.add_edge(a, b, weight=duct.length_km)
    return graph


def test_first_routes_are_shortest_and_second_ones_disjoint(network: Network) -> None:
    place = {site.id: site.id for site in network.records.sites} | {x.id: x.near for x in network.records.exchanges}
    by_id = {link.id: link for link in network.links}
    fixed = [link for link in network.links if link.kind != "mobile"]
    assert any(link.id.endswith("-2") for link in fixed)
    for link in fixed:
        first = by_id[link.id.removesuffix("-2")]
        avoid = first.ducts if link is not first else ()
        graph = graph_of(network, link.carrier, avoid)
        assert link.length_km == pytest.approx(
            nx.shortest_path_length(graph, place[link.a], place[link.b], weight="weight"), abs=1e-3
        )
        assert not set(avoid) & set(link.ducts)


def test_routes_are_walks_from_a_to_b(network: Network) -> None:
    ducts = Ducts(network.records)
    for link in network.links:
        if link.kind == "mobile":
            continue
        at = ducts.place_of[link.a]
        for name in link.ducts:
            ends = {ducts.place_of[ducts.by_id[name].a], ducts.place_of[ducts.by_id[name].b]}
            assert at in ends
            (at,) = ends - {at}
            assert link.carrier in ducts.by_id[name].carriers
        assert at == ducts.place_of[link.b]


def test_a_site_without_candidates_misses_a_carrier(network: Network) -> None:
    homes = {link.a for link in network.links if link.kind == "access"}
    assert homes == set(network.demands)


def test_demand_of_one_site_by_hand(network: Network) -> None:
    records = network.records
    site = next(site for site in records.sites if site.id == "commune-01")
    traffic = next(s for s in records.services if s.id == "one-stop").traffic[0]
    expected = site.officials * records.figures["workstations_per_official"] * traffic.concurrency.value
    assert network.demands[site.id].by_service["one-stop"][0] == pytest.approx(expected * traffic.down_mbps.value)
    pictures = network.demands[site.id].by_service["conf-communes"]
    assert pictures == (4.0, 4.0)
    total = sum(down for down, _ in network.demands[site.id].by_class.values())
    assert network.demands[site.id].down_mbps == pytest.approx(total)


def test_failure_states_hit_what_they_should(network: Network) -> None:
    states = {state.id: state for state in network.states}
    for duct in network.records.ducts:
        through = {link.id for link in network.links if duct.id in link.ducts}
        assert states[f"duct:{duct.id}"].links == through if through else f"duct:{duct.id}" not in states
    flood = {duct.id for duct in network.records.ducts if duct.flood_zone == "flood-south"}
    assert states["flood:flood-south"].links == {link.id for link in network.links if flood & set(link.ducts)}
    for exchange in network.records.exchanges:
        assert states[f"exchange:{exchange.id}"].exchanges == {exchange.id}


def test_an_exchange_takes_down_what_ends_there_and_nothing_that_passes(network: Network) -> None:
    """A line spliced through an exchange's place needs nothing of its power or equipment."""
    near = {exchange.id: exchange.near for exchange in network.records.exchanges}
    states = {state.id: state for state in network.states}
    ducts = Ducts(network.records)
    passing = 0
    for exchange, place in near.items():
        down = states[f"exchange:{exchange}"].links
        assert down == {link.id for link in network.links if exchange in (link.a, link.b)}
        for link in network.links:
            ends = [ducts.place_of[end] for name in link.ducts for end in (ducts.by_id[name].a, ducts.by_id[name].b)]
            if exchange not in (link.a, link.b) and ends.count(place) == 2:
                passing += 1
                assert link.id not in down
    assert passing > 0


def test_the_root_of_a_conference_takes_part(network: Network) -> None:
    records = network.records
    others = [tree for tree in records.conferences if tree.id != "conf-districts"]
    (first,) = (tree for tree in records.conferences if tree.id == "conf-districts")
    moved = first.model_copy(update={"root": "department-office", "members": ("district",)})
    before = dataclasses.replace(records, conferences=(first.model_copy(update={"members": ("district",)}), *others))
    after = dataclasses.replace(records, conferences=(moved, *others))
    asked, root = topology.build(before).demands, topology.build(after).demands
    assert {site for site in asked if asked[site] != root[site]} == {"department-office"}
    assert root["department-office"].by_service[first.id] == (6.0, 6.0)
    assert endpoints(after, next(s for s in records.sites if s.id == "department-office")) == 1
    quiet = dataclasses.replace(after, conferences=(moved.model_copy(update={"concurrent": False}), *others))
    assert topology.build(quiet).demands["department-office"].by_service[first.id] == (6.0, 6.0), "in its own hour"


@pytest.mark.parametrize("seed", range(5))
def test_order_of_rows_and_comments_do_not_count(tmp_path: Path, seed: int) -> None:
    province = Path(shutil.copytree(MINI, tmp_path / "mini"))
    for name in ("sites.csv", "ducts.csv", "exchanges.csv", "mobile.csv"):
        lines = [line for line in (province / name).read_text(encoding="utf-8").splitlines() if line[:1] != "#"]
        rows = lines[1:]
        random.Random(seed).shuffle(rows)
        (province / name).write_text("\n".join(["# shuffled", lines[0], *rows]) + "\n", encoding="utf-8")
    shuffled, before = topology.load(province), topology.load(MINI)
    assert shuffled.digest == before.digest
    assert topology.build(shuffled).links == topology.build(before).links


def test_any_changed_value_changes_the_digest(tmp_path: Path) -> None:
    province = Path(shutil.copytree(MINI, tmp_path / "mini"))
    path = province / "modules.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("value: 2000000", "value: 2000001", 1), encoding="utf-8")
    assert topology.load(province).digest != topology.load(MINI).digest
