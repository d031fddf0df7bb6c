"""Differences between two plans in lines that people read. Imports the plan's comparison and the numbers."""

import json
from typing import Any

from planner.plan_io import Change
from provdc.text import Lang, say
from provdc.text.numbers import money, number, percent, short
from provdc.text.why import term

MARKS = {"added": "+", "removed": "−"}
ACTIONS = {"new": "+", "cancel": "−", "upgrade": "~", "reduce": "~"}


def line(lang: Lang, change: Change) -> str:
    """Return one difference: what, which, field, before and after."""
    if change.kind == "line":
        return of_line(lang, change)
    mark = MARKS.get(change.what, "~")
    if change.what in MARKS:
        return f"{mark} {change.kind} {change.id}"
    field = change.what.removesuffix("_vnd").replace("_", " ")
    before, after = parsed(change.before), parsed(change.after)
    if names(before) and names(after) and set(before) & set(after):
        parts = [f"− {one}" for one in before if one not in after] + [f"+ {one}" for one in after if one not in before]
        return f"{mark} {change.kind} {change.id}  {field}: {', '.join(parts)}"
    is_money = change.what.endswith("_vnd")
    old, new = (money(lang, side) if is_money and side else said(lang, side) for side in (before, after))
    if old == new and isinstance(before, int | float) and isinstance(after, int | float):
        old, new = number(lang, before, 3), number(lang, after, 3)
    return f"{mark} {change.kind} {change.id}  {field}: {old} → {new}"


def of_line(lang: Lang, change: Change) -> str:
    """Return what happens to one line of the plan that is there: what is leased, when to order, what it costs."""
    before, after = parsed(change.before), parsed(change.after)
    modules = said(lang, after["modules"] or before["modules"])
    if before["modules"] and after["modules"]:
        modules = f"{said(lang, before['modules'])} → {modules}"
    facts = {"once": money(lang, after["once_vnd"]), "order": after["order_by"], "on": after["on"]}
    monthly = [money(lang, side["monthly_vnd"]) for side in (before, after)]
    head = f"{ACTIONS[change.what]} {change.kind} {change.id}  {term(lang, 'action', change.what)}: {modules}"
    return f"{head} · {say(lang, 'cli.diff_line', **facts, before=monthly[0], after=monthly[1])}"


def parsed(text: str) -> Any:  # noqa: ANN401 - any piece of a plan
    """Return one side of a difference as the plan holds it."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def names(side: object) -> bool:
    """Tell whether a side is a list of names, which is best told by what comes and goes."""
    return isinstance(side, list) and bool(side) and all(isinstance(one, str) for one in side)


def said(lang: Lang, piece: Any) -> str:  # noqa: ANN401 - any piece of a plan
    """Return a piece of a plan in a few words, its structures by what names them."""
    if piece is None or piece in ([], {}, ""):
        return "–"
    match piece:
        case bool() | str():
            return str(piece).lower() if isinstance(piece, bool) else piece
        case int() | float():
            return short(lang, piece)
        case {"present_value_vnd": total}:
            return money(lang, total)
        case {"links": links, "length_km": km}:
            return f"{' + '.join(links)} ({short(lang, km)} km)"
        case [[str() as link, str() as state, int() | float() as share]]:
            return f"{link} {percent(lang, share)} ({state})"
        case dict():
            return ", ".join(f"{said(lang, part)} × {name}" for name, part in sorted(piece.items()))
        case list():
            return ", ".join(said(lang, part) for part in piece)
        case _:
            return str(piece)
