"""`provdc verify`: test whether the machines really ended up as planned."""

from typing import Annotated, Literal

import typer

from provdc.console import Console
from provdc.errors import UserError
from provdc.options import DEFAULT_PROVINCE, Json, Language, Province, Scenarios
from provdc.place import locate


def run(
    province: Province = DEFAULT_PROVINCE,
    scenario: Scenarios = None,
    profile: Annotated[Literal["vn-2022", "vn-2026"], typer.Option("--profile", help="Rule set.")] = "vn-2022",
    level: Annotated[int, typer.Option("--level", min=1, max=5, help="Security level, Decree 85/2016.")] = 3,
    drill: Annotated[bool, typer.Option("--drill", help="Also stop things on purpose, as a failover.")] = False,
    plan_only: Annotated[bool, typer.Option("--plan-only", help="Only what the plan itself can answer.")] = False,
    as_json: Json = False,
    lang: Language = None,
) -> None:
    """Run the compliance suite on the machines that are up. Exit 2 when a check failed.

    Results stay in .provdc/PROVINCE/verify/ as JSON and JUnit; the next report shows them. Waivers stand in
    waivers.yaml among the records, each with reason, owner and expiry; an expired one no longer helps.
    """
    from planner import plan_io  # the libraries behind take a second: only where they are used
    from provdc import verification
    from provdc.lock import alone
    from provdc.planning import require_fresh
    from provdc.records import load

    console = Console(lang, as_json=as_json)
    place = locate(province, scenario)
    if not place.plan.is_file():
        raise UserError(2, "no_plan", province=place.shown)
    require_fresh(plan_io.read(place.plan), load(place).digest, place)
    if not plan_only and not place.ssh_config.is_file():
        raise UserError(13, "no_machines", province=place.shown)
    with alone(place):
        goal = verification.Goal(profile, level, drill, machines=not plan_only)
        found = verification.run(place, goal, place.ssh_config, console)
    if as_json:
        console.json(found)
    else:
        verification.show(found, console)
    raise typer.Exit(2 if found.count("failed") else 0)
