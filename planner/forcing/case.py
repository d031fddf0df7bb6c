"""The network's model with wishes in it: lines that may not be leased are left out, and roles not to be played."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from planner.forcing.wish import Wish
from planner.network.candidates import Candidates
from planner.network.columns import Choices, Column, Route
from planner.network.paths import Access, TrunkPath, accesses
from planner.network.selection import Selection
from planner.plan import Network as Decided
from planner.plan import PlannedLink
from planner.plan import Route as Planned
from topology.model import CandidateLink, Network
from topology.order import natural

DIRECT = TrunkPath((), (), (), 0)


@dataclass(frozen=True)
class Case:
    """What may be chosen when the wishes hold."""

    network: Network
    wishes: tuple[Wish, ...]
    candidates: Candidates
    own: Mapping[str, tuple[Access, ...]]
    choices: Mapping[str, Choices]
    fee_vnd: int
    """Added to the price of every mobile backup: what one less is taken to be worth."""

    @classmethod
    def of(cls, network: Network, wishes: Sequence[Wish] = (), fee_vnd: int = 0) -> "Case":
        """Leave out what no plan with these wishes uses."""
        kept = tuple(link for link in network.links if not any(forbidden(one, link) for one in wishes))
        narrowed = replace(network, links=kept)
        candidates = Candidates(narrowed)
        own = {
            site: tuple(
                charged(line, fee_vnd)
                for access in lines
                if (line := _allowed(candidates, access, [one for one in wishes if one.site == site])) is not None
            )
            for site, lines in accesses(candidates).items()
        }
        choices = {site: Choices(candidates, site, lines) for site, lines in own.items()}
        return cls(narrowed, tuple(wishes), candidates, own, choices, fee_vnd)

    @property
    def most_points(self) -> int | None:
        """Most concentration points; None: as many as there are."""
        return min((int(one.value) for one in self.wishes if one.kind == "points"), default=None)

    @property
    def hopeless(self) -> tuple[str, ...]:
        """Sites without a line that could be their primary path."""
        return tuple(natural(site for site, own in self.choices.items() if not own.primaries))

    def column(self, site: str, primary: Planned, backup: Planned | None) -> Column | None:
        """Return planned paths as a column; None if the wishes do not allow it."""
        first = self._route(site, primary)
        second = self._route(site, backup) if backup else None
        if first is None or first.access.primary is None or (backup and second is None):
            return None
        cost = first.access.primary.cost_vnd
        if second is not None:
            if second.access.backup is None:
                return None
            cost += second.access.backup.cost_vnd
        return Column(site, first, second, cost, self.choices[site].shared_groups)

    def _route(self, site: str, planned: Planned) -> Route | None:
        access = next((line for line in self.own[site] if line.link.id == planned.links[0]), None)
        trunks = [self.candidates.links.get(name) for name in planned.links[1:]]
        if access is None:
            return None
        nodes, forward, fails = planned.nodes[1:-1], [], 0
        for at, trunk in zip(nodes, trunks, strict=True):
            if trunk is None:
                return None
            forward.append(trunk.a == at)
            fails |= self.candidates.link_mask(trunk.id) | self.candidates.node_mask(at)
        return Route(access, TrunkPath(planned.links[1:], tuple(forward), nodes, fails) if nodes else DIRECT)

    def columns(self, decided: Decided) -> dict[str, Column | None]:
        """Return the columns of a plan; None where the wishes do not allow what was planned."""
        return {site.id: self.column(site.id, site.primary, site.backup) for site in decided.sites}

    def holds(self, selection: Selection) -> bool:
        """Tell whether a selection of columns of this case keeps the wishes that are counts."""
        return all(_counted(one, selection) for one in self.wishes)


def charged(access: Access, fee_vnd: int) -> Access:
    """Return a line with the fee in its price when it is a mobile backup."""
    if not fee_vnd or access.link.kind != "mobile" or access.backup is None:
        return access
    return replace(access, backup=replace(access.backup, cost_vnd=access.backup.cost_vnd + fee_vnd))


def mobiles(columns: Iterable[Column]) -> int:
    """Return the number of sites with a mobile backup."""
    return sum(1 for column in columns if column.backup and column.backup.access.link.kind == "mobile")


def _counted(one: Wish, selection: Selection) -> bool:
    if one.kind == "points":
        return len(selection.opened) <= int(one.value)
    if one.kind == "mobiles":
        return mobiles(selection.columns.values()) <= int(one.value)
    return True


def forbidden(one: Wish, link: CandidateLink | PlannedLink) -> bool:
    """Tell whether no plan that keeps a wish leases a link."""
    if one.kind == "unused":
        return one.value in (link.id, link.carrier, link.a, link.b, *link.ducts)
    if one.kind == "internet-only":
        return link.kind != "internet" and link.carrier == one.value
    return one.kind == "no-trunks-of" and link.kind == "trunk" and link.carrier == one.value


def _allowed(candidates: Candidates, access: Access, wishes: Sequence[Wish]) -> Access | None:
    """Return a line in the roles that the site's wishes leave it; None if they leave it none."""
    for one in wishes:
        first, second = _roles(one, access.link)
        access = replace(access, primary=access.primary if first else None, backup=access.backup if second else None)
    return access if access.primary or access.backup else None


def _roles(one: Wish, link: CandidateLink) -> tuple[bool, bool]:
    """Tell whether a line may be the primary, and the backup."""
    match one.kind:
        case "carrier":
            return link.carrier == one.value, True
        case "point":
            return link.b == one.value, True
        case "line":
            return link.id == one.value, True
        case "backup-carrier":
            return True, link.carrier == one.value
        case "backup-line":
            return True, link.id == one.value
        case "backup":
            return True, (link.kind == "mobile") == (one.value == "mobile")
        case "without":
            clear = one.value not in (link.id, link.carrier, link.b, *link.ducts)
            return clear, clear
    return True, True
