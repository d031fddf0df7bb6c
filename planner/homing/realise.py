"""From routes over sites to paths over links: each route gets one of the parallel links of each of its bundles.

    Σ_{e in b} k[s,r,e] = 1                                        a link of each bundle b of route r of site s
    k[s,r,e] + k[s,q,f] ≤ 1   when e and f share a risk group      r, q: the two routes of s                 (apart)
    Σ_o y[e,o] ≤ 1,   Σ d_s k[s,r,e] ≤ Σ_o C_o y[e,o]              size o of link e
    Σ_{e in b} Σ_o c_eo y[e,o] ≤ price of the configuration of b                                            (bought)

Solved by CP-SAT, at least price. With (bought) the price is that of the condensed program, so an optimum of it that can
be realised is one of the exact problem; if it cannot, (bought) is dropped and the price may grow.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from ortools.sat.python import cp_model

from planner.homing.assign import Effort, scale
from planner.homing.bundles import Bundle, Configuration
from planner.homing.condensed import Condensed, Route, over
from planner.homing.paths import Path
from planner.homing.routing import Pair


def realise(
    program: Condensed,
    paths: Mapping[int, Sequence[Path]],
    routes: Mapping[int, Sequence[Route]],
    bought: Mapping[Bundle, Configuration],
    effort: Effort,
) -> dict[int, Pair] | None:
    """Return paths along routes; None when no two of some site are disjoint or no size is large enough."""
    for prices in (bought, {}):
        found = _solved(program, routes, prices, effort)
        if found is not None:
            by_links = {(site, path.links): path for site in routes for path in paths[site]}
            return {site: (by_links[site, one], by_links[site, two]) for site, (one, two) in found.items()}
    return None


def _solved(
    program: Condensed,
    routes: Mapping[int, Sequence[Route]],
    bought: Mapping[Bundle, Configuration],
    effort: Effort,
) -> dict[int, tuple[tuple[int, ...], tuple[int, ...]]] | None:
    instance = program.instance
    money = scale([cost for link in instance.links for cost in link.costs])
    rate = scale([*instance.demands, *instance.sizes])
    model = cp_model.CpModel()
    taken: dict[tuple[int, int, int], cp_model.IntVar] = {}
    on: dict[int, list[cp_model.LinearExpr]] = defaultdict(list)
    for site, pair in sorted(routes.items()):
        for turn, route in enumerate(pair):
            for one in over(route):
                for link in program.links[one]:
                    literal = taken[site, turn, link] = model.new_bool_var("")
                    on[link].append(round(instance.demands[site] * rate) * literal)
                model.add_exactly_one(taken[site, turn, link] for link in program.links[one])
        _apart(program, model, site, pair, taken)
    spent = []
    for one in sorted({one for pair in routes.values() for route in pair for one in over(route)}):
        prices = []
        for link in program.links[one]:
            sizes = [(model.new_bool_var(""), capacity, price) for capacity, price in instance.options(link)]
            model.add_at_most_one(literal for literal, _, _ in sizes)
            model.add(sum(on[link]) <= sum(round(capacity * rate) * literal for literal, capacity, _ in sizes))
            prices += [round(price * money) * literal for literal, _, price in sizes]
        if one in bought:
            model.add(sum(prices) <= round(bought[one].price * money))
        spent += prices
    model.minimize(sum(spent))
    solver = effort.solver()
    if solver.solve(model) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return None

    def along(site: int, turn: int, route: Route) -> tuple[int, ...]:
        links = program.links
        return tuple(next(e for e in links[one] if solver.value(taken[site, turn, e])) for one in over(route))

    return {site: (along(site, 0, pair[0]), along(site, 1, pair[1])) for site, pair in routes.items()}


def _apart(
    program: Condensed,
    model: cp_model.CpModel,
    site: int,
    pair: Sequence[Route],
    taken: Mapping[tuple[int, int, int], cp_model.IntVar],
) -> None:
    """No link of one route shares a risk group with a link of the other."""
    links = program.instance.links
    first, second = ([link for one in over(route) for link in program.links[one]] for route in pair)
    for e in first:
        for f in second:
            if links[e].groups & links[f].groups:
                model.add_at_most_one([taken[site, 0, e], taken[site, 1, f]])
