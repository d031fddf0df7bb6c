"""No field of the records is silent: changing it changes something that is made of the records, or is refused."""

import ast
import dataclasses
import shutil
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

import topology
from tests.unit.planner.second_site import copy_of_data, room_at, with_copy
from tests.unit.sensitivity import Look, complete, fields, noticed, sensitive
from topology.model import Records
from topology.schema.facility import ExistingHost, SanityFact, YearBudget
from topology.schema.files import FILES
from topology.schema.geography import Observed, Source
from topology.schema.network import Duct, ExistingLink
from topology.walk import LISTS

ROOT = Path(__file__).parents[2]
MINI = ROOT / "inventory" / "mini"

DOWNSTREAM = {
    "Exchange.name": "planner/network/answer.py",
    "Exchange.concentration_one_off_vnd": "planner/network/candidates.py",
    "Exchange.concentration_monthly_vnd": "planner/network/candidates.py",
    "Exchange.max_trunk_mbps": "planner/network/equipment.py",
    "NetworkPolicy.max_hops": "planner/network/search.py",
}
"""Fields of concentration points, of which the miniature province needs none → the module that reads them."""
ELSEWHERE = ("Workload.sites", "Workload.apart", "Apart.workload", "Apart.least_km")
"""Fields of workloads away from the core, of which the miniature province has none."""
UNIQUE = {"Traffic.id"}
"""Names that only tell things apart: taken twice, they are refused."""


def _files() -> list[tuple[type[BaseModel], str]]:
    seen: set[type[BaseModel]] = set()
    return [field for spec in FILES for field in fields(spec.model, seen)]


def _name(field: tuple[type[BaseModel], str]) -> str:
    return f"{field[0].__name__}.{field[1]}"


COLLECTIONS = {
    (spec.model, name): kind for spec in FILES if spec.form == "yaml" for name, kind in spec.collections.items()
}
WHOLE = {"PolicyFile", "FiguresFile"}
"""Files whose fields are single models or figures."""
FIELDS = [field for field in _files() if not field[0].__name__.endswith("File")]


def fact(**given: Any) -> SanityFact:
    words = {"vi": "câu", "en": "sentence"}
    common = {"row": 1, "text": words, "quality": "assumption", "source": "survey", "against": "-", "check": "none"}
    return SanityFact.model_validate(common | given)


def rich(records: Records) -> Records:
    """Fill in what the miniature province leaves out: leased lines, own hosts, facts, a series, a year's budget."""
    sources = (*records.sources, Source(id="survey", title="Survey", where="here", licence="facts"))
    line = ExistingLink(
        site="commune-01", to="core", carrier="alpha", module="fibre-20m", source="survey", quality="assumption"
    )
    host = ExistingHost(
        id="host-01", model="host-small", rack="rack-1", bought_year=2023, source="survey", quality="assumption"
    )
    duct = Duct(
        id="duct-bac-04", a="exchange-bac", b="commune-04", length_km=23.0, carriers=("alpha",), underground=False,
        cuts_per_100km_year=2.0, quality="assumption", source="survey",
    )  # fmt: skip
    stated = (
        fact(id="fact-telephony", value=1, check="equals", against="count(carriers[telephony])"),
        fact(id="fact-buried", value=1, check="at-least", against="share(urban ducts underground)"),
        fact(id="fact-rooms", value=3, check="equals", against="min(small data centre servers)"),
        fact(id="fact-wrong", value=12, check="equals", against="count(points)"),
        fact(id="fact-sum", value=7, check="sum", parts=(3, 4), finding={"vi": "khác", "en": "differs"}),
    )
    first, *others = records.services
    amount = records.money.energy_vnd_per_kwh
    series = tuple(
        Observed(year=2020 + n, value=amount.model_copy(update={"value": value}))
        for n, value in enumerate((100.0, 107.0, 113.0, 125.0))
    )
    growth = first.growth.model_copy(update={"series": series})
    budget = YearBudget(year=2026, purchases_vnd=records.money.annual_budget_vnd.model_copy(update={"value": 7}))
    return dataclasses.replace(
        records,
        sources=sources,
        existing_links=(line,),
        existing_hosts=(host,),
        ducts=(*records.ducts, duct),
        facts=(*records.facts, *stated),
        services=(first.model_copy(update={"facts": ("fact-wrong",), "growth": growth}), *others),
        money=records.money.model_copy(update={"budgets": (budget,)}),
    )


@cache
def base() -> Look:
    return Look(rich(topology.load(MINI)))


@cache
def elsewhere() -> Look:
    copy = copy_of_data(("core", "district-dong"), 5.0, km=15.0)
    return Look(with_copy(topology.load(MINI), copy, [room_at(base().records, "district-dong")]))


def test_the_base_is_planned_and_the_same_records_give_the_same() -> None:
    assert not base().refused
    assert base().plan["machines"]
    assert noticed(base(), Look(rich(topology.load(MINI)))) is None


@pytest.mark.parametrize("field", [f for f in FIELDS if _name(f) not in DOWNSTREAM | dict.fromkeys(UNIQUE)], ids=_name)
def test_no_field_is_silent(field: tuple[type[BaseModel], str]) -> None:
    before = elsewhere() if _name(field) in ELSEWHERE else base()
    assert not before.refused
    assert sensitive(before, *field), f"nothing reads {_name(field)}, or the change of it is lost"


@pytest.mark.parametrize(("field", "module"), DOWNSTREAM.items())
def test_fields_of_concentration_points_are_read(field: str, module: str) -> None:
    assert field in {_name(known) for known in FIELDS}
    read = {node.attr for node in ast.walk(ast.parse((ROOT / module).read_text(encoding="utf-8")))
            if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load)}  # fmt: skip
    assert field.partition(".")[2] in read


def test_names_that_only_tell_things_apart_are_refused_twice(tmp_path: Path) -> None:
    copied = Path(shutil.copytree(MINI, tmp_path / "mini"))
    file = copied / "services" / "1-people.yaml"
    text = file.read_text(encoding="utf-8")
    start = text.index("      - id: one-stop\n")
    end = text.index("    workloads:", start)
    file.write_text(text[:end] + text[start:end] + text[end:], encoding="utf-8")
    assert {found.code for found in topology.check(copied)} == {"E-REF-001"}


@pytest.mark.parametrize("collection", COLLECTIONS, ids=lambda c: f"{c[0].__name__}.{c[1]}")
def test_every_list_counts(collection: tuple[type[BaseModel], str]) -> None:
    name = LISTS[COLLECTIONS[collection]]
    held = getattr(base().records, name)
    shorter = (dataclasses.replace(base().records, **{name: (*held[:k], *held[k + 1 :])}) for k in range(len(held)))
    assert any(noticed(base(), Look(fewer)) for fewer in shorter), name


def test_every_single_figure_and_class_counts() -> None:
    records = base().records
    for name in records.figure_records:
        fewer = {key: figure for key, figure in records.figure_records.items() if key != name}
        assert noticed(base(), Look(complete(dataclasses.replace(records, figure_records=fewer)))), name
    for site_class in records.classes:
        rest = {key: policy for key, policy in records.classes.items() if key != site_class}
        assert noticed(base(), Look(dataclasses.replace(records, classes=rest))), site_class


def test_every_file_is_covered() -> None:
    files = {model.__name__ for model, _ in _files() if model.__name__.endswith("File")}
    assert files == {model.__name__ for model, _ in COLLECTIONS} | WHOLE
