"""The capacity ledger: of every rack, feed, room, pool of hosts and link, who has a claim on how much.

Nothing is decided here. Formulas: docs/models/ledger.md.
"""

from planner.datacentre.standing import settled
from planner.ledger.facility import facility_entries
from planner.ledger.hosts import host_entries
from planner.ledger.links import link_entries
from planner.plan import Plan
from topology.build import build
from topology.model import Network

__all__ = ["with_ledger"]


def with_ledger(plan: Plan, network: Network) -> Plan:
    """Return the plan with its ledger."""
    later = network.records.committed
    committed = settled(build(later), network.hosting) if later else None
    entries = (
        *facility_entries(plan, network, committed),
        *host_entries(plan, network, committed),
        *link_entries(plan, network, committed),
    )
    return plan.model_copy(update={"ledger": entries})
