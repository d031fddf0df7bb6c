"""Availability in words: how often, of what target, how sure, and what costs most hours a year."""

from planner.plan import Availability, Plan, ServiceLoad, Weakness
from provdc.explanation.context import Context, Rows, plain_rows
from provdc.explanation.sites import service_sites
from provdc.text.numbers import number, percent
from provdc.text.why import term

HOURS_PER_YEAR = 8760


def availability_rows(context: Context, found: Availability) -> Rows:
    """Tell how often a site is reached."""
    lang = context.lang
    text = share(context, found.share)
    if found.target is not None:
        key = "target_met" if found.share >= found.target else "target_missed"
        text += context.say(key, target=percent(lang, found.target, 3))
    rows = [(context.say("availability"), text), *sure_rows(context, found.method, found.low, found.high)]
    return rows + weakest_rows(context, found.weakest)


def service_rows(context: Context, plan: Plan, service: ServiceLoad) -> Rows:
    """Tell what a service is, and how often it runs in the data centre and at the worst sites."""
    rows = [row for row in plain_rows(context, service) if row[0] != "availability"]
    rows += service_sites(context, service.id)
    found = service.availability
    if found is None:
        return rows
    if found.centre is not None:
        rows.append((context.say("availability"), share(context, found.centre)))
        rows += sure_rows(context, found.method, found.low, found.high)
    for at in found.at:
        label = context.say("availability_at", site_class=term(context.lang, "class", at.site_class))
        rows.append((label, f"{share(context, at.share)}: {at.site}"))
    return rows + weakest_rows(context, found.weakest)


def share(context: Context, value: float) -> str:
    """Return a share of time with the hours a year that are missing."""
    hours = number(context.lang, (1 - value) * HOURS_PER_YEAR, 1)
    return context.say("share_value", share=percent(context.lang, value, 4), hours=hours)


def sure_rows(context: Context, method: str, low: float, high: float) -> Rows:
    """Tell how sure a share is, unless it is exact."""
    if method == "exact":
        return []
    interval = f"{percent(context.lang, low, 4)} – {percent(context.lang, high, 4)}"
    return [(context.say("availability_range"), context.say(f"method_{method}", interval=interval))]


def weakest_rows(context: Context, weakest: tuple[Weakness, ...]) -> Rows:
    """Tell what costs most."""
    if not weakest:
        return []
    told = [context.say("hours_lost", element=one.element, hours=number(context.lang, one.hours, 2)) for one in weakest]
    return [(context.say("weakest"), ", ".join(told))]
