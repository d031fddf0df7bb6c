"""What the paths of a plan promise: how often each site reaches the core, and the core the Internet.

    site up  =  its own equipment  ∧  ( primary path  ∨  backup path )
    path up  =  ⋀ links ( carrier ∧ cables in all its ducts, or mobile backup )  ∧  ⋀ concentration points passed

Risks that paths share (ducts, carriers, exchanges, flood zones) are one element each. Beside the planned paths stands
what is there if traffic may take any leased line, as a routing protocol would.
"""

from collections.abc import Iterable

from planner.availability.assess import Assessment, assess
from planner.availability.bounds import bounds
from planner.availability.elements import HOURS_PER_YEAR, Elements, base
from planner.availability.structure import Structure, elements, every, some
from planner.availability.twoterminal import TooManyPathsError, between
from planner.errors import where
from planner.plan import Availability, Finding, Network, PlannedLink, Route, Weakness
from topology.model import Records
from topology.order import natural
from topology.schema.base import Name

DIGITS = 7
"""A ten-millionth of a year is three seconds."""
WEAKEST = 3
"""Elements listed."""
LEAST_HOURS = 0.01
"""An element that costs less than that a year is not listed."""
MOST_CASES = 200
"""Cases for the bounds over all leased lines."""


class Estimate:
    """Structures of a plan's network under the records' figures."""

    def __init__(self, part: Network, records: Records) -> None:
        self.part, self.records = part, records
        self.elements = Elements(records)
        self.links: dict[str, PlannedLink] = {link.id: link for link in part.links}
        self.exchanges = {exchange.id for exchange in records.exchanges}
        self.sites = {site.id for site in records.sites}
        self.trunks = [
            (link.a, link.b, self.link(link)) for link in part.links if not {link.a, link.b} & self._own_ends(link)
        ]

    def _own_ends(self, link: PlannedLink) -> set[str]:
        """Return the ends of a link that are sites other than the core."""
        return {end for end in (link.a, link.b) if end in self.sites and end != self.records.province.core}

    def link(self, link: PlannedLink) -> Structure:
        """Return what one leased link needs."""
        own = [self.elements.one("mobile", link.id)] if link.kind == "mobile" else []
        cables = [self.elements.cable(duct, link.carrier) for duct in link.ducts]
        return every([self.elements.carrier(link.carrier), *own, *cables])

    def path(self, links: Iterable[PlannedLink], exchanges: Iterable[str]) -> Structure:
        """Return what these lines in a row through these exchanges need."""
        passed = [self.elements.one("exchange", exchange) for exchange in exchanges]
        return every([*passed, *(self.link(link) for link in links)])

    def route(self, route: Route) -> Structure:
        """Return what a site's path to the core needs."""
        return self.path((self.links[name] for name in route.links), route.nodes[1:-1])

    def planned(self, site: str) -> Structure:
        """Return what a site needs to reach the core by its planned paths; for the core, to reach the Internet."""
        if site == self.records.province.core:
            lines = [link for link in self.part.links if link.kind == "internet"]
            return some(self.path((line,), sorted(self.exchanges & {line.a, line.b})) for line in lines)
        decision = next(one for one in self.part.sites if one.id == site)
        routes = [decision.primary, *([decision.backup] if decision.backup else [])]
        return every([self.elements.one("site", site), some(map(self.route, routes))])

    def rerouted(self, site: str) -> Structure:
        """Return what a site needs to reach the core over any leased lines.

        Raises
        ------
        TooManyPathsError
            See `planner.availability.twoterminal`.

        """
        core = self.records.province.core
        own = [
            (link.a, core if link.kind == "mobile" else link.b, self.link(link))
            for link in self.part.links
            if site in (link.a, link.b) and link.kind != "internet"
        ]
        own = [(site, b if a == site else a, needs) for a, b, needs in own]
        trunks = [trunk for trunk in self.trunks if trunk[0] != trunk[1]]
        points = {point.id: self.elements.one("exchange", point.id) for point in self.part.concentration_points}
        return every([self.elements.one("site", site), between([*own, *trunks], points, site, core)])

    def any_path(self, site: str) -> float | None:
        """Return a lower bound over any leased lines, None where there are too many paths."""
        try:
            return bounds(self.rerouted(site), self.elements.up, MOST_CASES)[0]
        except TooManyPathsError:
            return None

    def weakest(self, structure: Structure, found: Assessment) -> tuple[Weakness, ...]:
        """Return the elements that cost most time: hours a year won if one never failed."""
        names = natural({base(element) for element in elements(structure)})
        cost = []
        for name in names:
            never = {element: 1.0 for element in elements(structure) if base(element) == name}
            without = assess(structure, self.elements.up | never).share
            cost.append(((without - found.share) * HOURS_PER_YEAR, name))
        ranked = sorted(cost, key=lambda item: (-round(item[0], 6), names.index(item[1])))
        return tuple(
            Weakness(element=name, hours=round(hours, 2)) for hours, name in ranked[:WEAKEST] if hours >= LEAST_HOURS
        )


def availabilities(part: Network, records: Records) -> dict[str, Availability]:
    """Return site → how often it reaches the core; the core's is that of its Internet lines."""
    estimate = Estimate(part, records)
    core = records.province.core
    classes = {site.id: site.site_class for site in records.sites}
    sites = [site.id for site in part.sites]
    if any(link.kind == "internet" for link in part.links):
        sites.append(core)
    found = {}
    for site in natural(sites):
        structure = estimate.planned(site)
        share = assess(structure, estimate.elements.up)
        any_path = None if site == core else estimate.any_path(site)
        policy = records.classes.get(classes[site])
        found[site] = Availability(
            share=round(share.share, DIGITS),
            low=round(share.low, DIGITS),
            high=round(share.high, DIGITS),
            method=share.method,
            any_path=None if any_path is None else round(max(any_path, share.low), DIGITS),
            target=policy.availability.value if policy else None,
            weakest=estimate.weakest(structure, share) if share.method == "exact" else (),
        )
    return found


def findings(estimated: dict[str, Availability], records: Records) -> list[Finding]:
    """Return W-PLAN-601 for each class of which a site is estimated below the class's target."""
    found = []
    for site_class, policy in records.classes.items():
        target = policy.availability.value
        own = {site.id: estimated[site.id].share for site in records.sites
               if site.site_class == site_class and site.id in estimated}  # fmt: skip
        below = [site for site, share in own.items() if share < target]
        if not below:
            continue
        worst = min(below, key=lambda site: own[site])
        place = where(records, f"policy/classes/{site_class}/availability/value", f"policy/classes/{site_class}")
        most = DIGITS - 2
        digits = next(d for d in (3, 4, most) if d == most or f"{own[worst]:.{d}%}" != f"{target:.{d}%}")
        goal, lowest = f"{target:.{digits}%}", f"{own[worst]:.{digits}%}"
        en = (
            f"{len(below)} of {len(own)} sites of class {site_class} are estimated below the target of {goal}; "
            f"lowest: {worst} with {lowest}"
        )
        vi = (
            f"{len(below)} trong {len(own)} điểm lớp {site_class} ước tính dưới mục tiêu {_vi(goal)}; "
            f"thấp nhất: {worst} với {_vi(lowest)}"
        )
        found.append(Finding(code="W-PLAN-601", where=str(place or ""), text=Name(en=en, vi=vi)))
    return found


def _vi(share: str) -> str:
    return share.replace(".", ",")
