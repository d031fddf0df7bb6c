"""Reasons of decisions in words. Imports the plan's `Why` and the texts."""

from planner.plan import Why
from provdc.text import Lang, has, say
from provdc.text.numbers import money, short


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
        return value
    if name.endswith("_vnd"):
        return money(lang, value)
    return short(lang, value)
