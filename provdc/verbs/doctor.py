"""`provdc doctor`: what this computer can do."""

import typer

from provdc.console import Console
from provdc.environment import Finding, examine
from provdc.options import Json, Language


def run(as_json: Json = False, lang: Language = None) -> None:
    """Show what works on this computer and what is missing.

    Tools with their versions, rights, kernel features.
    Exit 0 everything works, 3 planning works but not the lab, 1 planning does not work.
    """
    console = Console(lang, as_json=as_json)
    findings = examine()
    plans = all(found.good for found in findings if found.use == "plan")
    labs = all(found.good for found in findings if found.use == "lab")
    if as_json:
        console.json({"planning": plans, "lab": plans and labs, "tools": findings})
    else:
        heads = [console.say(f"doctor_{name}") for name in ("tool", "found", "for")]
        console.table(heads, [row(console, found) for found in findings])
        verdict, style = ("all", "good") if plans and labs else ("plan_only", "warm") if plans else ("none", "bad")
        console.out(console.say(f"doctor_{verdict}"), style)
    raise typer.Exit(0 if plans and labs else 3 if plans else 1)


def row(console: Console, found: Finding) -> list[str]:
    """Return a line of the table."""
    missing = "missing" if found.use in ("plan", "lab") else "optional"
    state = found.found or console.say("doctor_good" if found.good else f"doctor_{missing}")
    if found.found and not found.good:
        state = f"{found.found} · {console.say('doctor_missing')}: {found.wanted}"
    return [found.name, state, console.say(f"use_{found.use}")]
