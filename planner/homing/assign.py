"""The exact program over some sites, the others left where they are; solved by CP-SAT.

    min  Σ_e Σ_o c_eo y[e,o]
         Σ_p u[s,p] = 2,   Σ_{p in g} u[s,p] ≤ 1      two paths of a site, at most one of them in risk group g   (pair)
         Σ_o y[e,o] ≤ 1,   u[s,p] ≤ Σ_{o: C_o ≥ d_s} y[e,o]    for e in p                                       (size)
         B_e + Σ_s d_s Σ_{p through e} u[s,p] ≤ Σ_o C_o y[e,o]                                              (capacity)

u[s,p]  site s has path p     y[e,o]  link e has size o, of C_o Mbit/s at price c_eo     d_s  demand
B_e     Mbit/s that the sites left alone put on e
Shaw (1998), large neighbourhood search.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ortools.sat.python import cp_model

from planner.cpsat import counted
from planner.homing.instance import Instance
from planner.homing.paths import Path
from planner.homing.routing import Loads, Pair

MOST_DECIMALS = 6


def scale(values: Sequence[float]) -> int:
    """Return the power of ten that makes all values whole, at most a million."""
    factor = 1
    for _ in range(MOST_DECIMALS):
        if all(abs(value * factor - round(value * factor)) < 1e-6 for value in values):
            break
        factor *= 10
    return factor


@dataclass(frozen=True, slots=True)
class Effort:
    """Limits of one program."""

    deterministic: float
    """CP-SAT's deterministic seconds."""
    seconds: float
    """Wall clock, a safety net."""
    seed: int
    interleave: bool = False
    """Take all of its strategies by turns, which finds more in large programs."""

    def solver(self) -> cp_model.CpSolver:
        """Return CP-SAT on one thread within these limits."""
        solver = counted(self.deterministic)
        solver.parameters.random_seed = self.seed
        solver.parameters.max_time_in_seconds = max(0.1, self.seconds)
        solver.parameters.interleave_search = self.interleave
        return solver


def improve(
    instance: Instance,
    ways: Mapping[int, Sequence[Path]],
    pairs: Mapping[int, Pair],
    base: Loads,
    effort: Effort,
) -> dict[int, Pair] | None:
    """Return better pairs for the sites of `ways`, None if the program found none.

    Parameters
    ----------
    ways
        Paths that the sites may take.
    pairs
        Where the search begins.
    base
        Mbit/s on every link of the sites left alone.
    effort
        How long.

    """
    model = cp_model.CpModel()
    money = scale([cost for link in instance.links for cost in link.costs])
    rate = scale([*instance.demands, *instance.sizes])
    u: dict[tuple[int, int], cp_model.IntVar] = {}
    on: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for site, own in ways.items():
        by_risk: dict[int, list[cp_model.IntVar]] = defaultdict(list)
        for place, path in enumerate(own):
            u[site, place] = model.new_bool_var("")
            model.add_hint(u[site, place], path in pairs[site])
            for link in path.links:
                on[link].append((site, place))
            risks = path.risks
            while risks:
                by_risk[risks & -risks].append(u[site, place])
                risks &= risks - 1
        model.add(sum(u[site, place] for place in range(len(own))) == 2)
        for group in {tuple(sorted(v.index for v in using)): using for using in by_risk.values()}.values():
            if len(group) > 1:
                model.add_at_most_one(group)
    spent = []
    for link, using in sorted(on.items()):
        kept = float(base[link])
        sizes = [(capacity, price) for capacity, price in instance.options(link) if capacity >= kept - 1e-9]
        y = [model.new_bool_var("") for _ in sizes]
        if kept > 0:
            model.add_exactly_one(y)
        else:
            model.add_at_most_one(y)
        for site, place in using:
            fitting = [
                v for v, (capacity, _) in zip(y, sizes, strict=True) if capacity >= instance.demands[site] + kept
            ]
            model.add_bool_or([*fitting, u[site, place].negated()])
        booked = sum(round(instance.demands[site] * rate) * u[site, place] for site, place in using)
        room = sum(round(capacity * rate) * v for v, (capacity, _) in zip(y, sizes, strict=True))
        model.add(round(kept * rate) + booked <= room)
        now = kept + sum(instance.demands[s] for s, p in using if ways[s][p] in pairs[s])
        bought = next((k for k, (capacity, _) in enumerate(sizes) if now > 0 and capacity >= now - 1e-9), None)
        for k, (v, (_, price)) in enumerate(zip(y, sizes, strict=True)):
            model.add_hint(v, k == bought)
            spent.append(round(price * money) * v)
    model.minimize(sum(spent))
    solver = effort.solver()
    if solver.solve(model) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return None
    found: dict[int, Pair] = {}
    for site, own in ways.items():
        first, second = (path for place, path in enumerate(own) if solver.value(u[site, place]))
        found[site] = (first, second)
    return found
