"""A plan from trunks of the largest size: the other trunks for shares of the sites, then homes for whole sites.

1. Trunks in whole numbers, sites in shares, over columns that look cheap at the optimum in shares; trunks are taken as
   a little smaller than they are, so that whole sites will fit.
2. Sites in whole numbers: those that are whole in shares stay; what is bought may only grow.
3. Sites around two hubs with all trunks but the largest, two by two, the other sites as they are (Shaw, 1998).

A step that finds nothing is tried again over more columns.
"""

from collections.abc import Sequence
from time import monotonic

import numpy as np

from planner.homing.arrays import Arrays, Floats
from planner.homing.condensed import Row

ROOM = 0.015
"""Share of a trunk that is left free."""
TRUNK_GAP = 0.003
TRUNK_NODES = 400
TRUNK_TIME = 0.3
"""Of the clock's rest: a safety net."""
HOME_GAP = 0.0005
HOME_NODES = 100
HOME_TIME = 0.3
AROUND_GAP = 0.0003
AROUND_NODES = 30
AROUND_TIME = 0.3
TINY = 1e-6
HALF = 0.5


def filled(arrays: Arrays, large: Sequence[Row], effort: float, seconds: float) -> Floats | None:
    """Return values of all columns; None when a step found none."""
    tight = arrays.tightened(ROOM)
    everything = np.ones(len(arrays.costs), dtype=bool)
    shares = tight.shares(large, seconds)
    if shares is None or not len(shares.point):
        return None
    cheap = (shares.point > TINY) | (shares.reduced < arrays.near)
    whole = arrays.whole & ~arrays.homes
    nodes, most = max(1, round(TRUNK_NODES * effort)), TRUNK_TIME * seconds
    bought = None
    for program, kept in ((tight, cheap), (arrays, everything)):
        if bought is None:
            _, bought = program.integers(large, kept, whole, gap=TRUNK_GAP, nodes=nodes, seconds=most)
    if bought is None:
        return None
    held = (*large, *as_bought(arrays, bought))
    shares = arrays.shares(held, seconds)
    if shares is None or not len(shares.point):
        return None
    near = ~arrays.homes | (shares.point > TINY) | (shares.reduced < arrays.near)
    settled = np.zeros(len(arrays.costs), dtype=bool)
    for own in arrays.choices:
        settled[own] = (shares.point[own] > 1 - TINY).any()
    nodes, most = max(1, round(HOME_NODES * effort)), HOME_TIME * seconds
    values = None
    for kept in (near & (~settled | (shares.point > TINY)), near, everything):
        if values is None:
            _, values = arrays.integers(held, kept, arrays.whole, gap=HOME_GAP, nodes=nodes, seconds=most)
    if values is None:
        return None
    return _polished(arrays, large, (values, shares.reduced), effort, seconds)


def _polished(
    arrays: Arrays, large: Sequence[Row], found: tuple[Floats, Floats], effort: float, seconds: float
) -> Floats:
    """Free the sites around two hubs with all trunks but the largest, two by two."""
    began = monotonic()
    values, reduced = found
    best = float(arrays.costs @ values)
    cheap = ~arrays.homes | (reduced < arrays.near)
    nodes = max(1, round(AROUND_NODES * effort))
    for pair in (set(one) for one in arrays.trunks if 0 not in one):
        left = AROUND_TIME * seconds - (monotonic() - began)
        if left <= 0:
            break
        kept = cheap.copy()
        for own, ends in zip(arrays.choices, arrays.ends, strict=True):
            now = int(np.argmax(values[own]))
            if not ends[now] & pair:
                kept[own] = False
            kept[own[now]] = True
        _, trial = arrays.integers(large, kept, arrays.whole, gap=AROUND_GAP, nodes=nodes, seconds=left)
        if trial is not None and float(arrays.costs @ trial) < best - TINY:
            values, best = trial, float(arrays.costs @ trial)
    return values


def as_bought(arrays: Arrays, values: Floats) -> list[Row]:
    """Say that every bundle that is bought is bought as it is or dearer."""
    rows = []
    for own in arrays.trunks.values():
        paid = sum(t.price * values[t.column] for t in own if values[t.column] > HALF)
        if paid:
            rows.append(Row(tuple((t.column, 1.0) for t in own if t.price >= paid - TINY), least=1.0))
    return rows
