"""A site's own lines as its demand grows: what they cost at least, and bounds on what the whole network pays more.

    cheapest_s(d)  =  min over admissible pairs (a, b) of own lines of  c_a(d) + c_b(d)
    direct_s(d)    =  the same over lines to the core and mobile backups alone
    L_s(e) = min_a [c_a(d + e) - c_a(d)] + min_b [c_b(d + e) - c_b(d)]
    U_s(e) = direct_s(d + e) - cheapest_s(d)

    N(D) + Σ_s L_s(e_s)  ≤  N(D + e)  ≤  N(D) + Σ_s U_s(e_s)                                        (rise)

N(D)  present value of the cheapest network for the demands D      e  more demand of some sites, D + e ≥ D
Left: keep the routes of the network for D + e and buy the smaller modules; trunks need no more than before. Right: give
each site of e direct lines and leave the rest of the network for D as it is; nothing shared carries more.
"""

from collections.abc import Iterator
from dataclasses import replace

from planner.network import access
from planner.network.candidates import Candidates
from planner.network.disjoint import admissible
from planner.network.purchase import KBPS, Purchase, cheapest, frontier
from topology.model import CandidateLink, Network
from topology.schema.base import ServiceClass

Pair = tuple[CandidateLink, CandidateLink | None]
ENDLESS_KBPS = 10**9
"""More than any site asks for."""
REALTIME: tuple[ServiceClass, ...] = ("ef", "af41")


