"""The checker catches a survivable design that was tampered with, whatever was changed."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from planner.checker import inequalities
from planner.checker.survivable import verify_survivable
from planner.limits import Limits
from planner.survivable.design import Design, Impossible
from planner.survivable.instance import Demand, Instance, Link, Module, single_links
from planner.survivable.solve import solve

Tamper = Callable[[Design], Design]


def instance() -> Instance:
    modules = (Module(1, 3), Module(4, 7))
    links = tuple(Link(pair, pair[0], pair[1], modules) for pair in ("ab", "bc", "cd", "da", "ac"))
    demands = (Demand("ab", "a", "b", 2), Demand("bd", "b", "d", 3), Demand("ac", "a", "c", 1.5))
    plain = Instance(tuple("abcd"), links, demands)
    return plain.surviving(single_links(plain))


@cache
def design() -> Design:
    return solve(instance(), Limits(time_limit_s=60.0), processes=1)


def first_flow(d: Design, **change: object) -> Design:
    name = next(state for state, flows in d.routing.items() if flows)
    flows = d.routing[name]
    return replace(d, routing={**d.routing, name: (replace(flows[0], **change), *flows[1:])})  # type: ignore[arg-type]


def first_inequality(d: Design, **change: object) -> Design:
    assert d.certificate is not None
    one, *rest = d.certificate.inequalities
    return replace(d, certificate=replace(d.certificate, inequalities=(replace(one, **change), *rest)))  # type: ignore[arg-type]


TAMPERS: dict[str, Tamper] = {
    "a link less": lambda d: replace(d, links=d.links[1:]),
    "a link twice": lambda d: replace(d, links=(*d.links, d.links[0])),
    "cheaper": lambda d: replace(d, links=(replace(d.links[0], cost=1.0), *d.links[1:])),
    "larger": lambda d: replace(d, links=(replace(d.links[0], capacity=99.0), *d.links[1:])),
    "half a module": lambda d: replace(d, links=(replace(d.links[0], modules=(0.5, 1)), *d.links[1:])),  # type: ignore[arg-type]
    "unknown link": lambda d: replace(d, links=(replace(d.links[0], link="zz"), *d.links[1:])),
    "objective": lambda d: replace(d, objective=(d.objective or 0) - 3, bound=(d.bound or 0) - 3),
    "bound too high": lambda d: replace(d, bound=(d.bound or 0) + 1),
    "optimal in name": lambda d: replace(d, bound=(d.bound or 0) - 5, status="optimal"),
    "flow less": lambda d: first_flow(d, flow=0.0),
    "flow more": lambda d: first_flow(d, flow=50.0),
    "path broken": lambda d: first_flow(d, links=()),
    "link that is down": lambda d: replace(d, routing={**d.routing, "link ab": d.routing["link bc"]}),
    "certificate claims more": lambda d: replace(d, certificate=replace(d.certificate, bound=1e6)),  # type: ignore[type-var]
    "inequality asks more": lambda d: first_inequality(d, b=100.0),
    "inequality of another state": lambda d: first_inequality(d, states=("normal",), b=4.6),
    "negative multiplier": lambda d: first_inequality(d, multiplier=-1.0),
    "infeasible in name": lambda d: Design("infeasible", None, None, impossible=Impossible("normal", (), (), 9, 0, "")),
    "infeasible without proof": lambda d: Design("infeasible", None, None),
}


def test_an_honest_design_passes() -> None:
    assert design().status == "optimal"
    checked, violations = verify_survivable(design(), instance())
    assert violations == []
    assert checked > 5


@pytest.mark.parametrize("name", TAMPERS)
def test_tampering_is_caught(name: str) -> None:
    assert verify_survivable(TAMPERS[name](design()), instance())[1]


def test_states_without_flows_are_routed_here() -> None:
    assert verify_survivable(replace(design(), routing={}), instance())[1] == []
    short = replace(design(), routing={}, links=design().links[1:])
    assert any(violation.kind == "state" for violation in verify_survivable(short, instance())[1])


def test_a_facet_that_cuts_off_a_design_is_caught() -> None:
    proof = design().certificate
    assert proof is not None
    for at, one in enumerate(proof.inequalities):
        if one.weights is not None:
            less = {link: tuple((size, weight / 2) for size, weight in steps) for link, steps in one.weights.items()}
            wrong = (*proof.inequalities[:at], replace(one, weights=less), *proof.inequalities[at + 1 :])
            assert verify_survivable(replace(design(), certificate=replace(proof, inequalities=wrong)), instance())[1]


@pytest.mark.parametrize("seed", range(10))
def test_many_modules_are_weighed_as_exactly_as_few(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(seed)
    modules = tuple(Module(float(size), float(random.integers(1, 20))) for size in random.integers(1, 8, 4))
    link = Link("ab", "a", "b", modules, fixed_charge=float(random.integers(3)))
    asked = Instance(("a", "b"), (link,), (Demand("ab", "a", "b", 11.0),))
    worth = np.cumsum(random.random(40) * 3)

    def least() -> float:
        offered = inequalities._bundles(link, asked, 11.0)
        assert offered is not None
        capacity, cost = offered
        counted = np.where(capacity > 0, worth[np.minimum(capacity, 11 + 7).astype(np.intp)], 0.0)
        return float((cost - counted).min())

    few = least()
    monkeypatch.setattr(inequalities, "MOST_BUNDLES", 1)
    many = least()
    assert many <= few + 1e-9
    monkeypatch.setattr(inequalities, "MOST_LEVELS", 1)
    assert inequalities._bundles(link, asked, 11.0) is None


def test_a_list_of_forty_modules_is_proved() -> None:
    modules = tuple(Module(1.0 + size, 3.0 * (size % 2 == 0) + 4.0 * ((size + 1) // 2)) for size in range(40))
    plain = instance()
    asked = replace(
        plain,
        links=tuple(replace(link, modules=modules) for link in plain.links),
        demands=tuple(replace(demand, value=9 * demand.value) for demand in plain.demands),
    )
    found = solve(asked, Limits(time_limit_s=60.0), processes=1)
    assert verify_survivable(found, asked)[1] == []
    assert found.status == "optimal"
    assert found.certificate is not None
    assert found.objective is not None
    assert found.certificate.bound > 0.9 * found.objective
