"""The ledger in words, for explanations and the report. Imports the plan and the numbers."""

from collections.abc import Iterable

from planner.plan import LedgerEntry, Plan
from provdc.text import Lang, say
from provdc.text.numbers import percent, short
from provdc.text.why import term

FULLEST_LINKS = 20
"""Shown in the report; every link is in the plan and in `provdc explain`."""


def entries_of(plan: Plan, wanted: str) -> list[LedgerEntry]:
    """Return the entries of a rack, feed, room, link, or of the hosts (`hosts` also names its separate pools)."""
    return [one for one in plan.ledger if one.id == wanted or (wanted == "hosts" and one.kind == "hosts")]


def fullest_links(plan: Plan, most: int = FULLEST_LINKS) -> list[LedgerEntry]:
    """Return the busier way of the links that are fullest, first the fullest."""
    best: dict[str, LedgerEntry] = {}
    for one in plan.ledger:
        if one.kind == "link" and (one.id not in best or one.share > best[one.id].share):
            best[one.id] = one
    return sorted(best.values(), key=lambda one: (-one.share, one.id))[:most]


def counts(entries: Iterable[LedgerEntry]) -> dict[str, int]:
    """Return how many capacities are good, nearly full, full."""
    states = [one.state for one in entries]
    return {state: states.count(state) for state in ("good", "warn", "full")}


def label(lang: Lang, one: LedgerEntry) -> str:
    """Return what an entry counts; a pool of its own and the way of a link are named."""
    name = term(lang, "resource", "u" if one.resource == "height_u" else one.resource)
    if one.kind == "feed" or (one.kind == "rack" and one.resource == "power_w"):
        name = say(lang, "report.resource_one_feed")
    return f"{name} ({one.id.partition(':')[2]})" if one.id.startswith("hosts:") else name


def line(lang: Lang, one: LedgerEntry) -> str:
    """Return an entry in one line."""
    numbers = {name: short(lang, getattr(one, name)) for name in ("used", "planned", "free", "capacity")}
    reserved = short(lang, one.reserve + one.committed)
    return say(
        lang,
        "report.ledger_line",
        **numbers,
        reserved=reserved,
        committed=short(lang, one.committed),
        share=percent(lang, one.share),
        state=say(lang, f"report.ledger_{one.state}"),
    )
