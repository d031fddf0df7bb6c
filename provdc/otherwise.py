"""What another choice would cost, and other plans hardly dearer: asks the planner, says it in words. Writes nothing."""

from collections.abc import Iterable, Sequence
from typing import Any

import topology
from planner import plan_io
from planner.checker import as_decided
from planner.forcing import Forced, Forcing, Wish, WishError, wish
from planner.forcing.alternatives import Alternative, alternatives
from planner.forcing.binding import Limit, limits
from planner.forcing.wish import BACKUPS, OF_SITE, OF_THING, wishes_of
from planner.limits import Limits, Progress, silent
from planner.plan import Plan
from planner.years.budgets import Budget, budgets
from provdc import planning
from provdc import records as patched
from provdc.console import Console
from provdc.errors import UserError
from provdc.place import Place
from provdc.text import say
from provdc.text.numbers import change, money, percent, short
from topology.model import Network

ALL = "all"
"""Instead of what: of everything that can be asked of a site."""
NAMED = 8
"""Lines and sites that are named."""


def completions(incomplete: str) -> list[str]:
    """Complete `--instead`."""
    words = (*OF_THING, *(f"backup={one}" for one in BACKUPS), *(f"{kind}=" for kind in OF_SITE), ALL)
    return [word for word in words if word.startswith(incomplete)]


def prices(place: Place, console: Console, thing: str, said: Sequence[str], time_limit_s: float) -> list[Forced]:
    """Return what it costs to keep all that is said of a thing; with `all`, each thing that can be said of a site."""
    plan, network = _planned(place)
    if list(said) == [ALL] and thing in network.demands:
        asked: list[tuple[Wish, ...]] = [(one,) for one in wishes_of(network, thing)]
    else:
        asked = [tuple(_wish(network, thing, one) for one in said)]
    found: list[Forced] = []
    with console.progress(console.say("step_otherwise")) as line, planning.stoppable() as stopped:

        def report(event: Progress) -> None:
            line.update(*planning.words(console, event))

        limits = Limits(time_limit_s=time_limit_s, should_stop=stopped.is_set)
        forcing = _forcing(plan, network, limits, report)
        for wishes in asked:
            if found and stopped.is_set():
                break
            line.update(" ".join(one.id for one in wishes))
            found.append(forcing.price(*wishes))
    return found


def others(place: Place, console: Console, within: float, time_limit_s: float) -> list[Alternative]:
    """Return the other plans, as many as the time allowed; an interrupt keeps what is there."""
    plan, network = _planned(place)
    with console.progress(console.say("step_otherwise")) as line, planning.stoppable() as stopped:

        def report(event: Progress) -> None:
            line.update(*planning.words(console, event))

        limits = Limits(time_limit_s=time_limit_s, should_stop=stopped.is_set)
        return list(alternatives(_forcing(plan, network, limits, report), within))


def _planned(place: Place) -> tuple[Plan, Network]:
    """Return the plan and its network; both must be of the same records."""
    if not place.plan.is_file():
        raise UserError(2, "no_plan", province=place.shown)
    records = patched.load(place)
    plan = plan_io.read(place.plan)
    planning.require_fresh(plan, records.digest, place)
    return plan, as_decided(plan, topology.build(records))


def _forcing(plan: Plan, network: Network, limits: Limits, report: Any) -> Forcing:  # noqa: ANN401 - a Report
    proof = next(proof for proof in plan.proofs if proof.part == "network")
    return Forcing(network, plan.network, proof.bound, limits, report)


def _wish(network: Network, thing: str, said: str) -> Wish:
    try:
        return wish(network, thing, said)
    except WishError as refused:
        known = ", ".join(refused.known) or "–"
        raise UserError(16, "no_wish", id=thing, said=said, known=known) from None


def binding(place: Place, thing: str) -> tuple[Limit, ...]:
    """Return the limits of a site, a line or a concentration point of the plan."""
    plan, network = _planned(place)
    found = limits(_forcing(plan, network, Limits(), silent), thing)
    if not found:
        raise UserError(19, "no_limits", id=thing)
    return found


def spending(place: Place, console: Console, time_limit_s: float) -> list[Budget]:
    """Return the budgets of the years."""
    plan, network = _planned(place)
    with console.progress(console.say("step_otherwise")) as line, planning.stoppable() as stopped:

        def report(event: Progress) -> None:
            line.update(*planning.words(console, event))

        limits = Limits(time_limit_s=time_limit_s, should_stop=stopped.is_set)
        found = list(budgets(plan, network, limits, report))
    if not found:
        raise UserError(19, "no_limits", id="years")
    return found


