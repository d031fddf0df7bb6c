"""Who meets whom: groups of endpoints, the hours in which trees meet, where bridges may stand, what lines carry.

A tree's endpoints fall into groups that one place serves together: the communes of a district, or a site by itself.
Trees that are concurrent meet in one hour; every other tree has an hour of its own. A bridge away from the core serves
its groups there; between the bridges of a tree goes one stream, over the core. All traffic between two sites passes the
core, where the firewall is, so for a group served at p:

    line of p carries  Σ_q N_q r_q  of the groups q served there, own endpoints excepted,  + c_g  for each tree g that
    meets at p and elsewhere too                                         a member's line carries its own r_q as ever

N_q  endpoints of the group    r_q  rate of one, Mbit/s each way    c_g  rate between two bridges (`cascade_mbps`)
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from topology.model import Hosting, Records
from topology.order import natural, natural_key
from topology.schema.base import SiteClass
from topology.schema.geography import Site
from topology.schema.services import Conference

BUSIEST = "concurrent"
"""The hour in which all concurrent trees meet."""


@dataclass(frozen=True, slots=True)
class Group:
    """Endpoints of one tree that one place serves together."""

    id: str
    """`conf-communes:district-dong:communes` or, for one site, `conf-province:district-dong`."""
    tree: str
    sites: tuple[str, ...]
    """Where the endpoints are, one each."""
    mbps: float
    """Of one endpoint, each way."""
    communes: bool
    """Whether they are the communes of a district."""
    root: bool
    """Whether it is the root's own endpoint."""


def takes_part(tree: Conference, site: Site, records: Records) -> bool:
    """Tell whether a site has an endpoint in a tree: its root, and every site of its members' classes.

    A tree whose root is a district reaches the communes of that district alone.
    """
    if site.id == tree.root:
        return True
    if site.site_class not in tree.members:
        return False
    return site.district == tree.root or _class(records, tree.root) != "district"


def _class(records: Records, name: str) -> SiteClass | None:
    return next((site.site_class for site in records.sites if site.id == name), None)


def groups(records: Records) -> tuple[Group, ...]:
    """Return the groups of all trees in natural order of their ids."""
    found: list[Group] = []
    for tree in records.conferences:
        by_district: dict[str, list[str]] = defaultdict(list)
        for site in records.sites:
            if not takes_part(tree, site, records):
                continue
            if site.site_class == "commune" and site.id != tree.root:
                by_district[site.district or ""].append(site.id)
                continue
            rate = tree.endpoint_mbps[site.site_class].value
            found.append(Group(f"{tree.id}:{site.id}", tree.id, (site.id,), rate, False, site.id == tree.root))
        for district, members in by_district.items():
            rate = tree.endpoint_mbps["commune"].value
            found.append(Group(f"{tree.id}:{district}:communes", tree.id, tuple(natural(members)), rate, True, False))
    return tuple(sorted(found, key=lambda group: natural_key(group.id)))


def hours(records: Records) -> dict[str, tuple[str, ...]]:
    """Return hour → trees that meet in it: all concurrent ones together, every other one by itself."""
    together = tuple(tree.id for tree in records.conferences if tree.concurrent)
    found = {BUSIEST: together} if together else {}
    return found | {tree.id: (tree.id,) for tree in records.conferences if not tree.concurrent}


def places(records: Records, group: Group) -> tuple[str, ...]:
    """Return the sites whose bridges may serve a group, the core first where it may.

    An agency whose servers may move in holds no bridge: the two would weigh on its line together.
    """
    core = records.province.core
    tree = next(tree for tree in records.conferences if tree.id == group.tree)
    if records.bridge is None or tree.cascade_mbps is None or tree.cascade == "no" or group.sites == (core,):
        return (core,)
    busy = {small.site for small in records.small_data_centres} | {room.site for room in records.rooms}
    away = [s.id for s in records.sites if s.site_class in records.bridge.places and s.id not in busy]
    return tuple(away) if tree.cascade == "required" and group.communes else (core, *away)


def legs(records: Records, homes: Mapping[str, str], known: Sequence[Group]) -> dict[str, tuple[str, ...]]:
    """Return tree → places away from the core that are joined to the core's bridges: the tree meets elsewhere too."""
    core = records.province.core
    used: dict[str, set[str]] = defaultdict(set)
    for group in known:
        used[group.tree].add(homes.get(group.id, core))
    return {tree: tuple(natural(at - {core})) if len(at) > 1 else () for tree, at in used.items()}


def video(records: Records, hosting: Hosting, trees: Iterable[str]) -> dict[str, dict[str, float]]:
    """Return site → tree → Mbit/s each way on the site's line while some trees meet; the core has none."""
    core, meeting = records.province.core, set(trees)
    known = [group for group in groups(records) if group.tree in meeting]
    found: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for group in known:
        home = hosting.homes.get(group.id, core)
        for site in group.sites:
            if site != home:
                found[site][group.tree] += group.mbps
                found[home][group.tree] += group.mbps
    rate = {tree.id: tree.cascade_mbps.value for tree in records.conferences if tree.cascade_mbps}
    for tree, away in legs(records, hosting.homes, known).items():
        for place in away:
            found[place][tree] += rate[tree]
    return {site: dict(sorted(found[site].items())) for site in natural(found) if site != core}


def busiest(records: Records, hosting: Hosting) -> dict[str, tuple[str, dict[str, float]]]:
    """Return site → its busiest hour (the first of equals) and what its line carries then."""
    found: dict[str, tuple[str, dict[str, float]]] = {}
    for hour, trees in hours(records).items():
        for site, rates in video(records, hosting, trees).items():
            if site not in found or sum(rates.values()) > sum(found[site][1].values()) + 1e-9:
                found[site] = (hour, rates)
    return found


def endpoints(records: Records, site: Site) -> int:
    """Endpoints at a site in the hour when most of its trees meet."""
    by_id = {tree.id: tree for tree in records.conferences}
    return max(
        (sum(takes_part(by_id[tree], site, records) for tree in trees) for trees in hours(records).values()), default=0
    )


@dataclass(frozen=True, slots=True)
class Seats:
    """What bridges of one place serve in one hour."""

    hour: str
    trees: tuple[tuple[str, int, int, int], ...]
    """(tree, endpoints, streams from other bridges, endpoints that one bridge serves)."""

    @property
    def seats(self) -> int:
        """Endpoints and streams."""
        return sum(ends + streams for _, ends, streams, _ in self.trees)

    @property
    def units(self) -> Fraction:
        """In bridges: Σ seats ÷ seats of one bridge."""
        return sum((Fraction(ends + streams, capacity) for _, ends, streams, capacity in self.trees), Fraction())


def seats(records: Records, hosting: Hosting, place: str) -> tuple[Seats, ...]:
    """Return what the bridges of a place serve, hour by hour, empty hours left out."""
    core = records.province.core
    capacity = {tree.id: tree.bridge_capacity.value for tree in records.conferences}
    known = groups(records)
    joined = legs(records, hosting.homes, known)
    found = []
    for hour, trees in hours(records).items():
        rows = []
        for tree in trees:
            ends = sum(len(g.sites) for g in known if g.tree == tree and hosting.homes.get(g.id, core) == place)
            away = joined.get(tree, ())
            streams = len(away) if place == core else int(place in away)
            if ends + streams:
                rows.append((tree, ends, streams, capacity[tree]))
        if rows:
            found.append(Seats(hour, tuple(rows)))
    return tuple(found)
