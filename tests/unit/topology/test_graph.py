"""Routes on a carrier's cable against trying every simple path; the simple graphs made of parallel ducts."""

import dataclasses
from itertools import pairwise
from pathlib import Path

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import topology
from topology.graph import Ducts
from topology.model import Records
from topology.schema.network import Duct

RECORDS = topology.load(Path(__file__).parents[3] / "inventory" / "mini")
PLACES = ("core", *(f"commune-0{number}" for number in range(1, 6)))
Cable = tuple[int, int, float, bool]
"""Two places, km, whether it is alpha's."""

CABLES = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 5), st.integers(1, 20).map(float), st.booleans()).filter(
        lambda cable: cable[0] != cable[1]
    ),
    min_size=1,
    max_size=9,
)


def laid(cables: list[Cable]) -> Records:
    ducts = tuple(
        Duct(
            id=f"duct-{number}", a=PLACES[a], b=PLACES[b], length_km=length, underground=True,
            carriers=("alpha", "beta") if alpha else ("beta",), cuts_per_100km_year=1.0, quality="assumption",
            source="teaching",
        )
        for number, (a, b, length, alpha) in enumerate(cables)
    )  # fmt: skip
    return dataclasses.replace(RECORDS, ducts=ducts)


def walks(records: Records, start: str, goal: str, without: tuple[str, ...] = ()) -> list[tuple[float, list[str]]]:
    """Return every simple path over alpha's ducts with its length."""
    own = [duct for duct in records.ducts if "alpha" in duct.carriers and duct.id not in without]
    found, queue = [], [(start, 0.0, [start], list[str]())]
    while queue:
        at, length, seen, used = queue.pop()
        if at == goal:
            found.append((length, used))
            continue
        for duct in own:
            for here, there in ((duct.a, duct.b), (duct.b, duct.a)):
                if here == at and there not in seen:
                    queue.append((there, length + duct.length_km, [*seen, there], [*used, duct.id]))
    return found


@settings(max_examples=120, deadline=None)
@given(CABLES)
def test_the_tree_holds_the_shortest_routes(cables: list[Cable]) -> None:
    records = laid(cables)
    tree = Ducts(records).network_of("alpha").tree("core")
    lengths = {duct.id: duct.length_km for duct in records.ducts}
    for place in PLACES[1:]:
        every = walks(records, place, "core")
        if not every:
            assert tree.length_km(place) is None
            continue
        route = tree.route(place)
        assert tree.length_km(place) == pytest.approx(min(length for length, _ in every))
        assert sum(lengths[duct] for duct in route) == pytest.approx(tree.length_km(place))
        assert list(route) in [used for _, used in every]


@settings(max_examples=120, deadline=None)
@given(CABLES, st.data())
def test_a_detour_is_the_shortest_route_without_the_avoided_ducts(cables: list[Cable], data: st.DataObject) -> None:
    records = laid(cables)
    cable = Ducts(records).network_of("alpha")
    start = data.draw(st.sampled_from(PLACES[1:]))
    if cable.tree("core").length_km(start) is None:
        return
    avoid = tuple(data.draw(st.sets(st.sampled_from([duct.id for duct in records.ducts]))))
    every = walks(records, start, "core", avoid)
    found = cable.detour(start, "core", avoid)
    assert (found is None) == (not every)
    if found:
        route, length = found
        assert length == pytest.approx(min(length for length, _ in every))
        assert not set(route) & set(avoid)


@settings(max_examples=60, deadline=None)
@given(CABLES)
def test_the_collapsed_graph_keeps_the_shortest_of_parallel_ducts(cables: list[Cable]) -> None:
    records = laid(cables)
    graph = Ducts(records).collapsed(["alpha"])
    by_ends: dict[frozenset[str], list[Duct]] = {}
    for duct in records.ducts:
        if "alpha" in duct.carriers:
            by_ends.setdefault(frozenset((duct.a, duct.b)), []).append(duct)
    assert {frozenset(edge) for edge in graph.edges} == set(by_ends)
    for ends, parallel in by_ends.items():
        data = graph.edges[tuple(ends)]
        assert data["length_km"] == min(duct.length_km for duct in parallel)
        assert data["duct"] in {duct.id for duct in parallel}


@settings(max_examples=60, deadline=None)
@given(CABLES)
def test_a_duct_cuts_exactly_when_its_node_is_an_articulation_point(cables: list[Cable]) -> None:
    """Parallel ducts are two ways: the collapsed graph cannot tell, the subdivided one can."""
    records = laid(cables)
    ducts = Ducts(records)
    graph = ducts.subdivided()
    cuts = set(nx.articulation_points(graph)) & set(ducts.by_id)
    for duct in records.ducts:
        without = Ducts(dataclasses.replace(records, ducts=tuple(d for d in records.ducts if d is not duct)))
        parted = not nx.has_path(without.subdivided(), duct.a, duct.b)
        assert (duct.id in cuts) == parted


def test_only_ducts_with_a_carrier_are_its_cable() -> None:
    records = laid([(0, 1, 5.0, True), (1, 2, 5.0, False)])
    alpha, beta = (Ducts(records).network_of(name) for name in ("alpha", "beta"))
    assert alpha.reaches("commune-01")
    assert not alpha.reaches("commune-02")
    assert alpha.tree("core").length_km("commune-02") is None
    assert beta.tree("core").length_km("commune-02") == 10.0


def test_an_exchange_shares_the_place_of_its_site() -> None:
    ducts = Ducts(RECORDS)
    for exchange in RECORDS.exchanges:
        assert ducts.place_of[exchange.id] == exchange.near
    tree = ducts.network_of("alpha").tree("core")
    assert tree.route("exchange-host") == tree.route("commune-01")


def test_a_route_is_a_walk_in_order() -> None:
    ducts = Ducts(RECORDS)
    for start in ("commune-04", "commune-07"):
        route = ducts.network_of("beta").tree("core").route(start)
        ends = [{ducts.place_of[ducts.by_id[name].a], ducts.place_of[ducts.by_id[name].b]} for name in route]
        assert start in ends[0]
        assert "core" in ends[-1]
        assert all(one & two for one, two in pairwise(ends))
