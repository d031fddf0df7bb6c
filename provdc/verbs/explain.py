"""`provdc explain`: where a number, a decision or an error comes from."""

from typing import Annotated

import typer

from provdc.console import Console
from provdc.errors import UserError
from provdc.options import DEFAULT_PROVINCE, Json, Language, Province, Scenarios
from provdc.pages import error_page
from provdc.place import Place, locate


def instead_words(incomplete: str) -> list[str]:
    """Complete `--instead`; the planner behind is loaded only then."""
    from provdc.otherwise import completions

    return completions(incomplete)


def run(
    wanted: Annotated[
        str | None,
        typer.Argument(metavar="ID", help="Anything with an id, a failure as duct:ID, a control, an error code."),
    ] = None,
    province: Province = DEFAULT_PROVINCE,
    scenario: Scenarios = None,
    instead: Annotated[
        list[str] | None,
        typer.Option(
            "--instead",
            metavar="WHAT",
            autocompletion=instead_words,
            show_default=False,
            help="What it would cost. A site: carrier=ID, point=ID, line=ID, backup=fixed|mobile, backup-carrier=ID, "
            "backup-line=ID, without=ID, or all. A carrier, exchange, duct, line: unused, used. Several: all at once.",
        ),
    ] = None,
    limits: Annotated[
        bool,
        typer.Option(
            "--limits",
            help="Which limits bind: how far each is off, in which failure, what it costs. Of `years`: the budgets.",
        ),
    ] = False,
    alternatives: Annotated[
        bool, typer.Option("--alternatives", help="Other plans hardly dearer: a carrier, a point, masts less.")
    ] = False,
    within: Annotated[str, typer.Option("--within", metavar="SHARE", help="How much dearer at most.")] = "2%",
    time_limit: Annotated[
        float | None,
        typer.Option(
            "--time-limit",
            metavar="S",
            min=1,
            show_default=False,
            help="Seconds: for --instead 20 each, for --alternatives 90 in all, for the budgets 60.",
        ),
    ] = None,
    as_json: Json = False,
    lang: Language = None,
) -> None:
    """Explain one id: decision, reason, cost, source, tests; what another choice would cost.

    Knows sites, links, machines, hosts, racks, flows, segments, zones, services, ducts, exchanges, carriers,
    `conference`, `consolidation`, `failures`, `growth` and `years` as a whole, failures (duct:ID, link:ID, carrier:ID,
    exchange:ID, flood:ID, host:ID, rack:ID, feed:ID; several joined by +), controls and error codes.

    With --instead: at most what a whole checked plan costs, at least what no plan undercuts. With --alternatives: the
    plan solved again under each difference. Interrupt once to keep what is found.
    """
    console = Console(lang, as_json=as_json)
    if wanted is None and not alternatives:
        raise UserError(17, "no_id")
    if limits and wanted is not None:
        _limits(locate(province, scenario), console, wanted, time_limit)
        return
    if alternatives or instead:
        _otherwise(locate(province, scenario), console, wanted, instead or [], within, time_limit)
        return
    assert wanted is not None
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


def _otherwise(
    place: Place, console: Console, wanted: str | None, instead: list[str], within: str, time_limit: float | None
) -> None:
    """Price other choices, or list other plans."""
    from provdc import otherwise

    if instead and wanted is not None:
        found = otherwise.prices(place, console, wanted, instead, time_limit or 20.0)
        if console.as_json:
            console.json({"id": wanted, "instead": [otherwise.as_json(one) for one in found]})
            return
        console.out(f"{wanted} · {' '.join(instead)}")
        otherwise.show(found, console)
        return
    try:
        most = otherwise.share(within)
    except ValueError:
        raise UserError(18, "no_share", said=within) from None
    others = otherwise.others(place, console, most, time_limit or 90.0)
    if console.as_json:
        console.json({"within": most, "alternatives": [otherwise.alternative_json(one) for one in others]})
    else:
        otherwise.show_others(others, most, console)


def _limits(place: Place, console: Console, wanted: str, time_limit: float | None) -> None:
    """Tell which limits bind at a site, a line or a concentration point, or which years' budgets."""
    from provdc import otherwise
    from provdc.explanation.years import WORD

    if wanted == WORD:
        spent = otherwise.spending(place, console, time_limit or 60.0)
        told = [otherwise.budget_json(one) for one in spent]
    else:
        found = otherwise.binding(place, wanted)
        told = [otherwise.limit_json(one) for one in found]
    if console.as_json:
        console.json({"id": wanted, "limits": told})
        return
    console.out(f"{wanted} · {console.say('limits')}")
    if wanted == WORD:
        otherwise.show_budgets(spent, console)
    else:
        otherwise.show_limits(found, console)
