"""The model: named columns and rows over OR-Tools MathOpt, one module per family of constraints.

    min  Σ_s Σ_j c_j x[j]  +  Σ_t Σ_m c_m y[t,m]  +  Σ_e o_e z[e]                                    (total cost)

x[j]    column j chosen (a pair of paths of one site)       c_j  its own links, present value
y[t,m]  modules of kind m bought for trunk t                z[e] exchange e equipped as a concentration point
Rows come into the model only when a solution breaks them; a model without them is a relaxation, so bounds stay valid.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ortools.math_opt.python import mathopt

from planner.network import capacity, choice, equipment, linking, opening
from planner.network.candidates import Candidates
from planner.network.columns import Column
from planner.network.loads import NORMAL
from planner.network.variables import Variables

ABSENT = 20
"""Price of a site without a column, in the dearest column: enough to bring columns in, small enough for arithmetic."""

FAMILIES = {family.NAME: family for family in (choice, opening, linking, capacity, equipment)}
Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RowId:
    """Which row of which family."""

    family: str
    key: Key

    @property
    def name(self) -> str:
        """`capacity[trunk-…,normal,up]`."""
        return f"{self.family}[{','.join(self.key)}]"


class Master(Variables):
    """The model as far as it has been generated."""

    def __init__(
        self, candidates: Candidates, sites: Iterable[str] | None = None, most_points: int | None = None
    ) -> None:
        super().__init__(candidates, candidates.sites if sites is None else sites, most_points)
        self._extensions: list[Callable[[RowId, mathopt.LinearConstraint], None]] = []
        self.columns: dict[str, Column] = {}
        self.rows: dict[RowId, mathopt.LinearConstraint] = {}
        self.x: dict[str, mathopt.Variable] = {}
        self._by_site: dict[str, list[str]] = {site: [] for site in self.sites}
        self._generated: dict[tuple[str, str], list[RowId]] = {}
        self._over: dict[tuple[str, str], dict[str, None]] = {}
        self._absence_cost = 0.0
        for site in self.sites:
            self.add_row(RowId(choice.NAME, (site,)))

    # columns and rows ----------------------------------------------------------------------------------------------

    def add_column(self, column: Column) -> bool:
        """Add a pair unless it is there; it enters every row that has been generated."""
        key = column.key
        if key in self.columns:
            return False
        variable = self.model.add_variable(lb=0.0, name=f"x[{key}]")
        self.cost(variable, column.cost_vnd)
        self.columns[key], self.x[key] = column, variable
        self._by_site[column.site].append(key)
        for family in FAMILIES.values():
            for row_key in family.keys(column):
                self._enter(RowId(family.NAME, row_key), column, variable)
        for element in _elements(column):
            self._over.setdefault(element, {})[key] = None
            for row in self._generated.get(element, ()):
                self._enter(row, column, variable)
        if column.cost_vnd > self._absence_cost:
            self._absence_cost = float(column.cost_vnd)
            for absent in self.absent.values():
                self.cost(absent, ABSENT * column.cost_vnd)
        return True

    def _enter(self, row: RowId, column: Column, variable: mathopt.Variable) -> None:
        constraint = self.rows.get(row)
        if constraint is not None:
            value = FAMILIES[row.family].coefficient(self.candidates, column, row.key)
            if value:
                constraint.set_coefficient(variable, value)

    def add_row(self, row: RowId) -> bool:
        """Generate a row with all columns that are there; False if it was there."""
        if row in self.rows:
            return False
        family = FAMILIES[row.family]
        constraint = self.model.add_linear_constraint(name=row.name)
        self.rows[row] = constraint
        family.fill(self, row.key, constraint)
        for extend in self._extensions:
            extend(row, constraint)
        if family.GENERATED:
            self._generated.setdefault((row.family, row.key[0]), []).append(row)
        for key in self._columns_of(row):
            self._enter(row, self.columns[key], self.x[key])
        return True

    def add_normal_rows(self) -> None:
        """Generate the rows of the normal state for every trunk and exchange."""
        for trunk in self.candidates.trunks:
            for way in ("forward", "reverse"):
                self.add_row(RowId(capacity.NAME, (trunk.id, NORMAL, way)))
        for exchange in self.candidates.exchanges:
            for way in ("forward", "reverse"):
                self.add_row(RowId(equipment.NAME, (exchange, NORMAL, way)))

    def add_linking_rows(self) -> None:
        """Generate the opening and linking rows of all columns: a whole program needs them all."""
        for column in tuple(self.columns.values()):
            for family in (opening, linking):
                for key in family.keys(column):
                    self.add_row(RowId(family.NAME, key))

    def extend(self, fill: Callable[[RowId, mathopt.LinearConstraint], None]) -> None:
        """Let another part of the model fill in every row that is generated from here on."""
        self._extensions.append(fill)

    def _columns_of(self, row: RowId) -> Iterable[str]:
        if FAMILIES[row.family].GENERATED:
            return self._over.get((row.family, row.key[0]), {})
        return self._by_site[row.key[0]]

    def remove_column(self, key: str) -> None:
        """Take a column out again."""
        column = self.columns.pop(key)
        self.model.delete_variable(self.x.pop(key))
        self._by_site[column.site].remove(key)
        for element in _elements(column):
            self._over[element].pop(key, None)

    def remove_row(self, row: RowId) -> None:
        """Take a row out again."""
        self.model.delete_linear_constraint(self.rows.pop(row))
        if FAMILIES[row.family].GENERATED:
            self._generated[row.family, row.key[0]].remove(row)

    def columns_of(self, site: str) -> list[str]:
        """Keys of the columns of one site, in the order they came."""
        return self._by_site[site]

    # solving -------------------------------------------------------------------------------------------------------

    def integral(self, whole: bool) -> None:
        """Ask for whole numbers, or relax."""
        for variables in (self.x, self.y, self.z):
            for variable in variables.values():
                variable.integer = whole

    def text(self) -> str:
        """Return the model as text, sorted by name: objective, rows, bounds."""
        return model_text(self.model)


def _elements(column: Column) -> Iterable[tuple[str, str]]:
    for _, route in column.routes:
        for trunk in route.trunks.links:
            yield capacity.NAME, trunk
        for node in route.trunks.nodes:
            yield equipment.NAME, node


def model_text(model: mathopt.Model) -> str:
    """Write a MathOpt model in the LP manner, sorted by name so that it can be compared."""
    terms = sorted((term.variable.name, term.coefficient) for term in model.objective.linear_terms())
    lines = ["minimize", *(f"  {value:+.6f} {name}" for name, value in terms), "subject to"]
    for row in sorted(model.linear_constraints(), key=lambda row: row.name):
        lines.append(f"  {row.name}: {_bounds(row.lower_bound, row.upper_bound)}")
        entries = sorted((v.name, row.get_coefficient(v)) for v in model.row_nonzeros(row))
        lines += [f"    {value:+.6f} {name}" for name, value in entries]
    lines.append("bounds")
    for variable in sorted(model.variables(), key=lambda v: v.name):
        kind = "whole" if variable.integer else "real"
        lines.append(f"  {variable.lower_bound:g} <= {variable.name} <= {variable.upper_bound:g} {kind}")
    return "\n".join(lines) + "\n"


def _bounds(lower: float, upper: float) -> str:
    if lower == upper:
        return f"= {lower:g}"
    return f">= {lower:g}" if upper == float("inf") else f"<= {upper:g}"
