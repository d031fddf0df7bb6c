"""`provdc diff`: what changes between two plans."""

from pathlib import Path
from typing import Annotated

import typer

from provdc.console import Console
from provdc.errors import UserError
from provdc.options import Json, Language
from provdc.place import locate
from provdc.text import numbers

PLAN_FILE = "plan.json"
Side = Annotated[str, typer.Argument(help="A plan.json, a folder with one, or a province.")]


def run(before: Side, after: Side, as_json: Json = False, lang: Language = None) -> None:
    """Show what changes between two plans.

    Decisions first, then cost, then risk. Exit 2 when they differ.
    """
    from planner import plan_io  # the libraries behind take a second: only where they are used
    from provdc.changes import line

    console = Console(lang, as_json=as_json)
    left, right = plan_io.read(plan_path(before)), plan_io.read(plan_path(after))
    changes = plan_io.compare(left, right)
    if as_json:
        console.json(changes)
    elif not changes:
        console.out(console.say("diff_same"), "good")
    else:
        for change in changes:
            console.out(line(console.lang, change))
        old, new = left.costs.total.present_value_vnd, right.costs.total.present_value_vnd
        facts = {"before": numbers.money(console.lang, old), "after": numbers.money(console.lang, new)}
        facts["change"] = numbers.change(console.lang, new - old)
        console.out(console.say("diff_total", count=len(changes), **facts))
    raise typer.Exit(2 if changes else 0)


def plan_path(side: str) -> Path:
    """Return the plan that a side names."""
    path = Path(side)
    if path.is_file():
        return path
    if (path / PLAN_FILE).is_file():
        return path / PLAN_FILE
    if not (path / "province.yaml").is_file() and ("/" in side or side.endswith(".json")):
        raise UserError(5, "no_file", path=side)
    place = locate(side)
    if not place.plan.is_file():
        raise UserError(2, "no_plan", province=place.shown)
    return place.plan
