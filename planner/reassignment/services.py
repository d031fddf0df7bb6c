"""What services forbid: two processes on one machine, too few locations, a neighbourhood without what one depends on.

Counts that a move changes in a few places, so that permission for whole arrays of moves is a look-up, and soundness
after a move is a handful of comparisons.
"""

import numpy as np

from planner.reassignment.problem import Estate, Flags, Integers


class Services:
    """Counts of every service by machine, location and neighbourhood; one row more for `nobody`."""

    def __init__(self, estate: Estate, machine: Integers) -> None:
        self.estate = estate
        machines, services = len(estate.capacity), len(estate.spread)
        places, locations = int(estate.neighbourhood.max(initial=0)) + 1, int(estate.location.max(initial=0)) + 1
        self.place, self.location = estate.neighbourhood.tolist(), estate.location.tolist()
        self.taken = np.zeros((machines, services + 1), dtype=bool)
        """Whether a machine holds a process of a service."""
        self.taken[machine, estate.service] = True
        self.at = np.zeros((services + 1, locations), dtype=np.int32)
        """Processes of each service in each location."""
        np.add.at(self.at, (estate.service, estate.location[machine]), 1)
        self.spare = np.append(np.count_nonzero(self.at[:-1], axis=1) - estate.spread, locations)
        """Locations above those that each service must have."""
        self.present = np.zeros((services + 1, places), dtype=np.int32)
        """Processes of each service in each neighbourhood."""
        np.add.at(self.present, (estate.service, estate.neighbourhood[machine]), 1)
        self.lacks, self.wanted = np.zeros_like(self.present), np.zeros_like(self.present)
        """How many that it depends on a service would not find, how many depend on it, in each neighbourhood."""
        for s in range(services):
            self.lacks[s] = (self.present[estate.needs[s]] == 0).sum(axis=0)
            self.wanted[s] = (self.present[estate.needed_by[s]] > 0).sum(axis=0)
        sizes = np.bincount(estate.service, minlength=services)
        self.depend = [len(a) + len(b) > 0 for a, b in zip(estate.needs, estate.needed_by, strict=True)]
        self.spread = (estate.spread > 1).tolist()
        self.conflicts = bool((sizes > 1).any())
        self.spreads, self.depends = any(self.spread), any(self.depend)
        self.matter = self.conflicts or self.spreads or self.depends

    def forbidden(self, services: Integers, here: Integers, there: Integers) -> Flags:
        """Return what processes of `services`, shape (n, k), must not do: move from here to there, each shape (n,).

        Exact for one process that moves alone.
        """
        found: Flags = self.taken[there[:, None], services]
        if self.spreads:
            location = self.estate.location
            left, reached = location[here][:, None], location[there][:, None]
            loses = (self.at[services, left] == 1) & (self.at[services, reached] > 0) & (left != reached)
            found |= loses & (self.spare[services] <= 0)
        if self.depends:
            left, reached = self.estate.neighbourhood[here][:, None], self.estate.neighbourhood[there][:, None]
            breaks = (self.present[services, left] == 1) & (self.wanted[services, left] > 0)
            breaks |= self.lacks[services, reached] > 0
            found |= breaks & (left != reached)
        return found

    def move(self, s: int, here: int, there: int) -> None:
        """Count a process of s there and no longer here."""
        self.taken[here, s] = False
        self.taken[there, s] = True
        if self.spread[s]:
            at, left, reached = self.at, self.location[here], self.location[there]
            at[s, left] -= 1
            self.spare[s] -= at[s, left] == 0
            self.spare[s] += at[s, reached] == 0
            at[s, reached] += 1
        if self.depend[s]:
            left, reached = self.place[here], self.place[there]
            if left == reached:
                return
            present, estate = self.present, self.estate
            present[s, left] -= 1
            present[s, reached] += 1
            if present[s, left] == 0:
                self.lacks[estate.needed_by[s], left] += 1
                self.wanted[estate.needs[s], left] -= 1
            if present[s, reached] == 1:
                self.lacks[estate.needed_by[s], reached] -= 1
                self.wanted[estate.needs[s], reached] += 1

    def sound(self, s: int, machines: tuple[int, int]) -> bool:
        """Whether spread and dependencies of s hold after a change of these machines."""
        if self.spread[s] and self.spare[s] < 0:
            return False
        if self.depend[s]:
            for m in machines:
                n = self.place[m]
                if (self.lacks if self.present[s, n] else self.wanted)[s, n]:
                    return False
        return True

    def exchange(self, s: int, t: int, here: int, there: int) -> bool:
        """Let a process of s go from here to there and one of t come back (-1: nobody); False, undone, if forbidden."""
        if s == t:
            return True
        if (s >= 0 and self.taken[there, s]) or (t >= 0 and self.taken[here, t]):
            return False
        self.change(s, t, here, there)
        both = (here, there)
        if (s < 0 or self.sound(s, both)) and (t < 0 or self.sound(t, both)):
            return True
        self.change(t, s, here, there)
        return False

    def change(self, s: int, t: int, here: int, there: int) -> None:
        """Count a process of s from here to there and one of t back (-1: nobody), without asking."""
        if s == t:
            return
        if s >= 0:
            self.move(s, here, there)
        if t >= 0:
            self.move(t, there, here)

    def all_sound(self) -> bool:
        """Whether all services are as they must be."""
        if np.count_nonzero(self.taken) < len(self.estate.service) or (self.spare < 0).any():
            return False
        there = self.present > 0
        return not ((there & (self.lacks > 0)).any() or (~there & (self.wanted > 0)).any())
