"""A first choice of paths: every site takes its cheapest pair at first prices, whatever the others take.

Over one trunk each where that does, else over as many as a path may have. It shares nothing on purpose, so it is dear;
it stands in seconds where the choice of concentration points takes minutes.
"""

from collections.abc import Iterable, Mapping

from planner.network.candidates import Candidates
from planner.network.columns import Choices, Column
from planner.network.paths import TrunkPath
from planner.network.pricing import Pricer
from planner.network.relax import first_prices

MANY = 10**6
"""Paths looked at when none may be left out."""


def over_points(
    candidates: Candidates, choices: Mapping[str, Choices], paths: Mapping[str, tuple[TrunkPath, ...]]
) -> dict[str, Column] | None:
    """Return site → column; None where a site has no pair."""
    prices, chosen = first_prices(candidates), dict[str, Column]()
    for most in (1, MANY):
        allowed = {end: tuple(p for p in own if len(p.links) <= most) for end, own in paths.items()}
        priced = Pricer(candidates, choices, allowed).at(prices)
        for site in candidates.sites:
            found = priced.site(site, float("inf"), 1, depth=MANY) if site not in chosen else None
            if found is not None and found.columns:
                chosen[site] = found.columns[0][1]
    return chosen if len(chosen) == len(candidates.sites) else None


def used(columns: Iterable[Column]) -> frozenset[str]:
    """Return the trunks and exchanges that columns pass."""
    routes = [route.trunks for column in columns for _, route in column.routes]
    return frozenset(name for trunks in routes for name in (*trunks.links, *trunks.nodes))
