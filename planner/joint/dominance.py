"""Which set of rooms certainly asks for no more than another: each room of it beside a larger one of the other.

    G' ≼ G   if there is an injection f: G' → G with  i ≼ f(i),
    i ≼ j    if room i has no more servers than j, of the same zone and spread, and each needs no more of any resource

A data centre that holds the servers of G holds those of G' in the places of f, after every loss too: it costs no less.
The injection is an assignment problem (Kuhn 1955).
"""

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from planner.datacentre.sizing import RESOURCES
from topology.order import natural
from topology.schema.services import SmallDataCentre

Rooms = frozenset[str]


class Dominance:
    """Compares sets of rooms."""

    def __init__(self, rooms: Sequence[SmallDataCentre]) -> None:
        self.rooms = {small.id: small for small in rooms}
        self._known: dict[tuple[Rooms, Rooms], bool] = {}

    @cached_property
    def _order(self) -> dict[str, int]:
        return {name: index for index, name in enumerate(natural(self.rooms))}

    @cached_property
    def _smaller(self) -> NDArray[np.bool_]:
        names = natural(self.rooms)
        return np.array([[_fits(self.rooms[one], self.rooms[other]) for other in names] for one in names], dtype=bool)

    @cached_property
    def smallest_first(self) -> tuple[str, ...]:
        """Rooms by what they need, summed in shares of the largest."""
        need = {
            name: [small.servers_max.value * getattr(small.vm, resource).value for resource in RESOURCES]
            for name, small in self.rooms.items()
        }
        most = [max([row[k] for row in need.values()] + [1e-9]) for k in range(len(RESOURCES))]
        total = {name: sum(value / top for value, top in zip(row, most, strict=True)) for name, row in need.items()}
        return tuple(sorted(total, key=lambda name: (total[name], self._order[name])))

    def asks_no_more(self, one: Rooms, other: Rooms) -> bool:
        """Tell whether `one` ≼ `other`."""
        if one <= other:
            return True
        if len(one) > len(other):
            return False
        key = (one, other)
        if key not in self._known:
            rows, columns = ([self._order[name] for name in natural(rooms)] for rooms in (one, other))
            fits = self._smaller[np.ix_(rows, columns)]
            chosen = linear_sum_assignment(fits, maximize=True)
            self._known[key] = bool(fits[chosen].all())
        return self._known[key]


def _fits(one: SmallDataCentre, other: SmallDataCentre) -> bool:
    """Whether the servers of `one` fit in the places of those of `other`."""
    if one.id == other.id:
        return True
    alike = all(getattr(one.vm, field) == getattr(other.vm, field) for field in ("zone", "spread", "beside", "form"))
    plain = all(small.vm.licence is None and small.vm.sizing is None for small in (one, other))
    smaller = all(getattr(one.vm, r).value <= getattr(other.vm, r).value for r in RESOURCES)
    return alike and plain and smaller and one.servers_max.value <= other.servers_max.value
