"""Capacities in words: who has a claim on them; what happens to a line in a changeover, and since an earlier plan."""

from planner.plan import Plan
from provdc import ledger
from provdc.explanation.context import Context, Explanation, Rows
from provdc.text.numbers import money
from provdc.text.why import term


def of_ledger(context: Context, wanted: str) -> Explanation | None:
    """Explain a capacity that is no decision of its own: a feed, a room, the hosts, a line that is given up."""
    if context.plan is None:
        return None
    entries = ledger.entries_of(context.plan, wanted)
    rows = [*ledger_rows(context, context.plan, wanted), *changeover_rows(context, context.plan, wanted)]
    rows += stays_rows(context, context.plan, wanted)
    if wanted == "hosts":
        rows += [
            (
                context.say("full_in"),
                f"{term(context.lang, 'resource', one.id)}: {one.p50 or '–'} · P90 {one.p90 or '–'}",
            )
            for one in context.plan.outlook
            if one.kind == "resource"
        ]
    if not rows:
        return None
    decision = {"id": wanted, "ledger": [entry.model_dump(mode="json") for entry in entries]}
    return Explanation(wanted, "ledger", rows, decision)


def ledger_rows(context: Context, plan: Plan, wanted: str) -> Rows:
    """Tell used, planned, reserved and free of everything that has this id."""
    lang = context.lang
    return [(ledger.label(lang, one), ledger.line(lang, one)) for one in ledger.entries_of(plan, wanted)]


def changeover_rows(context: Context, plan: Plan, wanted: str) -> Rows:
    """Tell what happens to a line, and when it must be ordered."""
    if plan.changeover is None:
        return []
    rows: Rows = []
    for line in plan.changeover.lines:
        if line.link == wanted:
            text = term(context.lang, "action", line.action)
            if line.on:
                text += " · " + context.say("order_by", order=line.order_by, on=line.on)
            once = money(context.lang, line.one_off_vnd + line.transition_vnd)
            monthly = (money(context.lang, line.monthly_before_vnd), money(context.lang, line.monthly_after_vnd))
            rows.append((context.say("changeover"), text))
            rows.append(
                (context.say("cost"), context.say("change_cost", once=once, before=monthly[0], after=monthly[1]))
            )
    return rows


def stays_rows(context: Context, plan: Plan, wanted: str) -> Rows:
    """Tell what becomes of a line, a concentration point or a machine of the earlier plan."""
    if plan.stays is None:
        return []
    rows: Rows = []
    for move in plan.stays.moves:
        if move.machine == wanted:
            places = [f"{host or '–'} ({rack or '–'})" for host, rack in
                      ((move.from_host, move.from_rack), (move.to_host, move.to_rack))]  # fmt: skip
            rows.append((context.say("earlier"), " → ".join(places)))
    lines = plan.stays.lines
    if lines is not None:
        for key in ("ended", "begun", "resized", "closed", "opened", "recarried"):
            if wanted in getattr(lines, key):
                rows.append((context.say("earlier"), context.say(f"earlier_{key}")))
    return rows
