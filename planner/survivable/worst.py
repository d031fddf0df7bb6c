"""Which failure states need looking at for a given capacity, the likeliest to fail first.

A state is implied by another in which as much is alive and every bundle of lanes has lost at least as much: the loss of
the smaller of two parallel links by that of the larger one, that of a link on which nothing is bought by any other.
"""

import numpy as np

from planner.survivable.compiled import Compiled, Floats, Ints

FORGET = 0.95
"""What a refusal counts after the next one."""


class Worst:
    """Orders the states of a problem."""

    def __init__(self, problem: Compiled, bundle: Ints, bundles: int) -> None:
        self.problem, self.bundle, self.bundles = problem, bundle, bundles
        alive = problem.alive
        self.as_alive = np.array([(alive >= alive[state]).all(axis=1) for state in range(len(alive))])
        """S × S: in the second at least as much is alive as in the first."""
        self.refused = np.zeros(len(problem.states))
        self.state_of, self.lane_of = np.nonzero(problem.lane_down)

    def states(self, capacity: Floats) -> list[int]:
        """Return the states that no other implies with this capacity (L), those that refused lately first."""
        problem = self.problem
        lost = np.zeros((len(problem.states), self.bundles))
        np.add.at(lost, (self.state_of, self.bundle[self.lane_of]), capacity[problem.lane_link[self.lane_of]])
        order = np.lexsort((np.arange(len(lost)), -problem.alive.sum(axis=1), -lost.sum(axis=1)))
        kept: list[int] = []
        for state in order.tolist():
            some = np.flatnonzero(lost[state])
            if not (self.as_alive[state, kept] & (lost[kept][:, some] >= lost[state, some]).all(axis=1)).any():
                kept.append(state)
        kept.sort(key=lambda state: (-self.refused[state], state))
        return kept

    def blame(self, state: int) -> None:
        """Note that a state refused a capacity."""
        self.refused *= FORGET
        self.refused[state] += 1.0
