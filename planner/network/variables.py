"""What is bought for all sites together: modules of trunks, exchanges; made when a row first needs them."""

from collections.abc import Iterable

from ortools.math_opt.python import mathopt

from planner.money import SCALE
from planner.network.candidates import Candidates
from planner.network.purchase import whole_kbps

MILLION = 1e6
"""The objective is in million VND: coefficients near 1 keep the solver's tolerances meaningful."""


class Variables:
    """The model without columns and rows: what a family of constraints fills its rows with."""

    def __init__(self, candidates: Candidates, sites: Iterable[str], most_points: int | None = None) -> None:
        self.candidates = candidates
        self.sites = tuple(sites)
        self.model = mathopt.Model(name="network")
        self.y: dict[tuple[str, int, bool], mathopt.Variable] = {}
        self.z: dict[str, mathopt.Variable] = {}
        self._points = (
            None if most_points is None else self.model.add_linear_constraint(ub=float(most_points), name="points")
        )
        self.absent = {site: self.model.add_variable(lb=0.0, ub=1.0, name=f"absent[{site}]") for site in self.sites}

    def opened(self, exchange: str) -> mathopt.Variable:
        """Return z[e], made when first asked for."""
        if exchange not in self.z:
            self.z[exchange] = self.model.add_variable(lb=0.0, ub=1.0, name=f"z[{exchange}]")
            self.cost(self.z[exchange], self.candidates.opening_vnd(exchange))
            if self._points is not None:
                self._points.set_coefficient(self.z[exchange], 1.0)
        return self.z[exchange]

    def modules(self, trunk: str) -> list[tuple[mathopt.Variable, float]]:
        """Return (y[t,m], capacity in kbit/s) of each kind, made when first asked for.

        What is leased already costs its lease only, so it has a variable of its own.
        """
        link = self.candidates.links[trunk]
        found = []
        for index, module in enumerate(link.modules):
            kept = min(module.existing, module.max_count)
            for leased, most in ((True, kept), (False, module.max_count - kept)):
                if most == 0:
                    continue
                key = (trunk, index, leased)
                if key not in self.y:
                    name = f"y[{trunk},{module.id}{',leased' if leased else ''}]"
                    self.y[key] = self.model.add_variable(lb=0.0, ub=float(most), name=name)
                    self.cost(self.y[key], self.module_vnd(*key))
                found.append((self.y[key], float(whole_kbps(module))))
        return found

    def module_vnd(self, trunk: str, index: int, leased: bool) -> int:
        """Present value of one module, rounded down: the parts never exceed the whole, so bounds stay valid."""
        module = self.candidates.links[trunk].modules[index]
        month = module.monthly_vnd * self.candidates.money.factor_millionths // SCALE
        return month if leased else module.one_off_vnd + month

    def cost(self, variable: mathopt.Variable, vnd: int) -> None:
        """Set what one unit of a variable costs."""
        self.model.objective.set_linear_coefficient(variable, vnd / MILLION)
