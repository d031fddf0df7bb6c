"""The relaxation: columns and rows come in until none is missing; its Lagrangian value bounds every plan.

    bound = Σ_s min_j (c_j + Σ_i λ_i a[i,j])  +  Σ_v u_v · min(0, c_v - Σ_i λ_i a[i,v])                (Lagrange)

λ_i ≥ 0 the prices of the rows, j the columns of a site, v the modules and openings with their largest number u_v.
It holds for any λ ≥ 0, so it does not rest on the solver's arithmetic (Geoffrion 1974), and the prices are all that is
needed to check it again.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from planner.limits import Watch
from planner.network import capacity, equipment, linking, opening
from planner.network.candidates import Candidates
from planner.network.columns import Column
from planner.network.master import MILLION, Master, RowId
from planner.network.pricing import Pricer, Prices
from planner.network.selection import routing
from planner.network.solver import Relaxation
from planner.sweep import Routing, Sweep, sweep

TOLERANCE = 1e-6
BREACH = 1e-4
"""Violation, in the row's unit, from which a row is added."""
CONVERGED = 2e-4
"""Relative distance of bound and relaxation at which pricing has done its work."""
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


def relax(master: Master, pricer: Pricer, rounds: int, watch: Watch, enough: float = CONVERGED) -> Relaxed:
    """Add columns and rows to the master until neither is missing, or the limits are reached.

    The master must hold at least one column a site.
    """
    solver = Relaxation(master.model)
    best_bound, best_prices = 0.0, Prices({}, {})
    for done in range(1, rounds + 1):
        objective, values, duals = solver.solve()
        prices = _prices(master, duals)
        active = {key: values[x] for key, x in master.x.items() if values[x] > TOLERANCE}
        bound, added = _price(master, pricer, prices)
        if bound > best_bound or done == 1:
            best_bound, best_prices = bound, prices
        capacities = {trunk: 0.0 for trunk, _, _ in master.y}
        for (trunk, index, _), y in master.y.items():
            capacities[trunk] += values[y] * master.candidates.links[trunk].modules[index].capacity_mbps
        counts = _counts(master, values)
        broken = separate(master, active, capacities, counts)
        for row in broken:
            master.add_row(row)
        close = objective * MILLION - best_bound <= enough * abs(best_bound)
        if (not broken and (close or not added)) or watch.over or done == rounds:
            return Relaxed(objective * MILLION, best_bound, active, best_prices, done)
    raise AssertionError


def _counts(master: Master, values: Mapping[object, float]) -> dict[str, float]:
    """Modules of each trunk and openings of each exchange."""
    counts: dict[str, float] = {}
    for (trunk, _, _), y in master.y.items():
        counts[trunk] = counts.get(trunk, 0.0) + values[y]
    for exchange, z in master.z.items():
        counts[exchange] = values[z]
    return counts


def _prices(master: Master, duals: Mapping[object, float]) -> Prices:
    rows: dict[RowId, float] = {}
    sites: dict[str, float] = {}
    for row, constraint in master.rows.items():
        price = duals[constraint] * MILLION
        if row.family == "choice":
            sites[row.key[0]] = price
        elif price < -TOLERANCE:
            rows[row] = -price
    return Prices(rows, sites)


def _price(master: Master, pricer: Pricer, prices: Prices) -> tuple[float, int]:
    """Add columns that improve; return the Lagrangian bound and how many were added."""
    bound, added = base_bound(master, prices), 0
    for site, found in pricer.run(prices, threshold=-1.0, most=PER_SITE):
        bound += prices.sites.get(site, 0.0) + found.least
        for _, column in found.columns:
            added += master.add_column(column)
    return bound, added


def base_bound(master: Master, prices: Prices) -> float:
    """Return the part of the Lagrangian bound that modules and openings contribute; rows have 0 on the right."""
    charge: dict[str, float] = {}
    for row, price in prices.rows.items():
        if row.family in (linking.NAME, opening.NAME):
            charge[row.key[1]] = charge.get(row.key[1], 0.0) + price
        elif row.family == equipment.NAME:
            limit = master.candidates.exchanges[row.key[0]].max_trunk_mbps
            charge[row.key[0]] = charge.get(row.key[0], 0.0) + price * limit
    per_mbps: dict[str, float] = {}
    for row, price in prices.rows.items():
        if row.family == capacity.NAME:
            per_mbps[row.key[0]] = per_mbps.get(row.key[0], 0.0) + price * master.candidates.occupancy
    total = 0.0
    for (trunk, index, leased), y in master.y.items():
        mbps = master.candidates.links[trunk].modules[index].capacity_mbps
        gain = master.module_vnd(trunk, index, leased) - charge.get(trunk, 0.0) - per_mbps.get(trunk, 0.0) * mbps
        total += y.upper_bound * min(0.0, gain)
    for exchange in master.z:
        total += min(0.0, master.candidates.opening_vnd(exchange) - charge.get(exchange, 0.0))
    return total


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
