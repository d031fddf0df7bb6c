"""One link of the plan, from the candidate and what is bought for it."""

from planner.money import Money
from planner.network.purchase import KBPS, Purchase
from planner.plan import PlannedLink, StateLoad, Why
from topology.model import CandidateLink


def leased(
    link: CandidateLink, purchase: Purchase, money: Money, *, normal_mbps: float, worst: tuple[StateLoad, ...], why: Why
) -> PlannedLink:
    """Return the decision about one link; loads and reason are the caller's."""
    modules = {module.id: count for module, count in zip(link.modules, purchase.counts, strict=True) if count}
    return PlannedLink(
        id=link.id,
        kind=link.kind,
        a=link.a,
        b=link.b,
        carrier=link.carrier,
        ducts=link.ducts,
        length_km=link.length_km,
        modules=modules,
        capacity_mbps=purchase.capacity_kbps / KBPS,
        normal_mbps=normal_mbps,
        worst=worst,
        existing=any(module.existing for module in link.modules if module.id in modules),
        cost=money.cost(purchase.one_off_vnd, purchase.monthly_vnd),
        why=why,
    )
