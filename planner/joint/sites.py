"""Where workloads with several sites stand, decided with machines, bridges, rooms and the network: best-first.

    min over a in A  C(a),   C(a) = min over (n, G) of  N(D(a, n, G)) + H(a, n, G) + boxes + Σ m + Σ s         (sites)

    C(a') ≥ ν(a) + min over (n', G') of  Σ_{s not in K} (L_s(e'_s) - U_s(e_s)) + H + boxes + Σ m + Σ s           (other)

A        admissible choices of sites (`topology.standing`), a handful           ν(a)  bound of the network solved for a
D(a, ·)  demands: a site with a room is raised by what its machines exchange (`planner.datacentre.standing`)
K        sites raised by a' at least as much as by a;  U, L  as in `planner.joint.certificate`

The choices with the least estimates, own lines instead of N, are planned first. Then, while some choice is bounded
below the cheapest plan, those with the least bounds are planned: two side by side, each until its bound says that it is
out. The bound of all is the least of the planned ones' own and (other).
Demands run over the core, as everywhere in the network: it is the optimum of routing by way of the core.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from planner.conference import Found
from planner.datacentre.standing import settled
from planner.errors import PlanningError, Problem
from planner.joint.certificate import by_site, least_else, own_vnd
from planner.joint.decide import Decided, decide
from planner.joint.houses import Houses
from planner.limits import Limits, Report, Watch, silent
from planner.network import Aim, NetworkAnswer
from planner.network import solve as solve_network
from planner.plan import Network as Decision
from planner.shared import Shared
from topology.demands import AGENCY_CLASS
from topology.model import Network
from topology.standing import away, choices

UNDECIDED = {"E-PLAN-302", "E-PLAN-402"}
"""The clock ended the search: nothing is proved impossible."""
NO_LINES = "E-PLAN-301"
SETTLE_SHARE = 0.9
"""Of the clock, for planning networks: the rest is for the data centre of the choice."""
AT_ONCE = 2
"""Networks planned side by side."""
ROUND_SHARE = 0.6
"""Of the time left, for networks after which others follow."""
WEIGH_SHARE = 0.5
"""Of the clock, until when choices are weighed: those left are told as open."""


@dataclass(slots=True)
class Choice:
    """One choice of sites with what is known of it."""

    stands: Mapping[str, str]
    """Workload that names sites → site."""
    decided: Decided | None = None
    network: Network | None = None
    """With the hosting decided."""
    lines_vnd: int | None = None
    """Larger own lines of the sites with rooms."""
    found: NetworkAnswer | None = None
    bound_vnd: float | None = None
    """No plan with these sites costs less."""
    error: PlanningError | None = None
    """Why there is no plan, or none was found within the limits."""

    @property
    def possible(self) -> bool:
        """Whether nothing proves that there is no plan."""
        return self.error is None or bool({problem.code for problem in self.error.problems} & UNDECIDED)

    @property
    def open(self) -> bool:
        """Whether its network may still be planned."""
        return self.error is None and self.decided is not None and self.found is None

    @property
    def cost_vnd(self) -> float | None:
        """Of the whole plan; None where the network was not planned."""
        if self.found is None or self.decided is None or self.network is None:
            return None
        return self.found.proof.objective + own_vnd(self.decided, self.network)

    @property
    def estimate_vnd(self) -> int:
        """Data centre, bridges, rooms and own lines."""
        assert self.decided is not None
        return self.decided.objective_vnd + (self.lines_vnd or 0)


@dataclass(frozen=True, slots=True)
class Settled:
    """What was decided, and the network where it was planned on the way."""

    decided: Decided
    network: Network
    """With the hosting decided."""
    found: NetworkAnswer | None
    choices: tuple[Choice, ...]
    """All admissible choices, the one decided first; none where no workload names sites."""
    cut_short: bool = False
    """The clock ended the search."""

    @property
    def elsewhere(self) -> list[float | None]:
        """Bounds of the choices that were not taken and may have a plan."""
        return [choice.bound_vnd for choice in self.choices[1:] if choice.possible]


def settle(
    network: Network,
    limits: Limits,
    report: Report = silent,
    watch: Watch | None = None,
    previous: Decision | None = None,
    shared: Shared | None = None,
) -> Settled:
    """Decide sites, bridges and rooms, with what plans under other promises have found.

    Raises
    ------
    PlanningError
        What `planner.joint.decide` and `planner.network.solve` raise, when no choice of sites has a plan.

    """
    watch, shared = watch or Watch(limits), shared or Shared()
    placed = Houses(network.records, limits, shared.known)
    every = [Choice(stands) for stands in choices(network.records)]
    if len(every) <= 1:
        stands = every[0].stands if every else {}
        only = decide(network, limits, report, watch, away(network.records, stands), placed, shared.bridged)
        settled_for = settled(network, only.hosting)
        one = (Choice(stands, only, settled_for, _lines(only, settled_for)),) if stands else ()
        return Settled(only, settled_for, None, one)
    watch = Watch(replace(watch.limits, time_limit_s=SETTLE_SHARE * watch.limits.time_limit_s), watch.started)
    cut_short = False
    for choice in every:
        if any(one.open for one in every) and (
            watch.limits.should_stop() or watch.seconds > WEIGH_SHARE * watch.limits.time_limit_s
        ):
            cut_short = True
            break
        _weigh(choice, network, limits, report, watch, (placed, shared.bridged))
    waiting = [choice for choice in every if choice.open]
    if not waiting:
        raise next(choice.error for choice in every if choice.error)
    best: Choice | None = None
    least: float | None = None
    while waiting:
        if best is not None and watch.over:
            cut_short = True
            break
        waiting.sort(key=lambda one: (one.bound_vnd or 0.0, one.estimate_vnd))
        some = [one for one in waiting[: _at_once(waiting)] if least is None or (one.bound_vnd or 0.0) < least]
        if not some:
            break
        waiting = [one for one in waiting if one not in some]
        clock = _clock(watch) if waiting else watch
        cut_short |= _plan(some, least, limits, report, clock, previous, shared)
        for choice in some:
            _prove(choice, every)
            cost = choice.cost_vnd
            if cost is not None and (best is None or least is None or cost < least):
                best, least = choice, cost
        for choice in some:
            if choice.found is not None and choice.found.left_early:
                choice.found = None  # out by its bound: its plan is only as good as that took
    if best is None or best.decided is None or best.network is None:
        raise next(choice.error for choice in every if choice.error)
    others = sorted((one for one in every if one is not best), key=_rank)
    return Settled(best.decided, best.network, best.found, (best, *others), cut_short)


def _rank(choice: Choice) -> tuple[bool, float, float]:
    known = choice.cost_vnd or choice.bound_vnd or float("inf")
    return not choice.possible, known, float(choice.estimate_vnd) if choice.decided else float("inf")


def _weigh(
    choice: Choice,
    network: Network,
    limits: Limits,
    report: Report,
    watch: Watch,
    known: tuple[Houses, dict[str, Found]],
) -> None:
    """Place the machines of a choice and price the own lines of its sites."""
    try:
        choice.decided = decide(network, limits, report, watch, away(network.records, choice.stands), *known)
    except PlanningError as error:
        choice.error = error
        return
    choice.network = settled(network, choice.decided.hosting)
    choice.lines_vnd = _lines(choice.decided, choice.network)
    if choice.lines_vnd is None:
        places = ", ".join(sorted(by_site(choice.network.hosting)))
        text = f"no line of {places} carries what its machines exchange with the core."
        choice.error = PlanningError((_problem(NO_LINES, text),))


def _lines(decided: Decided, network: Network) -> int | None:
    """Return what larger own lines of the sites with rooms cost; None where no pair carries it."""
    total = 0
    for site, mbps in by_site(network.hosting).items():
        rise = decided.lines.rise(site, mbps, AGENCY_CLASS)
        if rise is None:
            return None
        total += rise
    return total


def _at_once(waiting: Sequence[Choice]) -> int:
    """Return how many choices have their networks planned side by side: two, unless one may settle the other."""
    return AT_ONCE if len(waiting) > AT_ONCE or any(one.bound_vnd is not None for one in waiting) else 1


def _clock(watch: Watch) -> Watch:
    """Leave some time to the choices that come later."""
    until = watch.seconds + ROUND_SHARE * watch.left_s
    return Watch(replace(watch.limits, time_limit_s=until), watch.started)


def _plan(
    some: Sequence[Choice],
    least_vnd: float | None,
    limits: Limits,
    report: Report,
    watch: Watch,
    previous: Decision | None,
    shared: Shared,
) -> bool:
    """Plan the networks of choices side by side, none of which knows of the others; return whether one was cut short.

    A network is worked out until its bound says that the choice costs `least_vnd` at least.
    """

    def one(choice: Choice) -> None:
        assert choice.decided is not None
        assert choice.network is not None
        least = least_else(choice.decided, choice.decided, choice.network)
        enough = None if least is None or least_vnd is None else least_vnd - min(least.vnd, _own(choice))
        try:
            choice.found = solve_network(
                choice.network, limits, report, watch, previous, shared.lead(choice.network), Aim(enough_vnd=enough)
            )
        except PlanningError as error:
            choice.error = error

    if len(some) == 1:
        one(some[0])
    else:
        with ThreadPoolExecutor(len(some)) as beside:
            for done in [beside.submit(one, choice) for choice in some]:
                done.result()
    return any(choice.found is not None and choice.found.proof.cut_short for choice in some)


def _own(choice: Choice) -> int:
    assert choice.decided is not None
    assert choice.network is not None
    return own_vnd(choice.decided, choice.network)


def _prove(choice: Choice, every: Sequence[Choice]) -> None:
    """Bound a choice by its network, and those that are not planned too."""
    if choice.found is None or choice.decided is None or choice.network is None:
        return
    least, cost = least_else(choice.decided, choice.decided, choice.network), choice.cost_vnd
    if least is not None and cost is not None:
        proved = min(choice.found.proof.bound + min(least.vnd, _own(choice)), cost)
        choice.bound_vnd = max(choice.bound_vnd or 0.0, proved)
    for other in every:
        if other is not choice and other.found is None and other.possible and other.decided is not None:
            least = least_else(other.decided, choice.decided, choice.network)
            if least is not None:
                other.bound_vnd = max(other.bound_vnd or 0.0, choice.found.proof.bound + least.vnd)


def _problem(code: str, text: str) -> Problem:
    return Problem(code, text, "Let it stand elsewhere, or add a larger access module.")
