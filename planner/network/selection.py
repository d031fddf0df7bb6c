"""What a choice of columns really costs: every state swept, every trunk bought for its worst survived load."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from planner.network import capacity, equipment, linking, opening
from planner.network.candidates import Candidates
from planner.network.columns import Column, Route
from planner.network.master import RowId
from planner.network.purchase import Purchase
from planner.sweep import Routing, Sweep, Walk, sweep


@dataclass(frozen=True)
class Selection:
    """One column a site, with everything that follows from it."""

    columns: Mapping[str, Column]
    """Site → column."""
    swept: Sweep
    """Survived states only."""
    bought: Mapping[str, Purchase]
    """Trunk → modules."""
    opened: tuple[str, ...]
    """Exchanges, sorted."""
    overloaded: tuple[RowId, ...]
    """Rows that no purchase can satisfy: trunk or equipment too small."""
    cost_vnd: int
    """Present value."""

    @property
    def feasible(self) -> bool:
        """Whether every load finds its capacity."""
        return not self.overloaded


def walk(route: Route) -> Walk:
    """Return the path as the sweep reads it; the site is the `a` end of its own link."""
    return Walk(route.links, (True, *route.trunks.forward), route.trunks.nodes)


def routing(candidates: Candidates, column: Column) -> Routing:
    """Return both paths with what they carry, kbit/s."""
    demand = candidates.demands[column.site]
    return Routing(
        column.site,
        walk(column.primary),
        walk(column.backup) if column.backup else None,
        (float(demand.down), float(demand.up)),
        (float(demand.degraded_down), float(demand.degraded_up)),
    )


def select(candidates: Candidates, columns: Mapping[str, Column]) -> Selection:
    """Evaluate one column a site."""
    ordered = {site: columns[site] for site in candidates.sites}
    swept = sweep([routing(candidates, column) for column in ordered.values()], candidates.survived_states)
    worst = swept.busier.max(axis=1) if swept.elements else np.zeros(0)
    bought: dict[str, Purchase] = {}
    overloaded: list[RowId] = []
    opened: set[str] = set()
    for element, load in zip(swept.elements, worst, strict=True):
        if element in candidates.exchanges:
            opened.add(element)
            if load > candidates.exchanges[element].max_trunk_mbps * 1000:
                overloaded.append(RowId(equipment.NAME, _worst_row(swept, element)))
        elif candidates.links[element].kind == "trunk":
            purchase = cheapest_for(candidates, element, float(load))
            if purchase is None:
                overloaded.append(RowId(capacity.NAME, _worst_row(swept, element)))
            else:
                bought[element] = purchase
    cost = sum(column.cost_vnd for column in ordered.values())
    cost += sum(purchase.cost_vnd for purchase in bought.values())
    cost += sum(candidates.opening_vnd(exchange) for exchange in opened)
    return Selection(ordered, swept, bought, tuple(sorted(opened)), tuple(overloaded), cost)


def cheapest_for(candidates: Candidates, trunk: str, load_kbps: float) -> Purchase | None:
    """Return the cheapest modules that carry this load within the allowed occupancy."""
    front = candidates.front(trunk)
    return next((p for p in front if candidates.usable(p.capacity_kbps) >= load_kbps), None)


def _worst_row(swept: Sweep, element: str) -> tuple[str, str, str]:
    row = swept.row[element]
    forward, reverse = swept.forward[row], swept.reverse[row]
    way, loads = ("forward", forward) if forward.max() >= reverse.max() else ("reverse", reverse)
    return element, swept.states[int(loads.argmax())], way


def broken_rows(candidates: Candidates, selection: Selection, values: Mapping[str, float]) -> list[RowId]:
    """List the rows that a whole solution of the model breaks: its capacities and openings against the real loads.

    `values` holds the capacity, kbit/s, that the solution buys on each trunk, and 1 for each exchange it opens.
    """
    rows: list[RowId] = []
    swept = selection.swept
    for element in swept.elements:
        row = swept.row[element]
        if element in candidates.exchanges:
            limit = candidates.exchanges[element].max_trunk_mbps * 1000.0 * values.get(element, 0.0)
            family = equipment.NAME
        elif candidates.links[element].kind == "trunk":
            limit = candidates.occupancy * values.get(element, 0.0)
            family = capacity.NAME
        else:
            continue
        for way, loads in (("forward", swept.forward[row]), ("reverse", swept.reverse[row])):
            worst = int(loads.argmax())
            if loads[worst] > limit + 0.5:
                rows.append(RowId(family, (element, swept.states[worst], way)))
    for column in selection.columns.values():
        rows += [RowId(linking.NAME, key) for key in linking.keys(column) if values.get(key[1], 0.0) < 1]
        rows += [RowId(opening.NAME, key) for key in opening.keys(column) if values.get(key[1], 0.0) < 1]
    return rows
