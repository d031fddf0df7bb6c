"""The exact probability that a structure is up: modules where parts share nothing, factoring where they do.

    parts without a common element     series ∏ p, parallel 1 − ∏ (1 − p), k of n by convolution        (reduction)
    parts that share element e         P = p_e · P(e up) + (1 − p_e) · P(e down)                         (factoring)

The element that occurs most often is taken first; structures met before are looked up, which makes the work that of a
binary decision diagram. (Moskowitz, *Trans. AIEE* 77, 1958; Satyanarayana, Chang, *Networks* 13, 1983; k of n: Barlow,
Heidtmann, *IEEE Trans. Reliability* R-33, 1984.)
"""

from collections.abc import Mapping, Sequence

from planner.availability.structure import Element, Group, Structure, elements, every, fix, occurrences, some

MOST_PIVOTS = 20_000


class TooManyPivotsError(Exception):
    """The structure shares too much to be factored within the pivots allowed."""


class Factoring:
    """Probabilities of structures over one set of elements."""

    def __init__(self, up: Mapping[Element, float], most_pivots: int = MOST_PIVOTS) -> None:
        self.up = up
        self.left = most_pivots
        self.known: dict[Group, float] = {}

    def probability(self, structure: Structure) -> float:
        """Return the probability that a structure is up.

        Raises
        ------
        TooManyPivotsError
            More pivots are needed than were allowed.

        """
        if isinstance(structure, bool):
            return float(structure)
        if isinstance(structure, str):
            return self.up[structure]
        if structure not in self.known:
            self.known[structure] = self._group(structure)
        return self.known[structure]

    def _group(self, group: Group) -> float:
        modules = _modules(group.parts)
        if len(modules) == len(group.parts):
            return at_least([self.probability(part) for part in group.parts], group.need)
        if len(modules) > 1 and group.need in (1, len(group.parts)):
            series = group.need > 1
            wholes = [every(part) if series else some(part) for part in modules]
            return at_least([self.probability(whole) for whole in wholes], len(wholes) if series else 1)
        return self._pivot(group)

    def _pivot(self, group: Group) -> float:
        if self.left <= 0:
            raise TooManyPivotsError
        self.left -= 1
        element = pivot(group)
        share = self.up[element]
        up = self.probability(fix(group, element, up=True)) if share else 0.0
        down = self.probability(fix(group, element, up=False)) if share < 1.0 else 0.0
        return share * up + (1.0 - share) * down


def pivot(structure: Structure) -> Element:
    """Return the element that occurs most often, the first by name of several."""
    found = occurrences(structure, {})
    return min(found, key=lambda element: (-found[element], element))


def at_least(shares: Sequence[float], need: int) -> float:
    """Return the probability that at least `need` of independent parts are up."""
    if need == len(shares):
        whole = 1.0
        for share in shares:
            whole *= share
        return whole
    if need == 1:
        none = 1.0
        for share in shares:
            none *= 1.0 - share
        return 1.0 - none
    count = [1.0, *[0.0] * need]
    """Up to `need`, the last for that many or more."""
    for share in shares:
        count[need] += count[need - 1] * share
        for k in range(need - 1, 0, -1):
            count[k] = count[k] * (1.0 - share) + count[k - 1] * share
        count[0] *= 1.0 - share
    return count[need]


def _modules(parts: Sequence[Structure]) -> list[list[Structure]]:
    """Split parts so that those in different lists share no element."""
    found: list[tuple[set[Element], list[Structure]]] = []
    for part in parts:
        own, together = set(elements(part)), [part]
        apart = []
        for names, members in found:
            if names & own:
                own |= names
                together = members + together
            else:
                apart.append((names, members))
        found = [*apart, (own, together)]
    return [members for _, members in found]
