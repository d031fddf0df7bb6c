"""What networks under looser promises tell of this one: a bound, plans to start from, and where to look first.

    N(P) ≤ N(Q)      for promises P ≼ Q over the same sites, lines and demands

N(P)  present value of the cheapest network under the promises P         P ≼ Q  no class is promised more by P: it
survives no other failures, and every backup that Q allows P allows too, or P asks for none and survives nothing
Take the cheapest network under Q, leave out the backups of classes that need none: pairs stay admissible, no load
grows, and no state is looked at that was not before; so it keeps P at no higher cost. Hence a bound under P bounds Q,
and a network that keeps Q and costs what the one under P costs has no larger gap than that one.
P relaxes Q: Geoffrion and Marsten, *Management Science* 18, 1972.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from planner.network.columns import Choices, Column, Route
from planner.network.paths import Access, TrunkPath
from planner.network.search import Search
from planner.network.selection import select
from planner.plan import Network as Decided
from planner.plan import Proof
from planner.plan import Route as PlannedRoute
from topology.schema.base import SiteClass
from topology.schema.network import ClassPolicy

WITHIN = {"any": {"any", "mobile", "fixed"}, "mobile": {"mobile"}, "fixed": {"fixed"}, "none": {"none"}}
"""Backup allowed by a promise → promises that allow no other backups."""


@dataclass(frozen=True, slots=True)
class Lead:
    """Networks for the same demands under promises that are no stricter, the nearest first."""

    found: tuple[tuple[Decided, Proof], ...]


def no_stricter(loose: Mapping[SiteClass, ClassPolicy], strict: Mapping[SiteClass, ClassPolicy]) -> bool:
    """Whether P ≼ Q; classes that differ in anything but backup and survival are not compared."""
    return loose.keys() == strict.keys() and all(_no_stricter(loose[name], strict[name]) for name in loose)


def _no_stricter(loose: ClassPolicy, strict: ClassPolicy) -> bool:
    same = {"backup": strict.backup, "survive": strict.survive}
    if loose.model_copy(update=same) != strict:
        return False
    if loose.backup == "none" and strict.backup != "none":
        return not loose.survive
    return strict.backup in WITHIN[loose.backup] and set(loose.survive) <= set(strict.survive)


def begin(search: Search, own: Mapping[str, tuple[Access, ...]], lead: Lead, also_vnd: int) -> bool:
    """Offer what keeps this promise too, raise the bound; return whether nothing is left to search.

    Parameters
    ----------
    search
        Not yet run.
    own
        Lines of each site that can serve it.
    lead
        Networks with their proofs.
    also_vnd
        Part of those proofs that the search does not look for: the Internet links.

    """
    search.ready()
    for network, proof in lead.found:
        search.raise_bound(proof.bound - also_vnd)
        chosen = {site.id: _column(search, own, site.id, site.primary, site.backup) for site in network.sites}
        columns = {site: column for site, column in chosen.items() if column is not None}
        if len(columns) == len(chosen) == len(search.candidates.sites):
            search.offer(select(search.candidates, columns))
    search.say("looser promises")
    reached = [proof.objective - also_vnd for _, proof in lead.found]
    return search.best is not None and search.large and (search.closed or search.best.cost_vnd <= min(reached))


def used(search: Search, lead: Lead) -> frozenset[str]:
    """Return concentration points and trunks of the nearest network, with the trunks from these points to the core."""
    network, _ = lead.found[0]
    points = search.candidates.exchanges.keys() & {point.id for point in network.concentration_points}
    trunks = {trunk.id for trunk in search.candidates.trunks} & {link.id for link in network.links}
    return frozenset(points | trunks | search.to_core(frozenset(points)))


def _column(
    search: Search,
    own: Mapping[str, tuple[Access, ...]],
    site: str,
    primary: PlannedRoute,
    backup: PlannedRoute | None,
) -> Column | None:
    """Return a site's paths where its promise admits them, without the backup where it needs none."""
    choices: Choices | None = search.choices.get(site)
    lines = {line.link.id: line for line in own.get(site, ())}
    first = _route(search, lines, primary.links)
    if choices is None or first is None:
        return None
    if backup is None or choices.alone:
        return choices.column(first, None)
    second = _route(search, lines, backup.links)
    return choices.column(first, second) if second else None


def _route(search: Search, lines: Mapping[str, Access], links: Sequence[str]) -> Route | None:
    line = lines.get(links[0])
    if line is None:
        return None
    if line.link.kind == "mobile":
        return Route(line, TrunkPath((), (), (), 0))
    return next((Route(line, path) for path in search.paths[line.to] if path.links == tuple(links[1:])), None)
