"""The equipment of a concentration point takes no more traffic than it can, in every state to be survived.

    Σ_j b[j,e,k,w] x[j] ≤ T_e · z[e]      for every exchange e, state k that spares e, way w          (equipment)

x[j]        column j chosen                     z[e]  exchange e equipped
b[j,e,k,w]  kbit/s of column j through e in state k, way w (as in `capacity`)
T_e         largest traffic of its equipment
Source: capacitated facility location, Sridharan (1995); the limit is the maker's.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from planner.network import loads
from planner.network.candidates import Candidates
from planner.network.columns import Column

if TYPE_CHECKING:
    from ortools.math_opt.python import mathopt

    from planner.network.variables import Variables

NAME = "equipment"
GENERATED = True


def keys(column: Column) -> Iterable[tuple[str, ...]]:
    """None fixed: rows (exchange, state, way) are generated."""
    return ()


def coefficient(candidates: Candidates, column: Column, key: tuple[str, ...]) -> float:
    """Traffic of a column in a row, Mbit/s."""
    exchange, state, way = key
    return loads.through_exchange(candidates, column, exchange, state, way) / 1000


def fill(variables: "Variables", key: tuple[str, ...], row: "mathopt.LinearConstraint") -> None:
    """Set the right side and the exchange's variable."""
    row.upper_bound = 0.0
    limit = variables.candidates.exchanges[key[0]].max_trunk_mbps
    row.set_coefficient(variables.opened(key[0]), -float(limit))
