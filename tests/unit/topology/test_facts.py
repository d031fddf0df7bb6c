"""Stated facts beside the records: each expression counted again by other code, each comparison at its border."""

import csv
import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import topology
from topology.check.engineering import check_engineering
from topology.facts import EXPRESSIONS, compare
from topology.model import Records
from topology.schema.facility import SanityFact

ROOT = Path(__file__).parents[3] / "inventory"
MINI, HOA_BINH = (topology.load(ROOT / name) for name in ("mini", "hoa-binh"))


def rows(name: str, file: str) -> list[dict[str, str]]:
    """Read a CSV file of a province past the comments at its head."""
    lines = [line for line in (ROOT / name / file).read_text(encoding="utf-8").splitlines() if line[:1] != "#"]
    return list(csv.DictReader(lines))


def of_class(name: str) -> Callable[[str], float]:
    return lambda province: sum(row["class"] == name for row in rows(province, "sites.csv"))


COUNTED: dict[str, Callable[[str], float]] = {
    "count(sites)": lambda p: len(rows(p, "sites.csv")),
    "count(sites[core])": of_class("core"),
    "count(sites[department])": of_class("department"),
    "count(sites[district])": of_class("district"),
    "count(sites[commune])": of_class("commune"),
    "count(points)": lambda p: len(rows(p, "sites.csv")) - 1,
    "count(agencies)": lambda p: of_class("department")(p) + of_class("district")(p),
    "count(exchanges[host])": lambda p: sum(row["host"] == "true" for row in rows(p, "exchanges.csv")),
    "count(exchanges[switching])": lambda p: sum(row["host"] == "false" for row in rows(p, "exchanges.csv")),
    "count(mobile sites[commune])": lambda p: len(
        {row["site"] for row in rows(p, "mobile.csv") if row["site"].startswith("commune-")}
    ),
    "sum(population)": lambda p: sum(int(row["population"]) for row in rows(p, "sites.csv")),
    "sum(officials)": lambda p: sum(int(row["officials"]) for row in rows(p, "sites.csv")),
    "sum(duct_km)": lambda p: sum(float(row["length_km"]) for row in rows(p, "ducts.csv")),
    "share(people reached indoors)": lambda p: (
        sum(
            int(row["population"])
            for row in rows(p, "sites.csv")
            if row["id"] in {cover["site"] for cover in rows(p, "mobile.csv") if cover["indoor"] == "true"}
        )
        / sum(int(row["population"]) for row in rows(p, "sites.csv"))
    ),
    "count(sites[commune] with fibre)": lambda p: len(
        {end for row in rows(p, "ducts.csv") for end in (row["a"], row["b"]) if end.startswith("commune-")}
    ),
}
"""Expression → the same from the files themselves."""

KNOWN_OF_MINI = {
    "count(carriers)": 3, "count(carriers[fixed])": 2, "count(carriers[mobile])": 1, "count(carriers[telephony])": 1,
    "count(small data centres)": 1, "count(rooms)": 1, "plan_year": 2025, "count(conferences)": 2, "population": 60000,
    "min(small data centre servers)": 3, "max(small data centre servers)": 4,
}  # fmt: skip


@pytest.mark.parametrize("expression", COUNTED)
@pytest.mark.parametrize("province", ["mini", "hoa-binh"])
def test_expressions_count_what_the_files_say(province: str, expression: str) -> None:
    records = {"mini": MINI, "hoa-binh": HOA_BINH}[province]
    assert EXPRESSIONS[expression](records) == pytest.approx(COUNTED[expression](province))


@pytest.mark.parametrize("expression", KNOWN_OF_MINI)
def test_expressions_of_the_miniature_province(expression: str) -> None:
    assert EXPRESSIONS[expression](MINI) == KNOWN_OF_MINI[expression]


def test_machines_add_up() -> None:
    for records in (MINI, HOA_BINH):
        parts = [EXPRESSIONS[f"count(machines[{form}])"](records) for form in ("vm", "appliance")]
        assert sum(parts) == EXPRESSIONS["count(machines)"](records)


def test_urban_ducts_end_at_agencies_and_wards() -> None:
    """Mini has one ward, two departments, two districts and the core: seven ducts between them, five underground."""
    urban = {"core", "department-finance", "department-office", "district-dong", "district-tay", "commune-01"}
    inside = [row for row in rows("mini", "ducts.csv") if row["a"] in urban and row["b"] in urban]
    assert EXPRESSIONS["share(urban ducts underground)"](MINI) == pytest.approx(
        sum(row["underground"] == "true" for row in inside) / len(inside)
    )
    assert 0 < EXPRESSIONS["share(urban ducts underground)"](MINI) < 1


def test_every_expression_has_a_value_without_records() -> None:
    """Nothing is divided by a sum that may be 0."""
    empty = dataclasses.replace(
        MINI,
        sites=(), ducts=(), mobile=(), exchanges=(), carriers=(), services=(), small_data_centres=(), conferences=(),
        rooms=(), province=MINI.province.model_copy(update={"population": ()}),
    )  # fmt: skip
    assert {name: value(empty) for name, value in EXPRESSIONS.items() if name != "plan_year"} == dict.fromkeys(
        EXPRESSIONS.keys() - {"plan_year"}, 0
    )


def stated(**given: Any) -> Records:
    fact = SanityFact.model_validate(
        {"id": "fact-x", "row": 7, "text": {"vi": "câu", "en": "sentence"}, "quality": "assumption", "source": "x y"}
        | given
    )
    return dataclasses.replace(MINI, facts=(fact,))


@pytest.mark.parametrize(
    ("check", "value", "holds"),
    [
        ("equals", 12, True), ("equals", 11, False), ("at-most", 12, True), ("at-most", 11, False),
        ("at-least", 12, True), ("at-least", 13, False),
    ],
)  # fmt: skip
def test_comparisons_at_their_border(check: str, value: float, holds: bool) -> None:
    (outcome,) = compare(stated(check=check, value=value, against="count(sites)"))
    assert (outcome.found, outcome.holds) == (12, holds)


@pytest.mark.parametrize(("parts", "holds"), [((32, 151), True), ((32, 150), False), ((), False)])
def test_parts_add_up_or_not(parts: tuple[float, ...], holds: bool) -> None:
    (outcome,) = compare(stated(check="sum", value=183, against="points", parts=parts))
    assert (outcome.found, outcome.holds) == (sum(parts), holds)


def test_what_is_only_stated_holds() -> None:
    for given in ({"check": "none", "value": 5.0}, {"check": "equals", "value": None}):
        (outcome,) = compare(stated(against="count(sites)", **given))
        assert (outcome.found, outcome.holds) == (None, True)


def test_a_fact_that_does_not_hold_names_its_row_and_who_rests_on_it() -> None:
    records = stated(check="equals", value=11, against="count(sites)")
    first, *others = records.services
    records = dataclasses.replace(records, services=(first.model_copy(update={"facts": ("fact-x",)}), *others))
    (found,) = check_engineering(records)
    assert found.code == "W-FACT-001"
    assert "'sentence' states 11, the records give 12" in found.message.en
    assert "row 7 of docs/records.md" in found.why.en
    assert found.why.en.endswith(f"sized from it: {first.id}.")