# in words ------------------------------------------------------------------------------------------------------------


def as_json(forced: Forced) -> dict[str, Any]:
    """Return a price as plain values."""
    return {
        "wishes": [one.id for one in forced.wishes],
        "status": forced.status,
        "than_this_plan": {"at_least_vnd": forced.at_least_vnd, "at_most_vnd": forced.at_most_vnd},
        "cheapest_with_and_without": {
            "at_least_vnd": forced.rise_at_least_vnd,
            "at_most_vnd": forced.rise_at_most_vnd,
        },
        "reasons": [
            {"code": one.code, "message": one.message, "where": str(one.where) if one.where else None}
            for one in forced.reasons
        ],
        "sites": list(forced.sites),
        "lines": [{"id": m.link, "before": dict(m.before), "after": dict(m.after)} for m in forced.lines],
        "concentration_points": list(forced.points),
        "mobile_backups": forced.mobiles,
        "carriers": list(forced.carriers),
        "states_checked": forced.states,
    }


def alternative_json(one: Alternative) -> dict[str, Any]:
    """Return an alternative as plain values."""
    also = [wish.id for wish in one.also]
    return as_json(one.forced) | {"near": one.near, "also": also, "fewest_at_least": one.fewest_at_least}


def show(found: Sequence[Forced], console: Console) -> None:
    """Tell one price in rows, several as a table."""
    if len(found) == 1:
        console.definitions(rows(found[0], console))
        return
    head = [console.say(key) for key in ("instead", "costs_more", "at_least", "lines_moved")]
    told = [
        [
            " ".join(f"{one.kind}={one.value}" for one in forced.wishes),
            short_cost(forced, console),
            "" if forced.at_least_vnd is None else change(console.lang, forced.at_least_vnd),
            str(len(forced.lines)) if forced.at_most_vnd is not None else "",
        ]
        for forced in found
    ]
    console.table(head, told)


def rows(forced: Forced, console: Console) -> list[tuple[str, str]]:
    """Tell one price."""
    lang = console.lang
    label = console.say("costs_more")
    if forced.status == "impossible":
        why = [str(problem) for problem in forced.reasons] or [console.say("impossible_by_bound")]
        return [(label, console.say("impossible")), *((console.say("because"), one) for one in why)]
    told = [(label, cost(forced, console))]
    if forced.status == "bounded" and forced.rise_at_most_vnd is not None:
        least, most = money(lang, forced.rise_at_least_vnd or 0), money(lang, forced.rise_at_most_vnd)
        told.append((console.say("true_price"), console.say("from_to", least=least, most=most)))
    if forced.at_most_vnd is not None:
        told.append((console.say("checked_plan"), console.say("whole_plan", states=forced.states)))
    if forced.sites:
        told.append((console.say("sites_moved"), listed(forced.sites)))
    told += [(console.say("lines_moved"), line) for line in moved(forced, console)]
    return told


def cost(forced: Forced, console: Console) -> str:
    """Tell the price with what is proved of it."""
    lang = console.lang
    most = None if forced.at_most_vnd is None else change(lang, forced.at_most_vnd)
    least = None if forced.at_least_vnd is None else change(lang, forced.at_least_vnd)
    if forced.status == "already":
        return console.say("already")
    if forced.status == "exact":
        return console.say("exactly", cost=most)
    if most is None:
        return console.say("none_found", least=least)
    if forced.at_least_vnd is not None and forced.at_least_vnd <= 0:
        return console.say("at_most_unproved", most=most, least=least)
    return console.say("between", least=least, most=most)


def short_cost(forced: Forced, console: Console) -> str:
    """Tell the price in a table."""
    if forced.status == "impossible":
        return console.say("impossible")
    if forced.status == "already":
        return console.say("already")
    if forced.at_most_vnd is None:
        return console.say("nothing_found")
    told = change(console.lang, forced.at_most_vnd)
    return told if forced.status == "exact" else console.say("at_most", cost=told)


def moved(forced: Forced, console: Console) -> list[str]:
    """Name the lines that are leased otherwise."""
    told = []
    for line in forced.lines[:NAMED]:
        before, after = (
            " + ".join(f"{n} × {m}" for m, n in sorted(side.items())) for side in (line.before, line.after)
        )
        told.append(f"{line.link}: {before or '–'} → {after or '–'}")
    rest = len(forced.lines) - NAMED
    return [*told, say(console.lang, "explain.and_more", count=rest)] if rest > 0 else told


