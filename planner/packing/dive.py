"""A packing from the relaxation: fix what it is sure of, solve the rest again, until nothing is left.

Whole parts of the solution first, else the largest fraction (Vance 1994 calls it a dive). Patterns of the rest hold no
more of a kind than is left, which makes the rest's relaxation stronger on the way down. The choice among fractions is
shaken by a seeded draw: one dive in two or three succeeds on hard instances, so several small ones beat a long one.
"""

import numpy as np

from planner.limits import Watch
from planner.packing.columns import Pricing, whole_prices
from planner.packing.problem import Problem, Whole
from planner.packing.relaxation import CLEARLY, Relaxation
from planner.packing.rules import Packing, by_rules, hosts

ROUNDS, MORE_ROUNDS = 12, 40
"""Most rounds of pricing at each step down; more when only as many are made as the target needs."""
SHAKE = 0.2
FULL = 50.0
"""How much a free share of a host counts against a fraction."""


def dive(
    problem: Problem, patterns: list[Whole], target: int, watch: Watch, seed: int = 0, *, proofs: bool = True
) -> Packing:
    """Return a packing, on `target` hosts when the way down finds one; by the best patterns, or by some good ones."""
    draw = np.random.default_rng(seed)
    left = problem.counts.copy()
    fixed: Packing = []
    pool = patterns
    best: Packing | None = None
    while left.any():
        rest = problem.left(left)
        ended = by_rules(rest)
        if best is None or hosts(fixed) + hosts(ended) < hosts(best):
            best = [*fixed, *ended]
        if hosts(best) <= target or watch.over:
            break
        pool = [pattern for pattern in pool if (pattern <= rest.most).all()]
        relaxation = Relaxation(left)
        relaxation.add([*pool, *(pattern for pattern, _ in ended)])
        value = _optimum(relaxation, rest, target - hosts(fixed), proofs)
        if value is None or value > target - hosts(fixed) + CLEARLY:
            break
        pool = relaxation.patterns
        for pattern, times in _sure(relaxation, rest, draw, prefer_full=bool(seed % 2)):
            fixed.append((pattern, times))
            left = left - times * pattern
    if not left.any() and (best is None or hosts(fixed) < hosts(best)):
        best = fixed
    assert best is not None or not problem.counts.any()
    return best or []


def _optimum(relaxation: Relaxation, rest: Problem, target: int, proofs: bool) -> float | None:
    """Return the relaxation's value; where rounds are dear they end as soon as it is within the target."""
    pricing = Pricing(rest)
    value = relaxation.solve()
    for _ in range(ROUNDS if pricing.cheap else MORE_ROUNDS):
        if value is None or (not pricing.cheap and value <= target):
            break
        worth = whole_prices(relaxation.duals)
        better = pricing.better(worth)[1] if proofs else pricing.some(worth)
        if not relaxation.add(better):
            break
        value = relaxation.solve()
    return value


def _sure(relaxation: Relaxation, rest: Problem, draw: np.random.Generator, *, prefer_full: bool) -> Packing:
    """Return the patterns to fix: whole parts, else the most promising fraction; never more than is left."""
    x, left = relaxation.values, rest.counts.copy()
    order = np.flatnonzero(x >= 1 - CLEARLY)
    if not len(order):
        key = np.where(x > CLEARLY, x + SHAKE * draw.random(len(x)), -np.inf)
        if prefer_full:
            free = 1 - np.array(relaxation.patterns) @ rest.needs / np.maximum(rest.offer, 1)
            key -= FULL * free.mean(axis=1)
        order = np.array([int(np.argmax(key))])
    found: Packing = []
    for p in order.tolist():
        pattern = relaxation.patterns[p]
        used = np.flatnonzero(pattern)
        times = min(max(1, int(x[p] + CLEARLY)), int((left[used] // pattern[used]).min()))
        if times > 0:
            found.append((pattern, times))
            left -= times * pattern
    return found
