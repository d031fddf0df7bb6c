"""Sites that ask for much of a trunk, in the program of `hubs`: both their paths, and what the second must carry.

    Σ_{p from e} q[s,p] = Σ_{j: first end e} x[s,j],  Σ_{p from e} r[s,p] = Σ_{j: second end e} x[s,j]           (paths)
    Σ_{p over t} q[s,p] ≤ Σ_{i: u_ti ≥ d_s} b[t,i],   the same for r and δ_s d_s,
    Σ_{p over t} (q[s,p] + r[s,p]) ≤ Σ_i b[t,i]                                                                 (carry)

q[s,p]    site s takes trunk path p first           r[s,p]    it takes p second
d_s       demand of the site                        δ_s       share of it on the second path
u_ti      usable Mbit/s of purchase i of trunk t    b[t,i]    purchase i of trunk t
A price asks for a trunk path that allows it as in (via), q and r in the place of v. Either way of a trunk takes the
flow of all other sites and Σ_s d_s q; while the first own line of s is down, δ_s d_s r instead of its d_s q (room).

Every plan gives a solution: its paths. While only the own line of s is down, which must be a state that some class
survives, the others stay on their first paths and s is on its second, which shares no link with the first. x of these
sites is whole where exchanges are: halves of two prices, each the other turned round, would carry half of the load.
Unsplit flow path by path: Barnhart, Hane, Vance, *Operations Research* 48 (2000); states: Dahl and Stoer (1998).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ortools.math_opt.python import mathopt

from planner.network.candidates import Candidates
from planner.network.ends import PRIVATE, Terms
from planner.network.paths import TrunkPath
from planner.network.purchase import KBPS

SHARE = 0.25
"""Of what the smallest purchase of some trunk carries: sites that ask for less flow with all others."""
SAVING = 0.1
"""Of what its own lines to the core cost: sites that trunks save less flow with all others."""
MOST_SITES = 6
"""Sites told apart, the largest first."""
MOST_PATHS = 3000
"""Trunk paths of one site; a site with more flows with all others."""
Way = tuple[str, str]
"""Trunk, and the end where it is entered."""
Role = str


@dataclass
class HeavySite:
    """One site's paths in the program."""

    mbps: float
    """Its demand, in the busier way of the province."""
    degraded_mbps: float
    """What its second path carries."""
    fails: bool
    """Whether the loads must be within limits while its first own line is down, whichever that is."""
    over: dict[Role, dict[Way, list[mathopt.Variable]]] = field(
        default_factory=lambda: {"first": defaultdict(list), "second": defaultdict(list)}
    )
    """Role → way of a trunk → paths over it."""
    prices: list[mathopt.Variable] = field(default_factory=list)
    """x of its prices: whole with whole exchanges, else it halves what its second path must carry by taking each
    path for its first by half."""
    passing: dict[str, list[mathopt.Variable]] = field(default_factory=lambda: defaultdict(list))
    """Exchange → first paths through it."""

    def load(self, way: Way, role: Role = "first") -> list[mathopt.LinearTerm]:
        """Mbit/s on one way of a trunk."""
        mbps = self.mbps if role == "first" else self.degraded_mbps
        return [mbps * q for q in self.over[role][way]]


def heavy_sites(
    candidates: Candidates,
    offers: Mapping[str, Sequence[Terms]],
    paths: Mapping[str, Sequence[TrunkPath]],
    share: float | None,
    *,
    down: bool,
) -> dict[str, HeavySite]:
    """Return the sites that are told apart, from a share of a trunk or `SHARE`; `down`: the province's busier way."""
    fronts = [candidates.front(trunk.id) for trunk in candidates.trunks]
    least = min((candidates.usable(front[0].capacity_kbps) for front in fronts if front), default=0) / KBPS
    from_mbps = (SHARE if share is None else share) * least
    found: list[tuple[float, str, HeavySite]] = []
    for site, own in offers.items():
        demand = candidates.demands[site]
        mbps = (demand.down if down else demand.up) / KBPS
        ends = {end for offer in own for end in (offer.first, offer.second) if end in candidates.exchanges}
        few = 0 < sum(len(paths[end]) for end in ends) <= MOST_PATHS
        if mbps >= from_mbps and few and _saves(candidates, own):
            degraded = (demand.degraded_down if down else demand.degraded_up) / KBPS
            found.append((-mbps, site, HeavySite(mbps, degraded, _survives_its_line(candidates, site))))
    return {site: one for _, site, one in sorted(found, key=lambda item: item[:2])[:MOST_SITES]}


def _saves(candidates: Candidates, offers: Sequence[Terms]) -> bool:
    """Whether trunks may save a site a good part of its own lines to the core."""
    core = candidates.core
    private = (offer.cost_vnd for offer in offers if offer.first == core and offer.second in (core, PRIVATE))
    most, cheapest = min(private, default=None), min((offer.cost_vnd for offer in offers), default=0)
    return most is None or most - cheapest >= SAVING * most


def _survives_its_line(candidates: Candidates, site: str) -> bool:
    """Whether each own line has a state of its own in which loads must be within limits."""
    alone = {next(iter(s.links)) for s in candidates.survived_states if len(s.links) == 1 and not s.exchanges}
    return all(link.id in alone for link in candidates.links.values() if link.a == site and link.kind == "access")


def ways(path: TrunkPath) -> Iterator[Way]:
    """Give the trunks of a path with the end where each is entered."""
    return zip(path.links, path.nodes, strict=True)


def asked(
    chosen: Iterable[tuple[Terms, mathopt.Variable]], role: Role
) -> dict[str, list[tuple[frozenset[int], mathopt.Variable]]]:
    """Return end → (trunk paths that allow a price, its share) for the prices with this end first or second."""
    found: dict[str, list[tuple[frozenset[int], mathopt.Variable]]] = defaultdict(list)
    for offer, x in chosen:
        end, places = (offer.first, offer.first_paths) if role == "first" else (offer.second, offer.second_paths)
        if end is not None:
            found[end].append((places, x))
    return found
