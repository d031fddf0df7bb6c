"""A bound on every network: sites are charged for what their paths pass, whether it is bought or not (Lagrange).

    L(λ) = Σ_s r_s(λ_s) + min over (y, z) in Y of  Σ_t (c_t - Σ_s λ_st) y_t + Σ_e (o_e - Σ_s λ_se) z_e
    Y:  y_t ≤ z_e for t at e;  open exchanges form an arborescence on layers towards the core

λ_si ≥ 0  charge of site s for trunk or exchange i     r_s  `planner.network.tables`     y, z  bought, 0 to 1
c, o      cheapest purchase of a trunk, price of an exchange      Y         the rows (reach) of `planner.network.hubs`
Every plan buys what its paths pass, so its cost is at least L(λ) for any λ. The pairs of a site stand whole in r_s,
which `hubs` knows by their two sides alone: where two lines are promised that is what its bound lacks. λ ascends by
subgradients, each deflected by those before (Camerini, Fratta, Maffioli, *Mathematical Programming Study* 3, 1975) with
steps towards a known cost (Polyak 1969). Y is solved as a linear program and bounded by its dual prices.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from planner.duality import proved
from planner.limits import Watch
from planner.network.candidates import Candidates
from planner.network.paths import other_end
from planner.network.tables import Floats, Tables
from planner.program import Program, solve

SAFETY = 1e-7
"""Relative error of arithmetic that a bound is lowered by."""
PATIENCE, DECAY = 8, 0.66
"""Steps without gain after which steps get shorter, and by how much."""
KEEP = 0.7
"""Of the last direction that the next one keeps."""
MEMORY = 0.95
"""Of the mean solution that the next mean keeps."""
GAIN = 1e-6
"""Relative gain that counts."""
SHARED_BY = 30
"""Sites that a trunk serves, as a first guess."""
CLOSED = 1e9
"""Charge for what is not to be bought, million VND."""


@dataclass(frozen=True)
class Frame:
    """Y as arrays; the first columns are what may be bought, in the order of the tables."""

    rows: sparse.csr_array
    low: Floats
    high: Floats
    ends: tuple[tuple[int, ...], ...]
    """Exchanges at every trunk, by number."""


@dataclass(frozen=True)
class Ascent:
    """Where it ended."""

    bound: float
    """Million VND; infinite where Y is empty."""
    charges: Floats
    """That belong to the bound, shape (sites, bought)."""
    mean: Floats
    """Mean of what Y bought, shape (bought,)."""
    bought: tuple[NDArray[np.bool_], ...]
    """What Y bought, the last sets first."""
    steps: int
    pace: float
    """Of the last step."""


def frame(candidates: Candidates, tables: Tables, most_points: int | None = None) -> Frame:
    """State Y."""
    core, layers = candidates.core, max(0, candidates.policy.max_hops - 1)
    place = {name: at for at, name in enumerate(tables.names)}
    exchanges = tables.names[tables.trunks :]
    count = len(tables.names)
    terms: list[dict[int, float]] = []
    low: list[float] = []
    level: dict[tuple[str, int], int] = {}
    for exchange in exchanges:
        for layer in range(1, layers + 1):
            level[exchange, layer] = count
            count += 1
    out: dict[tuple[str, int], list[int]] = defaultdict(list)
    hop: dict[tuple[str, str, int], list[int]] = defaultdict(list)
    ends: list[tuple[int, ...]] = []
    for at, name in enumerate(tables.names[: tables.trunks]):
        trunk = candidates.links[name]
        own = tuple(place[end] for end in (trunk.a, trunk.b) if end != core)
        ends.append(own)
        for opened in own:
            terms.append({at: 1.0, opened: -1.0})
            low.append(-np.inf)
        ways = {at: -1.0}
        for start in (trunk.a, trunk.b):
            end = other_end(trunk, start)
            if start == core:
                continue
            for layer in (1,) if end == core else range(2, layers + 1):
                ways[count] = 1.0
                out[start, layer].append(count)
                if end != core:
                    hop[start, end, layer].append(count)
                count += 1
        terms.append(ways)
        low.append(-np.inf)
    for exchange in exchanges:
        terms.append({place[exchange]: -1.0, **{level[exchange, layer]: 1.0 for layer in range(1, layers + 1)}})
        low.append(0.0)
    for (exchange, layer), here in level.items():
        terms.append({here: -1.0, **dict.fromkeys(out[exchange, layer], 1.0)})
        low.append(0.0)
    for (_, end, layer), using in hop.items():
        terms.append({level[end, layer - 1]: -1.0, **dict.fromkeys(using, 1.0)})
        low.append(-np.inf)
    high = [0.0] * len(terms)
    if most_points is not None:
        terms.append({place[exchange]: 1.0 for exchange in exchanges})
        low.append(-np.inf)
        high.append(float(most_points))
    at_row = np.repeat(np.arange(len(terms)), [len(one) for one in terms])
    columns = np.array([column for one in terms for column in one], dtype=np.intp)
    values = np.array([value for one in terms for value in one.values()])
    rows = sparse.csr_array((values, (at_row, columns)), shape=(len(terms), count))
    return Frame(rows, np.array(low), np.array(high), tuple(ends))


class Charges:
    """The relaxation of one network."""

    def __init__(self, tables: Tables, frame: Frame, watch: Watch) -> None:
        self.tables, self.frame, self.watch = tables, frame, watch

    def first(self) -> Floats:
        """Return charges as if so many sites shared everything."""
        return np.asarray(np.where(self.tables.charged, self.tables.cost / SHARED_BY, 0.0))

    def ascend(
        self, charges: Floats, fixed: Sequence[tuple[int, bool]], steps: int, pace: float, target: float
    ) -> Ascent:
        """Raise L from given charges.

        Parameters
        ----------
        charges
            Shape (sites, bought).
        fixed
            What must be bought, or must not.
        steps
            Most steps.
        pace
            Of the way to the target that the first step goes.
        target
            Cost of a known network, million VND: enough when it is reached.

        """
        tables, count = self.tables, len(self.tables.names)
        lower, upper = np.zeros(self.frame.rows.shape[1]), np.ones(self.frame.rows.shape[1])
        for one, taken_in in fixed:
            lower[one] = upper[one] = float(taken_in)
        shut = np.flatnonzero(upper[:count] == 0.0)
        best, best_charges = -np.inf, charges
        direction: Floats | None = None
        mean = np.zeros(count)
        sets: list[NDArray[np.bool_]] = []
        waited = 0
        for step in range(1, steps + 1):
            asked = charges.copy()
            asked[:, shut] = CLOSED
            least, taken = tables.all_cheapest(asked)
            value, bought = self._buy(charges, lower, upper)
            if value == np.inf:
                return Ascent(value, charges, np.zeros(count), tuple(sets), step, pace)
            sets.insert(0, bought > 0.5)
            total = value + float(least.sum())
            total -= SAFETY * abs(total)
            if total > best + GAIN * abs(total):
                best, best_charges, waited = total, charges, 0
            else:
                waited += 1
            mean = bought if step == 1 else (1 - MEMORY) * bought + MEMORY * mean
            if best >= target or step == steps or self.watch.over:
                break
            if waited >= PATIENCE:
                pace, waited, charges = DECAY * pace, 0, best_charges
            used = np.zeros_like(charges)
            for site, uses in enumerate(taken):
                used[site, list(uses)] = 1.0
            slope = used - bought
            direction = slope if direction is None else (1 - KEEP) * slope + KEEP * direction
            along: Floats = np.where(tables.charged & ((charges > 0) | (direction > 0)), direction, 0.0)
            length = float((along * along).sum())
            if length <= 0.0:
                break
            charges = np.maximum(0.0, charges + pace * (target - total) / length * along)
        return Ascent(best, best_charges, mean, tuple(sets), step, pace)

    def _buy(self, charges: Floats, lower: Floats, upper: Floats) -> tuple[float, Floats]:
        """Return the bound of Y at prices less charges, infinite where it is empty, and what it buys."""
        frame, count = self.frame, len(self.tables.names)
        cost = np.zeros(frame.rows.shape[1])
        cost[:count] = self.tables.cost - charges.sum(axis=0)
        none = np.zeros(len(cost), dtype=bool)
        program = Program(cost, frame.rows, frame.low, frame.high, lower, upper, none)
        unhurried = self.watch if not self.watch.over else Watch(self.watch.limits)
        found = solve(program, unhurried, engine="glop")
        if found.values is None or not len(found.duals):
            found = solve(program, unhurried)
        if found.infeasible:
            return np.inf, np.zeros(count)
        if found.values is None or len(found.duals) != len(program.low):
            return -np.inf, np.zeros(count)
        sides = program.low, program.high
        return proved(found.duals, program.rows, sides, cost, (lower, upper)), found.values[:count]
