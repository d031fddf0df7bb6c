"""What explanations share: what they may draw on, and the rows that every decision has."""

import json
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from planner.plan import Cost, Plan, PlannedLink, Route
from provdc.results import Results
from provdc.summary import occupancy
from provdc.text import Lang, say
from provdc.text.numbers import money, percent
from provdc.text.why import reason
from topology.model import AppliedPatch, PatchedValue, Records

Rows = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything about one id, as rows of a label and a text."""

    id: str
    kind: str
    rows: Rows
    decision: dict[str, Any]
    """The plan's own words, for `--json`."""


@dataclass(frozen=True, slots=True)
class Context:
    """What an explanation may draw on; only the records are always there."""

    lang: Lang
    records: Records
    plan: Plan | None
    results: Results | None

    def say(self, key: str, /, **facts: object) -> str:
        """Return the text `explain.<key>`."""
        return say(self.lang, f"explain.{key}", **facts)


def plain_rows(context: Context, thing: BaseModel) -> Rows:
    """Tell a simple thing field by field."""
    fields = thing.model_dump(mode="json")
    return [(name, shown(context, value)) for name, value in fields.items() if name != "id" and value not in (None, [])]


def shown(context: Context, value: object) -> str:
    """Return a field as text."""
    if isinstance(value, dict) and set(value) == {"vi", "en"}:
        return str(value[context.lang])
    if isinstance(value, list):
        listed = ", ".join(str(item) for item in value[:12])
        return listed if len(value) <= 12 else f"{listed}, … ({len(value)})"
    return str(value)


def why_rows(context: Context, thing: Any) -> Rows:  # noqa: ANN401 - anything of a plan
    """Tell the reason and the constraints that bind."""
    why = getattr(thing, "why", None)
    if why is None:
        return []
    rows = [(context.say("why"), reason(context.lang, why))]
    if why.binding:
        rows.append((context.say("binding"), ", ".join(why.binding)))
    return rows


def where_rows(context: Context, kind: str, thing: Any) -> Rows:  # noqa: ANN401 - anything with an id, or an id
    """Tell where in the records a thing, or what it was derived from, stands."""
    name = thing if isinstance(thing, str) else thing.id
    paths = [f"{kind}/{name}", f"workload/{name}"]
    if isinstance(thing, str):
        kind = ""
    if kind == "machine":
        paths += [f"workload/{name.rpartition('-')[0]}", f"service/{thing.service}", f"site/{thing.site}"]
        owner = (f"workload/{load.id}" for service in context.records.services for load in service.workloads
                 if name in load.machines)  # fmt: skip
        paths[1:1] = list(owner)
    if kind == "link":
        paths += [f"duct/{duct}" for duct in thing.ducts] + [f"module/{module}" for module in thing.modules]
    if kind == "host":
        paths += [f"host-model/{thing.model}"]
    if kind == "rack":
        paths += [f"room/{thing.room}/racks/{name}"]
    if kind == "segment":
        paths += [f"zone/{thing.zone}", f"site/{thing.site}"]
    found = [path for path in dict.fromkeys(paths) if path in context.records.positions]
    limit = len(found) if kind == "link" else 1
    return [(context.say("records"), f"{context.records.positions[path]}  {path}") for path in found[:limit]]


def scenario_rows(context: Context, wanted: str, most: int = 12) -> Rows:
    """Tell which scenario set a value of a thing, what it was before, and where the scenario says so."""
    names = {wanted, wanted.rpartition("-")[0], wanted.partition(":")[2]} - {""}
    rows = [
        (context.say("scenario"), _patched(use.scenario.id, value, patch))
        for use in context.records.scenarios
        for patch in use.patches
        for value in patch.values
        if names & set(value.path.split("/"))
    ]
    return rows[:most]


def _patched(scenario: str, value: PatchedValue, patch: AppliedPatch) -> str:
    before, after = (_brief(side) for side in (value.before, value.after))
    note = f" ({patch.note})" if patch.note else ""
    return f"{scenario}: {value.path} {before} → {after}{note}   {patch.where}"


def _brief(side: str) -> str:
    """Return a value in a few words: a figure by its number."""
    if not side:
        return "–"
    held = json.loads(side)
    if isinstance(held, dict):
        return str(held["value"]) if "value" in held else str(held.get("id", "…"))
    return str(held)


def test_rows(context: Context, wanted: str) -> Rows:
    """Tell which compliance tests have verified a machine, or the machines of a site."""
    if context.results is None or context.plan is None:
        return []
    here = {machine.id for machine in context.plan.machines if wanted in (machine.id, machine.site)}
    if wanted == context.plan.core:
        here = {wanted}
    return [
        (context.say("verified"), f"{result.control} {result.test} · {result.machine}: {result.outcome}")
        for result in context.results.results
        if result.machine in here
    ]


def route(context: Context, path: Route, links: dict[str, PlannedLink]) -> str:
    """Return a path as places with the links between them."""
    if not path.links:
        return " → ".join(path.nodes)
    parts = []
    for name in path.links:
        normal, worst = occupancy(links[name])
        parts.append(f"{name} ({percent(context.lang, normal)} / {percent(context.lang, worst)})")
    return " → ".join(parts) + f" → {path.nodes[-1]}"


def cost(context: Context, value: Cost) -> str:
    """Return money in one line."""
    lang = context.lang
    return context.say(
        "cost_value",
        once=money(lang, value.one_off_vnd),
        monthly=money(lang, value.monthly_vnd),
        present=money(lang, value.present_value_vnd),
    )
