"""What routers would do in a failure: OSPF with equal-cost multipath over all leased lines, and the best possible."""

from planner.plan import Plan
from provdc.explanation.context import Context, Explanation, Rows
from provdc.text.numbers import percent, short

LISTED = 10
HELD = 8
"""Sites named in one row."""


def link_rows(context: Context, plan: Plan, link: str) -> Rows:
    """Tell the load of a link as OSPF routes, and the states in which it is highest."""
    from planner.failures.planned import KBPS, examine  # numpy, scipy, ortools: only where they are used

    found = examine(plan.network, context.records)
    number = found.graph.link_number.get(link)
    if number is None:
        return []
    capacity = int(found.graph.capacity[number])
    normal = float(found.loads.busier[0, number])

    def told(load: float) -> str:
        return f"{short(context.lang, load / KBPS)} Mbit/s, {percent(context.lang, load / capacity)}"

    rows = [(context.say("ospf_load"), told(normal))]
    worst = [(state, load) for state, load in found.loads.worst(number, LISTED) if load > normal]
    return rows + [(context.say("ospf_load_in", state=state), told(load)) for state, load in worst]


def state_rows(context: Context, plan: Plan, wanted: str) -> Rows:
    """Tell whom a state cuts off from every line, which links get full under OSPF, and what could flow at best.

    `wanted` is a single failure or several joined by `+`; nothing is told of one that is no failure of the network.
    """
    import numpy as np

    from planner.failures.ecmp import ecmp
    from planner.failures.flow import best_possible
    from planner.failures.planned import KBPS, combined, graph_of, single_states, sites_cut_off

    zones = {duct.id: duct.flood_zone for duct in context.records.ducts}
    graph = graph_of(plan.network, plan.core, zones)
    singles = single_states(graph, (site.id for site in plan.network.sites))
    state = combined(graph, singles, wanted.split("+"))
    if state is None:
        return []
    lost, loads, best = sites_cut_off(state), ecmp(state), best_possible(state)
    rows: Rows = [(context.say("cut_off_any"), named(context, lost) if lost else context.say("nobody"))]
    share = loads.share[loads.row[0]]
    for key, low, high in (
        ("ospf_above", plan.policy["max_occupancy"], np.inf),
        ("ospf_warm", plan.policy["warn_occupancy"], plan.policy["max_occupancy"]),
    ):
        over = np.flatnonzero((share > low) & (share <= high))
        over = over[np.argsort(-share[over], kind="stable")]
        if len(over):
            text = ", ".join(f"{graph.links[k]} {percent(context.lang, float(share[k]))}" for k in over[:HELD])
            more = ", …" if len(over) > HELD else ""
            label = context.say(key, limit=percent(context.lang, low))
            rows.append((label, context.say("links", count=len(over)) + f": {text}{more}"))
    asked = int(best.demand.sum())
    text = context.say(
        "best_value",
        carried=short(context.lang, int(best.value[0]) / KBPS),
        asked=short(context.lang, asked / KBPS),
        share=percent(context.lang, int(best.value[0]) / asked if asked else 1.0, 1),
    )
    return [*rows, (context.say("best_possible"), text), *alone_rows(context, plan, state, lost)]


def alone_rows(context: Context, plan: Plan, state: object, lost: list[str]) -> Rows:
    """Tell which sites that lose a line could not get what they ask for even if they alone asked."""
    import numpy as np

    from planner.failures.flow import demands, each_alone
    from planner.failures.planned import KBPS
    from planner.failures.states import States

    assert isinstance(state, States)
    graph = state.graph
    links, nodes = state.of(0)
    down = {graph.links[k] for k in links} | {
        graph.links[k] for k in np.flatnonzero(np.isin(graph.a, nodes) | np.isin(graph.b, nodes))
    }
    hit = [
        site.id
        for site in plan.network.sites
        if site.id not in lost and down & {*site.primary.links, *(site.backup.links if site.backup else ())}
    ]
    numbers = np.array([graph.node_number[site] for site in hit], dtype=np.int64)
    gets, wants = each_alone(graph, links, nodes, numbers), demands(graph)[numbers]
    short_of = sorted(
        (int(got) / int(want), site, int(got)) for got, want, site in zip(gets, wants, hit, strict=True) if got < want
    )
    if not short_of:
        return []
    text = ", ".join(
        f"{site} {short(context.lang, got / KBPS)} Mbit/s ({percent(context.lang, part)})"
        for part, site, got in short_of[:HELD]
    )
    more = ", …" if len(short_of) > HELD else ""
    return [(context.say("less_alone"), context.say("sites", count=len(short_of)) + f": {text}{more}")]


def of_several(context: Context, wanted: str) -> Explanation | None:
    """Explain several failures at once, `duct:duct-a-b+carrier:vnpt`."""
    if context.plan is None or "+" not in wanted or ":" not in wanted:
        return None
    rows = state_rows(context, context.plan, wanted)
    return Explanation(wanted, "failures", rows, {"states": wanted.split("+")}) if rows else None


def named(context: Context, sites: list[str]) -> str:
    """Return a list of sites, the first of many."""
    more = ", …" if len(sites) > HELD else ""
    return context.say("sites", count=len(sites)) + f": {', '.join(sites[:HELD])}{more}"
