"""All failures in words: every single one and every pair, and moments drawn at random for the whole network at once."""

from dataclasses import asdict

from planner.plan import Plan, Rerouting
from provdc.explanation.availability import share, sure_rows
from provdc.explanation.context import Context, Explanation, Rows
from provdc.text.numbers import number, percent
from topology.order import natural_key

WORD = "failures"
"""What to ask for: `provdc explain failures`."""
LISTED = 5
HOURS_PER_YEAR = 8760


def of_failures(context: Context, wanted: str) -> Explanation | None:
    """Explain what failures do to the network as a whole."""
    if context.plan is None or wanted != WORD:
        return None
    rows = [*single_rows(context, context.plan), *pair_rows(context, context.plan.network.rerouting)]
    if context.plan.digest != context.records.digest:  # the plan's lines may run through ducts that are gone
        return Explanation(wanted, WORD, rows, {})
    from planner.availability.drawn import drawn, over_any_line  # numpy, scipy: only where they are used

    found = drawn(context.plan.network, context.records)
    of = context.say("drawn_value", draws=number(context.lang, found.draws), seed=found.seed,
                     states=number(context.lang, found.states))  # fmt: skip
    rows.append((context.say("drawn"), of))

    def interval(low: float, high: float, digits: int) -> str:
        return context.say("interval", low=number(context.lang, low, digits), high=number(context.lang, high, digits))

    mean = found.mean
    text = context.say(
        "mean_value", sites=number(context.lang, mean.share, 3), interval=interval(mean.low, mean.high, 3)
    )
    rows.append((context.say("mean_dark"), text))
    for count, one in found.together.items():
        hours, low, high = (HOURS_PER_YEAR * value for value in (one.share, one.low, one.high))
        text = context.say("dark_value", hours=number(context.lang, hours, 1), interval=interval(low, high, 1))
        rows.append((context.say("dark_together", count=count), text))
    worst = sorted(found.sites, key=lambda site: (found.sites[site].share, natural_key(site)))[:LISTED]
    for site in worst:
        reached = found.sites[site]
        between = f"{percent(context.lang, reached.low, 4)} – {percent(context.lang, reached.high, 4)}"
        exact = over_any_line(context.plan.network, context.records, site)
        text = f"{share(context, exact.share)}; {context.say('method_sampled', interval=between)}"
        rows.append((context.say("least_reached", site=site), text))
    return Explanation(wanted, WORD, rows, asdict(found))


def single_rows(context: Context, plan: Plan) -> Rows:
    """Tell how many single failures there are, and the ones that cut most sites off from their planned paths."""
    cut_off = plan.network.sweep.cut_off
    worst = sorted(cut_off, key=lambda state: (-len(cut_off[state]), natural_key(state)))[:LISTED]
    named = ", ".join(f"{state} {len(cut_off[state])}" for state in worst)
    text = context.say("singles_value", states=number(context.lang, plan.network.sweep.states), cutting=len(cut_off))
    return [(context.say("singles"), text), *([(context.say("worst_ones"), named)] if worst else [])]


def pair_rows(context: Context, told: Rerouting | None) -> Rows:
    """Tell how many pairs cut anybody off, and the worst."""
    if told is None:
        return []
    lang = context.lang
    text = context.say("pairs_value", pairs=number(lang, told.pairs), cutting=number(lang, told.pairs_cutting))
    rows = [(context.say("pairs"), text)]
    if told.worst_pairs:
        rows.append((context.say("worst_ones"), ", ".join(f"{pair} {n}" for pair, n in told.worst_pairs[:LISTED])))
    if told.exposed:
        named = ", ".join(f"{site} {number(lang, count)}" for site, count in list(told.exposed.items())[:LISTED])
        rows.append((context.say("most_exposed"), named))
    return rows


def any_rows(context: Context, plan: Plan, site: str) -> Rows:
    """Tell how often a site is reached if traffic may take any leased line: exactly, else with an interval.

    Of a plan made from other records, what the plan says.
    """
    if plan.digest != context.records.digest:
        kept = plan.network.availability.get(site)
        least = kept.any_path if kept else None
        return [] if least is None else [(context.say("any_path"), share(context, least))]
    from planner.availability.drawn import over_any_line

    found = over_any_line(plan.network, context.records, site)
    return [
        (context.say("any_path"), share(context, found.share)),
        *sure_rows(context, found.method, found.low, found.high),
    ]
