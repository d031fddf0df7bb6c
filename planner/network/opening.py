"""A path passes an exchange only if it is equipped as a concentration point.

    Σ_{j of s: j passes e} x[j] ≤ z[e]      for every site s and exchange e                          (opening)

x[j]  column j chosen      z[e]  exchange e equipped (price o_e)
Where the class lets both paths pass one exchange, there is one row for the primary and one for the backup.
One row per site, not their sum: the relaxation is far tighter (Krarup and Bilde 1977; Cornuéjols et al. 1990,
"the uncapacitated facility location problem").
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from planner.network.candidates import Candidates
from planner.network.columns import Column

if TYPE_CHECKING:
    from ortools.math_opt.python import mathopt

    from planner.network.variables import Variables

NAME = "opening"
GENERATED = False


def keys(column: Column) -> Iterable[tuple[str, ...]]:
    """Rows that a column enters: (site, exchange, role) for each exchange it passes."""
    for role, route in column.routes:
        for node in route.trunks.nodes:
            yield column.site, node, role if column.shared_groups else "either"


def coefficient(candidates: Candidates, column: Column, key: tuple[str, ...]) -> float:
    """Coefficient of a column in a row that it enters."""
    return 1.0 if key in tuple(keys(column)) else 0.0


def fill(variables: "Variables", key: tuple[str, ...], row: "mathopt.LinearConstraint") -> None:
    """Set the right side and the exchange's variable."""
    row.upper_bound = 0.0
    row.set_coefficient(variables.opened(key[1]), -1.0)
