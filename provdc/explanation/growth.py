"""How services grow, in words: both bands year by year, and the trend or the rates that they rest on."""

from planner.plan import Plan, ServiceGrowth
from provdc.explanation.context import Context, Explanation, Rows
from provdc.text.numbers import number, percent

WORD = "growth"
"""What to ask for: `provdc explain growth`."""


def of_growth(context: Context, wanted: str) -> Explanation | None:
    """Explain the growth of all services."""
    plan = context.plan
    if plan is None or wanted != WORD:
        return None
    rows = [(one.service, told(context, one)) for one in plan.growth]
    return Explanation(wanted, WORD, rows, {"growth": [one.model_dump(mode="json") for one in plan.growth]})


def growth_rows(context: Context, plan: Plan, service: str) -> Rows:
    """Tell how one service grows."""
    return [(context.say("growth"), told(context, one)) for one in plan.growth if one.service == service]


def told(context: Context, one: ServiceGrowth) -> str:
    """Return both bands as rises over today at the end of each year, and what they rest on."""
    lang = context.lang
    p50, p90 = (" ".join(f"+{percent(lang, factor - 1, 1)}" for factor in path) for path in (one.p50, one.p90))
    sources = ", ".join(one.sources)
    if one.trend is None:
        basis = context.say("growth_rates", sources=sources)
    else:
        fitted = one.trend
        basis = context.say(
            "growth_series",
            years=number(lang, fitted.years),
            first=str(fitted.first),
            last=str(fitted.last),
            slope=percent(lang, fitted.slope, 2),
            sigma=percent(lang, fitted.sigma, 2),
            stays=percent(lang, fitted.noise_that_stays),
            sources=sources,
        )
    return context.say("growth_value", p50=p50, p90=p90, basis=basis)
