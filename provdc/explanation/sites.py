"""Workloads with several sites in words: `explain sites`, or one of them; a service tells where its own stand."""

from planner.plan import Plan, Sites, StandingPlace, Way
from provdc.explanation.context import Context, Explanation, Rows, where_rows, why_rows
from provdc.explanation.meetings import proof_rows
from provdc.text.numbers import money, number, short

WORD = "sites"
"""Names the whole choice."""
MOST_WAYS = 12
"""Choices that are shown."""


def of_sites(context: Context, wanted: str) -> Explanation | None:
    """Explain the whole choice of sites, or where one workload stands."""
    plan = context.plan
    if plan is None or plan.sites is None:
        return None
    part = plan.sites
    if wanted == WORD:
        rows = [(place.workload, standing(context, place)) for place in part.places]
        return Explanation(wanted, WORD, rows + way_rows(context, plan, part), part.model_dump(mode="json"))
    for place in part.places:
        if place.workload == wanted:
            rows = place_rows(context, place) + way_rows(context, plan, part)
            return Explanation(wanted, "workload", [*rows, *where_rows(context, "workload", wanted)],
                               place.model_dump(mode="json"))  # fmt: skip
    return None


def service_sites(context: Context, service: str) -> Rows:
    """Tell where the workloads of a service stand that name sites, and what the other choices cost."""
    plan = context.plan
    if plan is None or plan.sites is None:
        return []
    own = [place for place in plan.sites.places if place.service == service]
    rows = [row for place in own for row in [(place.workload, standing(context, place)), *why_rows(context, place)]]
    return rows + (way_rows(context, plan, plan.sites) if own else [])


def standing(context: Context, place: StandingPlace) -> str:
    """Return where a workload stands, in short."""
    key = "stands_at_lines" if place.mbps else "stands_at"
    return context.say(key, site=place.site, mbps=short(context.lang, place.mbps), sites=", ".join(place.sites))


def place_rows(context: Context, place: StandingPlace) -> Rows:
    """Tell where one workload stands, how far from what it is apart from, and why."""
    rows = [(context.say("place"), standing(context, place))]
    rows += [
        (context.say("stands_apart", workload=name), f"{number(context.lang, km, 1)} km")
        for name, km in sorted(place.apart_km.items())
    ]
    return rows + why_rows(context, place)


def way_rows(context: Context, plan: Plan, part: Sites) -> Rows:
    """Tell the choices side by side, each with its cost and bound."""
    rows = [(choice(way), way_text(context, way)) for way in part.ways[:MOST_WAYS]]
    if len(part.ways) > MOST_WAYS:
        rows.append(("…", context.say("ways_more", count=len(part.ways) - MOST_WAYS)))
    return rows + proof_rows(context, plan.joint)


def choice(way: Way) -> str:
    """Return a choice in the plan's ids."""
    return ", ".join(f"{workload} → {site}" for workload, site in sorted(way.stands.items()))


def way_text(context: Context, way: Way) -> str:
    """Return what one choice costs, or why it is out."""
    lang = context.lang
    parts = [context.say(f"way_{way.state}")]
    if way.reason:
        parts.append(way.reason)
    for key in ("total", "bound", "datacentre", "network", "lines"):
        amount = getattr(way, f"{key}_vnd")
        if amount is not None:
            parts.append(context.say(f"way_{key}", money=money(lang, amount)))
    return " · ".join(parts)
