"""Changes one value of the records at a time and looks at everything that is made of them.

A field is a place in a schema model. `places` finds where a field stands in the records of a province, `changes` what
else could stand there, and `Look` compares all that follows: findings, candidate links, demands, failure states,
addresses, assumptions, facts, sizes, hardware, and at last the whole plan.
"""

import dataclasses
import json
from collections.abc import Iterator
from functools import cached_property
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

import topology
from planner.datacentre.hardware import Hardware
from planner.datacentre.workloads import expand
from planner.errors import PlanningError
from planner.limits import Limits
from planner.plan import Plan
from planner.solve import solve
from topology.addresses import AddressPlan
from topology.assumptions import assumptions
from topology.check.engineering import check_engineering
from topology.check.references import check_references
from topology.facts import compare
from topology.model import Records
from topology.schema.base import Figure, Name

At = tuple[str | int, ...]
"""Attributes, indices and keys from the records down to a value."""
SKIPPED = ("figures", "digest", "positions")
"""Fields of `Records` that are made from the others."""
UNDECIDED = {"E-PLAN-302", "E-PLAN-402"}
"""The clock ended the search: this says nothing about the field."""
OPTIONAL: dict[str, object] = {
    "district": "district-dong", "flood_zone": "flood-east", "backhaul_duct": "duct-02-04", "function": "lan",
    "licence": "database-engine", "max_connections": 7, "value": 12.0, "note": "measured twice",
}  # fmt: skip
"""What may stand where nothing stands."""
WORDS: dict[str, tuple[str, ...]] = {
    "address_block": ("10.98.0.0/16",), "domain": ("other.example",), "source_path": ("grid transformer 1 and UPS A",),
    "source": ("survey",), "root": ("department-office",), "site": ("department-office", "commune-02"),
    "against": ("count(sites)",), "module": ("fibre-100m",), "near": ("commune-02",), "model": ("host-large",),
    "rack": ("rack-2",), "sites": ("commune-02",),
}  # fmt: skip
"""Texts that fit in a field, beside a longer one."""


def standing(value: object, at: At = ()) -> Iterator[tuple[BaseModel, At]]:
    """Give every model in a value with its place."""
    if isinstance(value, Records):
        for field in dataclasses.fields(value):
            if field.name not in SKIPPED:
                yield from standing(getattr(value, field.name), (*at, field.name))
    elif isinstance(value, BaseModel):
        yield value, at
        for name in type(value).model_fields:
            yield from standing(getattr(value, name), (*at, name))
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from standing(inner, (*at, key))
    elif isinstance(value, tuple):
        for index, inner in enumerate(value):
            yield from standing(inner, (*at, index))


def put(value: Any, at: At, new: object) -> Any:
    """Return the value with something else in one place; models are validated again."""
    if not at:
        return new
    step, rest = at[0], at[1:]
    if isinstance(value, dict):
        return value | {step: put(value[step], rest, new)}
    if isinstance(value, tuple):
        assert isinstance(step, int)
        return (*value[:step], put(value[step], rest, new), *value[step + 1 :])
    changed = put(getattr(value, str(step)), rest, new)
    if isinstance(value, Records):
        return dataclasses.replace(value, **{str(step): changed})
    held = {name: getattr(value, name) for name in type(value).model_fields}
    aliases = {name: field.alias or name for name, field in type(value).model_fields.items()}
    return type(value).model_validate({aliases[name]: inner for name, inner in (held | {str(step): changed}).items()})


def changes(name: str, value: object, annotation: object) -> Iterator[object]:
    """Give other values that a field could hold, those that matter most first."""
    options = (annotation, *(get_args(annotation) if get_origin(annotation) in (Union, UnionType) else ()))
    literal = next((option for option in options if get_origin(option) is Literal), None)
    if isinstance(value, Figure):
        yield from (value.model_copy(update={"value": number}) for number in numbers(value.value))
    elif isinstance(value, Name):
        yield value.model_copy(update={"en": f"{value.en} x"})
    elif isinstance(value, BaseModel):
        if type(None) in get_args(annotation):
            yield None
        yield from _inside(value)
    elif value is None:
        yield from (OPTIONAL[name],) if name in OPTIONAL else ()
    elif literal is not None:
        yield from (other for other in get_args(literal) if other != value)
    elif isinstance(value, bool):
        yield not value
    elif isinstance(value, int | float):
        yield from numbers(value)
    elif isinstance(value, str):
        yield from (word for word in WORDS.get(name, ()) if word != value)
        yield f"{value}x"
        yield f"{value}-x"
    elif isinstance(value, tuple):
        yield from (value[1:], value[:-1]) if value else ()
        kind = next((a for a in get_args(annotation) if get_origin(a) is Literal), None)
        yield from ((*value, other) for other in get_args(kind) if other not in value)
        if value and isinstance(value[0], BaseModel):
            yield from ((inner, *value[1:]) for inner in _inside(value[0]))
        yield from (WORDS[name],) if not value and name in WORDS else ()
    elif isinstance(value, dict):
        yield from ({k: v for k, v in value.items() if k != key} for key in value)
        yield from ({**value, key: other} for key, v in value.items() for other in changes(name, v, type(v)))


