"""Columns: a site's whole choice at once, its primary and its backup path with the links that serve it alone."""

from collections.abc import Sequence
from dataclasses import dataclass

from planner.network.candidates import Candidates
from planner.network.disjoint import admissible
from planner.network.paths import Access, TrunkPath


@dataclass(frozen=True, slots=True)
class Route:
    """A path of one site: its own link, then trunks to the core."""

    access: Access
    trunks: TrunkPath

    @property
    def links(self) -> tuple[str, ...]:
        """Link ids from the site to the core."""
        return (self.access.link.id, *self.trunks.links)

    @property
    def fails(self) -> int:
        """Groups that cut it."""
        return self.access.fails | self.trunks.fails

    @property
    def key(self) -> str:
        """The links as one word."""
        return ">".join(self.links)


@dataclass(frozen=True, slots=True)
class Column:
    """A pair that a site may choose."""

    site: str
    primary: Route
    backup: Route | None
    cost_vnd: int
    """Present value of the links that serve this site alone."""
    shared_groups: bool
    """Whether the class lets both paths pass one exchange."""

    @property
    def key(self) -> str:
        """Name in the model: site, primary links, backup links."""
        return f"{self.site}|{self.primary.key}|{self.backup.key if self.backup else '-'}"

    @property
    def routes(self) -> tuple[tuple[str, Route], ...]:
        """Role and path, primary first."""
        roles = [("primary", self.primary)]
        if self.backup:
            roles.append(("backup", self.backup))
        return tuple(roles)


class Choices:
    """What one site may choose from, before any pair is made."""

    def __init__(self, candidates: Candidates, site: str, own: tuple[Access, ...]) -> None:
        policy = candidates.class_policy(site)
        self.site = site
        self.survived = candidates.kind_mask(policy.survive)
        self.shared_groups = "exchange" not in policy.survive
        fixed = [a for a in own if a.link.kind == "access"]
        self.primaries = tuple(a for a in fixed if a.primary)
        self.backups = tuple(a for a in fixed if a.backup) if policy.backup in ("fixed", "any") else ()
        mobile = [a for a in own if a.link.kind == "mobile" and a.backup] if policy.backup in ("mobile", "any") else []
        self.mobiles = tuple(sorted(mobile, key=lambda a: (a.backup.cost_vnd if a.backup else 0, a.link.id)))
        self.cheapest_line_vnd = min((a.backup.cost_vnd for a in self.backups if a.backup), default=0)
        most = self.cheapest_line_vnd
        if any(a.backup and a.backup.cost_vnd <= most and not a.fails & self.survived for a in self.mobiles):
            self.backups = ()  # a mobile backup that no group cuts beats every second line
        self.alone = policy.backup == "none"
        self.kinds = {"fixed": ("access",), "mobile": ("mobile",), "any": ("access", "mobile")}.get(policy.backup, ())

    def column(self, primary: Route, backup: Route | None) -> Column | None:
        """Return the column of these paths, dear ones too, or None if the class does not admit them."""
        if backup is None:
            return self._lone(primary) if self.alone else None
        return self.pair(primary, backup) if backup.access.link.kind in self.kinds else None

    def _lone(self, primary: Route) -> Column | None:
        if not primary.access.primary or not admissible(primary.fails, None, self.survived):
            return None
        return Column(self.site, primary, None, primary.access.primary.cost_vnd, self.shared_groups)

    def single(self, primary: Route) -> Column | None:
        """Return the cheapest column of this primary path with no second fixed path, or None if there is none.

        A mobile backup serves one site and loads nothing shared, so the cheapest admissible one is never worse.
        """
        if not primary.access.primary:
            return None
        if self.alone:
            return self._lone(primary)
        cost = primary.access.primary.cost_vnd
        for mobile in self.mobiles:
            if mobile.backup and admissible(primary.fails, mobile.fails, self.survived):
                backup = Route(mobile, TrunkPath((), (), (), 0))
                return Column(self.site, primary, backup, cost + mobile.backup.cost_vnd, self.shared_groups)
        return None

    def mobile_is_best(self, primary: Route) -> bool:
        """Whether a mobile backup beats every second fixed path behind this primary.

        It serves the site alone and loads nothing shared, so it is never worse if it costs no more than the cheapest
        second line.
        """
        single = self.single(primary)
        if single is None or single.backup is None or primary.access.primary is None:
            return False
        return single.cost_vnd - primary.access.primary.cost_vnd <= self.cheapest_line_vnd

    def pair(self, primary: Route, backup: Route) -> Column | None:
        """Return the column of two paths, or None if they may not stand together."""
        if not primary.access.primary or not backup.access.backup:
            return None
        if not set(primary.links).isdisjoint(backup.links):
            return None
        if not admissible(primary.fails, backup.fails, self.survived):
            return None
        cost = primary.access.primary.cost_vnd + backup.access.backup.cost_vnd
        return Column(self.site, primary, backup, cost, self.shared_groups)


def distinct(found: Sequence[tuple[float, Column]], most: int) -> list[Column]:
    """Keep the cheapest of the columns that use the same trunks, at most so many."""
    kept: dict[tuple[tuple[str, ...], ...], Column] = {}
    for _, column in found:
        kept.setdefault(tuple(route.trunks.links for _, route in column.routes), column)
    return list(kept.values())[:most]
