"""The years in words: what to buy now and when, what it costs, and the months in which things are full."""

from collections.abc import Iterable

from planner.plan import Buy, Plan, Remaining
from provdc.explanation.context import Context, Explanation, Rows
from provdc.text.numbers import money, number, percent, short

WORD = "years"
"""What to ask for: `provdc explain years`."""
SHOWN = 12
"""Purchases of a year that are named."""


def of_years(context: Context, wanted: str) -> Explanation | None:
    """Explain the purchases of all years, or one resource: a name, `rack_u`, `power`, or the whole id of its row."""
    plan = context.plan
    if plan is None or plan.years is None:
        return None
    if wanted == WORD:
        return Explanation(wanted, WORD, year_rows(context, plan), plan.years.model_dump(mode="json"))
    found = [one for one in plan.years.remaining if _names(one, wanted)]
    if not found:
        return None
    rows = [row for one in found for row in lasting_rows(context, one)]
    return Explanation(wanted, "resource", rows, {"remaining": [one.model_dump(mode="json") for one in found]})


def _names(one: Remaining, wanted: str) -> bool:
    if one.kind not in ("resource", "facility"):
        return False
    room, _, what = one.id.partition(": ")
    return wanted in (one.id, room if one.kind == "resource" else what, what.partition(",")[0])


def year_rows(context: Context, plan: Plan) -> Rows:
    """Tell the expected cost, what to buy now, and the money and purchases of each year in each band."""
    years, lang = plan.years, context.lang
    if years is None:
        return []
    proof = next(proof for proof in plan.proofs if proof.part == "years")
    rows = [
        (
            context.say("expected"),
            context.say(
                "expected_value",
                cost=money(lang, years.expected_vnd),
                bound=money(lang, proof.bound),
                gap=percent(lang, proof.gap, 2),
                status=context.say(f"proof_{proof.status}"),
            ),
        ),
        (
            context.say("information"),
            context.say(
                "information_value",
                worth=money(lang, years.information_vnd),
                regret=money(lang, max(band.regret_vnd for band in years.bands)),
                least=money(lang, years.least_regret_vnd),
            ),
        ),
        (context.say("buy_now"), bought(context, years.now) if years.now else context.say("buy_nothing")),
    ]
    rows += [(context.say("not_enough"), text) for text in years.short]
    for band in years.bands:
        weight = percent(lang, band.weight)
        value = money(lang, band.present_value_vnd)
        label = context.say("band", band=band.band.upper(), weight=weight)
        rows.append((label, context.say("band_value", cost=value, regret=money(lang, band.regret_vnd))))
        for one in band.money:
            facts = {
                "purchases": money(lang, one.purchases_vnd),
                "budget": money(lang, one.budget_vnd),
                "lease": money(lang, one.lease_vnd),
                "support": money(lang, one.support_vnd),
                "energy": money(lang, one.energy_vnd),
                "worn": money(lang, one.depreciation_vnd),
                "book": money(lang, one.book_vnd),
                "present": money(lang, one.present_value_vnd),
            }
            rows.append((f"{band.band.upper()} {one.year}", context.say("year_value", **facts)))
            later = [buy for buy in band.buys if buy.year == one.year and buy.reason != "plan"]
            if later:
                rows.append(("", bought(context, later)))
    return rows


def bought(context: Context, buys: Iterable[Buy]) -> str:
    """Name purchases: what, where, how many, for how much."""
    listed = list(buys)
    named = [
        f"{buy.count} × {buy.what}{f' ({buy.where})' if buy.where else ''}"
        + (f" → {', '.join(f'{n} × {module}' for module, n in sorted(buy.modules.items()))}" if buy.modules else "")
        + f" {money(context.lang, buy.one_off_vnd)}"
        for buy in listed[:SHOWN]
    ]
    more = len(listed) - SHOWN
    return ", ".join([*named, context.say("and_more", count=more)] if more > 0 else named)


def lasting_rows(context: Context, one: Remaining) -> Rows:
    """Tell how full something is, when it is nearly full and full, and what one more costs."""
    lang = context.lang
    unit = f" {one.unit}" if one.unit else ""
    rows = [
        (
            one.id,
            f"{short(lang, one.used)} / {short(lang, one.limit)}{unit}, {percent(lang, one.share, 1)}",
        )
    ]
    for share, p50, p90 in ((one.warn, one.p50_warn, one.p90_warn), (one.full, one.p50_full, one.p90_full)):
        never = context.say("not_in_sight")
        text = context.say("crossed_value", p50=p50 or never, p90=p90 or never)
        rows.append((context.say("crossed", share=percent(lang, share)), text))
    if one.step:
        rows.append((context.say("one_more"), f"{one.step}: {money(lang, one.step_vnd)}"))
    return rows


def later_rows(context: Context, plan: Plan, name: str) -> Rows:
    """Tell what the years say of a thing of the plan: how long it lasts, what is bought for it."""
    years = plan.years
    if years is None:
        return []
    workload = name.rpartition("-")[0]
    rows = [
        row
        for one in years.remaining
        if one.id == name or (one.kind == "appliance" and one.id == workload) or one.id.startswith(f"{name}: ")
        for row in lasting_rows(context, one)
    ]
    for band in years.bands:
        mine = [
            buy
            for buy in band.buys
            if buy.reason != "plan"
            and (name in (buy.what, buy.where) or (buy.kind == "appliance" and buy.what == workload))
        ]
        rows += [
            (context.say("bought_in", year=number("en", buy.year).replace(",", ""), band=band.band.upper()),
             bought(context, [buy]))
            for buy in mine
        ]  # fmt: skip
    return rows
