"""From checked records to what the planner reads."""

from topology.candidates import candidate_links
from topology.demands import demands
from topology.failures import single_states
from topology.model import Network, Records


def build(records: Records) -> Network:
    """Derive candidate links, demands and failure states; nothing is written back to the records."""
    links = candidate_links(records)
    return Network(
        records=records,
        core=records.province.core,
        links=links,
        demands=demands(records),
        states=single_states(records, links),
    )
