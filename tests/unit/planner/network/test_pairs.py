"""Two lines promised to most sites: whole pairs of paths against enumeration and brute force."""

from collections.abc import Iterator
from itertools import product

import numpy as np
import pytest

from planner.checker.network import verify_network
from planner.limits import Limits, Watch
from planner.network import pairs, search, solve
from planner.network.candidates import Candidates
from planner.network.charges import Charges, frame
from planner.network.columns import Choices, Column, Route
from planner.network.paths import TrunkPath, accesses, trunk_paths
from planner.network.tables import Tables, tables
from planner.network.tree import Tree
from planner.network.trunks import Descent, numbers
from planner.network.variables import MILLION
from tests.unit.planner.network.brute import cheapest_cost
from tests.unit.planner.network.provinces import DEFAULT_CLASSES, class_policy, province
from tests.unit.planner.network.test_lead import tiny
from topology.model import Network

CASES = [(seed, commune) for seed in (2, 3, 4) for commune in (2, 3)]


class Case:
    """One network with its tables."""

    def __init__(self, network: Network) -> None:
        self.candidates = Candidates(network)
        self.own = accesses(self.candidates)
        self.choices = {site: Choices(self.candidates, site, lines) for site, lines in self.own.items()}
        self.paths = trunk_paths(self.candidates, self.candidates.policy.max_hops - 1)
        self.tables: Tables = tables(self.candidates, self.choices, self.paths)

    def columns(self, site: str) -> Iterator[Column]:
        """Give every admissible column."""
        choices = self.choices[site]
        nowhere = TrunkPath((), (), (), 0)
        routes = [
            Route(line, path)
            for line in self.own[site]
            for path in (self.paths[line.to] if line.link.kind == "access" else (nowhere,))
        ]
        pairs = product(routes, (*routes, None))
        found = (choices.column(one, two) for one, two in pairs if one.access.link.kind == "access")
        yield from (column for column in found if column is not None)

    def tree(self) -> Tree:
        shape = frame(self.candidates, self.tables)
        return Tree(Charges(self.tables, shape, Watch(Limits(time_limit_s=60))))


@pytest.fixture(scope="module")
def middle() -> Case:
    classes = {**DEFAULT_CLASSES, "commune": class_policy("fixed", ("link", "duct"), 30, 0.3)}
    return Case(province(5, communes=6, districts=2, departments=1, exchanges=3, carriers=2, classes=classes))


@pytest.mark.parametrize("seed", range(3))
def test_the_cheapest_pair_is_that_of_all_columns(middle: Case, seed: int) -> None:
    known = middle.tables
    chance = np.random.default_rng(seed)
    charges = np.where(known.charged, chance.uniform(0, 80, (len(known.sites), len(known.names))), 0.0)
    least, uses = known.all_cheapest(charges)
    at = {name: place for place, name in enumerate(known.names)}
    for row, site in enumerate(known.sites):
        values = [
            column.cost_vnd / MILLION
            + sum(charges[row, at[name]] for _, r in column.routes for name in (*r.trunks.links, *r.trunks.nodes))
            for column in middle.columns(site)
        ]
        assert least[row] == pytest.approx(min(values))
        assert least[row] >= charges[row, list(uses[row])].sum()


def test_a_set_of_trunks_costs_its_cheapest_pairs(middle: Case) -> None:
    known = middle.tables
    descent = Descent(known, frame(middle.candidates, known).ends, np.ones(len(known.names), dtype=bool))
    chance = np.random.default_rng(1)
    for _ in range(5):
        bought = descent.opened(chance.random(len(known.names)) < 0.5)
        names = {name for name, taken in zip(known.names, bought, strict=True) if taken}
        sites = [
            min(
                column.cost_vnd / MILLION
                for column in middle.columns(site)
                if all(names.issuperset((*r.trunks.links, *r.trunks.nodes)) for _, r in column.routes)
            )
            for site in known.sites
        ]
        value, used = descent.cost(bought)
        assert not (used & ~bought).any()
        assert value == pytest.approx(sum(sites) + float(known.cost @ used))
        better, kept = descent.run(bought, 50)
        assert better <= value
        assert descent.cost(kept)[0] == better


@pytest.mark.parametrize(("seed", "commune"), CASES)
def test_the_bound_is_below_the_cheapest_network(seed: int, commune: int) -> None:
    network = tiny(seed, commune)
    tree = Case(network).tree()
    tree.begin(1e6, [])
    tree.shake(2, seed)
    assert tree.best is not None
    first = tree.bound
    tree.search(tree.best[0], 0.0, 20)
    assert first <= tree.bound <= tree.best[0] + 1e-6
    assert tree.bound <= cheapest_cost(network) / MILLION + 1e-6


def test_what_may_not_be_bought_is_not_used(middle: Case) -> None:
    tree = middle.tree()
    count = len(middle.tables.names)
    shut = [(one, False) for one in range(count)]
    found = tree.charges.ascend(tree.charges.first(), shut, 5, 1.0, 1e6)
    nothing = numbers(middle.tables, frozenset())
    descent = Descent(middle.tables, tree.charges.frame.ends, nothing)
    assert found.bound == pytest.approx(descent.cost(nothing)[0])
    open_alone = [(middle.tables.trunks, True), *((one, False) for one in range(middle.tables.trunks))]
    assert tree.charges.ascend(tree.charges.first(), open_alone, 5, 1.0, 1e6).bound == np.inf  # it leads nowhere


@pytest.mark.parametrize("apart", [False, True])
def test_the_way_over_pairs_keeps_every_promise(apart: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "SMALL", -1)
    monkeypatch.setattr(pairs, "LARGE", 0 if apart else 10**9)
    network = tiny(3, 3)
    found = solve(network, Limits(time_limit_s=60))
    assert "pair_nodes" in found.proof.work
    assert verify_network(found.parts, network)[2] == []
    internet = sum(link.cost.present_value_vnd for link in found.parts.links if link.kind == "internet")
    assert found.proof.bound - internet <= cheapest_cost(network) + 1
    assert found.proof.objective - internet >= cheapest_cost(network) - 1
    if not apart:
        assert solve(network, Limits(time_limit_s=60)) == found
