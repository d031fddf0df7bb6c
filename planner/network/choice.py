"""Every site takes exactly one pair of paths.

    Σ_{j of s} x[j] = 1      for every site s                                                        (choice)

x[j]  column j chosen: a primary path and, where the class asks for one, a backup path
Source: path formulation, Ford and Fulkerson (1958); generalised upper bounds, Dantzig and Van Slyke (1967).
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from planner.network.candidates import Candidates
from planner.network.columns import Column

if TYPE_CHECKING:
    from ortools.math_opt.python import mathopt

    from planner.network.variables import Variables

NAME = "choice"
GENERATED = False


def keys(column: Column) -> Iterable[tuple[str, ...]]:
    """Rows that a column enters: its site's."""
    return ((column.site,),)


def coefficient(candidates: Candidates, column: Column, key: tuple[str, ...]) -> float:
    """Coefficient of a column in its site's row."""
    return 1.0


def fill(variables: "Variables", key: tuple[str, ...], row: "mathopt.LinearConstraint") -> None:
    """Set the right side; `absent` keeps the relaxation solvable while columns are missing, at a prohibitive price."""
    row.lower_bound = row.upper_bound = 1.0
    row.set_coefficient(variables.absent[key[0]], 1.0)
