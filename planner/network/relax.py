"""The relaxation: columns and rows come in until none is missing; it bounds every plan.

    bound = z + Σ_s min(0, min_j r(j))      z value of the relaxation so far, r(j) reduced costs         (Lagrange)

Every site takes one column, so no plan can gain more than its best missing column at each site (Geoffrion 1974).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from ortools.math_opt.python import mathopt

from planner.limits import Watch
from planner.network import capacity, equipment, linking, opening
from planner.network.candidates import Candidates
from planner.network.columns import Column
from planner.network.master import Master, RowId
from planner.network.pricing import Priced, Pricer, Prices
from planner.network.selection import routing
from planner.network.solver import Relaxation
from planner.network.variables import MILLION
from planner.sweep import Routing, Sweep, sweep

TOLERANCE = 1e-5
BREACH = 1e-4
"""Violation, in the row's unit, from which a row is added."""
SAFETY = 1e-7
"""Relative error allowed to the solver's arithmetic."""
SETTLED = 1e-4
"""Relative gain that missing columns may still offer when the relaxation counts as settled."""
ASCENT = 12
"""Times that the prices of one site are raised in one round."""
PER_SITE = 6
"""Columns added for one site in one round."""


@dataclass(frozen=True)
class Relaxed:
    """Where the relaxation stands."""

    value_vnd: float
    """Its value with the columns and rows so far."""
    bound_vnd: float
    """No plan is cheaper."""
    values: Mapping[str, float]
    """Column key → value, positive ones only."""
    by_name: Mapping[str, float]
    """Variable name → value, positive ones only."""
    prices: Prices
    """Prices that belong to `bound_vnd`."""
    rounds: int
    """Rounds done."""


def first_prices(candidates: Candidates) -> Prices:
    """Guess prices before the first relaxation: each trunk by the Mbit/s at its best module."""
    rows: dict[RowId, float] = {}
    for trunk in candidates.trunks:
        front = candidates.front(trunk.id)
        price = min((1000 * p.cost_vnd / candidates.usable(p.capacity_kbps) for p in front), default=0.0)
        rows[RowId(capacity.NAME, (trunk.id, "normal", "forward"))] = price / 2
        rows[RowId(capacity.NAME, (trunk.id, "normal", "reverse"))] = price / 2
    return Prices(rows, {})


def relax(master: Master, pricer: Pricer, rounds: int, watch: Watch) -> Relaxed:
    """Add columns and rows to the master until neither is missing, or the limits are reached.

    The master must hold at least one column a site.
    """
    solver = Relaxation(master.model)
    best_bound, best_prices = 0.0, Prices({}, {})
    for done in range(1, rounds + 1):
        solved = solver.solve()
        active = {key: solved.values[x] for key, x in master.x.items() if solved.values[x] > TOLERANCE}
        broken = separate(master, active, _capacities(master, solved.values), _counts(master, solved.values))
        ascent = _Ascent(master, pricer.at(_prices(master, solved.duals)), _slack(master, solved.reduced))
        missing = ascent.run()
        bound = solved.objective * MILLION * (1 - SAFETY) + missing
        if bound > best_bound:
            best_bound, best_prices = bound, ascent.priced.now()
        for row in (*broken, *ascent.raised):
            master.add_row(row)
        settled = not broken and -missing <= SETTLED * solved.objective * MILLION
        if settled or watch.over or done == rounds:
            break
    by_name = {variable.name: value for variable, value in solved.values.items() if value > TOLERANCE}
    return Relaxed(solved.objective * MILLION, best_bound, active, by_name, best_prices, done)


class _Ascent:
    """Raises prices of rows that the relaxation does not have yet, as far as modules and openings are left unpaid.

    A new path over a trunk that nobody uses looks cheap only because its forcing rows are still missing. What the trunk
    or exchange would cost more than it earns (its reduced cost) may be charged to the sites that want it: the bound
    rises and columns that gain nothing are not added (dual ascent, Erlenkotter 1978).
    """

    def __init__(self, master: Master, priced: Priced, slack: dict[str, float]) -> None:
        self.master, self.priced, self.slack = master, priced, slack
        self.raised: dict[RowId, None] = {}

    def run(self) -> float:
        """Add columns that improve; return what missing columns can still gain."""
        missing = 0.0
        for site in self.priced.pricer.choices:
            for _ in range(ASCENT):
                found = self.priced.site(site, threshold=-1.0, most=PER_SITE)
                if not found.columns or not self._charge(*found.columns[0]):
                    break
            missing += min(0.0, found.least)
            for _, column in found.columns:
                self.master.add_column(column)
        return missing

    def _charge(self, reduced_cost: float, column: Column) -> bool:
        """Charge a column that looks too cheap for what it uses; False if nothing of that is left unpaid."""
        need = -reduced_cost
        for family in (opening, linking):
            for key in sorted(set(family.keys(column))):
                row = RowId(family.NAME, key)
                amount = min(need, self.slack.get(key[1], 0.0))
                if amount > 1.0:
                    self.slack[key[1]] -= amount
                    self.priced.raise_price(row, amount)
                    self.raised[row] = None
                    need -= amount
        return need < -reduced_cost


