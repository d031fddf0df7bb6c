"""Seeded Monte Carlo over failure states: how often each node is cut off, with a confidence interval.

Every element (link, node, risk group) fails independently with the probability given; a draw is the set of those that
are down. Equal draws are one state, asked once. Intervals are exact (Clopper, Pearson, *Biometrika* 26, 1934).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta

from planner.failures.graph import Bools, FailureGraph, Floats, Ints
from planner.failures.reach import cut_off
from planner.failures.states import States, singles, together, unpack

Bytes = NDArray[np.uint8]
CHUNK = 4096


@dataclass(frozen=True)
class Sample:
    """Draws of one seed: distinct states and how often each was drawn."""

    states: States
    times: Ints
    """State → number of draws."""

    @property
    def draws(self) -> int:
        """Number of draws."""
        return int(self.times.sum())


@dataclass(frozen=True)
class Estimate:
    """Share of draws in which each node is down or cut off."""

    draws: int
    share: Floats
    low: Floats
    high: Floats


def sample(graph: FailureGraph, probability: Mapping[str, float], draws: int, seed: int) -> Sample:
    """Draw states.

    Parameters
    ----------
    graph
        What fails.
    probability
        `link:…`, `node:…` or the name of a group → probability that it is down; others never fail.
    draws, seed
        How many; the same seed draws the same.

    Raises
    ------
    KeyError
        An element that the graph does not have.

    """
    elements = singles(graph)
    number = {name: k for k, name in enumerate(elements.names)}
    chosen = sorted(number[name] for name in probability)
    chance = np.array([probability[elements.names[k]] for k in chosen])
    draw = np.random.Generator(np.random.PCG64(seed))
    packed = [
        np.packbits(draw.random((min(CHUNK, draws - first), len(chosen))) < chance, axis=1)
        for first in range(0, draws, CHUNK)
    ]
    rows, times = _distinct(np.concatenate(packed))
    down: Bools = np.unpackbits(rows, axis=1, count=len(chosen)).view(np.bool_)
    return Sample(together(elements.subset(chosen), down), times)


def _distinct(rows: Bytes) -> tuple[Bytes, Ints]:
    """Return the different rows in lexicographic order, and how often each is there."""
    words = np.pad(rows, ((0, 0), (0, -rows.shape[1] % 8))).view(">u8")
    order = np.lexsort(words.T[::-1]) if words.shape[1] else np.arange(len(rows))
    words = words[order]
    firsts = np.flatnonzero(np.r_[True, (words[1:] != words[:-1]).any(axis=1)][: len(rows)])
    return rows[order[firsts]], np.diff(np.r_[firsts, len(rows)])


def estimate(drawn: Sample, confidence: float = 0.95) -> Estimate:
    """Return how often each node is down or cut off."""
    states = drawn.states
    hit = np.zeros(len(states.graph.nodes), dtype=np.int64)
    for first in range(0, len(states), CHUNK):
        part = states.stretch(first, min(first + CHUNK, len(states)))
        gone: Bools = unpack(cut_off(part) | part.nodes_down, len(part))
        hit += gone @ drawn.times[first : first + len(part)]
    low, high = interval(hit, drawn.draws, confidence)
    return Estimate(drawn.draws, hit / drawn.draws, low, high)


def interval(hits: Ints, draws: int, confidence: float) -> tuple[Floats, Floats]:
    """Return the exact binomial interval of a share."""
    tail = (1 - confidence) / 2
    low = np.where(hits == 0, 0.0, beta.ppf(tail, np.maximum(hits, 1), draws - hits + 1))
    high = np.where(hits == draws, 1.0, beta.ppf(1 - tail, hits + 1, np.maximum(draws - hits, 1)))
    return low, high
