"""`provdc diff`: what changes between two plans."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from provdc.console import Console
from provdc.errors import UserError
from provdc.options import DEFAULT_PROVINCE, Json, Language, Province
from provdc.place import Place, locate

PLAN_FILE = "plan.json"
Side = Annotated[str, typer.Argument(help="A plan.json, a folder with one, a province, or a scenario: a+b for two.")]


def run(
    before: Side,
    after: Side,
    province: Province = DEFAULT_PROVINCE,
    form: Annotated[
        Literal["text", "markdown", "json"], typer.Option("--format", help="markdown is for merge requests.")
    ] = "text",
    as_json: Json = False,
    lang: Language = None,
) -> None:
    """Show what changes between two plans.

    Cost, proof and risk first, then every decision that differs. Exit 2 when they differ.
    """
    from planner import plan_io  # the libraries behind take a second: only where they are used
    from planner.comparison import comparison
    from provdc import comparison as words

    console = Console(lang, as_json=as_json or form == "json")
    left, right = (plan_io.read(plan_path(side, province)) for side in (before, after))
    found = comparison(left, right)
    if as_json or form == "json":
        console.json(found)
    elif form == "markdown":
        console.raw(words.markdown(console.lang, found))
    elif not found.changes:
        console.out(console.say("diff_same"), "good")
    else:
        for line in words.text(console.lang, found):
            console.out(line)
    raise typer.Exit(2 if found.changes else 0)


def plan_path(side: str, province: str = DEFAULT_PROVINCE) -> Path:
    """Return the plan that a side names."""
    path = Path(side)
    if path.is_file():
        return path
    if (path / PLAN_FILE).is_file():
        return path / PLAN_FILE
    scenario = of_scenario(side, province)
    if scenario is None and not (path / "province.yaml").is_file() and ("/" in side or side.endswith(".json")):
        raise UserError(5, "no_file", path=side)
    place = scenario or locate(side)
    if not place.plan.is_file():
        raise UserError(2, "no_plan", province=place.shown)
    return place.plan


def of_scenario(side: str, province: str) -> Place | None:
    """Return the place of scenarios joined by `+`, when the province has all of them."""
    try:
        place = locate(province)
    except UserError:
        return None
    names = side.split("+")
    files = [place.records / "scenarios" / f"{name}.yaml" for name in names]
    return place.with_scenarios(names) if "/" not in side and all(file.is_file() for file in files) else None
