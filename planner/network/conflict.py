"""Why a site has no paths: the least of its class's promises that cannot stand together, and what would be enough.

    S ⊆ { survive k : k kinds of the class } ∪ { the backup it asks for }      a minimal conflict      (conflict)
    S leaves no admissible pair;  S without r leaves one, for every r in S

A set is found by deletion: each promise in turn is given up and stays given up if there is still no pair (Chinneck,
*Feasibility and Infeasibility in Optimization*, 2008, §6.2). Giving up more never takes a pair away, so one pass is
enough and what is left is minimal. A relaxation is offered only when, alone, with all other promises kept, it leaves a
pair.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from planner.errors import Problem, where
from planner.limits import Watch
from planner.network import mend
from planner.network.candidates import Candidates
from planner.network.columns import Choices
from planner.network.ends import terms
from planner.network.paths import Access, TrunkPath, accesses, trunk_paths
from topology.schema.base import SiteClass

BACKUP = "backup"
"""The promise of a backup of the kind that the class asks for; given up, any kind or more of them will do."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """What cannot stand together at one site."""

    site: str
    promises: tuple[str, ...]
    """Kinds of failure, and `backup`; empty when not even two lines without any promise would do."""
    through: tuple[str, ...]
    """Groups of the kinds in `promises` that every path of the site passes."""
    enough: tuple[str, ...]
    """Promises of which giving up any one is enough, with all others kept."""


class Promises:
    """What sites could do if classes were promised less; each combination is worked out once."""

    def __init__(self, candidates: Candidates) -> None:
        self.candidates = candidates
        self._eased: dict[tuple[SiteClass, frozenset[str]], _Eased] = {}

    def of(self, site: str) -> tuple[str, ...]:
        """Return everything that the class of a site is promised, in the order of the records."""
        policy = self.candidates.class_policy(site)
        return (*policy.survive, *(() if policy.backup == "any" else (BACKUP,)))

    def served(self, site: str, kept: Iterable[str]) -> bool:
        """Tell whether the site has an admissible column when only these promises are kept."""
        return self._of(site, kept).served(site)

    def _of(self, site: str, kept: Iterable[str]) -> "_Eased":
        key = (self.candidates.sites[site].site_class, frozenset(kept))
        if key not in self._eased:
            self._eased[key] = _Eased(self.candidates, *key)
        return self._eased[key]

    def conflict(self, site: str) -> Conflict:
        """Return a minimal conflict of a site that has no pair."""
        asked = self.of(site)
        left = list(asked)
        if not self.served(site, ()):
            left = []
        for promise in reversed(tuple(left)):
            rest = [other for other in left if other != promise]
            if not self.served(site, rest):
                left = rest
        enough = tuple(one for one in asked if self.served(site, (other for other in asked if other != one)))
        return Conflict(site, tuple(left), self._through(site, left), enough)

    def _through(self, site: str, kinds: Iterable[str]) -> tuple[str, ...]:
        """Return the groups that every path of the site passes, mobile ones where the class allows them."""
        full = self._of(site, self.of(site))
        fails = [line.fails | path.fails for line in full.own(site) for path in full.paths[line.to]]
        common = self.candidates.kind_mask(kinds)
        for mask in fails:
            common &= mask
        return tuple(self.candidates.group_names(common)) if fails else ()


class _Eased:
    """The candidates as they would be if one class were promised less."""

    def __init__(self, candidates: Candidates, site_class: SiteClass, kept: frozenset[str]) -> None:
        records = candidates.network.records
        policy = records.classes[site_class]
        survive = tuple(kind for kind in policy.survive if kind in kept)
        backups = (policy.backup,) if BACKUP in kept else tuple(dict.fromkeys(("any", policy.backup)))
        self._ways = tuple(
            Candidates(
                replace(
                    candidates.network,
                    records=replace(
                        records,
                        classes={
                            **records.classes,
                            site_class: policy.model_copy(update={"survive": survive, "backup": backup}),
                        },
                    ),
                )
            )
            for backup in backups
        )
        first = self._ways[0]  # paths and lines do not depend on the kind of backup
        self.paths: dict[str, tuple[TrunkPath, ...]] = trunk_paths(first, first.policy.max_hops - 1)
        self._own = accesses(first)

    def served(self, site: str) -> bool:
        """Tell whether the site has an admissible column."""
        return any(terms(way, Choices(way, site, self._own[site]), self.paths) for way in self._ways)

    def own(self, site: str) -> tuple[Access, ...]:
        """Return the lines that the class lets the site use."""
        choices = Choices(self._ways[0], site, self._own[site])
        return tuple({a.link.id: a for a in (*choices.primaries, *choices.backups, *choices.mobiles)}.values())


class _Prices:
    """What the whole network costs when a class is promised one thing less; each is found once."""

    def __init__(self, candidates: Candidates, watch: Watch) -> None:
        self.candidates, self.watch = candidates, watch
        self._known: dict[tuple[SiteClass, str], int | None] = {}

    def of(self, site_class: SiteClass, promise: str) -> int | None:
        """Return the cost of a plan that was found, without the Internet links; None if none was."""
        key = (site_class, promise)
        if key not in self._known:
            records = self.candidates.network.records
            policy = records.classes[site_class]
            survive = tuple(kind for kind in policy.survive if kind != promise)
            backup = "any" if promise == BACKUP else policy.backup
            less = policy.model_copy(update={"survive": survive, "backup": backup})
            eased = replace(records, classes={**records.classes, site_class: less})
            found = mend.outcome(replace(self.candidates.network, records=eased), self.watch)
            self._known[key] = found.best.cost_vnd if found.best is not None else None
        return self._known[key]


def problems(candidates: Candidates, unserved: Iterable[str], watch: Watch) -> tuple[Problem, ...]:
    """Say for each site that no pair serves what conflicts and what would be enough."""
    promises, prices = Promises(candidates), _Prices(candidates, watch)
    return tuple(_said(candidates, promises.conflict(site), prices) for site in unserved)


def _said(candidates: Candidates, conflict: Conflict, prices: _Prices) -> Problem:
    records, site = candidates.network.records, conflict.site
    at = f"policy/classes/{candidates.sites[site].site_class}"
    policy = candidates.class_policy(site)

    def named(promise: str) -> str:
        path = f"{at}/{BACKUP}" if promise == BACKUP else f"{at}/survive/{promise}"
        place = where(records, path, at)
        word = f"backup: {policy.backup}" if promise == BACKUP else f"survive {promise}"
        return f"{word} ({place})" if place else word

    if not conflict.promises:
        text = f"'{site}' has no two lines, even if its class had to survive nothing."
        hint = "Let another carrier or a mobile operator serve it, or add a duct."
        return Problem("E-PLAN-303", text, hint, where(records, f"site/{site}"))
    text = f"no paths from '{site}' to the core keep together: {', '.join(map(named, conflict.promises))}."
    if conflict.through:
        text += f" Every path passes {', '.join(_group(candidates, group) for group in conflict.through)}."
    hint = "Let another carrier or a mobile operator serve it, or add a duct"
    if conflict.enough:
        each = " or ".join(
            f"'backup: any' instead of '{policy.backup}'" if one == BACKUP else f"not to survive {one}"
            for one in conflict.enough
        )
        hint += f"; the least that is enough for this site alone: {each}"
    site_class = candidates.sites[site].site_class
    priced = [(vnd, one) for one in conflict.enough if (vnd := prices.of(site_class, one)) is not None]
    if priced:
        vnd, one = min(priced)
        words = "'backup: any'" if one == BACKUP else f"not to survive {one}"
        hint += f". Cheapest promise of class {site_class} after which a plan was found: {words}; "
        hint += f"that network costs {vnd:,} VND over the horizon, Internet links apart"
    return Problem("E-PLAN-303", text, f"{hint}.", where(records, f"site/{site}"))


def _group(candidates: Candidates, group: str) -> str:
    kind, _, name = group.partition(":")
    place = where(candidates.network.records, f"{kind}/{name}")
    return f"{group} ({place})" if place else group
