"""Every family of constraints has its inequality, symbols and source, a golden text, and a breach the checker finds."""

import copy
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from planner.checker.network import verify_network
from planner.network.master import FAMILIES
from planner.plan import Network as Decided
from tests.unit.planner.network import five, models
from topology.model import Network

Document = dict[str, Any]
Breach = Callable[[Document], Network | None]
"""Changes the plan, or returns other records that the plan no longer fits."""

SYMBOL = re.compile(r"(?m)^[^\W\d]\S*(?:, \S+)*  +\S")
SOURCE = re.compile(r"\b(1[89]|20)\d\d\b")
FAMILY = models.families()


@pytest.mark.parametrize("family", FAMILY)
def test_the_docstring_states_inequality_symbols_and_source(family: str) -> None:
    text = models.docstrings()[FAMILY[family]]
    stated = next(line for line in text.splitlines() if line.endswith(f"({family})"))
    above = text[: text.index(stated)].splitlines()[-1:]  # an inequality may end one line below where it stands
    assert re.search(r"[=≤≥∅]|\bmin\b", "".join([stated, *above]))
    assert SYMBOL.search(text), "no symbol is explained"
    assert SOURCE.search(text), "no source is named"


@pytest.mark.parametrize("family", FAMILY)
def test_the_model_text_is_as_it_was(family: str) -> None:
    golden = models.DIRECTORY / f"{family}.txt"
    assert golden.exists(), f"{family} has no golden text: python -m tests.unit.planner.network.models"
    assert models.text(family) == golden.read_text(encoding="utf-8")


def test_no_family_of_a_model_is_without_text_or_breach() -> None:
    used = {*FAMILIES, *models.hub_rows(), *models.heavy_rows()}
    assert used <= FAMILY.keys(), "a row has no inequality in the docstring of its module"
    assert {path.stem for path in models.DIRECTORY.glob("*.txt")} == FAMILY.keys()
    assert BREACHES.keys() == FAMILY.keys()
    assert all(module == name for name, module in FAMILY.items() if name in FAMILIES)
    for family in used:
        assert re.search(rf"(?m)^  {family}\[", models.text(family)), f"the text of {family} has no row of it"


# breaches ------------------------------------------------------------------------------------------------------------


def site(d: Document, name: str) -> Document:
    return next(site for site in d["sites"] if site["id"] == name)


def link(d: Document, name: str) -> Document:
    return next(link for link in d["links"] if link["id"] == name)


def buy(d: Document, name: str, modules: dict[str, int]) -> None:
    """Buy other modules for a link, at their price: nothing but the number is wrong."""
    candidates, planned = five.candidates(), link(d, name)
    own = {choice.id: choice for choice in candidates.links[name].modules}
    planned["modules"] = modules
    planned["capacity_mbps"] = sum(own[m].capacity_mbps * n for m, n in modules.items())
    cost = candidates.money.cost(
        sum(own[m].one_off_vnd * n for m, n in modules.items()), sum(own[m].monthly_vnd * n for m, n in modules.items())
    )
    planned["cost"] = cost.model_dump(mode="json")


def leave_a_site_out(d: Document) -> None:
    d["sites"] = [one for one in d["sites"] if one["id"] != "commune"]


def close_a_point(d: Document) -> None:
    d["concentration_points"] = [point for point in d["concentration_points"] if point["id"] != "exchange-a"]


def lease_no_trunk(d: Document) -> None:
    d["links"] = [one for one in d["links"] if one["id"] != "trunk-exchange-b-core-b"]


def lease_half_a_trunk(d: Document) -> None:
    buy(d, "trunk-exchange-a-core-a", {"fibre-200m": 1})


def small_equipment(d: Document) -> Network:
    network = five.network()
    exchanges = tuple(exchange.model_copy(update={"max_trunk_mbps": 100}) for exchange in network.records.exchanges)
    return replace(network, records=replace(network.records, exchanges=exchanges))


def slow_line(d: Document) -> None:
    buy(d, "access-district-exchange-a-a", {"fibre-50m": 1})


