"""Where no site has two own lines to the core, a first plan over concentration points stands before hubs are chosen."""

from dataclasses import replace

import pytest

from planner.checker.network import verify_network
from planner.limits import Limits, Watch, silent
from planner.network import search, solve
from planner.network.candidates import Candidates
from planner.network.columns import Choices
from planner.network.paths import accesses
from planner.network.search import Search
from tests.unit.planner.network.provinces import class_policy, province
from topology.build import build
from topology.model import Network

CLASSES = {
    "core": class_policy("none", ()),
    "department": class_policy("any", ("link", "duct"), 100),
    "district": class_policy("fixed", ("link",), 100),
    "commune": class_policy("fixed", ("link",), 30, 0.3),
}


def over_points(seed: int) -> Network:
    """Return a province whose districts and communes have no line to the core itself."""
    made = province(seed, communes=4, districts=1, departments=1, exchanges=3, classes=CLASSES)
    far = ("district", "commune")
    links = tuple(
        link for link in made.links if not (link.kind == "access" and link.b == "core" and link.a.startswith(far))
    )
    states = tuple(state for state in made.states if state.kind != "link" or state.links <= {li.id for li in links})
    return replace(made, links=links, states=states)


@pytest.mark.parametrize("seed", [1, 2, 3, 5])
def test_there_is_a_plan_before_hubs_are_chosen(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    network = over_points(seed)
    candidates = Candidates(network)
    choices = {site: Choices(candidates, site, own) for site, own in accesses(candidates).items()}
    found = Search(candidates, choices, Watch(Limits(time_limit_s=60)), silent)
    found.ready()
    found.over_points()
    assert found.best is not None
    assert found.best.feasible
    monkeypatch.setattr(search, "SMALL", -1)
    answer = solve(network, Limits(time_limit_s=60))
    assert answer.proof.bound <= answer.proof.objective <= found.best.cost_vnd
    assert verify_network(answer.parts, network)[2] == []


def test_no_module_for_trunks_leaves_lines_to_the_core(mini: Network) -> None:
    """Concentration points that nothing can join are no way to the core, and no reason to fail."""
    modules = tuple(module for module in mini.records.modules if "trunk" not in module.use)
    found = solve(build(replace(mini.records, modules=modules)), Limits())
    assert not found.parts.concentration_points
    assert {link.kind for link in found.parts.links} <= {"access", "mobile", "internet"}
