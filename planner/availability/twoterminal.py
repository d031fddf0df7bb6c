"""From a network to the structure of one connection: series and parallel reductions, then minimal paths.

Links in parallel become one that needs either, two links in a row through a node that is no end become one that
needs both and the node, and what leads nowhere goes. These are steps of logic: they hold whatever the links share. What
cannot be reduced any further is the union of its minimal paths.
"""

from collections.abc import Iterable, Mapping

from planner.availability.structure import Structure, every, some

Links = dict[tuple[str, str], Structure]
"""Two nodes in order of name → what must be up for a step between them."""
MOST_PATHS = 400


class TooManyPathsError(Exception):
    """The reduced network has more paths than allowed."""


def between(
    links: Iterable[tuple[str, str, Structure]], nodes: Mapping[str, Structure], source: str, target: str
) -> Structure:
    """Return what must be up for a path from source to target.

    Parameters
    ----------
    links
        (one end, other end, what must be up); parallel ones are welcome.
    nodes
        Node on the way → what must be up for passing it; one that is not listed is always up. The ends' own entries
        are not asked.
    source, target
        The two ends.

    Raises
    ------
    TooManyPathsError
        More than `MOST_PATHS` after reduction.

    """
    if source == target:
        return True
    net: Links = {}
    for a, b, needs in links:
        if a != b:
            _add(net, a, b, needs)
    while _reduce(net, nodes, {source, target}):
        pass
    found: list[Structure] = []
    _walk(net, nodes, source, target, (source,), [], found)
    return some(found)


def _add(net: Links, a: str, b: str, needs: Structure) -> None:
    key = (a, b) if a < b else (b, a)
    net[key] = some([net[key], needs]) if key in net else needs


def _reduce(net: Links, nodes: Mapping[str, Structure], ends: set[str]) -> bool:
    """Do one reduction; False when there is none."""
    around: dict[str, list[tuple[str, str]]] = {}
    for key in net:
        for end in key:
            around.setdefault(end, []).append(key)
    for node in sorted(around):
        keys = around[node]
        if node in ends or len(keys) > 2:
            continue
        needs = [net.pop(key) for key in keys]
        if len(keys) == 2:
            a, b = (key[0] if key[1] == node else key[1] for key in keys)
            _add(net, a, b, every([needs[0], nodes.get(node, True), needs[1]]))
        return True
    return False


def _walk(
    net: Links,
    nodes: Mapping[str, Structure],
    at: str,
    target: str,
    passed: tuple[str, ...],
    needs: list[Structure],
    found: list[Structure],
) -> None:
    if at == target:
        if len(found) >= MOST_PATHS:
            raise TooManyPathsError
        found.append(every(needs))
        return
    for key in sorted(key for key in net if at in key):
        to = key[0] if key[1] == at else key[1]
        if to not in passed:
            through = [nodes.get(to, True)] if to != target else []
            _walk(net, nodes, to, target, (*passed, to), [*needs, net[key], *through], found)
