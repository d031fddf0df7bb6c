"""All single failures (links, nodes, ducts): who is cut off, and the most that still reaches the core."""

from pathlib import Path

import numpy as np

from planner.failures import best_possible, compile_graph, cut_off, singles, unpack
from planner.failures.states import States
from tests.benchmarks.peers import flowing, reaching
from tests.benchmarks.peers.contest import Problem, compare
from tests.benchmarks.peers.instances import candidates, generated

PROVINCE = Path(__file__).resolve().parents[3] / "inventory" / "hoa-binh"


def problems() -> list[Problem]:
    """Return the generated province and the candidate links of the real one."""
    graph, root = candidates(PROVINCE)
    both = [("generated", compile_graph(generated(), "n-0")), ("Hòa Bình, candidates", compile_graph(graph, root))]
    return [Problem.of(name, compiled, singles(compiled)) for name, compiled in both]


def fresh(problem: Problem) -> States:
    """Return the states without anything worked out before."""
    old = problem.states
    return States(old.graph, old.names, old.links, old.link_at, old.nodes, old.node_at)


def who(problem: Problem) -> list[int]:
    """Return ours: who is cut off in each state, as its number."""
    states = fresh(problem)
    lost = cut_off(states)
    bits = unpack(lost, len(states))
    found = np.zeros(len(states), dtype=np.uint64)
    nodes, columns = np.nonzero(bits)
    np.add.at(found, columns, problem.key[nodes])
    return [int(number) for number in found]


def most(problem: Problem) -> list[int]:
    """Return ours: the best possible of each state."""
    return [int(value) for value in best_possible(fresh(problem)).value]


def main() -> int:
    """Compare; 0 when all answers are equal."""
    good = True
    for problem in problems():
        good &= compare("who is cut off, every single failure", problem, who, reaching.TOOLS)
        good &= compare("the best possible, every single failure", problem, most, flowing.TOOLS)
    return 0 if good else 2
