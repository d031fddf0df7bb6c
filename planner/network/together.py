"""Why sites together have no plan although every flow would fit: a minimal conflict, each removal seen to give a plan.

    C ⊆ { sites } ∪ { room of trunks } ∪ { equipment of exchanges } ∪ { class survives k }
    no plan keeps C;   a plan was found for C without c, for every c in C                          (conflict)

That there is no plan is proved by a whole program over all columns of all sites (`Search.impossible`). Deletion filter
(Chinneck 2008, §6.2), whole kinds first, then halves of what is left down to single ones (Junker 2004, QuickXplain): a
part stays out if there is still proved to be no plan. What could not be decided in the time stays in, and it is said
that the set may not be minimal. A large province is proved to have no plan by `planner.network.hubs`, which every plan
would give a solution.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from planner.errors import Problem, where
from planner.limits import Watch
from planner.network import mend
from topology.model import Network
from topology.order import natural_key

Kind = Literal["site", "trunk", "exchange", "survive"]
ORDER: tuple[Kind, ...] = ("trunk", "exchange", "survive", "site")
"""Kinds in the order in which they are tried."""


@dataclass(frozen=True, slots=True)
class Element:
    """A record, or a promise, that can be left out."""

    kind: Kind
    id: str
    """Site, trunk, exchange; `class:kind of failure` of a promise."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """What cannot stand together."""

    elements: tuple[Element, ...]
    minimal: bool
    """Whether leaving out any one was seen to give a plan."""


def elements(network: Network) -> tuple[Element, ...]:
    """List what may be in conflict."""
    found = [Element("trunk", link.id) for link in network.links if link.kind == "trunk"]
    found += [Element("exchange", exchange.id) for exchange in network.records.exchanges]
    classes = {site.site_class for site in network.records.sites if site.id in network.demands}
    found += [
        Element("survive", f"{name}:{kind}")
        for name in sorted(classes)
        for kind in network.records.classes[name].survive
    ]
    found += [Element("site", site) for site in network.demands]
    return tuple(sorted(found, key=lambda one: (ORDER.index(one.kind), natural_key(one.id))))


def without(network: Network, gone: Iterable[Element]) -> Network:
    """Return the network without sites, limits and promises."""
    out = {kind: {one.id for one in gone if one.kind == kind} for kind in ORDER}
    left = mend.relaxed(network, out["trunk"] | out["exchange"])
    classes = {
        name: policy.model_copy(
            update={"survive": tuple(kind for kind in policy.survive if f"{name}:{kind}" not in out["survive"])}
        )
        for name, policy in left.records.classes.items()
    }
    demands = {site: demand for site, demand in left.demands.items() if site not in out["site"]}
    return replace(left, demands=demands, records=replace(left.records, classes=classes))


def conflict(network: Network, watch: Watch) -> Conflict:
    """Return a minimal conflict of a network that is proved to have no plan."""
    every = elements(network)
    kept, minimal = list(every), True

    def impossible(gone: Sequence[Element]) -> bool | None:
        less = without(network, gone)
        if not less.demands:
            return False
        known = mend.outcome(less, watch, mend.ANY_PLAN).known
        return None if known == "unknown" else known == "none"

    for kind in ORDER[:-1]:
        rest = [one for one in kept if one.kind != kind]
        if impossible([one for one in every if one not in rest]):
            kept = rest
    parts = [[other for other in reversed(kept) if other.kind == "site"], [o for o in kept if o.kind != "site"]]
    while parts:
        part = parts.pop(0)
        rest = [other for other in kept if other not in part]
        told = impossible([other for other in every if other not in rest]) if part else False
        if told:
            kept = rest
        elif len(part) > 1:
            half = len(part) // 2
            parts = [part[:half], part[half:], *parts]
        elif told is None:
            minimal = False
    return Conflict(tuple(kept), minimal)


def problem(network: Network, watch: Watch) -> Problem:
    """Say what cannot stand together, and the cheapest change that was seen to be enough."""
    found = conflict(network, watch)
    named = ", ".join(_named(network, one) for one in found.elements)
    text = f"no choice of paths keeps these together, each being whole: {named}. All were looked at."
    text += " Without any one of them there is a plan." if found.minimal else " Fewer of them may conflict already."
    limits = [one.id for one in found.elements if one.kind in ("trunk", "exchange")]
    hint = mend.cheapest_change(network, limits, watch) if limits else None
    hint = hint or "Let a carrier that reaches the core serve one of the sites, or promise its class less."
    first = next((one for one in found.elements if one.kind == "site"), None)
    place = where(network.records, f"site/{first.id}") if first else None
    return Problem("E-PLAN-305", text, hint, place)


def _named(network: Network, one: Element) -> str:
    records = network.records
    if one.kind == "site":
        demand = network.demands[one.id]
        words, paths = f"'{one.id}' with {demand.peak_mbps:g} Mbit/s", [f"site/{one.id}"]
    elif one.kind == "exchange":
        most = next(exchange.max_trunk_mbps for exchange in records.exchanges if exchange.id == one.id)
        words = f"max_trunk_mbps {most:g} of '{one.id}'"
        paths = [f"exchange/{one.id}/max_trunk_mbps"]
    elif one.kind == "survive":
        name, _, kind = one.id.partition(":")
        words, paths = f"class {name} survives {kind}", [f"policy/classes/{name}/survive/{kind}"]
    else:
        link = next(link for link in network.links if link.id == one.id)
        words = f"max_per_link on '{one.id}'"
        paths = [f"module/{module.id}/max_per_link" for module in link.modules]
        paths += [f"module/{module.id}" for module in link.modules]
    place = where(records, *paths)
    return f"{words} ({place})" if place else words
