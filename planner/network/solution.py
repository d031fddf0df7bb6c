"""A plan in the variables of the program over columns, and back: where a search begins, what a solution buys."""

from collections.abc import Mapping

from ortools.math_opt.python import mathopt

from planner.network.master import Master
from planner.network.purchase import whole_kbps
from planner.network.selection import Selection


def hint(master: Master, best: Selection | None) -> dict[mathopt.Variable, float] | None:
    """Say a plan in the model's variables."""
    if best is None:
        return None
    values = dict.fromkeys(master.model.variables(), 0.0)
    for site in master.sites:
        values[master.x[best.columns[site].key]] = 1.0
    for exchange in best.opened:
        if exchange in master.z:
            values[master.z[exchange]] = 1.0
    for trunk, purchase in best.bought.items():
        for index, count in enumerate(purchase.counts):
            kept = min(count, master.candidates.links[trunk].modules[index].existing)
            for leased, number in ((True, kept), (False, count - kept)):
                if number and (trunk, index, leased) in master.y:
                    values[master.y[trunk, index, leased]] = float(number)
    return values


def bought(master: Master, values: Mapping[str, float]) -> dict[str, float]:
    """Capacity of each trunk, kbit/s, and 1 for each open exchange, as a whole solution has them."""
    found: dict[str, float] = {}
    for (trunk, index, _), y in master.y.items():
        kbps = whole_kbps(master.candidates.links[trunk].modules[index])
        found[trunk] = found.get(trunk, 0.0) + round(values.get(y.name, 0.0)) * kbps
    for exchange, z in master.z.items():
        found[exchange] = float(round(values.get(z.name, 0.0)))
    return found
