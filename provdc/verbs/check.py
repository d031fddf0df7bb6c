"""`provdc check`: say whether the province is well described."""

from typing import Annotated, Literal

import typer

from provdc.console import Console
from provdc.options import DEFAULT_PROVINCE, Json, Language, Province, Scenarios
from provdc.place import locate
from provdc.version import VERSION


def run(
    province: Province = DEFAULT_PROVINCE,
    scenario: Scenarios = None,
    form: Annotated[Literal["text", "json", "sarif"], typer.Option("--format", help="Form of the findings.")] = "text",
    strict: Annotated[bool, typer.Option("--strict", help="Exit 1 for warnings too.")] = False,
    as_json: Json = False,
    lang: Language = None,
) -> None:
    """Check the records and report every finding.

    Scenarios are checked too, one by one; with --scenario it is what these make of the records that is checked.
    Three tiers (shape, references, engineering), each with all its findings: file, line, reason, hint.
    Exit 0 nothing found, 1 errors, 3 warnings only.
    """
    from provdc.records import require_known  # graph libraries take a second: only where they are used
    from topology import check, load, render

    console = Console(lang, as_json=as_json)
    place = locate(province, scenario)
    shown = place.records_shown
    require_known(place)
    findings = check(place.records, place.scenarios)
    errors = sum(found.severity == "error" for found in findings)
    if as_json or form == "json":
        console.raw(render.as_json(findings))
    elif form == "sarif":
        console.raw(render.as_sarif(findings, shown, VERSION, console.lang))
    elif findings:
        console.raw(render.text(findings, shown, console.lang))
        console.out(console.say("check_count", errors=errors, warnings=len(findings) - errors, path=shown))
    else:
        records = load(place.records)
        counts = {"sites": len(records.sites), "ducts": len(records.ducts), "services": len(records.services)}
        console.out(console.say("check_good", province=place.shown, **counts), "good")
    if not errors and not as_json and form == "text":
        console.out(console.say("check_next", province=place.shown), "muted")
    raise typer.Exit(1 if errors or (strict and findings) else 3 if findings else 0)
