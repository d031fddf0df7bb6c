"""A graph in the core of ngraph, with what fails given as a mask over its edges."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.integer[Any]]


def built(nodes: int, tail: Ints, head: Ints, capacity: NDArray[Any]) -> tuple[Any, Any, Callable[[Ints], Any]]:
    """Return the algorithms, the graph for them, and what makes a mask without the given edges (numbers of ours)."""
    import netgraph_core as core

    count = len(tail)
    net = core.StrictMultiDiGraph.from_arrays(
        nodes,
        tail.astype(np.int32),
        head.astype(np.int32),
        capacity.astype(np.float64),
        np.ones(count, dtype=np.int64),
        np.arange(count, dtype=np.int64),
    )
    place = np.empty(count, dtype=np.int64)
    place[net.ext_edge_ids_view()] = np.arange(count)
    algorithms = core.Algorithms(core.Backend.cpu())

    def without(down: Ints) -> NDArray[np.bool_]:
        mask = np.ones(count, dtype=bool)
        mask[place[down]] = False
        return mask

    return algorithms, algorithms.build_graph(net), without
