"""What availability costs: the same province under stricter and looser promises, each a full plan that was checked.

    point = (cost of the plan, Σ_s O_s · A_s / Σ_s O_s)        O_s officials of site s, A_s its estimated availability
    front = the points that no other beats in both              (ε-constraint over a list: Haimes and others, 1971)

A promise says of each class of sites what its backup is and whether it survives the loss of any one carrier. For a
budget ε the front answers with the most available promise of the list that costs no more; between the promises of the
list nothing is claimed. A promise without a plan is listed with the codes of its refusal.
"""

import dataclasses
import hashlib
import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from planner.network.lead import no_stricter
from planner.plan import Plan
from topology.model import Records
from topology.order import natural_key
from topology.schema.base import SiteClass
from topology.schema.network import ClassPolicy

RECORDED = "as recorded"
"""Promise of the records."""
UNDECIDED = frozenset({"E-PLAN-302", "E-PLAN-402"})
"""Codes that say that the limits ended the search, not that there is no plan."""


@dataclass(frozen=True, slots=True)
class Promise:
    """What the classes of sites are promised."""

    id: str
    """`commune fixed carrier, district any`: classes that differ from the records; `as recorded`."""
    steps: int
    """How far from the loosest promise of the list."""
    records: Records
    """With these promises and a digest of their own."""


@dataclass(frozen=True, slots=True)
class Point:
    """One promise with its plan's figures; without a plan, why there is none."""

    promise: str
    digest: str
    cost_vnd: int = 0
    """Present value of the plan."""
    one_off_vnd: int = 0
    """Purchases of the first year."""
    bound_vnd: int = 0
    """No plan that keeps the promise costs less."""
    expected_vnd: float = 0.0
    """Expected present value as demands grow; 0 when the clock left no time for it."""
    availability: float = 0.0
    """Mean over the sites, weighted by officials."""
    worst: float = 0.0
    """Of the site that is worst off."""
    proved: bool = False
    """Both halves are proved optimal."""
    refused: tuple[str, ...] = ()
    """Codes that say why there is no plan."""
    limit_s: float = 0.0
    """Time limit under which it was planned."""
    cut_short: bool = False
    """The clock ended the search."""

    @property
    def undecided(self) -> bool:
        """Whether neither a plan nor a proof that there is none was found."""
        return bool(self.refused) and bool(UNDECIDED & set(self.refused))


def promises(records: Records) -> tuple[Promise, ...]:
    """Return the promises of the list, the loosest first: those before one are no stricter, or not comparable."""
    names = sorted((name for name in records.classes if name != "core"), key=natural_key)
    ladders = [_ladder(name, records.classes[name]) for name in names]
    found: dict[str, Promise] = {}
    for steps in itertools.product(*(range(len(ladder)) for ladder in ladders)):
        chosen: dict[SiteClass, ClassPolicy] = {
            name: ladder[step] for name, ladder, step in zip(names, ladders, steps, strict=True)
        }
        differing = [(name, policy) for name, policy in chosen.items() if _said(policy) != _said(records.classes[name])]
        label = ", ".join(f"{name} {_said(policy)}" for name, policy in differing) or RECORDED
        digest = records.digest if not differing else hashlib.sha256(f"{records.digest} {label}".encode()).hexdigest()
        changed = dataclasses.replace(records, classes={**records.classes, **chosen}, digest=digest)
        found[label] = Promise(label, sum(steps), changed)
    return tuple(sorted(found.values(), key=lambda promise: (promise.steps, promise.id != RECORDED, promise.id)))


def looser(listed: Sequence[Promise], promise: Promise) -> tuple[Promise, ...]:
    """Return the promises of the list that are no stricter than another, without that one."""
    strict = promise.records.classes
    return tuple(one for one in listed if one is not promise and no_stricter(one.records.classes, strict))


def nearest(found: Iterable[Plan]) -> tuple[Plan, ...]:
    """Order plans of looser promises: whose network costs most says most of the stricter one."""
    return tuple(sorted(found, key=lambda plan: (-plan.costs.network.present_value_vnd, plan.digest)))


def _ladder(name: SiteClass, policy: ClassPolicy) -> list[ClassPolicy]:
    """Return the promises to one class, looser to stricter."""
    survive = tuple(kind for kind in policy.survive if kind != "carrier")
    found = []
    if policy.backup in ("any", "mobile"):
        found.append(policy.model_copy(update={"backup": "none", "survive": ()}))
    backups = [policy.backup] if policy.backup in ("none", "fixed") else [policy.backup, "fixed"]
    for backup in backups:
        found.append(policy.model_copy(update={"backup": backup, "survive": survive}))
        if backup != "none":
            found.append(policy.model_copy(update={"backup": backup, "survive": (*survive, "carrier")}))
    if policy not in found and not any(_said(one) == _said(policy) for one in found):
        found.insert(0, policy)
    return found


def _said(policy: ClassPolicy) -> str:
    return policy.backup + (" carrier" if "carrier" in policy.survive else "")


def point(promise: Promise, plan: Plan) -> Point:
    """Return the figures of a promise's plan."""
    officials = {site.id: max(1, site.officials) for site in promise.records.sites}
    shares = {site.id: plan.network.availability[site.id].share for site in plan.network.sites}
    weight = sum(officials[site] for site in shares)
    return Point(
        promise=promise.id,
        digest=promise.records.digest,
        cost_vnd=plan.costs.total.present_value_vnd,
        bound_vnd=plan.costs.total.present_value_vnd - _open_vnd(plan),
        one_off_vnd=plan.costs.total.one_off_vnd,
        expected_vnd=plan.years.expected_vnd if plan.years else 0.0,
        availability=round(sum(officials[site] * share for site, share in shares.items()) / weight, 8),
        worst=min(shares.values()),
        cut_short=any(proof.cut_short for proof in plan.proofs),
        proved=all(proof.status == "optimal" for proof in plan.proofs if proof.part != "years"),
    )


def _open_vnd(plan: Plan) -> int:
    """Return how far the plan may be from the cheapest: all together where that is bounded, else half by half."""
    proofs = [plan.joint] if plan.joint else [proof for proof in plan.proofs if proof.part != "years"]
    return math.ceil(sum(proof.objective - proof.bound for proof in proofs))


def front(points: Sequence[Point]) -> tuple[Point, ...]:
    """Return the points that no other beats in cost and availability, cheapest first.

    >>> figures = (("a", 3, 0.9), ("b", 5, 0.8), ("c", 9, 1.0))
    >>> [one.promise for one in front([Point(n, "", cost_vnd=c, availability=a) for n, c, a in figures])]
    ['a', 'c']
    """
    kept: list[Point] = []
    made = [one for one in points if not one.refused]
    for one in sorted(made, key=lambda one: (one.cost_vnd, -one.availability, one.promise)):
        if not kept or one.availability > kept[-1].availability:
            kept.append(one)
    return tuple(kept)


def within(points: Sequence[Point], budget_vnd: int) -> Point | None:
    """Return the most available point that costs no more than a budget."""
    return next((one for one in reversed(front(points)) if one.cost_vnd <= budget_vnd), None)
