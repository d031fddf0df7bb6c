"""Sum of disjoint products: the probability that some path is up, path by path, as terms that exclude each other.

    P(∨ paths) = Σ_i P( path i up, no earlier path up )

Each summand is split into terms of elements up and elements down (Abraham, *IEEE Trans. Reliability* R-28, 1979). All
terms are disjoint, so every partial sum is a lower bound; the same over cuts, elements down in the place of up, bounds
from above.
"""

from collections.abc import Iterable, Mapping
from itertools import combinations, product

from planner.availability.structure import Element, Structure, at_least

Term = tuple[frozenset[Element], frozenset[Element]]
"""Elements that are up, elements that are down."""
MOST_TERMS = 20_000
MOST_SETS = 5_000


class TooManySetsError(Exception):
    """More minimal paths or cuts, or more terms, than allowed."""


def union(sets: Iterable[frozenset[Element]], good: Mapping[Element, float], most_terms: int = MOST_TERMS) -> float:
    """Return the probability that all elements of one of the sets are `good`.

    For minimal paths `good` is the share up; for minimal cuts the share down, and the result the unavailability.

    Raises
    ------
    TooManySetsError
        More terms than allowed.

    """
    ordered = sorted(minimal(sets), key=lambda one: (len(one), sorted(one)))
    total = 0.0
    for index, path in enumerate(ordered):
        terms: list[Term] = [(path, frozenset())]
        for earlier in ordered[:index]:
            terms = [split for term in terms for split in _without(term, earlier)]
            if len(terms) > most_terms:
                raise TooManySetsError
        for up, down in terms:
            weight = 1.0
            for element in sorted(up):
                weight *= good[element]
            for element in sorted(down):
                weight *= 1.0 - good[element]
            total += weight
    return total


def _without(term: Term, path: frozenset[Element]) -> list[Term]:
    """Split a term into disjoint terms in which some element of the path is down."""
    up, down = term
    if path & down:
        return [term]
    found: list[Term] = []
    before = up
    for element in sorted(path - up):
        found.append((before, down | {element}))
        before |= {element}
    return found


def minimal(sets: Iterable[frozenset[Element]]) -> list[frozenset[Element]]:
    """Return the sets that contain no other one."""
    kept: list[frozenset[Element]] = []
    for one in sorted(set(sets), key=lambda one: (len(one), sorted(one))):
        if not any(other <= one for other in kept):
            kept.append(one)
    return kept


def paths(structure: Structure, most: int = MOST_SETS) -> list[frozenset[Element]]:
    """Return the minimal paths: the smallest sets of elements that suffice.

    Raises
    ------
    TooManySetsError
        More than `most`.

    """
    if isinstance(structure, bool):
        return [frozenset()] if structure else []
    if isinstance(structure, str):
        return [frozenset((structure,))]
    inner = [paths(part, most) for part in structure.parts]
    found: set[frozenset[Element]] = set()
    for chosen in combinations(inner, structure.need):
        for together in product(*chosen):
            found.add(frozenset().union(*together))
            if len(found) > most:
                raise TooManySetsError
    return minimal(found)


def cuts(structure: Structure, most: int = MOST_SETS) -> list[frozenset[Element]]:
    """Return the minimal cuts: the smallest sets of elements whose loss is the end."""
    return paths(dual(structure), most)


def dual(structure: Structure) -> Structure:
    """Return the structure of what must fail: at least n − k + 1 of n."""
    if isinstance(structure, bool):
        return not structure
    if isinstance(structure, str):
        return structure
    return at_least(len(structure.parts) - structure.need + 1, map(dual, structure.parts))
