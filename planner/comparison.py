"""Two plans side by side: money, proof and risk first, then every decision that differs, by what it is about.

`planner.plan_io.compare` finds the single differences; here they are put together. Nothing is judged.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from planner.plan import Cost, Plan
from planner.plan_io import COSTS, Change, compare
from topology.order import natural_key

Group = Literal[
    "changeover",
    "network",
    "consolidation",
    "datacentre",
    "machines",
    "addresses",
    "services",
    "years",
    "money",
    "risk",
]
GROUPS: dict[Group, tuple[str, ...]] = {
    "changeover": ("line",),
    "network": ("site", "link", "concentration-point"),
    "consolidation": ("room", "bridges"),
    "datacentre": ("host",),
    "machines": ("machine",),
    "addresses": ("segment", "zone", "flow"),
    "services": ("service",),
    "years": ("purchase",),
    "money": ("cost",),
    "risk": ("risk",),
}
"""Group → kinds of difference in it, in the order in which a reader asks."""
FALLS = 10
"""Sites listed whose availability falls most."""
WORSE = 1e-6
"""Smallest change of an availability that is told."""


@dataclass(frozen=True, slots=True)
class Money:
    """Costs of one part, before and after."""

    part: str
    """As in `planner.plan_io.COSTS`; those that neither plan has are left out."""
    before: Cost
    after: Cost


@dataclass(frozen=True, slots=True)
class Terms:
    """What must be known to compare the costs of a plan with those of another."""

    horizon_years: int
    """Years that the costs cover."""
    discount_rate: float
    rooms_vnd: int
    """Present value of the small rooms that stay as they are, which no cost of the plan holds."""
    expected_vnd: float | None
    """Of all years, as demands grow; None where they were not worked out."""


@dataclass(frozen=True, slots=True)
class Risk:
    """What can go wrong with one plan, in a few numbers."""

    gap: float
    """(objective - bound) / objective of both halves."""
    worst_state: str | None
    """State that takes most sites off their fixed paths."""
    worst_sites: int
    """How many."""
    cut_off: tuple[str, ...]
    """Sites that some single failure parts from the core."""
    fullest_link: str | None
    fullest_state: str | None
    fullest_share: float
    lowest_site: str | None
    """Site with the lowest estimated availability."""
    lowest_availability: float | None
    full: tuple[str, ...]
    """Capacities of the ledger that are full: kind, id, resource."""
    nearly_full: int
    """Number of capacities that are nearly full."""


@dataclass(frozen=True, slots=True)
class Tally:
    """How many things of one kind come, go, change."""

    kind: str
    added: int
    removed: int
    changed: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything that differs between two plans."""

    before: str
    """Digest of the records of the first plan, with its scenarios."""
    after: str
    money: tuple[Money, ...]
    terms: tuple[Terms, Terms]
    risk: tuple[Risk, Risk]
    tallies: tuple[Tally, ...]
    """Kinds with differences only."""
    stay: tuple[int, int]
    """Machines of the data centre that stand where they stood, of those that both plans have."""
    sunk_vnd: int
    """Paid once in the first plan for lines that the second counts as there: its cost leaves them out."""
    groups: dict[Group, tuple[Change, ...]]
    """Groups with differences only."""

    @property
    def changes(self) -> tuple[Change, ...]:
        """All differences in the order of the groups."""
        return tuple(change for changes in self.groups.values() for change in changes)


def comparison(before: Plan, after: Plan) -> Comparison:
    """Compare two plans."""
    found = [*_lines(before, after), *compare(before, after), *_availability(before, after), *_ledger(before, after)]
    groups = {
        group: changes for group, kinds in GROUPS.items() if (changes := tuple(c for c in found if c.kind in kinds))
    }
    return Comparison(
        before=called(before),
        after=called(after),
        money=tuple(_money(before, after)),
        terms=(_terms(before), _terms(after)),
        risk=(risk(before), risk(after)),
        tallies=tuple(_tallies(found)),
        stay=_stay(before, after),
        sunk_vnd=_sunk(before, after),
        groups=groups,
    )


def _money(before: Plan, after: Plan) -> Iterator[Money]:
    for part in COSTS:
        sides: tuple[Cost, Cost] = (getattr(before.costs, part), getattr(after.costs, part))
        if any(side != Cost() for side in sides):
            yield Money(part, *sides)


def _terms(plan: Plan) -> Terms:
    rooms = plan.consolidation.rooms if plan.consolidation else ()
    return Terms(
        horizon_years=plan.costs.horizon_years,
        discount_rate=plan.costs.discount_rate,
        rooms_vnd=sum(room.saves_vnd for room in rooms if not room.moves),
        expected_vnd=plan.years.expected_vnd if plan.years else None,
    )


