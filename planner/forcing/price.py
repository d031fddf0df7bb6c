"""What a wish costs: a whole checked plan that keeps it, and what no plan that keeps it can undercut.

    F ≤ cost of the plan found                                                                       (at most)
    F ≥ max( bound of the search with the wish,  ν + Σ_{s of the wish} e_s )                         (at least)
    e_s = min { own lines of s with the wish }  -  min { own lines of s straight to the core }       (exchange)

F    cost of the cheapest plan that keeps the wish     P  cost of the plan at hand     ν  bound of every plan
O    cost of the cheapest plan of all, ν ≤ O ≤ P
What is told is F - P: more than the plan at hand. Where O is not known, F - O is told too: it is at least F's bound
less P and at least Σ e_s, at most F's plan less ν. (exchange): take the cheapest plan that keeps the wish and give each
site of the wish its cheapest lines straight to the core instead. They load nothing shared, so it is a plan, no cheaper
than O. The other way round, F - O is at most the cheapest lines with the wish straight to the core less the
cheapest own lines.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Event

from planner.checker import verify_network
from planner.errors import PlanningError, Problem
from planner.forcing.case import Case
from planner.forcing.forced import Forced, Status, impossible, moved, no_line, no_pair, used_by
from planner.forcing.repair import repair, restore
from planner.forcing.wish import Wish
from planner.limits import Limits, Report, Watch, silent
from planner.network import narrow
from planner.network.answer import answer
from planner.network.ends import Terms, terms
from planner.network.hubs import Hubs
from planner.network.internet import internet_links
from planner.network.paths import trunk_paths
from planner.network.search import POLISH_GAP, Search
from planner.network.selection import Selection, select
from planner.network.solver import whole
from planner.network.turns import beside
from planner.network.variables import MILLION
from planner.plan import Network as Decided
from planner.plan import PlannedLink
from topology.model import Network
from topology.order import natural, natural_key

EXACT_PATHS = 20_000
"""First paths, over all sites, up to which the search goes on until nothing is left open."""
SEARCHED = 0.9
"""Share of the time for the search; the rest is for giving sites back what was planned, and for the check."""
BRISK_GAP = 1e-3
"""Relative gap of the best plan near the one at hand, when it is asked for briskly."""
ENDLESS_VND = 2**62
TOLERANCE = 1e-6
"""Of the plan's cost: two figures closer than that count as one."""


