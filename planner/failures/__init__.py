"""The failure engine: any failure states over any multigraph; who is cut off, what gets full, what could still flow.

`compile_graph` turns a networkx multigraph into arrays once; states are masks over them. `cut_off` asks who loses the
root, `link_pairs` asks it for all pairs of links at once, `partners` for all pairs of anything, `ecmp` says what every
link carries as OSPF routes, `best_possible` what any routing could carry, `sample` and `estimate` draw by chance.
Formulas and sources: docs/models/failures.md.
"""

from planner.failures.ecmp import Loads, ecmp
from planner.failures.element_pairs import exposure, partners
from planner.failures.flow import BestPossible, best_possible, demands, each_alone
from planner.failures.graph import FailureGraph, Group, compile_graph
from planner.failures.montecarlo import Estimate, Sample, estimate, sample
from planner.failures.pairs import LinkPairs, link_pairs
from planner.failures.reach import counts, cut_off, reached
from planner.failures.states import States, make, singles, together, unpack

__all__ = [
    "BestPossible",
    "Estimate",
    "FailureGraph",
    "Group",
    "LinkPairs",
    "Loads",
    "Sample",
    "States",
    "best_possible",
    "compile_graph",
    "counts",
    "cut_off",
    "demands",
    "each_alone",
    "ecmp",
    "estimate",
    "exposure",
    "link_pairs",
    "make",
    "partners",
    "reached",
    "sample",
    "singles",
    "together",
    "unpack",
]
