"""Reasons of decisions in words. Imports the plan's `Why` and the texts."""

from planner.plan import Why
from provdc.text import Lang, has, say
from provdc.text.numbers import money, percent, short


def reason(lang: Lang, why: Why) -> str:
    """Return the reason in words; a code of another version of provdc is shown with its bare facts."""
    facts = {name: fact(lang, name, value) for name, value in sorted(why.facts.items())}
    key = f"why.{why.code}"
    if has(key):
        return say(lang, key, **facts)
    return why.code + "".join(f" · {name} {value}" for name, value in facts.items())


def fact(lang: Lang, name: str, value: str | float | int) -> str:
    """Return one fact, by the unit that its name ends with."""
    if isinstance(value, str):
        return term(lang, "resource", value) if name == "resource" else value
    if name.endswith("_vnd"):
        return money(lang, value)
    if name in ("share", "occupancy"):
        return percent(lang, value)
    return short(lang, value)


def term(lang: Lang, group: str, word: str) -> str:
    """Return a word of the plan (a class, a kind, a resource) in the reader's language, or itself."""
    key = f"report.{group}_{word.replace('-', '_')}"
    return say(lang, key) if has(key) else word
