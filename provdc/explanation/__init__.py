"""What is known about one id: decision, reason, cost, place in the records, arithmetic, tests. Writes nothing."""

import difflib

from provdc.explanation.context import Context, Explanation, plain_rows, scenario_rows, test_rows, where_rows, why_rows
from provdc.explanation.decisions import ROWS, things
from provdc.explanation.drawn import WORD as FAILURES
from provdc.explanation.drawn import of_failures
from provdc.explanation.failures import of_carrier, of_duct, of_state
from provdc.explanation.growth import WORD as GROWTH
from provdc.explanation.growth import growth_rows, of_growth
from provdc.explanation.ledger import changeover_rows, ledger_rows, of_ledger, stays_rows
from provdc.explanation.meetings import WHOLE, of_meetings
from provdc.explanation.rerouting import of_several
from provdc.explanation.sites import WORD as SITES
from provdc.explanation.sites import of_sites
from provdc.explanation.workloads import of_workload
from provdc.explanation.years import later_rows, of_years
from provdc.results import controls
from topology.walk import LISTS, record_id

__all__ = ["Context", "Explanation", "explain", "near"]


def explain(context: Context, wanted: str) -> Explanation | None:
    """Return what is known about an id, or None when neither plan nor records nor controls have it."""
    finders = (
        of_years,
        of_growth,
        of_meetings,
        of_sites,
        of_failures,
        of_plan,
        of_several,
        of_state,
        of_duct,
        of_carrier,
        of_workload,
        of_ledger,
        of_control,
        of_records,
    )
    found = next((found for finder in finders if (found := finder(context, wanted)) is not None), None)
    if found is not None:
        if context.plan is not None and found.kind != "ledger":
            found.rows.extend(ledger_rows(context, context.plan, wanted))
            found.rows.extend(changeover_rows(context, context.plan, wanted))
            found.rows.extend(stays_rows(context, context.plan, wanted))
        found.rows.extend(scenario_rows(context, wanted))
    return found


def near(context: Context, wanted: str, count: int = 3) -> list[str]:
    """Return the ids most like the one that nothing has."""
    known = {path.partition("/")[2] for path in context.records.positions if path.count("/") == 1}
    if context.plan is not None:
        known |= (
            {thing.id for _, thing in things(context.plan)}
            | {entry.id for entry in context.plan.ledger}
            | set(WHOLE)
            | {FAILURES, GROWTH}
            | ({SITES, *(place.workload for place in context.plan.sites.places)} if context.plan.sites else set())
        )
    return difflib.get_close_matches(wanted, sorted(known - {wanted}), n=count, cutoff=0.5)


def of_plan(context: Context, wanted: str) -> Explanation | None:
    """Explain a thing that the plan decided."""
    if context.plan is None:
        return None
    for kind, thing in things(context.plan):
        if thing.id == wanted:
            rows = ROWS[kind](context, context.plan, thing) if kind in ROWS else plain_rows(context, thing)
            rows += later_rows(context, context.plan, wanted) + growth_rows(context, context.plan, wanted)
            rows += why_rows(context, thing) + where_rows(context, kind, thing) + test_rows(context, wanted)
            return Explanation(wanted, kind, rows, thing.model_dump(mode="json"))
    return None


def of_control(context: Context, wanted: str) -> Explanation | None:
    """Explain a control of the compliance suite, with its last results."""
    control = controls().get(wanted)
    if control is None:
        return None
    rows = [(context.say("name"), control.title[context.lang]), (context.say("law"), control.law)]
    found = [result for result in context.results.results if result.control == wanted] if context.results else []
    rows += [(context.say("test"), f"{result.test} · {result.machine}: {result.outcome}") for result in found]
    decision = {"control": wanted, "law": control.law, "title": control.title}
    return Explanation(wanted, "control", rows, decision)


def of_records(context: Context, wanted: str) -> Explanation | None:
    """Explain what only the records know: what it says, and where each value stands."""
    for kind, collection in LISTS.items():
        record = next((item for item in getattr(context.records, collection) if record_id(item) == wanted), None)
        if record is not None:
            path, places = f"{kind}/{wanted}", context.records.positions
            rows = [(context.say("records"), str(places[path]))]
            rows += [
                (name, f"{recorded(value)}   {places.get(f'{path}/{name}', '')}".rstrip())
                for name, value in record.model_dump(mode="json").items()
                if name != "id" and value not in (None, [], {})
            ]
            if kind == "exchange" and context.plan is not None:
                rows.insert(0, (context.say("decision"), context.say("not_opened")))
            decision = record.model_dump(mode="json") | {"records": str(places[path])}
            return Explanation(wanted, kind, rows, decision)
    return None


def recorded(value: object) -> str:
    """Return a value of the records; a figure with its quality and source."""
    match value:
        case {"value": number, "quality": quality, "source": source}:
            return f"{number} ({quality}: {source})"
        case {"vi": vietnamese, "en": english}:
            return f"{vietnamese} / {english}"
        case dict():
            return ", ".join(f"{name} {recorded(inner)}" for name, inner in value.items())
        case list():
            named = [str(item["id"]) if isinstance(item, dict) and "id" in item else recorded(item) for item in value]
            return ", ".join(named[:12]) + (f", … ({len(named)})" if len(named) > 12 else "")
        case _:
            return str(value)
