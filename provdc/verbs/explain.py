"""`provdc explain`: where a number, a decision or an error comes from."""

from typing import Annotated

import typer

from provdc.console import Console
from provdc.errors import UserError
from provdc.options import DEFAULT_PROVINCE, Json, Language, Province, Scenarios
from provdc.pages import error_page
from provdc.place import locate


def run(
    wanted: Annotated[
        str, typer.Argument(metavar="ID", help="Anything with an id, a failure as duct:ID, a control, an error code.")
    ],
    province: Province = DEFAULT_PROVINCE,
    scenario: Scenarios = None,
    as_json: Json = False,
    lang: Language = None,
) -> None:
    """Explain one id: decision, reason, cost, source, tests.

    Knows sites, links, machines, hosts, racks, flows, segments, zones, services, ducts, exchanges, carriers,
    `conference` and `consolidation` as a whole, failures (duct:ID, link:ID, carrier:ID, exchange:ID, flood:ID, host:ID,
    rack:ID, feed:ID; several joined by +), controls and error codes.
    """
    console = Console(lang, as_json=as_json)
    page = error_page(wanted)
    if page is not None:
        if as_json:
            console.json({"code": wanted, "page": page})
        else:
            console.raw(page)
        return
    from planner import plan_io  # the libraries behind take a second: only where they are used
    from provdc import results
    from provdc.explanation import Context, explain, near
    from provdc.records import load

    place = locate(province, scenario)
    records = load(place)
    plan = plan_io.read(place.plan) if place.plan.is_file() else None
    context = Context(console.lang, records, plan, results.read(place.results))
    found = explain(context, wanted)
    if found is None:
        raise UserError(4, "unknown_id", id=wanted, province=place.shown, near=", ".join(near(context, wanted)) or "–")
    if as_json:
        console.json({"id": found.id, "kind": found.kind, "decision": found.decision, "rows": found.rows})
        return
    console.out(f"{found.id}  ({found.kind})")
    console.definitions(found.rows)
    if plan is None:
        console.note(UserError(2, "no_plan", province=place.shown).lines(console.lang)[0], "warm")
    elif plan.digest != records.digest:
        facts = {"plan": plan.short_digest, "records": records.digest[:6], "province": place.shown}
        console.note(UserError(3, "stale_plan", **facts).lines(console.lang)[0], "warm")
