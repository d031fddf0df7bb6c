"""Failures in words, and what can fail: states, ducts, carriers."""

from planner.plan import Plan
from provdc.explanation import rerouting
from provdc.explanation.context import Context, Explanation, Rows, where_rows
from provdc.summary import fails_in
from provdc.text.numbers import money, number, percent


def of_state(context: Context, wanted: str) -> Explanation | None:
    """Explain a failure state, `duct:duct-a-b`."""
    kind, colon, name = wanted.partition(":")
    kinds = ("link", "duct", "exchange", "carrier", "flood", "host", "rack", "feed")
    if context.plan is None or not colon or kind not in kinds:
        return None
    rows = state_rows(context, context.plan, wanted)
    if kind == "feed":
        rows += feed_rows(context, context.plan, name)
    moves = next((e.moves for e in context.plan.datacentre.evacuations if e.state == wanted), None)
    if not rows and moves is None:
        return None
    rows += rerouting.state_rows(context, context.plan, wanted)
    if moves is not None:
        rows += [(context.say("moves"), f"{machine} → {host}") for machine, host in moves.items()]
    decision = {"state": wanted, "links": down(context, context.plan, wanted), "moves": moves or {}}
    return Explanation(wanted, kind, rows + where_rows(context, kind, name), decision)


def of_duct(context: Context, wanted: str) -> Explanation | None:
    """Explain a duct: what runs in it and what its loss does."""
    duct = next((duct for duct in context.records.ducts if duct.id == wanted), None)
    if duct is None:
        return None
    rows = [
        (context.say("ends"), f"{duct.a} – {duct.b}, {number(context.lang, duct.length_km, 1)} km"),
        (context.say("carriers"), ", ".join(duct.carriers)),
    ]
    if context.plan is not None:
        rows += state_rows(context, context.plan, f"duct:{wanted}")
        rows += rerouting.state_rows(context, context.plan, f"duct:{wanted}")
    decision = duct.model_dump(mode="json")
    return Explanation(wanted, "duct", rows + where_rows(context, "duct", duct), decision)


def of_carrier(context: Context, wanted: str) -> Explanation | None:
    """Explain a carrier: what is leased from it and what its outage does."""
    carrier = next((carrier for carrier in context.records.carriers if carrier.id == wanted), None)
    if carrier is None:
        return None
    rows = [(context.say("name"), carrier.name)]
    if context.plan is not None:
        leased = [link for link in context.plan.network.links if link.carrier == wanted]
        monthly = sum(link.cost.monthly_vnd for link in leased)
        text = context.say("leased_value", count=len(leased), monthly=money(context.lang, monthly))
        rows += [(context.say("leased"), text), *state_rows(context, context.plan, f"carrier:{wanted}")]
        rows += rerouting.state_rows(context, context.plan, f"carrier:{wanted}")
    decision = carrier.model_dump(mode="json")
    return Explanation(wanted, "carrier", rows + where_rows(context, "carrier", carrier), decision)


def down(context: Context, plan: Plan, state: str) -> list[str]:
    """Return the links that a state takes down; which ducts a flood takes is in the records."""
    kind, _, name = state.partition(":")
    if kind == "flood":
        wet = {duct.id for duct in context.records.ducts if duct.flood_zone == name}
        return [link.id for link in plan.network.links if wet & set(link.ducts)]
    return [link.id for link in plan.network.links if fails_in(link, state)]


def feed_rows(context: Context, plan: Plan, feed: str) -> Rows:
    """Tell what a power path feeds, and what feeds it when this one is down."""
    fed = [host for host in plan.datacentre.hosts if feed in host.feeds]
    return [
        (context.say("feeds"), f"{host.id}: {', '.join(other for other in host.feeds if other != feed) or '–'}")
        for host in fed
    ]


def state_rows(context: Context, plan: Plan, state: str) -> Rows:
    """Tell what a failure takes down, who loses a path, what gets full."""
    lang, sweep = context.lang, plan.network.sweep
    lost = down(context, plan, state)
    hit = [site for site in plan.network.sites if set(site.primary.links) & set(lost)]
    full = sorted(
        (
            (load.mbps / link.capacity_mbps, link.id)
            for link in plan.network.links
            for load in link.worst
            if load.state == state
        ),
        reverse=True,
    )
    rows: Rows = []
    if lost:
        listed = ", ".join(lost[:8]) + (", …" if len(lost) > 8 else "")
        rows.append((context.say("takes_down"), context.say("links", count=len(lost)) + f": {listed}"))
        rows.append((context.say("reroutes"), context.say("sites", count=len(hit))))
    if state in sweep.on_mobile:
        rows.append((context.say("to_mobile"), context.say("sites", count=sweep.on_mobile[state])))
    if state in sweep.cut_off:
        rows.append((context.say("cuts_off"), ", ".join(sweep.cut_off[state])))
    rows += [(context.say("fills"), f"{link} {percent(lang, share)}") for share, link in full[:3]]
    return rows
