"""What a wish costs, as it is told: bounds, the plan behind them, what moves, why nothing keeps it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from planner.errors import Problem
from planner.forcing.wish import Kind, Wish
from planner.plan import Network as Decided
from topology.model import Network
from topology.order import natural

Status = Literal["already", "exact", "bounded", "impossible", "unknown"]


@dataclass(frozen=True, slots=True)
class Moved:
    """A line that is leased otherwise."""

    link: str
    before: Mapping[str, int]
    """Module → number; empty when it is not leased now."""
    after: Mapping[str, int]
    """The same with the wish."""


@dataclass(frozen=True, slots=True)
class Forced:
    """What wishes cost."""

    wishes: tuple[Wish, ...]
    status: Status
    at_least_vnd: int | None
    """No plan that keeps them costs less than the plan at hand and this; None: no plan keeps them, or nothing known."""
    at_most_vnd: int | None
    """A whole checked plan costs that much more than the plan at hand; None if none was found."""
    rise_at_least_vnd: int | None
    """The cheapest plan that keeps them costs at least that much more than the cheapest of all."""
    rise_at_most_vnd: int | None
    """At most."""
    reasons: tuple[Problem, ...] = ()
    """Why no plan keeps them."""
    sites: tuple[str, ...] = ()
    """Sites whose paths are others."""
    lines: tuple[Moved, ...] = ()
    """Lines that are leased otherwise."""
    points: tuple[str, ...] = ()
    """Concentration points of the plan with the wishes."""
    mobiles: int = 0
    """Sites on a mobile backup in it."""
    carriers: tuple[str, ...] = ()
    """Carriers of its lines."""
    states: int = 0
    """Failure states in which independent code has checked it."""
    part: Decided | None = None
    """The network half of that plan."""

    @property
    def exact(self) -> bool:
        """Whether both bounds meet."""
        return self.status == "exact"


def moved(before: Decided, after: Decided) -> tuple[Moved, ...]:
    """List the lines that two networks lease otherwise."""
    old = {link.id: dict(link.modules) for link in before.links}
    new = {link.id: dict(link.modules) for link in after.links}
    names = natural({*old, *new})
    return tuple(Moved(name, old.get(name, {}), new.get(name, {})) for name in names if old.get(name) != new.get(name))


def used_by(network: Network, one: Wish) -> tuple[Wish, ...]:
    """List what each site can be asked so that it uses a carrier, an exchange or a line."""
    found: dict[Wish, None] = {}
    for link in network.links:
        if link.kind in ("access", "mobile") and link.a in network.demands:
            if one.value == link.carrier:
                kind: Kind = "carrier" if link.kind == "access" else "backup-carrier"
                found[Wish(kind, one.value, link.a)] = None
            elif one.value == link.b:
                found[Wish("point", one.value, link.a)] = None
            elif one.value == link.id:
                found[Wish("backup-line", link.id, link.a)] = None
                if link.kind == "access":
                    found[Wish("line", link.id, link.a)] = None
    return tuple(found)


def impossible(wishes: Sequence[Wish], reasons: tuple[Problem, ...]) -> Forced:
    """Return that no plan keeps the wishes, and why."""
    return Forced(tuple(wishes), "impossible", None, None, None, None, reasons)


def no_line(site: str) -> Problem:
    """Say that a site has no line that may be its primary path."""
    text = f"no line can be the primary path of '{site}' then."
    return Problem("E-PLAN-301", text, "Ask for something else, or let another carrier serve it.")


def no_pair(site: str) -> Problem:
    """Say that a site has no two paths."""
    text = f"'{site}' has no two paths then that keep what its class is promised."
    return Problem("E-PLAN-303", text, "Ask for something else, or promise the class less.")