def backup_in_the_same_duct(d: Document) -> None:
    """Both lines of the commune run through d-both: one dig cuts it off."""
    one = site(d, "commune")
    one["primary"] = {**one["primary"]}
    d["links"].append({**link(d, "access-commune-exchange-b-a"), "id": "access-commune-exchange-b-b"})
    other = five.candidates().links["access-commune-exchange-b-b"]
    d["links"][-1] |= {"carrier": other.carrier, "ducts": list(other.ducts), "worst": []}
    buy(d, other.id, {"fibre-50m": 2})
    one["primary"]["links"] = [other.id, "trunk-exchange-b-core-b"]
    d["links"] = [one for one in d["links"] if one["id"] != "access-commune-exchange-b-a"]


def gateways_in_the_same_duct(d: Document) -> None:
    planned, other = link(d, "internet-core-gateway-b-2"), five.candidates().links["internet-core-gateway-b"]
    planned |= {"id": other.id, "ducts": list(other.ducts)}
    buy(d, other.id, {"fibre-200m": 2})


def more_than_a_link_holds(d: Document) -> None:
    buy(d, "trunk-exchange-a-core-a", {"fibre-200m": 5})


def twice_as_much_again(d: Document) -> None:
    """Two purchases for one trunk, one with every module it can hold."""
    buy(d, "trunk-exchange-a-core-a", {"fibre-200m": 6, "fibre-1g": 4})


def end_at_the_other_point(d: Document) -> None:
    """Each of two points stands on the trunk between them, none leads to the core."""
    one = site(d, "district")
    one["primary"]["links"] = ["access-district-exchange-a-a", "trunk-exchange-a-exchange-b-a"]
    one["primary"]["nodes"] = ["district", "exchange-a", "exchange-b"]
    d["links"].append({**link(d, "trunk-exchange-a-core-a"), "id": "trunk-exchange-a-exchange-b-a"})
    d["links"][-1] |= {"b": "exchange-b", "ducts": ["d-6"], "worst": []}
    buy(d, "trunk-exchange-a-exchange-b-a", {"fibre-200m": 1})


def lose_the_load_on_the_way(d: Document) -> None:
    """What comes into exchange-a does not go out of it."""
    one = site(d, "district")
    one["primary"]["links"] = ["access-district-exchange-a-a"]
    one["primary"]["nodes"] = ["district", "core"]


BREACHES: dict[str, tuple[Breach, str]] = {
    "choice": (leave_a_site_out, "is not connected"),
    "opening": (close_a_point, "passes exchange-a, which is no concentration point"),
    "linking": (lease_no_trunk, "a path uses a link that is not leased"),
    "capacity": (lease_half_a_trunk, r"190\.000 of 200 Mbit/s in state"),
    "equipment": (small_equipment, "150.0 of 100 Mbit/s in state normal"),
    "access": (slow_line, "its access is below 100 Mbit/s"),
    "disjoint": (backup_in_the_same_duct, "cuts off commune"),
    "internet": (gateways_in_the_same_duct, "shares ducts with"),
    "purchase": (more_than_a_link_holds, "holds more modules than it can"),
    "home": (leave_a_site_out, "is not connected"),
    "serve": (close_a_point, "passes exchange-a, which is no concentration point"),
    "via": (lease_no_trunk, "a path uses a link that is not leased"),
    "trunk": (twice_as_much_again, "holds more modules than it can"),
    "reach": (end_at_the_other_point, "a path does not lead from the site to the core"),
    "flow": (lose_the_load_on_the_way, "link access-district-exchange-a-a does not join district and core"),
    "room": (lease_half_a_trunk, r"190\.000 of 200 Mbit/s in state"),
    "paths": (end_at_the_other_point, "a path does not lead from the site to the core"),
    "carry": (lease_no_trunk, "a path uses a link that is not leased"),
    "equip": (small_equipment, "150.0 of 100 Mbit/s in state normal"),
}
"""Family → a change that breaks it and nothing before it, and what the checker says."""


def test_the_plan_of_the_five_nodes_is_cheapest_and_holds() -> None:
    _, states, violations = verify_network(five.planned().parts, five.network())
    assert violations == []
    assert states > 10
    assert five.planned().proof.status == "optimal"


@pytest.mark.parametrize("family", FAMILY)
def test_the_checker_finds_the_breach(family: str) -> None:
    breach, expected = BREACHES[family]
    document = copy.deepcopy(five.planned().parts.model_dump(mode="json"))
    network = breach(document) or five.network()
    _, _, violations = verify_network(Decided.model_validate(document), network)
    assert any(re.search(expected, str(violation)) for violation in violations), [str(v) for v in violations]
