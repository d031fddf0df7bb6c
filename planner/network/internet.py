"""Two Internet links for the data centre: two carriers, two duct-disjoint routes, each carries all the traffic alone.

    min  c[i] + c[j]      over pairs i, j of candidate links with different carriers and no common duct      (internet)

c[i]  present value of the cheapest modules of link i with  D ≤ ρ·C      D  Internet traffic, Mbit/s; ρ  max. occupancy
All pairs are tried, so the answer is optimal; of equal cost, that with more lines of an earlier plan. Nothing ties it
to the rest of the network: these links join the core to a gateway, no site's path uses them, they load no trunk and
equip no exchange, so the two costs add up.
Circular 12/2022/TT-BTTTT annex III asks for the second connection.
"""

from itertools import combinations
from math import ceil

from planner.errors import PlanningError
from planner.money import Money
from planner.network import upstream
from planner.network.leased import leased
from planner.network.purchase import KBPS, Purchase, cheapest, frontier
from planner.plan import PlannedLink, StateLoad, Why
from topology.model import CandidateLink, Network


def internet_links(network: Network, earlier: frozenset[str] = frozenset()) -> tuple[PlannedLink, ...]:
    """Return the cheapest pair, or nothing when the records ask for no Internet traffic.

    Raises
    ------
    PlanningError
        E-PLAN-311 when no two candidates differ in carrier and share no duct, with what conflicts (`upstream`).

    """
    records = network.records
    need = records.figures.get("internet_mbps", 0.0)
    if not need:
        return ()
    money = Money.of(records.money.discount_rate.value, records.money.horizon_years)
    needed_kbps = ceil(need * KBPS / records.network_policy.max_occupancy.value)
    priced: list[tuple[CandidateLink, Purchase]] = []
    for link in network.links:
        bought = cheapest(frontier(link, money, needed_kbps), needed_kbps) if link.kind == "internet" else None
        if bought:
            priced.append((link, bought))
    pairs = [
        (one[1].cost_vnd + two[1].cost_vnd, -len({one[0].id, two[0].id} & earlier), one[0].id, two[0].id, one, two)
        for one, two in combinations(priced, 2)
        if one[0].carrier != two[0].carrier and not set(one[0].ducts) & set(two[0].ducts)
    ]
    if not pairs:
        raise PlanningError((upstream.problem(network),))
    best = min(pairs, key=lambda pair: pair[:4])
    (one, bought), (two, also) = best[4:]
    return (_planned(one, bought, two, need, money, len(pairs)), _planned(two, also, one, need, money, len(pairs)))


def _planned(
    link: CandidateLink, purchase: Purchase, other: CandidateLink, need: float, money: Money, tried: int
) -> PlannedLink:
    return leased(
        link,
        purchase,
        money,
        normal_mbps=round(need / 2, 6),
        worst=(StateLoad(state=f"link:{other.id}", mbps=round(need, 6)),),
        why=Why(code="internet-pair", facts={"need_mbps": need, "pairs": tried}, binding=("internet",)),
    )
