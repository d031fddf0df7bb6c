"""One piece of work, many tools: each state's answer by each tool, compared state by state, seconds of processor time.

Ours answers all states. Another tool goes through the same states in a seeded order until they or its seconds end;
every answer must be equal. What it did not reach is extrapolated from what it did, and the table says so.
"""

import random
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np

from planner.failures import FailureGraph, States

Evaluate = Callable[[int], Any]
"""State → answer."""
PATIENCE_S = 12.0
"""Seconds for one tool and one piece of work."""


@dataclass(frozen=True)
class Problem:
    """A graph and its states, with what each state takes down as arcs."""

    name: str
    graph: FailureGraph
    states: States
    key: np.ndarray
    """Node → random 64-bit number: a set of nodes is told by their sum."""
    down: list[np.ndarray]
    """State → arcs that it takes down, worked out beforehand so that no tool is charged for it."""

    @classmethod
    def of(cls, name: str, graph: FailureGraph, states: States) -> "Problem":
        """Return a problem with the keys of seed 1."""
        key = np.random.Generator(np.random.PCG64(1)).integers(0, 2**63, len(graph.nodes), dtype=np.uint64)
        return cls(name, graph, states, key, [arcs_of(graph, *states.of(k)) for k in range(len(states))])

    def arcs(self, state: int) -> np.ndarray:
        """Return the arcs that a state takes down."""
        return self.down[state]

    def told(self, lost: np.ndarray) -> int:
        """Return the number that tells a set of nodes (mask)."""
        return int(self.key[lost].sum(dtype=np.uint64))

    def told_reached(self, state: int, reached: Sequence[int] | np.ndarray) -> int:
        """Return the number that tells who is cut off when these nodes reach the root."""
        lost = np.ones(len(self.graph.nodes), dtype=bool)
        lost[np.asarray(reached, dtype=np.int64)] = False
        _, nodes = self.states.of(state)
        if self.graph.root in nodes:
            lost[:] = True
        lost[nodes] = False
        return self.told(lost)


def arcs_of(graph: FailureGraph, links: np.ndarray, nodes: np.ndarray) -> np.ndarray:
    """Return the arcs over these links and at these nodes."""
    down = np.isin(graph.link, links)
    if len(nodes):
        down |= np.isin(graph.tail, nodes) | np.isin(graph.head, nodes)
    return np.flatnonzero(down)


def installed(module: str) -> bool:
    """Tell whether a tool can be imported."""
    try:
        import_module(module)
    except ImportError:
        return False
    return True


def label(package: str) -> str:
    """Return a tool's name with its version."""
    try:
        return f"{package} {version(package)}"
    except PackageNotFoundError:
        return package


def same(ours: Any, theirs: Any) -> bool:
    """Compare two answers; floats to a millionth."""
    if isinstance(ours, int):
        return bool(ours == theirs)
    return bool(np.isclose(ours, theirs, rtol=1e-6, atol=1e-6).all())


def compare(
    what: str,
    problem: Problem,
    ours: Callable[[Problem], Sequence[Any]],
    tools: dict[str, tuple[str, Callable[[Problem], Evaluate]]],
    all_states: int | None = None,
) -> bool:
    """Print a table; True when every answer of every tool equals ours.

    `tools` maps a package to (module, how to prepare it on a problem). `all_states` says for how many states ours works
    everything out when the problem holds only a sample of them.
    """
    write = sys.stdout.write
    given = len(problem.states)
    count = all_states or given
    write(
        f"\n{what}: {problem.name}, {len(problem.graph.nodes)} nodes, {len(problem.graph.links)} links, "
        f"{count} states\n"
    )
    write(f"  {'tool':<24} {'CPU s':>10} {'ms/state':>10} {'ratio':>9}   checksum\n")
    times = []
    for _ in range(3):
        began = time.process_time()
        answers = ours(problem)
        times.append(time.process_time() - began)
    mine = sorted(times)[1]
    write(f"  {'provdc':<24} {mine:10.4f} {1000 * mine / count:10.4f} {1:9.1f}   {checksum(answers)} (median of 3)\n")
    order = list(range(given))
    random.Random(1).shuffle(order)
    good = True
    for package, (module, prepare) in tools.items():
        if not installed(module):
            write(f"  {package:<24} not installed\n")
            continue
        began = time.process_time()
        evaluate = prepare(problem)
        ready = time.process_time() - began
        spent, done, equal = 0.0, 0, True
        for state in order:
            began = time.process_time()
            answer = evaluate(state)
            spent += time.process_time() - began
            equal &= same(answers[state], answer)
            done += 1
            if spent > PATIENCE_S:
                break
        total = ready + spent * count / done
        note = "equal" if equal else "DIFFERENT"
        if done < count:
            note += f" on {done} states; seconds extrapolated from them"
        write(f"  {label(package):<24} {total:10.3f} {1000 * total / count:10.4f} {total / mine:9.1f}   {note}\n")
        good &= equal
        sys.stdout.flush()
    return good


def checksum(answers: Sequence[Any]) -> str:
    """Return one number for all answers."""
    if isinstance(answers[0], int):
        return f"{sum(answers) % 2**64:016x}"
    return f"{float(np.sum(answers)):.6f}"
