"""What a survivable design is: modules per link, cost, bound, and what is needed to check it without solving again."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Status = Literal["optimal", "feasible", "infeasible", "unknown"]


@dataclass(frozen=True, slots=True)
class Bought:
    """What is bought on one link."""

    link: str
    modules: tuple[int, ...]
    """How many of each module, in the order of the link's modules; empty where capacity is linear."""
    capacity: float
    """Capacity bought; what was there already not included."""
    cost: float
    """Modules and fixed charge."""


@dataclass(frozen=True, slots=True)
class PathFlow:
    """Flow of one commodity on one path."""

    source: str
    target: str
    links: tuple[str, ...]
    """In the order travelled."""
    flow: float


@dataclass(frozen=True, slots=True)
class Inequality:
    """One valid inequality with its derivation (docs/models/survivable.md) and its multiplier in the bound."""

    states: tuple[str, ...]
    lengths: tuple[tuple[str, int, int], ...]
    """(link, length from source to target, length back); equal on undirected links."""
    b: float
    """Right-hand side before rounding."""
    divisor: float
    """0: not rounded, scaled to right-hand side 1."""
    multiplier: float
    weights: Mapping[str, tuple[tuple[float, float], ...]] | None = None
    """Facet of a cut or of three groups, right-hand side 1: link → (capacity reached, what it counts) rising."""
    groups: tuple[tuple[str, int], ...] = ()
    """Node → group 0, 1 or 2 where the facet is that of three groups; states, lengths and b then say nothing."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """A lower bound that can be checked without a search: Lagrange multipliers of valid inequalities."""

    bound: float
    inequalities: tuple[Inequality, ...]
    halved: bool = False
    """They are of the undirected question with the demands of one way: the same where both ways ask for equal flows."""


@dataclass(frozen=True, slots=True)
class Impossible:
    """Why there is no design: one state and lengths of links whose inequality fails with everything bought."""

    state: str
    side: tuple[str, ...]
    """Nodes on one side, when the lengths are a cut; else empty."""
    lengths: tuple[tuple[str, int, int], ...]
    """As in `Inequality`; only links that are up in the state."""
    needed: float
    """Traffic that must cross, times length; infinite when ends are not connected at all."""
    available: float
    """What all that can be bought would hold."""
    text: str
    """In words, with the bridge or the cut named."""


@dataclass(frozen=True, slots=True)
class Design:
    """The answer."""

    status: Status
    objective: float | None
    bound: float | None
    links: tuple[Bought, ...] = ()
    """Every link on which something is bought, in the order of the instance."""
    routing: Mapping[str, tuple[PathFlow, ...]] = field(default_factory=dict)
    """State → flows that carry everything that is alive in it."""
    certificate: Certificate | None = None
    impossible: Impossible | None = None
    protection: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = field(default_factory=dict)
    """1+1: demand → links of its first and its second path, in the order travelled."""
    work: Mapping[str, int] = field(default_factory=dict)
    cut_short: bool = False
    """The clock or the user ended the search."""
