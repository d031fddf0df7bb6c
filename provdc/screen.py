"""The first screen of a plan: is it feasible, what does it cost, what is the worst thing, what next."""

from typing import Any

from planner.plan import Plan
from provdc.console import Console
from provdc.place import Place
from provdc.summary import summarise
from provdc.text import numbers
from provdc.text.why import term

WARNINGS = 5
"""Warnings of the plan itself that are shown; `provdc check` shows those of the records."""


def show(plan: Plan, place: Place, console: Console, seconds: float | None = None) -> None:
    """Print the first screen; `seconds` is None when the plan was there already."""
    lang, say = console.lang, console.say
    summary = summarise(plan)
    head: dict[str, object] = {
        "name": getattr(plan.name, lang),
        "sites": numbers.number(lang, summary.sites),
        "digest": plan.short_digest,
    }
    if seconds is None:
        console.out(say("screen_head_kept", **head))
    else:
        console.out(say("screen_head", **head, seconds=numbers.seconds(lang, seconds)))
    if plan.scenarios:
        console.out(say("screen_scenarios", names=", ".join(getattr(use.name, lang) for use in plan.scenarios)))
    checked = say("checked", states=numbers.number(lang, summary.states), violations=summary.violations)
    worst_link = say(
        "worst_link_normal" if summary.fullest_link_state == "normal" else "worst_link",
        link=summary.fullest_link,
        share=numbers.percent(lang, summary.fullest_link_share),
        state=summary.fullest_link_state,
    )
    worst_state = (
        say("worst_state", state=summary.worst_state, sites=summary.worst_state_sites, cuts=summary.worst_state_cuts)
        if summary.worst_state
        else say("worst_nothing")
    )
    rows = [
        (say("feasible"), f"{say('feasible_no' if summary.violations else 'feasible_yes')}   {checked}"),
        (
            say("cost"),
            say(
                "cost_value",
                cost=numbers.money(lang, summary.present_value_vnd),
                years=summary.horizon_years,
                bound=numbers.money(lang, summary.bound_vnd),
                gap=numbers.percent(lang, summary.gap, 1),
            ),
        ),
        (say("worst"), worst_state),
    ]
    if summary.fullest_link:
        rows.append((say("worst"), worst_link))
    rows.append(
        (
            say("centre"),
            say(
                "centre_value",
                hosts=summary.hosts,
                bought=summary.bought,
                racks=summary.racks,
                resource=term(lang, "resource", summary.scarcest or "-"),
                share=numbers.percent(lang, summary.scarcest_share),
            ),
        )
    )
    if summary.first_full:
        rows.append(
            (
                say("full", share=numbers.percent(lang, summary.full_share)),
                say(
                    "full_value" if summary.full_p50 else "full_value_p90",
                    resource=term(lang, "resource", summary.first_full),
                    p50=summary.full_p50,
                    p90=summary.full_p90,
                ),
            )
        )
    rows += standing(plan, console) + rooms(plan, console) + stays(plan, console)
    rows += years_rows(plan, console) + changeover(plan, console)
    console.out()
    console.definitions(rows)
    console.out()
    if any(proof.cut_short for proof in plan.proofs):
        console.out("  " + say("cut_short"), "warm")
    of_plan = [found for found in plan.findings if found.code.startswith("W-PLAN")]
    for found in of_plan[:WARNINGS]:
        console.out(f"  {found.code}  {getattr(found.text, lang)}", "muted")
    if len(of_plan) > WARNINGS:
        console.out("  " + say("warnings_more", count=len(of_plan) - WARNINGS, path=place.plan), "muted")
    if len(plan.findings) > len(of_plan):
        console.out("  " + say("warnings", count=len(plan.findings) - len(of_plan), province=place.shown), "muted")
    console.out(f"  {say('next')}: " + " · ".join(commands(summary.worst_state, place)))


def standing(plan: Plan, console: Console) -> list[tuple[str, str]]:
    """Return where workloads with several sites stand, and how much the next choice costs more."""
    found, say = plan.sites, console.say
    if found is None:
        return []
    best, others = found.ways[0], [way for way in found.ways[1:] if way.state != "impossible"]
    cost, least = best.total_vnd or 0, min((way.bound_vnd or 0 for way in others), default=0)
    totals = [way.total_vnd for way in others if way.total_vnd is not None and way.total_vnd <= (way.bound_vnd or 0)]
    if not others:
        more = say("stands_only")
    elif least < cost:
        open_ = any(way.state == "open" for way in others)
        more = say("stands_open" if open_ else "stands_may", money=numbers.money(console.lang, cost - least))
    else:
        known = len(totals) == len(others)
        amount = min(totals) if known else least
        more = say("stands_more" if known else "stands_more_least", money=numbers.money(console.lang, amount - cost))
    where = ", ".join(f"{place.workload} {place.site}" for place in found.places)
    return [(say("stands"), say("stands_value", where=where, more=more))]