def _inside(model: BaseModel) -> Iterator[BaseModel]:
    """Give a nested model with each of its own fields changed."""
    for name, field in type(model).model_fields.items():
        for other in changes(name, getattr(model, name), field.annotation):
            yield model.model_copy(update={name: other})


def numbers(value: float) -> Iterator[float]:
    """Give other numbers of the same kind, far and near."""
    found = [value * 3, value / 3, value + 1, value - 1, 0, value * 1000]
    yield from (int(n) if isinstance(value, int) else n for n in found if n != value)


def fields(model: type[BaseModel], seen: set[type[BaseModel]]) -> Iterator[tuple[type[BaseModel], str]]:
    """Give every field of a model and of the models in it, each model once."""
    if model in seen:
        return
    seen.add(model)
    for name, field in model.model_fields.items():
        yield model, name
        for inner in models_in(field.annotation):
            yield from fields(inner, seen)


def models_in(annotation: object) -> Iterator[type[BaseModel]]:
    """Give the models that an annotation names."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from models_in(argument)


def complete(records: Records) -> Records:
    """Return the records with their single figures drawn again from the figures' records."""
    return dataclasses.replace(records, figures={name: f.value for name, f in records.figure_records.items()})


class Look:
    """Everything that is made of some records."""

    def __init__(self, records: Records) -> None:
        self.records = complete(records)

    @cached_property
    def findings(self) -> frozenset[tuple[str, str, str, str]]:
        """What the checks say, without positions."""
        found = check_references(self.records)
        if not any(one.severity == "error" for one in found):
            found += check_engineering(self.records)
        return frozenset((one.code, one.message.en, one.message.vi, one.why.en) for one in found)

    @property
    def refused(self) -> bool:
        """Whether nothing is planned from these records."""
        return any(code.startswith("E-") for code, *_ in self.findings)

    @cached_property
    def network(self) -> Any:
        """Candidate links, demands, failure states."""
        return topology.build(self.records)

    @cached_property
    def derived(self) -> dict[str, object]:
        """What follows from the records before anything is decided."""
        network, plan, hardware = self.network, AddressPlan(self.records), Hardware(self.records)
        sites = [site.id for site in self.records.sites if site.id != network.core]
        return {
            "links": network.links,
            "demands": network.demands,
            "states": network.states,
            "addresses": [[str(plan.site_prefix(s)), str(plan.wan_address(s))] for s in sites]
            + [[str(prefix) for prefix in plan.zone_prefixes(zone)] for zone in self.records.zones],
            "assumptions": assumptions(self.records),
            "facts": [(one.found, one.holds) for one in compare(self.records)],
            "sizes": expand(self.records, network.demands),
            "hardware": (hardware.offers, hardware.host_price, hardware.existing_price, hardware.losses),
        }

    @cached_property
    def plan(self) -> dict[str, Any]:
        """The whole plan without the records' digest, or why there is none."""
        plan: Plan = solve(self.network, Limits(time_limit_s=20))[0]
        loaded: dict[str, Any] = json.loads(plan.model_dump_json(exclude={"digest", "proofs"}))
        return loaded


def noticed(before: Look, after: Look) -> str | None:
    """Name the first thing that differs; None when nothing does."""
    if after.refused:
        return f"refused: {', '.join(sorted({code for code, *_ in after.findings if code[0] == 'E'}))}"
    if after.findings != before.findings:
        return "findings"
    try:
        for name, value in after.derived.items():
            if value != before.derived[name]:
                return name
        for name, value in after.plan.items():
            if value != before.plan.get(name):
                return f"plan.{name}"
    except PlanningError as error:
        codes = {problem.code for problem in error.problems} - UNDECIDED
        return f"refused: {', '.join(sorted(codes))}" if codes else None
    return None


def sensitive(before: Look, model: type[BaseModel], name: str, most: int = 4) -> str | None:
    """Change a field in a few places until something notices; return what noticed, None when nothing did."""
    everywhere = [at for value, at in standing(before.records) if type(value) is model]
    places = [at for at in everywhere if _value(before.records, (*at, name))] or everywhere
    annotation = model.model_fields[name].annotation
    for at in dict.fromkeys([*places[:1], *places[-1:], *places[:: max(1, len(places) // most)]]):
        for other in changes(name, _value(before.records, (*at, name)), annotation):
            try:
                after = Look(put(before.records, (*at, name), other))
            except ValidationError:
                continue
            found = noticed(before, after)
            if found:
                return found
    return None


def _value(value: Any, at: At) -> Any:
    for step in at:
        value = value[step] if isinstance(value, dict | tuple) else getattr(value, str(step))
    return value
