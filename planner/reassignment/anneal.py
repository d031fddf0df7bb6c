"""Annealing by sweeps over pairs of machines, with moves that are dearer while it is hot.

    max(price of a move, κ T)        κ "cling"

A process has many places to be away and one to be at home: at temperature T chance alone would keep most of them away,
as long as a move costs less than about T times the logarithm of the number of places. Moves that are as dear as that
keep those at home which gain nothing by a move, and with them the transient resources of their machines free. The price
falls with T to what it is. T falls geometrically; sweeps are counted, the clock only makes them fewer.
"""

import math

import numpy as np

from planner.limits import Watch
from planner.reassignment.pairs import Pairs
from planner.reassignment.problem import Estate

HOT = 0.25
"""First temperature, of the median weight of what a process needs."""
COLD = 3e-5
"""Last temperature, of the first."""
LEVELS = 200
SIZES = (0, 8, 10)
"""Subsets that are drawn from, 0 for swaps, in turns."""
LATE = 1.7
"""By how much annealing may take longer than estimated before it cools faster."""


def sweep_s(estate: Estate, size: int) -> float:
    """Return about how many seconds a sweep takes: a figure for schedules, not a measurement."""
    machines, processes = estate.capacity.shape[0], len(estate.service)
    sets = 1 << size if size else (processes / machines + 4) ** 2
    terms = len(estate.load_weight) + len(estate.balances) + 1
    return float(0.7e-3 + machines / 2 * (6e-9 * sets * terms + 10e-6))


def first_temperature(estate: Estate) -> float:
    """Return a temperature at which moves of middling processes are common."""
    weights = estate.requirement @ estate.load_weight
    return max(1.0, HOT * float(np.median(weights)))


def anneal(pairs: Pairs, heat: float, cling: float, seconds: float, watch: Watch) -> None:
    """Anneal from `heat` times the first temperature, for about so long; end with the best, improved to the full."""
    estate, began = pairs.estate, watch.seconds
    hottest = heat * first_temperature(estate)
    coldest = max(0.1, COLD * hottest / heat)
    turns = max(1, math.ceil(seconds / sum(sweep_s(estate, size) for size in SIZES)))
    levels = min(LEVELS, turns)
    for level, temperature in enumerate(np.geomspace(hottest, min(hottest, coldest), levels).tolist()):
        pairs.raise_prices(cling * temperature)
        for _ in range(math.ceil(turns / levels)):
            for size in SIZES:
                pairs.sweep(temperature, size)
            if watch.over:
                break
            if watch.seconds - began > LATE * seconds * (level + 1) / levels:
                break
    pairs.begin(pairs.best)
    descend(pairs, LATE * seconds, watch)


def descend(pairs: Pairs, seconds: float, watch: Watch) -> None:
    """Exchange while anything gains, for so long at most."""
    pairs.raise_prices(0.0)
    idle, began = 0, watch.seconds
    while idle < len(pairs.use) and not watch.over and watch.seconds - began < seconds:
        before = pairs.cost
        for size in SIZES[:2]:
            pairs.sweep(0.0, size)
        idle = 0 if pairs.cost < before else idle + 1