class OwnLines:
    """Own lines of every site; `network` has the smallest demands."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.base = Candidates(network)
        self._known: dict[tuple[str, float, str], Candidates] = {}
        self._pairs: dict[str, tuple[Pair, ...]] = {}
        self._fronts: dict[str, tuple[Purchase, ...]] = {}
        self._least: dict[tuple[str, float, str, bool], int | None] = {}

    def cheapest(self, site: str, mbps: float, service_class: ServiceClass) -> int | None:
        """Return the price of the cheapest admissible pair with `mbps` more demand, None if there is none."""
        return self._price_of(site, mbps, service_class, direct=False)

    def direct(self, site: str, mbps: float, service_class: ServiceClass) -> int | None:
        """Return the price of the cheapest pair that loads no trunk, None if there is none."""
        return self._price_of(site, mbps, service_class, direct=True)

    def rise(self, site: str, mbps: float, service_class: ServiceClass) -> int | None:
        """Return what the cheapest pair costs more, None if no pair can carry it: the estimate that decides."""
        now, then = (self.cheapest(site, more, service_class) for more in (0.0, mbps))
        return None if now is None or then is None else then - now

    def least_rise(self, site: str, mbps: float, service_class: ServiceClass) -> int:
        """L_s: no network pays less for the demand."""
        now, then = self._raised(site, 0.0, service_class), self._raised(site, mbps, service_class)
        first: list[int] = []
        second: list[int] = []
        for one, other in self._of(site):
            for link, needed, found in ((one, self._primary, first), (other, self._backup, second)):
                if link is not None:
                    before, after = needed(now, site, link), needed(then, site, link)
                    found += [after - before] if before is not None and after is not None else []
        return min(first, default=0) + min(second, default=0)

    def most_rise(self, site: str, mbps: float, service_class: ServiceClass) -> int | None:
        """U_s: some network pays no more for the demand; None when no direct lines exist."""
        now, then = self.cheapest(site, 0.0, service_class), self.direct(site, mbps, service_class)
        return None if now is None or then is None else then - now

    def steps(self, site: str, most_mbps: float, service_class: ServiceClass) -> tuple[tuple[float, int], ...]:
        """Return (more demand up to here, VND more) in order; the last reaches `most_mbps` if any pair carries it."""
        found: list[tuple[float, int]] = []
        for limit in sorted(set(self._limits(site, service_class))):
            if found and found[-1][0] >= most_mbps:
                break
            more = min(limit, most_mbps)
            price = self.rise(site, more, service_class)
            if price is None:
                break
            if found and found[-1][1] == price:
                found.pop()
            found.append((more, price))
        return tuple(found)

    def _limits(self, site: str, service_class: ServiceClass) -> Iterator[float]:
        """Give the demands at which some module of the site's lines is just enough."""
        demand, policy = self.base.demands[site], self.base.class_policy(site)
        asked, theta = max(demand.down, demand.up), policy.realtime_share_max.value
        shares = {1.0, policy.degraded_share.value} - {0.0}
        capacities = {p.capacity_kbps for pair in self._of(site) for link in pair if link for p in self._front(link)}
        yield 0.0
        for capacity in capacities:
            for share in shares:
                limits = [self.base.usable(capacity) / share - asked]
                if service_class in REALTIME:
                    limits.append(theta * capacity / share - demand.realtime)
                more = int(min(limits) * (1 + 1e-9)) / KBPS
                if more > 0:
                    yield more

    def _front(self, link: CandidateLink) -> tuple[Purchase, ...]:
        if link.id not in self._fronts:
            self._fronts[link.id] = frontier(link, self.base.money, ENDLESS_KBPS)
        return self._fronts[link.id]

    def _price_of(self, site: str, mbps: float, service_class: ServiceClass, *, direct: bool) -> int | None:
        key = (site, mbps, service_class, direct)
        if key not in self._least:
            self._least[key] = min(self._prices(site, mbps, service_class, direct=direct), default=None)
        return self._least[key]

    def _prices(self, site: str, mbps: float, service_class: ServiceClass, *, direct: bool) -> Iterator[int]:
        candidates = self._raised(site, mbps, service_class)
        pairs = self._of(site)
        first = {one.id: self._primary(candidates, site, one) for one in {one.id: one for one, _ in pairs}.values()}
        others = {other.id: other for _, other in pairs if other is not None}
        second = {name: self._backup(candidates, site, other) for name, other in others.items()}
        for one, other in pairs:
            if direct and (one.b != self.base.core or (other is not None and other.b != self.base.core)):
                continue
            price, more = first[one.id], second[other.id] if other is not None else 0
            if price is not None and more is not None:
                yield price + more

    def _primary(self, candidates: Candidates, site: str, link: CandidateLink) -> int | None:
        return self._price(link, access.primary_kbps(candidates, site))

    def _backup(self, candidates: Candidates, site: str, link: CandidateLink) -> int | None:
        return self._price(link, access.backup_kbps(candidates, site, link))

    def _price(self, link: CandidateLink, kbps: int) -> int | None:
        bought = cheapest(self._front(link), kbps)
        return bought.cost_vnd if bought else None

    def _of(self, site: str) -> tuple[Pair, ...]:
        """List the admissible pairs of own lines; groups that cut trunks are left out, so there are never too few."""
        if site not in self._pairs:
            policy = self.base.class_policy(site)
            survived = self.base.kind_mask(policy.survive)
            own = [link for link in self.base.links.values() if link.a == site and link.kind in ("access", "mobile")]
            fixed = [link for link in own if link.kind == "access"]
            kinds = {"fixed": {"access"}, "mobile": {"mobile"}, "any": {"access", "mobile"}}.get(policy.backup, set())
            seconds = [link for link in own if link.kind in kinds]
            pairs: list[Pair] = [
                (one, other)
                for one in fixed
                for other in seconds
                if one.id != other.id and admissible(self._mask(one), self._mask(other), survived)
            ]
            if policy.backup == "none":
                pairs = [(one, None) for one in fixed if admissible(self._mask(one), None, survived)]
            self._pairs[site] = tuple(pairs)
        return self._pairs[site]

    def _mask(self, link: CandidateLink) -> int:
        ends = 0 if link.b == self.base.core or link.kind == "mobile" else self.base.node_mask(link.b)
        return self.base.link_mask(link.id) | ends

    def _raised(self, site: str, mbps: float, service_class: ServiceClass) -> Candidates:
        """Return the candidates with more demand of one site."""
        if not mbps:
            return self.base
        key = (site, mbps, service_class)
        if key not in self._known:
            now = self.network.demands[site]
            down, up = now.by_class.get(service_class, (0.0, 0.0))
            more = replace(
                now,
                down_mbps=round(now.down_mbps + mbps, 6),
                up_mbps=round(now.up_mbps + mbps, 6),
                by_class=now.by_class | {service_class: (round(down + mbps, 6), round(up + mbps, 6))},
            )
            self._known[key] = Candidates(replace(self.network, demands={site: more}))
        return self._known[key]
