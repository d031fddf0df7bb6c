"""A trunk carries no more than its modules allow, in the normal state and in every state to be survived.

    Σ_j a[j,t,k,w] x[j] ≤ ρ · Σ_m C_m · y[t,m]      for every trunk t, state k that spares t, way w    (capacity)

x[j]        column j chosen                        y[t,m]  modules of kind m bought for trunk t
a[j,t,k,w]  kbit/s that column j puts on t in state k, way w: the whole demand while the primary stands, the degraded
            share on the backup while the primary is down and the backup stands, nothing otherwise
C_m         module capacity, kbit/s                ρ       largest allowed occupancy, 0.9 (Circular 19/2023/TT-BTTTT)
The backup capacity is shared by sites whose primaries never fail together. A pair is one column, so the product of
"primary down" and "backup up" is a number and the row is linear: no flow variable per state is needed.
States are added when a sweep of all states finds them broken (Benders 1962; Dahl and Stoer 1998 for survivability).
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from planner.network import loads
from planner.network.candidates import Candidates
from planner.network.columns import Column

if TYPE_CHECKING:
    from ortools.math_opt.python import mathopt

    from planner.network.variables import Variables

NAME = "capacity"
GENERATED = True


def keys(column: Column) -> Iterable[tuple[str, ...]]:
    """None fixed: rows (trunk, state, way) are generated."""
    return ()


def coefficient(candidates: Candidates, column: Column, key: tuple[str, ...]) -> float:
    """Load of a column in a row, Mbit/s."""
    trunk, state, way = key
    return loads.on_trunk(candidates, column, trunk, state, way) / 1000


def fill(variables: "Variables", key: tuple[str, ...], row: "mathopt.LinearConstraint") -> None:
    """Set the right side and the trunk's variables."""
    row.upper_bound = 0.0
    for variable, capacity_kbps in variables.modules(key[0]):
        row.set_coefficient(variable, -variables.candidates.occupancy * capacity_kbps / 1000)
