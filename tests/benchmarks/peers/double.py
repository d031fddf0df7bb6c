"""All pairs of links: who is cut off. Ours twice, by cycles and by search; the others state by state."""

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from planner.failures import FailureGraph, LinkPairs, States, compile_graph, counts, link_pairs, make, partners, singles
from tests.benchmarks.peers import reaching
from tests.benchmarks.peers.contest import Problem, compare
from tests.benchmarks.peers.instances import candidates, generated
from tests.benchmarks.peers.sweep import PROVINCE

SAMPLE = 20_000
"""Pairs that the other tools are given; half of them are pairs that cut somebody off."""


@dataclass(frozen=True)
class Told(Sequence[int]):
    """Who each pair of a list cuts off, as numbers, looked up when asked."""

    problem: Problem
    pairs: LinkPairs
    never: np.ndarray

    def __len__(self) -> int:
        return len(self.problem.states)

    def __getitem__(self, state: int) -> int:  # type: ignore[override]
        one, two = self.problem.states.of(state)[0].tolist()
        return self.problem.told(self.pairs.cut_off(one, two) | self.never)


def sampled(graph: FailureGraph, table: np.ndarray) -> States:
    """Return pairs to compare on: half drawn from all, half from those that cut somebody off."""
    draw = np.random.Generator(np.random.PCG64(2))
    links = len(graph.links)
    cutting = np.argwhere(np.triu(table, 1) > 0)
    chosen = {tuple(row) for row in cutting[draw.permutation(len(cutting))[: SAMPLE // 2]].tolist()}
    while len(chosen) < min(SAMPLE, links * (links - 1) // 2):
        one, two = sorted(draw.integers(0, links, 2).tolist())
        if one != two:
            chosen.add((one, two))
    return make(graph, [(f"{graph.links[a]}+{graph.links[b]}", (a, b), ()) for a, b in sorted(chosen)])


def by_search(graph: FailureGraph) -> tuple[np.ndarray, np.ndarray]:
    """Return how many nodes each pair cuts off and each node's number of pairs, by search on words."""
    states = singles(graph, ("link",))
    table = np.zeros((len(states), len(states)), dtype=np.int32)
    exposure = np.zeros(len(graph.nodes), dtype=np.int64)
    for k, lost in partners(states):
        if lost.any():
            table[k] = counts(states, lost)
            exposure += np.bitwise_count(lost).sum(axis=1, dtype=np.int64)
    return table, exposure


def main() -> int:
    """Compare; 0 when all answers are equal."""
    write = sys.stdout.write
    began = time.process_time()
    graph = compile_graph(generated(), "n-0")
    pairs = link_pairs(graph)
    table, exposure = pairs.counts(), pairs.exposure()
    cycles = time.process_time() - began
    began = time.process_time()
    searched, searched_exposure = by_search(graph)
    search = time.process_time() - began
    good = bool((np.triu(table, 1) == np.triu(searched, 1)).all() and (exposure == searched_exposure).all())
    write(f"all {pairs.states:,} pairs of {len(graph.links)} links, {len(graph.nodes)} nodes: who is cut off\n")
    cutting = int((np.triu(table, 1) > 0).sum())
    write(f"  provdc, by cycles   {cycles:8.3f} s CPU, graph included   {cutting:,} pairs cut somebody off\n")
    write(f"  provdc, by search   {search:8.3f} s CPU, plain method     {'equal' if good else 'DIFFERENT'}: every pair")
    write(f", every node; node cut-offs {int(exposure.sum()):,}\n")
    problem = Problem.of("sample of pairs, half of them cutting", graph, sampled(graph, table))

    def ours(given: Problem) -> Sequence[int]:
        found = link_pairs(given.graph)
        found.counts()
        return Told(given, found, np.zeros(len(given.graph.nodes), dtype=bool))

    what = f"who is cut off: ours all {pairs.states:,} pairs of links, the others a sample"
    good &= compare(what, problem, ours, reaching.TOOLS, all_states=pairs.states)
    good &= province()
    return 0 if good else 2


def province() -> bool:
    """Pairs of ducts, exchanges and links of the real province's candidates: by search, sites let nothing pass."""
    multigraph, root = candidates(PROVINCE)
    graph = compile_graph(multigraph, root)
    states = singles(graph, ("node", "group"))
    began = time.process_time()
    cutting = 0
    for _, lost in partners(states):
        if lost.any():
            cutting += int((counts(states, lost) > 0).sum())
    spent = time.process_time() - began
    count = len(states) * (len(states) - 1) // 2
    sys.stdout.write(
        f"\nHòa Bình, candidates: {count:,} pairs of ducts and places in {spent:.2f} s CPU, {cutting:,} cut\n"
    )
    return True
