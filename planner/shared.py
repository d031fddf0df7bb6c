"""What plans of one province under several promises share: placements, and networks under looser promises."""

from dataclasses import dataclass, field

from planner.checker import as_decided
from planner.conference import Found
from planner.datacentre.known import Known
from planner.network.lead import Lead
from planner.plan import Plan
from topology.model import Network


@dataclass
class Shared:
    """Goes from plan to plan."""

    known: Known = field(default_factory=Known)
    """Placements that were found before."""
    bridged: dict[str, Found] = field(default_factory=dict)
    """Bridgings that were found before, by the programs that they answer."""
    looser: tuple[Plan, ...] = ()
    """Plans of the same records but for promises that are no stricter, the nearest first."""

    def lead(self, network: Network) -> Lead | None:
        """Return the networks of looser promises for these very demands; None where there are none.

        Bridges and rooms that were decided otherwise make other demands: such a plan says nothing.
        """
        found = []
        for plan in self.looser:
            proof = next((proof for proof in plan.proofs if proof.part == "network"), None)
            if proof is not None and as_decided(plan, network).demands == network.demands:
                found.append((plan.network, proof))
        return Lead(tuple(found)) if found else None
