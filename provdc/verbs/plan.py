"""`provdc plan`: decide, prove, write plan.json."""

from pathlib import Path
from typing import Annotated

import typer

from provdc.console import Console
from provdc.errors import UserError
from provdc.options import DEFAULT_PROVINCE, Json, Language, Out, Province, Scenarios
from provdc.place import locate


def run(
    province: Province = DEFAULT_PROVINCE,
    scenario: Scenarios = None,
    out: Out = None,
    time_limit: Annotated[
        float, typer.Option("--time-limit", metavar="S", min=1, help="Seconds; the best plan by then is written.")
    ] = 300.0,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Master seed of the solvers.")] = 1,
    site: Annotated[
        str | None, typer.Option("--site", metavar="ID", help="Show one site's decision; keeps a plan that is fresh.")
    ] = None,
    previous: Annotated[
        Path | None,
        typer.Option("--previous", metavar="FILE", help="An earlier plan.json: of equal cost, what changes it least."),
    ] = None,
    pareto: Annotated[
        bool,
        typer.Option("--pareto", help="Plan under looser and stricter promises too: budget against availability."),
    ] = False,
    as_json: Json = False,
    lang: Language = None,
) -> None:
    """Plan network and data centre: cost, bound, gap, proof, purchases by year.

    Writes plan.json, checked by independent code; the same records give the same bytes.
    Interrupt once to keep the best plan found so far, twice to stop without one. With --pareto the limit is that of
    each plan, and a run that was stopped goes on where it was.
    """
    from planner import plan_io
    from provdc import planning, screen  # the solvers are loaded only for this verb and for up
    from provdc.explanation import Context, explain, near

    console = Console(lang, as_json=as_json)
    place = locate(province, scenario)
    if out is not None:
        place = place.with_plan_in(out)
    if pareto:
        from provdc import pareto as promises

        known = promises.run(place, console, time_limit_s=time_limit, seed=seed)
        if as_json:
            console.json(promises.as_json(known))
        else:
            promises.show(known, console)
        return
    earlier = plan_io.read(previous) if previous is not None else None
    made = planning.fresh(place) if site is not None else None
    if made is None:
        made = planning.make(place, console, time_limit_s=time_limit, seed=seed, previous=earlier)
    if site is not None:
        context = Context(console.lang, made.records, made.plan, None)
        if site not in {decision.id for decision in made.plan.network.sites}:
            raise UserError(8, "no_sites", id=site, near=", ".join(near(context, site)) or "–")
        found = explain(context, site)
        if found is None:
            raise UserError(8, "no_sites", id=site, near="–")
        if as_json:
            console.json({"id": found.id, "decision": found.decision})
        else:
            console.out(found.id)
            console.definitions(found.rows)
    elif as_json:
        console.json(screen.as_json(made.plan, place, made.seconds))
    else:
        screen.show(made.plan, place, console, made.seconds.get("total"))
