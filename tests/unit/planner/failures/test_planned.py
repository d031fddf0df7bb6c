"""A plan's network in the engine: what it says must agree with the plan's own sweep where both speak of one thing."""

import numpy as np
import pytest

from planner.failures import cut_off, unpack
from planner.failures.flow import FlowNetwork, each_alone
from planner.failures.planned import KBPS, Examined, combined, examine, rerouting, sites_cut_off
from planner.plan import Plan
from topology.model import Network


@pytest.fixture(scope="module")
def examined(mini: Network, mini_plan: Plan) -> Examined:
    return examine(mini_plan.network, mini.records)


def test_nothing_failed_every_line_carries_what_the_plan_says(examined: Examined, mini_plan: Plan) -> None:
    graph = examined.graph
    for link in mini_plan.network.links:
        if link.kind != "internet":
            load = examined.loads.busier[0, graph.link_number[link.id]] / KBPS
            assert load == pytest.approx(link.normal_mbps, abs=0.01 * len(mini_plan.network.sites)), link.id


def test_states_are_those_of_the_records_that_touch_the_plan(
    examined: Examined, mini: Network, mini_plan: Plan
) -> None:
    leased = {link.id for link in mini_plan.network.links if link.kind != "internet"}
    places = {end for link in mini_plan.network.links if link.kind != "internet" for end in (link.a, link.b)}
    expected = {
        state.id: state.links & leased for state in mini.states
        if state.links & leased and (state.kind != "exchange" or state.id.partition(":")[2] in places)
    }  # fmt: skip
    graph = examined.graph
    assert set(examined.states.names) == set(expected)
    for k, name in enumerate(examined.states.names):
        links, nodes = examined.states.of(k)
        down = {graph.links[link] for link in links}
        down |= {graph.links[i] for i in np.flatnonzero(np.isin(graph.a, nodes) | np.isin(graph.b, nodes))}
        assert down == expected[name], name


def test_who_has_no_line_at_all_has_no_planned_path_either(examined: Examined, mini_plan: Plan) -> None:
    lost = unpack(cut_off(examined.states), len(examined.states))
    for k, name in enumerate(examined.states.names):
        gone = {examined.graph.nodes[v] for v in np.flatnonzero(lost[:, k])}
        assert gone <= set(mini_plan.network.sweep.cut_off.get(name, ())), name


def test_summary_counts_what_was_examined(examined: Examined, mini: Network, mini_plan: Plan) -> None:
    found = rerouting(mini_plan.network, mini.records)
    assert found == mini_plan.network.rerouting
    graph, states = examined.graph, examined.states
    assert found.states == len(states)
    assert found.pairs == len(states) * (len(states) - 1) // 2
    fixed = [graph.link_number[link.id] for link in mini_plan.network.links if link.kind not in ("mobile", "internet")]
    share = examined.loads.share[:, fixed]
    for limit, told in ((0.7, found.above_warn), (0.9, found.above_limit)):
        assert told == sum(
            any(share[row, i] > limit >= share[0, i] for i in range(len(fixed))) for row in examined.loads.row
        )
    assert found.highest[0][2] == pytest.approx(share.max(), abs=1e-4)
    least = FlowNetwork(graph, examined.best.demand)
    values = [least.solve_without(*states.of(k)) for k in range(len(states))]
    assert found.carried[0].share == pytest.approx(min(values) / examined.best.demand.sum(), abs=1e-4)
    pair, nodes = found.worst_pairs[0]
    both = combined(graph, states, pair.split("+"))
    assert both is not None
    assert len(sites_cut_off(both)) <= nodes
    assert nodes == max(
        int(unpack(cut_off(one), 1).sum())
        for other in states.names
        if (one := combined(graph, states, [pair.split("+")[0], other])) is not None and other != pair.split("+")[0]
    )


def test_an_unknown_failure_is_unknown(examined: Examined) -> None:
    assert combined(examined.graph, examined.states, ["duct:nowhere"]) is None


def test_alone_a_site_gets_no_less_than_among_others(examined: Examined) -> None:
    graph, states = examined.graph, examined.states
    worst = int(np.argmin(examined.best.value))
    sites = np.flatnonzero(~graph.transit)
    alone = np.minimum(each_alone(graph, *states.of(worst), sites), examined.best.demand[sites])
    assert alone.sum() >= examined.best.value[worst]
