"""`provdc report`: the plan and its verification on one page."""

import webbrowser
from pathlib import Path
from typing import Annotated

import typer

from provdc.console import Console
from provdc.errors import UserError
from provdc.options import DEFAULT_PROVINCE, Json, Out, Province, Scenarios
from provdc.place import locate
from provdc.text import Lang


def run(
    province: Province = DEFAULT_PROVINCE,
    scenario: Scenarios = None,
    out: Out = None,
    show: Annotated[bool, typer.Option("--open", help="Open it in the browser.")] = False,
    lang: Annotated[
        Lang | None, typer.Option("--lang", help="Language of the report; Vietnamese unless told.", show_default=False)
    ] = None,
    as_json: Json = False,
) -> None:
    """Write the report: one HTML file, no network needed.

    Map, failures, racks, costs, checks, assumptions, addresses; for engineers and for the People's Committee.
    """
    from planner import plan_io  # the libraries behind take a second: only where they are used
    from provdc import results
    from provdc.report import render

    console = Console(lang, as_json=as_json)
    place = locate(province, scenario)
    if not place.plan.is_file():
        raise UserError(2, "no_plan", province=place.shown)
    plan = plan_io.read(place.plan)
    checks = results.read(place.results)
    html = render(plan, lang or "vi", outlines=place.outlines, results=checks, front=place.front)
    path = destination(out, place.report)
    plan_io.write_atomic(path, html.encode())
    if as_json:
        console.json({"report": str(path), "bytes": len(html.encode()), "digest": plan.digest, "lang": lang or "vi"})
    else:
        console.out(console.say("report_done", path=path))
    if show:
        webbrowser.open(path.resolve().as_uri())


def destination(out: Path | None, usual: Path) -> Path:
    """Return where to write: a file, or the usual name in a folder."""
    if out is None:
        return usual
    return out / usual.name if out.is_dir() or not out.suffix else out