def _slack(master: Master, reduced: Mapping[mathopt.Variable, float]) -> dict[str, float]:
    """Return what each trunk or exchange costs more than it earns at these prices, VND."""
    slack: dict[str, float] = {}
    for (trunk, _, _), y in master.y.items():
        slack[trunk] = min(slack.get(trunk, float("inf")), max(0.0, reduced[y]) * MILLION)
    for exchange, z in master.z.items():
        slack[exchange] = max(0.0, reduced[z]) * MILLION
    return slack


def _capacities(master: Master, values: Mapping[mathopt.Variable, float]) -> dict[str, float]:
    """Mbit/s bought on each trunk."""
    capacities: dict[str, float] = {}
    for (trunk, index, _), y in master.y.items():
        mbps = master.candidates.links[trunk].modules[index].capacity_mbps
        capacities[trunk] = capacities.get(trunk, 0.0) + values[y] * mbps
    return capacities


def _counts(master: Master, values: Mapping[mathopt.Variable, float]) -> dict[str, float]:
    """Modules of each trunk and openings of each exchange."""
    counts: dict[str, float] = {}
    for (trunk, _, _), y in master.y.items():
        counts[trunk] = counts.get(trunk, 0.0) + values[y]
    for exchange, z in master.z.items():
        counts[exchange] = values[z]
    return counts


def _prices(master: Master, duals: Mapping[mathopt.LinearConstraint, float]) -> Prices:
    rows: dict[RowId, float] = {}
    sites: dict[str, float] = {}
    for row, constraint in master.rows.items():
        price = duals[constraint] * MILLION
        if row.family == "choice":
            sites[row.key[0]] = price
        elif price < -TOLERANCE:
            rows[row] = -price
    return Prices(rows, sites)


def separate(
    master: Master, active: Mapping[str, float], capacities: Mapping[str, float], counts: Mapping[str, float]
) -> list[RowId]:
    """List rows that a fractional solution breaks: forcing rows one by one, loads by a sweep of all states."""
    candidates = master.candidates
    used: dict[RowId, float] = {}
    routings: list[Routing] = []
    for key, share in active.items():
        column = master.columns[key]
        routings.append(_scaled(candidates, column, share))
        for family in (opening, linking):
            for row_key in set(family.keys(column)):
                row = RowId(family.NAME, row_key)
                used[row] = used.get(row, 0.0) + share
    rows = [
        row for row, sum_x in used.items() if sum_x > counts.get(row.key[1], 0.0) + BREACH and row not in master.rows
    ]
    swept = sweep(routings, candidates.survived_states)
    rows += [row for row in _overloads(candidates, swept, capacities, counts) if row not in master.rows]
    return sorted(rows, key=lambda row: row.name)


def _scaled(candidates: Candidates, column: Column, share: float) -> Routing:
    whole = routing(candidates, column)
    return Routing(
        whole.site,
        whole.primary,
        whole.backup,
        (whole.full[0] * share, whole.full[1] * share),
        (whole.degraded[0] * share, whole.degraded[1] * share),
    )


def _overloads(
    candidates: Candidates, swept: Sweep, capacities: Mapping[str, float], counts: Mapping[str, float]
) -> list[RowId]:
    rows: list[RowId] = []
    for element in swept.elements:
        if element in candidates.exchanges:
            family, limit = equipment.NAME, candidates.exchanges[element].max_trunk_mbps * counts.get(element, 0.0)
        elif candidates.links[element].kind == "trunk":
            family, limit = capacity.NAME, candidates.occupancy * capacities.get(element, 0.0)
        else:
            continue
        at = swept.row[element]
        for way, loads in (("forward", swept.forward[at]), ("reverse", swept.reverse[at])):
            worst = int(loads.argmax())
            if loads[worst] / 1000 > limit + BREACH * max(1.0, limit):
                rows.append(RowId(family, (element, swept.states[worst], way)))
    return rows
