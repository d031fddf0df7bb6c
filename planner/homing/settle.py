"""A part by its condensed program: plans by CP-SAT made real link by link, the bound by branch and bound beside it.

Meant for parts where no commune is passed: each site's own lines are then priced in its routes, so that only the
backbone is shared, and the condensed program is small and tight.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from planner.homing.assign import Effort
from planner.homing.branch import Tree
from planner.homing.condensed import Condensed
from planner.homing.instance import COMMUNE, Instance
from planner.homing.paths import Path
from planner.homing.realise import realise
from planner.homing.rounds import whole
from planner.homing.routing import Pair, cost, loads
from planner.homing.seek import seek
from planner.limits import Watch

SMALL = 1000
"""Columns up to which HiGHS is left to prove it alone."""
NODES = 20_000
"""Its nodes, at effort 1."""
ALONE = 0.6
"""Of the clock's rest, the most for that: a safety net."""
WORK = 15.0
"""CP-SAT's deterministic seconds without the largest size."""
MORE = 5.0
"""And with all sizes."""
REAL = 4.0
"""And to share parallel links out."""
SHARE = 0.3
"""Of the clock's rest, the most for one of these: a safety net."""


@dataclass(frozen=True, slots=True)
class Settled:
    """What came out for one part."""

    pairs: Mapping[int, Pair] | None
    """None when nothing was found."""
    bound: float
    """No plan of the part is cheaper."""


def starlike(instance: Instance, part: Mapping[int, Sequence[Path]]) -> bool:
    """Whether no path of a part passes a commune."""
    return all(instance.tiers[node] != COMMUNE for own in part.values() for path in own for node in path.nodes)


def settle_stars(
    instance: Instance,
    parts: Sequence[Mapping[int, Sequence[Path]]],
    watch: Watch,
    closed: float,
    report: Callable[[str, float], None] | None = None,
) -> tuple[dict[int, Pair], float, dict[int, Sequence[Path]]]:
    """Settle the parts in which no commune is passed.

    Returns pairs of their sites, the sum of their bounds, and the paths of the sites that are left to others. A part
    may take the clock's share of its sites among those that are still to be routed.
    """
    pairs: dict[int, Pair] = {}
    bound, left = 0.0, sum(len(part) for part in parts)
    rest: dict[int, Sequence[Path]] = {}
    for part in parts:
        if starlike(instance, part):
            until = watch.seconds + watch.left_s * len(part) / left
            own = Watch(replace(watch.limits, time_limit_s=until), watch.started)
            settled = settle(instance, part, own, closed, report)
            if settled.pairs is not None:
                pairs |= settled.pairs
                bound += settled.bound
                left -= len(part)
                continue
        rest |= part
    return pairs, bound, rest


def settle(
    instance: Instance,
    part: Mapping[int, Sequence[Path]],
    watch: Watch,
    closed: float,
    report: Callable[[str, float], None] | None = None,
) -> Settled:
    """Route the sites of a part; `closed` is the relative gap that counts as none."""
    program = Condensed(instance, part)
    if len(program.costs) <= SMALL:
        return _proved(program, part, watch, report) or _planned(program, part, watch, closed, report)
    tree = Tree(program, watch)
    try:
        found = _planned(program, part, watch, closed, report)
        price = cost(instance, loads(instance, found.pairs)) if found.pairs else float("inf")
        bound = tree.bound(price, closed)
    finally:
        tree.close()
    pairs = found.pairs
    if tree.values:
        effort = Effort(REAL * watch.limits.effort, max(1.0, watch.left_s), watch.limits.seed)
        real = realise(program, part, *program.chosen(tree.values), effort)
        if real and cost(instance, loads(instance, real)) < price:
            pairs = real
    return Settled(pairs, max(bound, found.bound, 0.0))


def _proved(
    program: Condensed,
    part: Mapping[int, Sequence[Path]],
    watch: Watch,
    report: Callable[[str, float], None] | None,
) -> Settled | None:
    """Solve a small program by HiGHS; None when that finds nothing that can be made real."""
    instance, effort = program.instance, watch.limits.effort
    found = whole(program, (), (), nodes=round(NODES * effort), seconds=ALONE * watch.left_s)
    if found.values is None:
        return None
    routes, bought = program.chosen(found.values.tolist())
    pairs = realise(program, part, routes, bought, Effort(REAL * effort, SHARE * watch.left_s, watch.limits.seed))
    if pairs is not None and report:
        report("condensed", cost(instance, loads(instance, pairs)))
    return None if pairs is None else Settled(pairs, max(found.bound, 0.0))


def _planned(
    program: Condensed,
    part: Mapping[int, Sequence[Path]],
    watch: Watch,
    closed: float,
    report: Callable[[str, float], None] | None,
) -> Settled:
    """Seek plans, without the largest size and with all; the bound is that of the latter."""
    instance, effort, seed = program.instance, watch.limits.effort, watch.limits.seed
    pairs, least = None, float("inf")
    values: list[float] | None = None
    bound = float("-inf")
    for largest, work in zip(instance.sizes[-2:], (WORK, MORE)[-len(instance.sizes) :], strict=True):
        found = seek(program, largest, values, Effort(work * effort, SHARE * watch.left_s, seed))
        if largest == instance.sizes[-1]:
            bound = found.bound
        if found.values is None:
            continue
        values = found.values
        real = realise(program, part, *program.chosen(values), Effort(REAL * effort, SHARE * watch.left_s, seed))
        price = cost(instance, loads(instance, real)) if real else float("inf")
        if price < least:
            pairs, least = real, price
            if report:
                report("condensed", least)
        if pairs is not None and least - bound <= closed * least:
            break
    return Settled(pairs, max(bound, 0.0))