def rooms(plan: Plan, console: Console) -> list[tuple[str, str]]:
    """Return what the small rooms that stay cost, which is no part of the plan's cost."""
    every = plan.consolidation.rooms if plan.consolidation else ()
    staying = [room for room in every if not room.moves]
    if not staying:
        return []
    cost = numbers.money(console.lang, sum(room.saves_vnd for room in staying))
    return [(console.say("rooms"), console.say("rooms_value", stay=len(staying), of=len(every), cost=cost))]


def stays(plan: Plan, console: Console) -> list[tuple[str, str]]:
    """Return what stays where an earlier plan had it."""
    found, say = plan.stays, console.say
    if found is None:
        return []
    key = "stays_proved" if found.stay == found.most else "stays_most"
    rows = [(say("stays"), say(key, stay=found.stay, of=found.machines, most=found.most))]
    if found.lines is not None:
        lines = found.lines
        changed = {"ended": len(lines.ended), "begun": len(lines.begun), "resized": len(lines.resized)}
        text = say("stays_lines", stay=lines.stay, of=lines.lines, offered=lines.offered, **changed)
        places = {"opened": len(lines.opened), "recarried": len(lines.recarried)}
        rows.append((say("stays"), text))
        rows.append((say("stays"), say("stays_points", stay=lines.points_stay, of=lines.points, **places)))
    return rows


def years_rows(plan: Plan, console: Console) -> list[tuple[str, str]]:
    """Return what all years cost as demands grow, and what growth asks to be bought at once."""
    if plan.years is None:
        return []
    lang, say, years = console.lang, console.say, plan.years
    proof = next(proof for proof in plan.proofs if proof.part == "years")
    proved = say("years_proved") if proof.status == "optimal" else say("gap", gap=numbers.percent(lang, proof.gap, 2))
    now = say("years_nothing")
    if years.now:
        cost = numbers.money(lang, sum(buy.one_off_vnd for buy in years.now))
        now = say("years_now", count=sum(buy.count for buy in years.now), cost=cost)
    p50, p90 = (numbers.money(lang, band.present_value_vnd) for band in years.bands)
    text = say("years_value", cost=numbers.money(lang, years.expected_vnd), p50=p50, p90=p90, proof=proved, now=now)
    return [(say("years"), text)]


def changeover(plan: Plan, console: Console) -> list[tuple[str, str]]:
    """Return what becomes of the lines that are there, and what that costs."""
    change = plan.changeover
    if change is None:
        return []
    lang, say = console.lang, console.say
    first = min((line.order_by for line in change.lines if line.order_by), default="–")
    money = {
        "before": numbers.money(lang, change.monthly_before_vnd),
        "after": numbers.money(lang, change.monthly_after_vnd),
        "once": numbers.money(lang, change.one_off_vnd + change.transition_vnd),
    }
    return [
        (say("lines"), say("lines_value", **change.counts)),
        (say("lines"), say("lines_money", first=first, effective=change.effective, **money)),
    ]


def commands(worst_state: str | None, place: Place) -> list[str]:
    """Return the commands to type next."""
    suffix = "" if place.is_usual else f" --province {place.shown}"
    first = [f"provdc explain {worst_state}{suffix}"] if worst_state else []
    if place.scenarios:
        own = place.with_scenarios(())
        last = f"provdc diff {own.shown} {'+'.join(place.scenarios)}" + ("" if own.is_usual else f" -p {own.shown}")
    else:
        last = f"provdc up{suffix}"
    return [*first, f"provdc report --open{suffix}", last]


def as_json(plan: Plan, place: Place, seconds: dict[str, float]) -> dict[str, Any]:
    """Return the facts of the first screen, and each half's proof with its seconds."""
    return {
        "province": plan.province,
        "digest": plan.digest,
        "plan": str(place.plan),
        "feasible": plan.verdict.violations == 0,
        "checked": plan.verdict.model_dump(),
        "parts": {
            proof.part: proof.model_dump(exclude={"part"}) | {"seconds": seconds.get(proof.part)}
            for proof in plan.proofs
        },
        "seconds": seconds,
        "summary": summarise(plan),
        "costs": plan.costs.model_dump(),
        "years": None if plan.years is None else plan.years.model_dump(mode="json"),
    }
