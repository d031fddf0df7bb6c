"""`provdc up`: from the records to verified machines."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from provdc.console import Console
from provdc.options import DEFAULT_PROVINCE, Json, Language, Province
from provdc.place import locate


def run(
    province: Province = DEFAULT_PROVINCE,
    engine: Annotated[
        Literal["auto", "embedded", "pulumi"],
        typer.Option("--engine", help="auto takes the genuine pulumi program when it is on PATH."),
    ] = "auto",
    plan: Annotated[
        Path | None, typer.Option("--plan", metavar="FILE", help="Build this plan; refused when it is stale.")
    ] = None,
    time_limit: Annotated[
        float, typer.Option("--time-limit", metavar="S", min=1, help="Seconds for planning.")
    ] = 300.0,
    as_json: Json = False,
    lang: Language = None,
) -> None:
    """Bring up the slice, configure, verify, report.

    The slice of the plan runs in the lab, on this computer. Plans first when there is no plan; refuses a plan that
    was made from other records. Run it again after an interruption: what is done stays done.
    Needs root and the lab's Debian packages. Exit 2 when a check failed.
    """
    from provdc import pipeline, screen, verification  # the whole machinery is loaded only for this verb
    from provdc.lock import alone

    console = Console(lang, as_json=as_json)
    place = locate(province)
    require_lab()
    with alone(place):
        outcome = pipeline.run(place, pipeline.Goal(plan, time_limit, engine), console)
    failed = outcome.results.count("failed")
    if as_json:
        facts = {"operations": outcome.operations, "changed": outcome.changed, "report": outcome.report}
        console.json(screen.as_json(outcome.plan, place, {}) | facts | {"results": outcome.results})
    else:
        screen.show(outcome.plan, place, console)
        verification.show(outcome.results, console)
        console.out(console.say("up_changes", operations=outcome.operations, changed=outcome.changed))
        console.out(console.say("report_done", path=outcome.report))
        console.out(console.say("up_next", province=place.shown), "muted")
    raise typer.Exit(2 if failed else 0)


def require_lab() -> None:
    """Refuse at once what could only fail later: the lab needs root and its programs."""
    from provdc.environment import examine
    from provdc.errors import UserError

    missing = [found for found in examine() if found.use == "lab" and not found.good]
    if any(found.name == "root" for found in missing):
        raise UserError(9, "not_root")
    if missing:
        raise UserError(12, "no_tools", missing=", ".join(found.name for found in missing))
