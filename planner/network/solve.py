"""The network half of a plan: search, name, prove."""

from dataclasses import dataclass
from importlib import metadata

from planner.errors import PlanningError, Problem, where
from planner.limits import Limits, Report, Watch, gap, silent
from planner.network import conflict, lead, narrow, together
from planner.network.answer import answer
from planner.network.candidates import Candidates
from planner.network.columns import Choices
from planner.network.continuity import Earlier, keep
from planner.network.internet import internet_links
from planner.network.lead import Lead
from planner.network.paths import accesses
from planner.network.search import Search
from planner.plan import Network as Decided
from planner.plan import Proof
from topology.model import Network
from topology.order import natural_key

TOLERANCE = 1e-6
"""Relative gap that counts as optimal."""


@dataclass(frozen=True, slots=True)
class Aim:
    """How far a network that is one of several is worked out."""

    turns: int = 1
    """Choices of hubs, in a large province."""
    enough_vnd: float | None = None
    """Bound from which on it is out: another plan costs less."""


@dataclass(frozen=True, slots=True)
class NetworkAnswer:
    """The network half and its proof."""

    parts: Decided
    proof: Proof
    left_early: bool = False
    """Its bound said enough (`Aim`): the plan is the best known by then, not a good one."""


def solve(
    network: Network,
    limits: Limits,
    report: Report = silent,
    watch: Watch | None = None,
    previous: Decided | None = None,
    leading: Lead | None = None,
    aim: Aim | None = None,
) -> NetworkAnswer:
    """Plan the network: Internet links by enumeration, everything else by `planner.network.search`.

    With an earlier network half, the one of the cheapest found that changes it least (`planner.network.continuity`).
    With networks under looser promises, their bound and their points are used (`planner.network.lead`). With an aim, no
    further than it says.

    Raises
    ------
    PlanningError
        E-PLAN-301 for sites that no line can serve, 303 for those that no two paths can, 304 for a cut that is too
        narrow, 305 for sites that find no room together, 302 when no plan was found within the limits, 311 for the
        Internet links.

    """
    earlier = Earlier.of(previous) if previous is not None else None
    internet = internet_links(network, earlier.lines if earlier else frozenset())
    candidates = Candidates(network)
    own = accesses(candidates)
    choices = {site: Choices(candidates, site, lines) for site, lines in own.items()}
    _require_access(candidates, choices)
    search = Search(candidates, choices, watch or Watch(limits), report)
    also = sum(link.cost.present_value_vnd for link in internet)
    if aim is not None:
        search.turns = aim.turns
        search.enough_vnd = None if aim.enough_vnd is None else aim.enough_vnd - also
    if leading is None or not lead.begin(search, own, leading, also):
        search.look = lead.used(search, leading) if leading else frozenset()
        search.run()
    _require_pairs(candidates, search.unserved, search.watch)
    if search.best is None:
        clock = search.watch
        too_narrow = narrow.problem(candidates, choices, clock)
        if too_narrow is not None:
            raise PlanningError((too_narrow,))
        if search.impossible:
            raise PlanningError((together.problem(network, clock),))
        text = "no network plan was found within the limits."
        raise PlanningError((Problem("E-PLAN-302", text, "Give it more time (--time-limit), or more trunk modules."),))
    if earlier is not None:
        keep(search, own, earlier)
    decided = answer(candidates, search.best, choices)
    links = tuple(sorted((*decided.links, *internet), key=lambda link: natural_key(link.id)))
    objective = float(search.best.cost_vnd + also)
    bound = min(objective, search.bound_vnd + also)
    distance = gap(objective, bound) or 0.0
    proof = Proof(
        part="network",
        status="optimal" if distance <= TOLERANCE else "feasible",
        objective=objective,
        bound=round(bound, 3),
        gap=0.0 if distance <= TOLERANCE else round(distance, 6),
        solver=f"MathOpt {metadata.version('ortools')}",
        seed=limits.seed,
        work=dict(sorted(search.work.items())),
        cut_short=search.cut_short,
    )
    return NetworkAnswer(decided.model_copy(update={"links": links}), proof, search.enough and distance > search.goal)


def _require_access(candidates: Candidates, choices: dict[str, Choices]) -> None:
    """Refuse sites that have no line of their own that could be their primary path."""
    problems = []
    for site in candidates.sites:
        if not choices[site].primaries:
            text = f"no line can be the primary path of '{site}': no carrier reaches it with enough capacity."
            hint = "Let another carrier serve its district, add a duct, or a larger access module."
            problems.append(Problem("E-PLAN-301", text, hint, where(candidates.network.records, f"site/{site}")))
    if problems:
        raise PlanningError(tuple(problems))


def _require_pairs(candidates: Candidates, unserved: tuple[str, ...], watch: Watch) -> None:
    """Refuse sites of which no two paths are disjoint in what their class must survive."""
    if unserved:
        raise PlanningError(conflict.problems(candidates, unserved, watch))
