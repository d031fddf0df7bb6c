"""How the modules of one link may change over the years: every sequence that is worth considering.

    path = (o_0, …, o_{H-1})      C(o_y) ≥ need(y) / ρ ,   C(o_{y+1}) ≥ C(o_y)
    paid at the start of year y:  Σ_m f_m · max(0, n_m(o_y) - n_m(o_{y-1}))        rent of a month: Σ_m r_m · n_m(o_y)

o_y  numbers n_m of modules of each kind in year y, a smallest cover of the need of some year      C  its capacity
f_m  one-off price, r_m  month's rent of a module      n(o_{-1})  those leased before the plan      ρ  largest occupancy
A smallest cover stops covering when any module is taken away: more would be paid for nothing. A path that is dearer
than another with the same first step in present value and in no year's purchases cheaper is left out. The proof of
the years is over these paths.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from planner.money import SCALE
from topology.model import CandidateLink

Option = tuple[int, ...]
"""Numbers of modules in the order of the link's kinds."""
SLACK_MBPS = 1e-6
MOST_OPTIONS = 8
"""Of more covers that may pay only those of least rent are considered; links hold few kinds."""


@dataclass(frozen=True, slots=True)
class Path:
    """One sequence with its payments."""

    options: tuple[Option, ...]
    """Of each year."""
    one_off_vnd: tuple[int, ...]
    """Of each year, at its start."""
    monthly_vnd: tuple[int, ...]
    """In each year."""
    cost_vnd: float
    """Present value."""


@dataclass(frozen=True, slots=True)
class Worth:
    """Present values: of one đồng at the start of a year, and of one a month through it."""

    start: tuple[float, ...]
    months: tuple[float, ...]

    @classmethod
    def of(cls, rate: float, annuity_millionths: int, years: int) -> "Worth":
        """Take the yearly rate and one year's annuity."""
        start = tuple((1 + rate) ** -y for y in range(years))
        return cls(start, tuple(one * annuity_millionths / SCALE for one in start))


def capacity(link: CandidateLink, option: Option) -> float:
    """Mbit/s each way."""
    return sum(module.capacity_mbps * count for module, count in zip(link.modules, option, strict=True))


def largest(link: CandidateLink) -> float:
    """Capacity that the link can hold at most."""
    return sum(module.capacity_mbps * module.max_count for module in link.modules)


def covers(link: CandidateLink, need_mbps: float) -> list[Option]:
    """Return the smallest covers of a need: no module of them can be left out."""
    found = []
    for counts in itertools.product(*(range(module.max_count + 1) for module in link.modules)):
        have = capacity(link, counts)
        if have + SLACK_MBPS < need_mbps or not any(counts):
            continue
        used = [m.capacity_mbps for m, n in zip(link.modules, counts, strict=True) if n]
        if all(have - one + SLACK_MBPS < need_mbps for one in used) or (sum(counts) == 1):
            found.append(counts)
    return found


def options(link: CandidateLink, needs_mbps: Sequence[float], planned: Option, year: float) -> tuple[Option, ...]:
    """Return the plan's modules and the covers that may pay, by capacity.

    A cover does not pay when one that lasts for ever costs no more a month, and no more in its first year even if only
    one module of the other has to be bought (`year`: present value of one đồng a month through one year).
    """
    most = max(needs_mbps)
    found = {cover for need in set(needs_mbps) for cover in covers(link, need)} - {planned}

    def monthly(option: Option) -> int:
        return sum(m.monthly_vnd * n for m, n in zip(link.modules, option, strict=True))

    def once(option: Option) -> list[int]:
        return [m.one_off_vnd for m, n in zip(link.modules, option, strict=True) for _ in range(n)]

    for lasting in sorted(found, key=lambda option: (monthly(option), option)):
        if lasting in found and capacity(link, lasting) + SLACK_MBPS >= most:
            first = sum(once(lasting)) + year * monthly(lasting)
            found = {
                option
                for option in found
                if option == lasting
                or monthly(option) < monthly(lasting)
                or min(once(option)) + year * monthly(option) < first
            }
    cheapest = sorted(found, key=lambda option: (monthly(option), sum(once(option)), option))
    kept = {planned, *cheapest[:MOST_OPTIONS]}
    if all(capacity(link, option) + SLACK_MBPS < most for option in kept):  # the first that lasts, however dear
        kept.add(next(option for option in cheapest if capacity(link, option) + SLACK_MBPS >= most))
    return tuple(sorted(kept, key=lambda option: (capacity(link, option), monthly(option), option)))


def paths(
    link: CandidateLink, choices: Sequence[Option], needs_mbps: Sequence[float], worth: Worth
) -> tuple[Path, ...]:
    """Return the sequences worth considering for the needs of the years; those above `largest` must be cut to it."""
    have = {option: capacity(link, option) for option in choices}
    before = tuple(module.existing for module in link.modules)
    kept: dict[Option, list[Path]] = {}
    for sequence in itertools.combinations_with_replacement(choices, len(needs_mbps)):
        if all(have[option] + SLACK_MBPS >= need for option, need in zip(sequence, needs_mbps, strict=True)):
            kept.setdefault(sequence[0], []).append(_priced(link, before, sequence, worth))
    return tuple(path for several in kept.values() for path in _undominated(several))


def _priced(link: CandidateLink, before: Option, sequence: tuple[Option, ...], worth: Worth) -> Path:
    paid, rent = [], []
    for option in sequence:
        pairs = list(zip(link.modules, option, before, strict=True))
        paid.append(sum(module.one_off_vnd * max(0, now - then) for module, now, then in pairs))
        rent.append(sum(module.monthly_vnd * now for module, now, _ in pairs))
        before = option
    cost = sum(p * s + r * m for p, r, s, m in zip(paid, rent, worth.start, worth.months, strict=True))
    return Path(sequence, tuple(paid), tuple(rent), cost)


def _undominated(several: list[Path]) -> list[Path]:
    front: list[Path] = []
    for path in sorted(several, key=lambda path: (path.cost_vnd, path.one_off_vnd, path.options)):
        if not any(all(a <= b for a, b in zip(old.one_off_vnd, path.one_off_vnd, strict=True)) for old in front):
            front.append(path)
    return front
