"""The engine against one state at a time, on random multigraphs: parallel links, loops, bridges, pieces."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.failures import (
    best_possible,
    compile_graph,
    counts,
    cut_off,
    each_alone,
    ecmp,
    estimate,
    exposure,
    link_pairs,
    make,
    partners,
    sample,
    singles,
    unpack,
)
from planner.failures.states import together
from tests.unit.planner.failures import plain

ROOT = "n0"


@settings(max_examples=120, deadline=None, derandomize=True)
@given(plain.multigraphs())
def test_who_is_cut_off_in_every_single_state(graph: nx.MultiGraph) -> None:
    compiled = compile_graph(graph, ROOT)
    states, expected = singles(compiled), plain.every_single(graph)
    assert set(states.names) == set(expected)
    lost = cut_off(states)
    for k, name in enumerate(states.names):
        gone = {compiled.nodes[v] for v in np.flatnonzero(unpack(lost, len(states))[:, k])}
        assert gone == plain.lost(graph, ROOT, expected[name]), name
    assert counts(states, lost).tolist() == [len(plain.lost(graph, ROOT, expected[name])) for name in states.names]


@settings(max_examples=150, deadline=None, derandomize=True)
@given(plain.multigraphs(most_nodes=8, most_links=13, stubs=False))
def test_every_pair_of_links_from_one_tree(graph: nx.MultiGraph) -> None:
    compiled = compile_graph(graph, ROOT)
    found = link_pairs(compiled)
    never = plain.lost(graph, ROOT, (frozenset(), frozenset()))
    exposed = dict.fromkeys(compiled.nodes, 0)
    table = found.counts()
    rings = {frozenset((x, y)): set(nodes.tolist()) for x, y, nodes in found.ring_cuts()}
    for one, two in plain.pairs(compiled.links):
        x, y = compiled.link_number[one], compiled.link_number[two]
        gone = {compiled.nodes[v] for v in np.flatnonzero(found.cut_off(x, y))}
        assert gone == plain.lost(graph, ROOT, (frozenset((one, two)), frozenset())) - never
        assert table[x, y] == table[y, x] == len(gone)
        if not found.bridge[[x, y]].any():
            assert rings.get(frozenset((x, y)), set()) == {compiled.node_number[node] for node in gone}
        for node in gone:
            exposed[node] += 1
    assert dict(zip(compiled.nodes, found.exposure().tolist(), strict=True)) == exposed
    for link in range(len(compiled.links)):
        alone = plain.lost(graph, ROOT, (frozenset({compiled.links[link]}), frozenset())) - never
        assert table[link, link] == len(alone)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(plain.multigraphs(most_links=9))
def test_every_pair_of_anything(graph: nx.MultiGraph) -> None:
    compiled = compile_graph(graph, ROOT)
    states, downs = singles(compiled), plain.every_single(graph)
    met, exposed, cutting = set(), dict.fromkeys(compiled.nodes, 0), 0
    for k, lost in partners(states):
        gone = unpack(lost, len(states)) if lost.shape[1] else np.zeros((len(lost), len(states)), dtype=bool)
        assert not gone[:, : k + 1].any()
        for j in range(k + 1, len(states)):
            pair = states.names[k], states.names[j]
            expected = plain.lost(graph, ROOT, plain.join(downs[pair[0]], downs[pair[1]]))
            assert {compiled.nodes[v] for v in np.flatnonzero(gone[:, j])} == expected, pair
            met.add(pair)
            cutting += bool(expected)
            for node in expected:
                exposed[node] += 1
    assert len(met) == len(states) * (len(states) - 1) // 2
    total, found, worst = exposure(states)
    assert (total, found.tolist()) == (cutting, [exposed[node] for node in compiled.nodes])
    assert [row[0] for row in worst] == sorted((row[0] for row in worst), reverse=True)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(plain.multigraphs(most_nodes=6, most_links=10))
def test_the_best_possible_in_every_single_state(graph: nx.MultiGraph) -> None:
    compiled = compile_graph(graph, ROOT)
    states, downs = singles(compiled), plain.every_single(graph)
    found = best_possible(states)
    assert found.normal == plain.most(graph, ROOT, (frozenset(), frozenset()))
    for k, name in enumerate(states.names):
        assert found.value[k] == plain.most(graph, ROOT, downs[name]), name
    assert (best_possible(states, lost=cut_off(states)).value == found.value).all()


@settings(max_examples=80, deadline=None, derandomize=True)
@given(plain.multigraphs(most_nodes=6, most_links=9))
def test_loads_under_shortest_paths_in_every_single_state(graph: nx.MultiGraph) -> None:
    compiled = compile_graph(graph, ROOT)
    states, downs = singles(compiled), plain.every_single(graph)
    loads = ecmp(states)
    for k, name in enumerate(states.names):
        expected = plain.loads(graph, ROOT, downs[name])
        for link, key in enumerate(compiled.links):
            a, b = compiled.nodes[compiled.a[link]], compiled.nodes[compiled.b[link]]
            assert loads.forward[loads.row[k], link] == pytest.approx(float(expected.get((a, b, key), 0)), abs=1e-6)
            assert loads.reverse[loads.row[k], link] == pytest.approx(float(expected.get((b, a, key), 0)), abs=1e-6)


def square() -> nx.MultiGraph:
    """Four places in a ring, one side doubled; the far corner sends 12 and receives 24."""
    graph = nx.MultiGraph()
    for node in "abcd":
        graph.add_node(node, up=12.0 if node == "c" else 0.0, down=24.0 if node == "c" else 0.0)
    for key, (one, two) in {"ab": "ab", "ab-2": "ab", "bc": "bc", "cd": "cd", "da": "da"}.items():
        graph.add_edge(one, two, key=key, capacity=20, cost=1)
    return graph


def test_routers_split_evenly_over_next_hops_not_over_paths() -> None:
    """Site c: half by b and half by d; b splits its half over both links. The core: three next hops, a third each."""
    loads = ecmp(singles(compile_graph(square(), "a"), ("link",)))
    at = {name: link for link, name in enumerate(loads.states.graph.links)}
    assert loads.reverse[0, [at["ab"], at["ab-2"], at["bc"]]].tolist() == [3.0, 3.0, 6.0]
    assert loads.forward[0, [at["ab"], at["ab-2"], at["bc"]]].tolist() == [8.0, 8.0, 16.0]
    assert (loads.forward[0, at["da"]], loads.reverse[0, at["da"]]) == (8.0, 6.0)
    worst = loads.worst(at["bc"])
    assert worst[0] == ("link:cd", 24.0)
    assert loads.above(loads.states.names.index("link:cd"), 0.9).tolist() == [at["bc"]]


def test_what_each_site_could_get_alone() -> None:
    graph = compile_graph(square(), "a")
    none = np.zeros(0, dtype=np.int64)
    at = graph.node_number
    assert each_alone(graph, none, none, np.array([at["b"], at["c"], at["a"]])).tolist() == [60, 40, 0]
    assert each_alone(graph, none, np.array([at["b"]]), np.array([at["b"], at["c"]])).tolist() == [0, 20]


def test_chance_agrees_with_every_state_weighted() -> None:
    graph = compile_graph(square(), "a")
    chance = {f"link:{link}": 0.1 + 0.05 * k for k, link in enumerate(graph.links)} | {"node:b": 0.2}
    names = sorted(chance)
    exact = dict.fromkeys(graph.nodes, 0.0)
    links, nodes = graph.link_number, graph.node_number
    for bits in range(2 ** len(names)):
        down = [name for k, name in enumerate(names) if bits >> k & 1]
        weight = float(np.prod([chance[name] if name in down else 1 - chance[name] for name in names]))
        state = make(graph, [("x", [links[n[5:]] for n in down if n[:5] == "link:"],
                              [nodes[n[5:]] for n in down if n[:5] == "node:"])])  # fmt: skip
        gone = unpack(cut_off(state) | state.nodes_down, 1)[:, 0]
        for v in np.flatnonzero(gone):
            exact[graph.nodes[v]] += weight
    drawn = sample(graph, chance, draws=20_000, seed=7)
    found = estimate(drawn)
    assert drawn.draws == found.draws == 20_000
    for v, node in enumerate(graph.nodes):
        sigma = (exact[node] * (1 - exact[node]) / 20_000) ** 0.5
        assert abs(found.share[v] - exact[node]) <= 3 * sigma
        assert found.low[v] <= found.share[v] <= found.high[v]
    again = sample(graph, chance, draws=20_000, seed=7)
    assert again.states.names == drawn.states.names
    assert (again.times == drawn.times).all()


@settings(max_examples=60, deadline=None, derandomize=True)
@given(plain.multigraphs(), st.lists(st.lists(st.booleans(), min_size=30, max_size=30), min_size=1, max_size=70))
def test_several_states_together_take_down_what_each_does(graph: nx.MultiGraph, drawn: list[list[bool]]) -> None:
    states = singles(compile_graph(graph, ROOT))
    chosen = np.array(drawn, dtype=bool)[:, : len(states)]
    chosen = np.pad(chosen, ((0, 0), (0, len(states) - chosen.shape[1])))
    found = together(states, chosen)
    for row, name in enumerate(found.names):
        parts = [states.of(int(k)) for k in np.flatnonzero(chosen[row])]
        assert name == "+".join(states.names[k] for k in np.flatnonzero(chosen[row]))
        for side in (0, 1):
            assert set(found.of(row)[side].tolist()) == {int(v) for part in parts for v in part[side]}
            assert found.of(row)[side].tolist() == sorted(set(found.of(row)[side].tolist()))
    first, last = len(found) // 3, len(found)
    part = found.stretch(first, last)
    assert (cut_off(part) == cut_off(found.subset(range(first, last)))).all()


def test_order_of_records_changes_nothing() -> None:
    one, other = square(), nx.MultiGraph()
    for node in reversed(list(one)):
        other.add_node(node, **one.nodes[node])
    for a, b, key, data in reversed(list(one.edges(keys=True, data=True))):
        other.add_edge(a, b, key=key, **data)
    left, right = (ecmp(singles(compile_graph(graph, "a"))) for graph in (one, other))
    assert left.states.names == right.states.names
    assert (left.share == right.share).all()
    assert (left.forward == right.forward).all()


@pytest.mark.parametrize(("root", "change", "says"), [
    ("z", {}, "'z'"), ("a", {"cost": 0}, "costs"), ("a", {"capacity": -1}, "capacities"),
])  # fmt: skip
def test_a_wrong_graph_is_refused(root: str, change: dict[str, int], says: str) -> None:
    graph = square()
    graph["a"]["b"]["ab"].update(change)
    with pytest.raises(ValueError, match=says):
        compile_graph(graph, root)


def test_a_link_id_used_twice_is_refused() -> None:
    graph = square()
    graph.add_edge("a", "c", key="ab")
    with pytest.raises(ValueError, match="used twice"):
        compile_graph(graph, "a")
