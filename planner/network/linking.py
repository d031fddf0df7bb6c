"""A path uses a trunk only if some module is bought for it.

    Σ_{j of s: j uses t} x[j] ≤ Σ_m y[t,m]      for every site s and trunk t                         (linking)

x[j]  column j chosen      y[t,m]  modules of kind m bought for trunk t
Implied by capacity for whole numbers wherever there is load, but it tightens the relaxation as in facility location
(strong forcing constraints: Gendron, Crainic, Frangioni 1999).
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from planner.network.candidates import Candidates
from planner.network.columns import Column

if TYPE_CHECKING:
    from ortools.math_opt.python import mathopt

    from planner.network.variables import Variables

NAME = "linking"
GENERATED = False


def keys(column: Column) -> Iterable[tuple[str, ...]]:
    """Rows that a column enters: (site, trunk) for each trunk of both paths."""
    for _, route in column.routes:
        for trunk in route.trunks.links:
            yield column.site, trunk


def coefficient(candidates: Candidates, column: Column, key: tuple[str, ...]) -> float:
    """Coefficient of a column in a row that it enters."""
    return 1.0 if key in tuple(keys(column)) else 0.0


def fill(variables: "Variables", key: tuple[str, ...], row: "mathopt.LinearConstraint") -> None:
    """Set the right side and the trunk's variables."""
    row.upper_bound = 0.0
    for variable, _ in variables.modules(key[1]):
        row.set_coefficient(variable, -1.0)
