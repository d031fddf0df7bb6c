"""Links with two ways whose traffic there equals that back: the undirected question with half the demands is the same.

Half the flow of (i, j) and half that of (j, i) turned round add up to an undirected flow of the pair whose load, both
ways together, is the mean of the two loads; and an undirected flow, sent as it is for (i, j) and turned round for
(j, i), loads both ways of a link with what it loaded the link with. Only half the commodities and lanes are left, and
what is known of undirected links applies.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace

from planner.survivable.design import Design, PathFlow
from planner.survivable.instance import Instance

EQUAL = 1e-12
"""Relative difference that counts as none: what is summed in another order."""


def undirected(instance: Instance) -> Instance | None:
    """Return the undirected question, None where traffic there and back differ or a flow has its price."""
    if instance.sense != "bidirected" or instance.rerouting != "unrestricted":
        return None
    if any(link.routing_cost > 0 for link in instance.links):
        return None
    limit = len(instance.nodes)
    sums: dict[tuple[str, str, int], float] = defaultdict(float)
    for demand in instance.demands:
        hops = limit if demand.hop_limit is None else min(demand.hop_limit, limit)
        sums[demand.source, demand.target, hops] += demand.value
    for (source, target, hops), value in sums.items():
        if abs(value - sums.get((target, source, hops), 0.0)) > EQUAL * value:
            return None
    at = {node: place for place, node in enumerate(instance.nodes)}
    half = tuple(demand for demand in instance.demands if at[demand.source] < at[demand.target])
    return replace(instance, demands=half, sense="undirected")


def both_ways(design: Design) -> Design:
    """Return the design of the question as it was: every flow goes back too, and the certificate says so."""
    proof = design.certificate
    return replace(
        design,
        routing=_doubled(design.routing),
        certificate=None if proof is None else replace(proof, halved=True),
    )


def _doubled(routing: Mapping[str, tuple[PathFlow, ...]]) -> dict[str, tuple[PathFlow, ...]]:
    return {
        state: tuple(
            flow for one in flows for flow in (one, PathFlow(one.target, one.source, one.links[::-1], one.flow))
        )
        for state, flows in routing.items()
    }
