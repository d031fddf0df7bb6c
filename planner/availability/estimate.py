"""What the paths of a plan promise: availability of each site's way to the core, and of the core's to the Internet.

    u(duct, carrier)  = λ·L·r / (8760 + λ·L·r)      λ  cuts a year and km    L  km    r  the carrier's hours to repair
    u(exchange passed) and u(mobile backup)         as the policy states them

Counted are the ducts of each line, the concentration points it passes, the mobile backup with the duct of its mast.
Not counted, because nothing states it: equipment at the sites, whole carriers, floods that cut several ducts at once.
The estimate is therefore an upper bound of what a site will see.
"""

from collections.abc import Iterable

from planner.availability.paths import Path, any_up, unavailability
from planner.errors import where
from planner.plan import Finding, Network, PlannedLink, Route
from topology.model import Records
from topology.order import natural
from topology.schema.base import Name

DIGITS = 7
"""A ten-millionth of a year is three seconds."""


class Estimate:
    """Availabilities under the records' rates and repair times."""

    def __init__(self, records: Records) -> None:
        policy = records.network_policy
        self.ducts = {duct.id: duct.cuts_per_100km_year * duct.length_km / 100 for duct in records.ducts}
        """Duct → expected cuts a year."""
        self.mttr_hours = {carrier.id: carrier.mttr_hours.value for carrier in records.carriers}
        self.node = policy.node_unavailability.value
        self.mobile = policy.mobile_unavailability.value

    def path(self, links: Iterable[PlannedLink], exchanges: Iterable[str]) -> Path:
        """Return what must be up for these lines in a row through these exchanges."""
        found = dict.fromkeys(exchanges, self.node)
        for link in links:
            if link.kind == "mobile":
                found[link.id] = self.mobile
            for duct in link.ducts:
                share = unavailability(self.ducts[duct], self.mttr_hours[link.carrier])
                found[duct] = max(share, found.get(duct, 0.0))
        return found

    def route(self, route: Route, links: dict[str, PlannedLink]) -> Path:
        """Return what must be up for a site's path to the core."""
        return self.path((links[name] for name in route.links), route.nodes[1:-1])


def availabilities(part: Network, records: Records) -> dict[str, float]:
    """Return site → share of time in which one of its paths is up; the core's is that of its Internet lines."""
    estimate = Estimate(records)
    links = {link.id: link for link in part.links}
    exchanges = {exchange.id for exchange in records.exchanges}
    found = {}
    for site in part.sites:
        routes = [site.primary, *([site.backup] if site.backup else [])]
        found[site.id] = any_up([estimate.route(route, links) for route in routes])
    lines = [link for link in part.links if link.kind == "internet"]
    if lines:
        paths = [estimate.path((line,), exchanges & {line.a, line.b}) for line in lines]
        found[records.province.core] = any_up(paths)
    return {site: round(found[site], DIGITS) for site in natural(found)}


def findings(estimated: dict[str, float], records: Records) -> list[Finding]:
    """Return W-PLAN-601 for each class of which a site is estimated below the class's target."""
    found = []
    for site_class, policy in records.classes.items():
        target = policy.availability.value
        own = {site.id: estimated[site.id] for site in records.sites
               if site.site_class == site_class and site.id in estimated}  # fmt: skip
        below = [site for site, share in own.items() if share < target]
        if not below:
            continue
        worst = min(below, key=lambda site: own[site])
        place = where(records, f"policy/classes/{site_class}/availability/value", f"policy/classes/{site_class}")
        en = (
            f"{len(below)} of {len(own)} sites of class {site_class} are estimated below the target of {target:.3%}; "
            f"lowest: {worst} with {own[worst]:.3%}"
        )
        vi = (
            f"{len(below)} trong {len(own)} điểm lớp {site_class} ước tính dưới mục tiêu {_vi(target)}; "
            f"thấp nhất: {worst} với {_vi(own[worst])}"
        )
        found.append(Finding(code="W-PLAN-601", where=str(place or ""), text=Name(en=en, vi=vi)))
    return found


def _vi(share: float) -> str:
    return f"{share:.3%}".replace(".", ",")