def _lines(before: Plan, after: Plan) -> Iterator[Change]:
    """Give what happens to each line in the changeover of the second plan, and when, unless the first does the same."""
    known = {line.link: line for line in before.changeover.lines} if before.changeover else {}
    for line in after.changeover.lines if after.changeover else ():
        if line.action != "keep" and known.get(line.link) != line:
            old = {"modules": line.before, "monthly_vnd": line.monthly_before_vnd}
            new = {
                "modules": line.after,
                "monthly_vnd": line.monthly_after_vnd,
                "once_vnd": line.one_off_vnd + line.transition_vnd,
                "order_by": line.order_by,
                "on": line.on,
            }
            yield Change("line", line.link, line.action, *(json.dumps(side, sort_keys=True) for side in (old, new)))


def _sunk(before: Plan, after: Plan) -> int:
    there = {link.id for link in after.network.links if link.existing}
    return sum(link.cost.one_off_vnd for link in before.network.links if link.id in there and not link.existing)


def _stay(before: Plan, after: Plan) -> tuple[int, int]:
    old, new = (
        {m.id: (m.host, m.rack) for m in p.machines if m.host or m.bottom_u is not None} for p in (before, after)
    )
    both = old.keys() & new.keys()
    return sum(old[name] == new[name] for name in both), len(both)


def called(plan: Plan) -> str:
    """Return what a plan is called: its province, its scenarios, the digest of its records."""
    return " + ".join([plan.province, *(use.id for use in plan.scenarios)]) + f" ({plan.short_digest})"


def risk(plan: Plan) -> Risk:
    """Return what can go wrong."""
    sweep = plan.network.sweep
    impact = dict(sweep.on_mobile)
    for state, sites in sweep.cut_off.items():
        impact[state] = impact.get(state, 0) + len(sites)
    worst = max(impact, key=lambda state: (impact[state], state), default=None)
    highest = max(sweep.highest, key=lambda item: (item[2], item[0]), default=None)
    shares = {site: found.share for site, found in plan.network.availability.items()}
    lowest = min(shares.items(), key=lambda item: (item[1], item[0]), default=None)
    halves = [proof for proof in plan.proofs if proof.part in ("network", "datacentre")]
    objective, bound = (sum(getattr(proof, name) for proof in halves) for name in ("objective", "bound"))
    return Risk(
        gap=(objective - bound) / objective if objective else 0.0,
        worst_state=worst,
        worst_sites=impact[worst] if worst else 0,
        cut_off=tuple(sorted({s for sites in sweep.cut_off.values() for s in sites}, key=natural_key)),
        fullest_link=highest[0] if highest else None,
        fullest_state=highest[1] if highest else None,
        fullest_share=highest[2] if highest else 0.0,
        lowest_site=lowest[0] if lowest else None,
        lowest_availability=lowest[1] if lowest else None,
        full=tuple(f"{e.kind} {e.id} {e.resource}" for e in plan.ledger if e.state == "full"),
        nearly_full=sum(e.state == "warn" for e in plan.ledger),
    )


def _availability(before: Plan, after: Plan) -> Iterator[Change]:
    """Give the sites and services of both plans whose estimated availability falls, the ten that lose most."""
    old, new = _shares(before), _shares(after)
    falls = [(old[site] - new[site], site) for site in old.keys() & new.keys() if old[site] - new[site] > WORSE]
    for _, site in sorted(falls, key=lambda fall: (-fall[0], natural_key(fall[1])))[:FALLS]:
        yield Change("risk", site, "availability", f"{old[site]:.6f}", f"{new[site]:.6f}")


def _shares(plan: Plan) -> dict[str, float]:
    found = {site: one.share for site, one in plan.network.availability.items()}
    for service in plan.services:
        if service.availability is not None and service.availability.centre is not None:
            found[service.id] = service.availability.centre
    return found


def _ledger(before: Plan, after: Plan) -> Iterator[Change]:
    """Give the capacities of both plans that fill up or are relieved."""
    held = {(one.kind, one.id, one.resource): one for one in before.ledger}
    for one in after.ledger:
        old = held.get((one.kind, one.id, one.resource))
        if old is not None and old.state != one.state:
            yield Change("risk", f"{one.id} {one.resource}", "capacity", old.state, one.state)


def _tallies(changes: list[Change]) -> Iterator[Tally]:
    for kind in [kind for kinds in GROUPS.values() for kind in kinds]:
        mine = [change for change in changes if change.kind == kind]
        added, removed = ({c.id for c in mine if c.what == what} for what in ("added", "removed"))
        changed = {change.id for change in mine} - added - removed
        if mine and kind != "line":
            yield Tally(kind, len(added), len(removed), len(changed))