class Forcing:
    """Prices wishes against one plan.

    Parameters
    ----------
    network
        With the demands of the plan (`planner.checker.as_decided`).
    decided
        The network half of the plan.
    bound_vnd
        Of the network half: no plan is cheaper.

    """

    def __init__(
        self,
        network: Network,
        decided: Decided,
        bound_vnd: float,
        limits: Limits | None = None,
        report: Report = silent,
    ) -> None:
        self.network, self.decided = network, decided
        self.limits, self.report = limits or Limits(time_limit_s=20.0), report
        self.base = Case.of(network)
        self.internet = tuple(link for link in decided.links if link.kind == "internet")
        columns = self.base.columns(decided)
        missing = natural(site for site, column in columns.items() if column is None)
        if missing:
            message = f"the plan uses lines that the records do not offer any more: {', '.join(missing)}"
            raise ValueError(message)
        self.planned = select(self.base.candidates, {site: c for site, c in columns.items() if c is not None})
        self.cost_vnd = sum(link.cost.present_value_vnd for link in decided.links)
        self.cost_vnd += sum(point.cost.present_value_vnd for point in decided.concentration_points)
        self.bound_vnd = min(float(self.cost_vnd), bound_vnd)
        self.paths = trunk_paths(self.base.candidates, self.base.candidates.policy.max_hops - 1)
        firsts = sum(len(self.paths[a.to]) for own in self.base.choices.values() for a in own.primaries)
        self.small = firsts <= EXACT_PATHS
        self._own: dict[str, tuple[int, int | None]] = {}
        self._terms: dict[tuple[object, ...], tuple[Terms, ...]] = {}
        self.known: list[Decided] = []
        """Networks found for wishes asked before: each may keep the next wish as well."""

    # one wish, or several at once ------------------------------------------------------------------------------------

    def price(self, *wishes: Wish, brisk: bool = False) -> Forced:
        """Return what it costs to keep all these wishes at once; in a large province `brisk` takes the weaker bound."""
        watch = Watch(replace(self.limits, time_limit_s=SEARCHED * self.limits.time_limit_s))
        chosen = [one for one in wishes if one.kind == "used"]
        if not chosen:
            return self._priced(wishes, watch, brisk=brisk)
        first, rest = chosen[0], tuple(one for one in wishes if one is not chosen[0])
        return self._cheapest_of(wishes, [(*rest, branch) for branch in used_by(self.network, first)], watch)

    def _cheapest_of(self, wishes: Sequence[Wish], branches: Sequence[tuple[Wish, ...]], watch: Watch) -> Forced:
        """Return the cheapest way to let some site use a thing: the branch with the least bound first."""
        open_ = sorted(((self._quick(branch), branch) for branch in branches), key=lambda item: item[0])
        best: Forced | None = None
        least, reasons = float("inf"), None
        for place, (quick, branch) in enumerate(open_):
            done = best is not None and best.at_most_vnd is not None and quick >= best.at_most_vnd
            if done or watch.over:
                least = min(least, *(q for q, _ in open_[place:]))
                break
            found = self._priced(branch, watch)
            reasons = reasons or found.reasons
            if found.status == "impossible":
                continue
            least = min(least, found.at_least_vnd if found.at_least_vnd is not None else quick)
            if found.at_most_vnd is not None and (best is None or found.at_most_vnd < (best.at_most_vnd or 0)):
                best = found
        if best is None:
            status: Status = "impossible" if least == float("inf") else "unknown"
            known = None if status == "impossible" else round(least)
            return Forced(tuple(wishes), status, known, None, known, None, reasons or ())
        assert best.at_most_vnd is not None
        at_least = min(round(min(least, 2**62)), best.at_most_vnd)
        exact = best.at_most_vnd - at_least <= TOLERANCE * self.cost_vnd
        rise = max(0, at_least)
        status = "already" if best.status == "already" else "exact" if exact else "bounded"
        return replace(
            best, wishes=tuple(wishes), status=status, at_least_vnd=at_least,
            rise_at_least_vnd=rise, rise_at_most_vnd=max(rise, best.rise_at_most_vnd or 0),
        )  # fmt: skip

    def _quick(self, wishes: Sequence[Wish]) -> float:
        """Return what the wishes cost more than the plan at least, by (exchange)."""
        rise = self._exchange(Case.of(self.network, wishes))
        return float("inf") if rise is None else self.bound_vnd + max(0, rise[0]) - self.cost_vnd

    def _priced(self, wishes: Sequence[Wish], watch: Watch, *, brisk: bool = False) -> Forced:
        case = Case.of(self.network, wishes)
        try:
            internet = (
                self.internet if len(case.network.links) == len(self.network.links) else internet_links(case.network)
            )
        except PlanningError as refused:
            return impossible(wishes, refused.problems)
        also = sum(link.cost.present_value_vnd for link in internet)
        if case.hopeless:
            return impossible(wishes, tuple(no_line(site) for site in case.hopeless))
        columns = case.columns(self.decided)
        kept = {site: column for site, column in columns.items() if column is not None}
        stays = len(kept) == len(columns) and case.holds(self.planned) and internet == self.internet
        rise = self._exchange(case)
        search = Search(case.candidates, case.choices, watch, self.report, goal=1e-9, most_points=case.most_points)
        if case.candidates.trunks == self.base.candidates.trunks:
            search.paths = self.paths
        search.ready()
        offers = self._offers(case, search) if len(kept) < len(columns) or not self.small else {}
        unserved = tuple(site for site, own in offers.items() if not own)
        if unserved:
            return impossible(wishes, tuple(no_pair(site) for site in unserved))
        if stays:
            at_least = min(0, round(self.bound_vnd - self.cost_vnd))
            done = self._told(case, self.planned, internet, at_least, 0, (0, None))
            return replace(done, wishes=tuple(wishes), status="already")
        missing = [site for site in columns if site not in kept]
        repair(case, search, self.planned, kept, missing, watch)
        for part in self.known:
            other = {site: column for site, column in case.columns(part).items() if column is not None}
            if len(other) == len(columns):
                search.offer(select(case.candidates, other))
        if self.small:
            search.small = EXACT_PATHS
            search.run()
        elif any(self._wide(one) for one in wishes):
            self._large(case, search, offers, brisk=brisk)
        search.raise_bound(self.bound_vnd - self._paid(self.internet) + max(0, rise[0] if rise else 0))
        if search.best is None or not case.holds(search.best):
            return self._none(wishes, case, search, also)
        restore(case, search, columns)
        at_most = search.best.cost_vnd + also - self.cost_vnd
        at_least = min(at_most, round(search.bound_vnd) + also - self.cost_vnd)
        told = self._told(case, search.best, internet, at_least, at_most, rise)
        if told.part is not None:
            self.known.append(told.part)
        return replace(told, wishes=tuple(wishes))

    def _offers(self, case: Case, search: Search) -> dict[str, tuple[Terms, ...]]:
        """Return the prices of each site; where neither its lines nor the trunks are others, those found before."""
        found: dict[str, tuple[Terms, ...]] = {}
        for site, own in case.choices.items():
            lines = (own.primaries, own.backups, own.mobiles)
            key = (site, *(tuple(line.link.id for line in role) for role in lines))
            if search.paths is not self.paths or case.fee_vnd:
                found[site] = terms(case.candidates, own, search.paths)
            else:
                if key not in self._terms:
                    self._terms[key] = terms(case.candidates, own, search.paths)
                found[site] = self._terms[key]
        return found

    def _wide(self, one: Wish) -> bool:
        """Tell whether a wish moves more than the lines of its site."""
        opened = (*self.planned.opened, self.base.candidates.core)
        return one.site is None or (one.kind == "point" and one.value not in opened)

    def _none(self, wishes: Sequence[Wish], case: Case, search: Search, also: int) -> Forced:
        """No plan was found: proved impossible by a relaxation or a cut, else unknown."""
        cut = narrow.problem(case.candidates, case.choices, search.watch, patient=False)
        if cut is not None:
            return impossible(wishes, (cut,))
        if search.impossible or search.bound_vnd == float("inf"):
            return impossible(wishes, ())
        at_least = round(search.bound_vnd) + also - self.cost_vnd
        return Forced(tuple(wishes), "unknown", at_least, None, max(0, at_least), None)

    # bounds and plans ------------------------------------------------------------------------------------------------

    def own(self, site: str) -> tuple[int, int | None]:
        """Return the price of a site's cheapest own lines, and of those straight to the core; None if it has none."""
        if site not in self._own:
            self._own[site] = self._cheapest(self.base, site) or (0, None)
        return self._own[site]

    def _cheapest(self, case: Case, site: str) -> tuple[int, int | None] | None:
        if not case.choices[site].primaries:
            return None
        found = terms(case.candidates, case.choices[site], self.paths)
        straight = (t.cost_vnd for t in found if t.first == case.candidates.core and t.second in (t.first, None))
        return (min(t.cost_vnd for t in found), min(straight, default=None)) if found else None

    def _exchange(self, case: Case) -> tuple[int, int | None] | None:
        """Return what the sites' wishes cost more at least, and at most, by (exchange); None: a site has no lines then.

        At most is None where lines straight to the core do not keep the wish, or the province has a wish.
        """
        least, most = 0, 0
        bounded = all(one.site for one in case.wishes)
        for site in sorted({one.site for one in case.wishes if one.site}):
            forced, free = self._cheapest(case, site), self.own(site)
            if forced is None:
                return None
            least += forced[0] - free[1] if free[1] is not None else -ENDLESS_VND
            bounded &= forced[1] is not None
            most += (forced[1] or 0) - free[0]
        return least, most if bounded else None

    def _large(self, case: Case, search: Search, offers: Mapping[str, Sequence[Terms]], *, brisk: bool) -> None:
        """Bound a large province by the choice of hubs, in a process beside the best plan near the one at hand.

        Then, unless `brisk`, the best plan with these hubs and the trunks that suit them.
        """
        search.polish_gap = BRISK_GAP if brisk else POLISH_GAP
        hubs = Hubs(case.candidates, offers, search.paths, case.most_points)
        model, done = hubs.relaxed() if brisk else hubs.choose(), Event()
        with ThreadPoolExecutor(1) as pool:
            bound = pool.submit(beside, search, model, done)
            try:
                near = frozenset(self.planned.bought) | frozenset(self.planned.opened)
                if search.best is not None:
                    near |= frozenset(search.best.bought) | frozenset(search.best.opened)
                search.polish(near | self._beside(case))
                search.say("polished")
                found = bound.result()
            finally:
                done.set()
        search.raise_bound(float("inf") if found.infeasible else found.bound * MILLION)
        if brisk or found.values is None or search.closed or search.watch.over:
            return
        opened = hubs.hubs(found.values)
        trunks = whole(hubs.settle(opened), None, POLISH_GAP, search.nodes, search.watch)
        allowed = opened | search.to_core(opened) | (hubs.bought(trunks.values) if trunks.values else frozenset())
        if trunks.values is not None and not allowed <= near:
            search.polish(allowed)
            search.say("polished")

    def _beside(self, case: Case) -> frozenset[str]:
        """Return the trunks that can take the place of planned ones that the wishes leave out: between its points."""
        kept = {trunk.id for trunk in case.candidates.trunks}
        if kept.issuperset(self.planned.bought):
            return frozenset()
        places = {*self.planned.opened, case.candidates.core}
        return frozenset(trunk.id for trunk in case.candidates.trunks if {trunk.a, trunk.b} <= places)

    def _paid(self, links: Sequence[PlannedLink]) -> int:
        return sum(link.cost.present_value_vnd for link in links)

    # what is told ----------------------------------------------------------------------------------------------------

    def _told(
        self,
        case: Case,
        selection: Selection,
        internet: Sequence[PlannedLink],
        at_least: int,
        at_most: int,
        rise: tuple[int, int | None] | None,
    ) -> Forced:
        """Say what changes, after independent code has checked the whole network."""
        part = answer(case.candidates, selection, case.choices)
        links = tuple(sorted((*part.links, *internet), key=lambda link: natural_key(link.id)))
        part = part.model_copy(update={"links": links})
        _, states, violations = verify_network(part, self.network)
        if violations:
            hint = "This is a defect of provdc, not of the records: please report it with the records."
            raise PlanningError(tuple(Problem("E-PLAN-600", str(violation), hint) for violation in violations))
        exact = at_most - at_least <= TOLERANCE * self.cost_vnd
        least = max(0, rise[0] if rise else 0, at_least)
        most = round(at_most + self.cost_vnd - self.bound_vnd)
        most = most if rise is None or rise[1] is None else min(most, rise[1])
        before = {site.id: site for site in self.decided.sites}
        return Forced(
            (),
            "exact" if exact else "bounded",
            at_least,
            at_most,
            least,
            max(least, most),
            sites=tuple(s.id for s in part.sites
                        if (s.primary, s.backup) != (before[s.id].primary, before[s.id].backup)),
            lines=moved(self.decided, part),
            points=tuple(point.id for point in part.concentration_points),
            mobiles=sum(1 for link in part.links if link.kind == "mobile"),
            carriers=tuple(natural({link.carrier for link in part.links})),
            states=states,
            part=part,
        )  # fmt: skip

    def told(self, selection: Selection, at_least_vnd: int, at_most_vnd: int) -> Forced:
        """Return a selection over the plan's own candidates, checked, as what it costs and changes."""
        return self._told(self.base, selection, self.internet, at_least_vnd, at_most_vnd, None)