def listed(names: Iterable[str]) -> str:
    """Return names, the first of many."""
    every = list(names)
    return ", ".join(every[:NAMED]) + (f", … ({len(every)})" if len(every) > NAMED else "")


def show_others(found: Sequence[Alternative], within: float, console: Console) -> None:
    """Tell the alternatives as a table, those within ε first."""
    order = {"near": 0, "open": 1, "far": 2, "impossible": 3}
    head = [console.say(k) for k in ("instead", "costs_more", "at_least", "within", "points", "mobiles", "lines_moved")]
    told = [_line(one, console) for one in sorted(found, key=lambda one: order[one.near])]
    console.out(console.say("others_head", within=percent(console.lang, within, 1)))
    if told:
        console.table(head, told)
    for one in found:
        if one.near == "impossible" and one.forced.reasons:
            reason = one.forced.reasons[0]
            console.out(f"  {' '.join(w.id for w in one.forced.wishes)}: {reason.code} {reason.message}", "muted")


def _line(one: Alternative, console: Console) -> list[str]:
    forced = one.forced
    there = forced.at_most_vnd is not None
    if one.fewest_at_least is not None:
        what = console.say("wish_fewest", value=forced.wishes[0].value, least=one.fewest_at_least)
    else:
        what = " · ".join(
            console.say(f"wish_{wish.kind.replace('-', '_')}", value=wish.value) for wish in (*forced.wishes, *one.also)
        )
    return [
        what,
        short_cost(forced, console),
        "" if forced.at_least_vnd is None else change(console.lang, forced.at_least_vnd),
        console.say(f"near_{one.near}"),
        str(len(forced.points)) if there else "",
        str(forced.mobiles) if there else "",
        str(len(forced.lines)) if there else "",
    ]


def show_limits(found: Sequence[Limit], console: Console) -> None:
    """Tell the limits as a table, those that bind first."""
    keys = ("limit", "at", "used_of", "slack", "in_state", "saves", "stated_at")
    console.table([console.say(key) for key in keys], [_limit(one, console) for one in found])


def _limit(one: Limit, console: Console) -> list[str]:
    lang = console.lang
    what = console.say(f"limit_{one.what.replace('-', '_')}", detail=one.detail)
    measured = one.used is not None and one.limit is not None
    return [
        what,
        one.element,
        f"{short(lang, one.used or 0)} / {short(lang, one.limit or 0)} {one.unit}" if measured else "",
        short(lang, one.slack or 0) if measured else "",
        one.state,
        _saved(one.saves_vnd, console),
        str(one.where or ""),
    ]


def _saved(saves_vnd: int | None, console: Console) -> str:
    if saves_vnd is None:
        return "–"
    return money(console.lang, saves_vnd) if saves_vnd else console.say("not_binding")


def show_budgets(found: Sequence[Budget], console: Console) -> None:
    """Tell the budgets as a table, year by year."""
    lang = console.lang
    head = [console.say(key) for key in ("year", "band", "used_of", "slack", "saves", "stated_at")]
    console.table(head, [
        [
            str(one.year),
            one.band.upper(),
            f"{money(lang, one.paid_vnd)} / {money(lang, one.limit_vnd)}",
            change(lang, one.slack_vnd) if one.slack_vnd < 0 else money(lang, one.slack_vnd),
            _saved(one.saves_vnd, console),
            str(one.where or ""),
        ]
        for one in found
    ])  # fmt: skip


def budget_json(one: Budget) -> dict[str, Any]:
    """Return a year's budget as plain values."""
    return {
        "what": "budget", "year": one.year, "band": one.band, "used": one.paid_vnd, "limit": one.limit_vnd,
        "unit": "VND", "slack": one.slack_vnd, "saves_vnd": one.saves_vnd, "binds": one.binds,
        "where": str(one.where) if one.where else None,
    }  # fmt: skip


def limit_json(one: Limit) -> dict[str, Any]:
    """Return a limit as plain values."""
    return {
        "what": one.what, "element": one.element, "detail": one.detail, "state": one.state, "used": one.used,
        "limit": one.limit, "unit": one.unit, "slack": one.slack, "saves_vnd": one.saves_vnd, "binds": one.binds,
        "where": str(one.where) if one.where else None,
    }  # fmt: skip


def share(text: str) -> float:
    """Read `2%`, `2 %` or `0.02`."""
    word = text.strip().replace(",", ".")
    value = float(word.removesuffix("%")) / 100 if word.endswith("%") else float(word)
    if not 0 <= value <= 1:
        raise ValueError(text)
    return value
