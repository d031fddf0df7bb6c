"""What the program decides: purchases of a band, modules of a link year by year, what was proved."""

from collections.abc import Mapping
from dataclasses import dataclass

from planner.growth import Band
from planner.years.fleet import Key
from planner.years.upgrades import Option, Path


@dataclass(frozen=True, slots=True)
class Upgrade:
    """A link whose modules change in some band."""

    link: str
    planned: Option
    paths: Mapping[Band, tuple[Path, ...]]


@dataclass(frozen=True, slots=True)
class Chosen:
    """What is bought in one band; year 0 is common."""

    hosts: dict[tuple[Key, int], int]
    """(pool, model, rack) and year → hosts beyond the plan's."""
    racks: dict[tuple[str, int], int]
    boxes: dict[tuple[str, str, int], int]
    """Workload, rack, year → appliances beyond the plan's."""
    paths: dict[str, Path]


@dataclass(frozen=True, slots=True)
class Outcome:
    """One solved program."""

    chosen: dict[Band, Chosen]
    objective_vnd: float
    bound_vnd: float
    nodes: int
    stopped: bool
    missing: float
    """Share of needs that nothing satisfies, summed."""
    lacking: dict[str, int]
    """What they are of → first year, from 0."""
    over_vnd: float
    """Purchases above the budgets, weighted."""
