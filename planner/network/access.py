"""An access link is fast enough for its site alone: rate of the class, occupancy, realtime share.

    Σ_m C_m · n[a,m] ≥ max( r_s ,  d_s / ρ ,  v_s / θ_s )      primary access a of site s          (access)
    Σ_m C_m · n[b,m] ≥ max( δ_s d_s / ρ ,  δ_s v_s / θ_s )     backup access b of site s
    Σ_m C_m · n[b,m] ≥ δ_s d_s / ρ                             mobile backup b of site s

r_s  smallest access rate of the class, Mbit/s      d_s  busy-hour demand, busier direction
ρ    largest allowed occupancy                      v_s  voice and videoconference in it
θ_s  largest share that they may take               δ_s  share of the demand that the backup carries
An access link serves one site, so the cheapest purchase is found before the search and enters a pair's price.
Sources: occupancy below 0.9, Circular 19/2023/TT-BTTTT; realtime at most a third of a slow link, RFC 4594 §1.4 and
common practice; rates are policy.
"""

from math import ceil
from typing import Literal

from planner.network.candidates import SMALLEST, Candidates
from planner.network.purchase import KBPS, Purchase, cheapest, frontier
from topology.model import CandidateLink

Rule = Literal["rate", "occupancy", "realtime"]


def _whole(kbps: float) -> int:
    return ceil(kbps * (1 - SMALLEST))


def rules(candidates: Candidates, site: str, link: CandidateLink, role: str) -> dict[Rule, int]:
    """Return rule → capacity, kbit/s, that it asks of a line as `primary` or `backup`."""
    if role == "primary":
        return _of_primary(candidates, site)
    demand, policy = candidates.demands[site], candidates.class_policy(site)
    found: dict[Rule, int] = {"occupancy": _whole(max(demand.degraded_down, demand.degraded_up) / candidates.occupancy)}
    if link.kind == "access" and demand.degraded_realtime:
        found["realtime"] = _whole(demand.degraded_realtime / policy.realtime_share_max.value)
    return found


def _of_primary(candidates: Candidates, site: str) -> dict[Rule, int]:
    demand, policy = candidates.demands[site], candidates.class_policy(site)
    found: dict[Rule, int] = {
        "rate": _whole(policy.access_mbps.value * KBPS),
        "occupancy": _whole(max(demand.down, demand.up) / candidates.occupancy),
    }
    if demand.realtime:
        found["realtime"] = _whole(demand.realtime / policy.realtime_share_max.value)
    return found


def primary_kbps(candidates: Candidates, site: str) -> int:
    """Return the capacity that a primary access needs."""
    return max(_of_primary(candidates, site).values())


def backup_kbps(candidates: Candidates, site: str, link: CandidateLink) -> int:
    """Return the capacity that a backup over this link needs."""
    return max(rules(candidates, site, link, "backup").values())


def primary(candidates: Candidates, site: str, link: CandidateLink) -> Purchase | None:
    """Return the cheapest modules for a primary access, None if the link cannot hold enough."""
    needed = primary_kbps(candidates, site)
    return cheapest(frontier(link, candidates.money, needed), needed)


def backup(candidates: Candidates, site: str, link: CandidateLink) -> Purchase | None:
    """Return the cheapest modules for a backup, fixed or mobile, None if the link cannot hold enough."""
    needed = backup_kbps(candidates, site, link)
    return cheapest(frontier(link, candidates.money, needed), needed)
