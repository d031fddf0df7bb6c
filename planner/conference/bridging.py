"""The cheapest bridging with at most so many bridges at the core, proved; what a bridge away from it costs."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from ortools.sat.python import cp_model

from planner import cpsat
from planner.conference.model import Model, Setting, Steps
from planner.errors import PlanningError, Problem, where
from planner.limits import Watch
from planner.money import Money
from planner.plan import Cost
from topology import conference
from topology.model import Hosting, Records

WORK = 5.0
"""Deterministic work of one program."""
HOURS_PER_MONTH = 8760 / 12


@dataclass(frozen=True, slots=True)
class Bridging:
    """Where bridges stand, and what those away from the core and their lines cost."""

    homes: dict[str, str]
    """Group → place away from the core."""
    boxes: dict[str, int]
    """Place → bridges."""
    core_bridges: int
    cost_vnd: int
    """Present value of the boxes and of larger own lines."""
    bound_vnd: int
    """No bridging with so few bridges at the core costs less."""

    def hosting(self, moved: frozenset[str] | None) -> Hosting:
        """Return it as what demands follow."""
        return Hosting(self.homes, self.boxes, self.core_bridges, moved)


def spare_bridges(records: Records) -> int | None:
    """Return how many bridges of one place may fail at once; None where no workload holds bridges."""
    sizings = [w.sizing for service in records.services for w in service.workloads if w.sizing]
    spares = [s.parameters["spare_bridges"].value for s in sizings if s.kind == "conference"
              and "spare_bridges" in s.parameters]  # fmt: skip
    return round(max(spares)) if spares else None


def box_cost(records: Records) -> Cost:
    """Return the cost of one bridge away from the core: purchase, support, electricity."""
    bridge, policy = records.bridge, records.money
    if bridge is None:
        return Cost()
    money = Money.of(policy.discount_rate.value, policy.horizon_years)
    energy = round(bridge.power_w.value / 1000 * HOURS_PER_MONTH * policy.energy_vnd_per_kwh.value)
    return money.cost(bridge.price_vnd.value, round(bridge.support_vnd_per_year.value / 12) + energy)


Found = tuple[Bridging | None, int | None]
"""What `Bridgings.cheapest` returns."""


class Bridgings:
    """Solves the model for any number of bridges at the core; the same model under the same limits once.

    Raises
    ------
    PlanningError
        E-PLAN-421 when a tree must cascade and no site can hold its bridge.

    """

    def __init__(
        self, records: Records, steps: Mapping[str, Steps], watch: Watch, known: dict[str, Found] | None = None
    ) -> None:
        self.setting = Setting(records, box_cost(records).present_value_vnd, spare_bridges(records) or 0, steps)
        self.watch, self.known = watch, {} if known is None else known
        _require_places(records, self.setting)

    def cheapest(self, most: int | None = None, cutoff_vnd: int | None = None) -> Found:
        """Return the cheapest bridging with at most so many bridges at the core, and a bound on every such one.

        With a cutoff, only one that costs no more is looked for. (None, None): there is none at all.
        """
        model = Model(self.setting, most)
        total = sum(model.cost)
        if cutoff_vnd is not None:
            model.cp.add(total <= cutoff_vnd)
        model.cp.minimize(total)
        limits = self.watch.limits
        asked = f"{limits.seed} {limits.effort} {cutoff_vnd} {model.core} {model.cp.proto}"
        key = hashlib.sha256(asked.encode()).hexdigest()
        if key not in self.known:
            found = self._solved(model, total, cutoff_vnd)
            if self.watch.over:
                return found
            self.known[key] = found
        return self.known[key]

    def _solved(self, model: Model, total: cp_model.LinearExprT, cutoff_vnd: int | None) -> Found:
        solver, status = cpsat.run(model.cp, self.watch, WORK)
        if status == cp_model.INFEASIBLE:
            return None, None if cutoff_vnd is None else cutoff_vnd + 1
        if status not in cpsat.FEASIBLE:
            return None, 0 if cutoff_vnd is None else min(cutoff_vnd, max(0, round(solver.best_objective_bound)))
        cost, bound = round(solver.objective_value), round(solver.best_objective_bound)
        best = _read(model, solver, cost, bound)
        model.cp.add(total <= cost)
        model.cp.minimize(model.tie())
        solver, status = cpsat.run(model.cp, self.watch, WORK)
        return (_read(model, solver, cost, bound) if status == cp_model.OPTIMAL else best), bound


def _read(model: Model, solver: cp_model.CpSolver, cost: int, bound: int) -> Bridging:
    homes = {group: place for (group, place), y in model.y.items() if place != model.core and solver.value(y)}
    return Bridging(
        homes=dict(sorted(homes.items())),
        boxes={place: solver.value(model.n[place]) for place in model.places if solver.value(model.n[place])},
        core_bridges=solver.value(model.n[model.core]),
        cost_vnd=cost,
        bound_vnd=bound,
    )


def _require_places(records: Records, setting: Setting) -> None:
    core = records.province.core
    problems = [
        Problem(
            "E-PLAN-421",
            f"no site can hold the bridge of '{group.id}': its tree must cascade, and no line can carry it.",
            "Let it cascade where it pays (cascade: allowed), or add places, lines or modules.",
            where(records, f"conference/{group.tree}/cascade", f"conference/{group.tree}"),
        )
        for group in conference.groups(records)
        if not any(p == core or setting.steps.get(p) for p in conference.places(records, group))
    ]
    if problems:
        raise PlanningError(tuple(problems))
