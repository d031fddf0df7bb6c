"""What must be up for something to be up: at least so many of its parts, which are elements or such groups again.

`need` of n parts: n is a series, 1 a parallel system, between them k of n. Elements fail independently; one that occurs
in several places is one element. Everything here is logic: `planner.availability.exact` turns it into a probability.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

Element = str


@dataclass(frozen=True, slots=True)
class Group:
    """Up when at least `need` of the parts are up: made by `every`, `some` and `at_least`, which keep it simple."""

    need: int
    parts: tuple["Element | Group", ...]

    def __post_init__(self) -> None:
        if not 1 <= self.need <= len(self.parts) or len(self.parts) < 2:
            message = f"{self.need} of {len(self.parts)} parts is no group"
            raise ValueError(message)


Structure = Element | Group | bool
"""True is always up, False never."""


def every(parts: Iterable[Structure]) -> Structure:
    """Return a series system: up when all parts are."""
    return at_least(None, parts)


def some(parts: Iterable[Structure]) -> Structure:
    """Return a parallel system: up when one part is."""
    return at_least(1, parts)


def at_least(need: int | None, parts: Iterable[Structure]) -> Structure:
    """Return a k-of-n system, in the simplest form; None asks for all.

    Parts that are always or never up are counted and left out, a series in a series and a parallel system in a parallel
    one are taken apart, and a part that stands twice in a series or a parallel system stands once.
    """
    given = list(parts)
    wanted = (len(given) if need is None else need) - sum(part is True for part in given)
    left = [part for part in given if not isinstance(part, bool)]
    if wanted <= 0:
        return True
    if wanted > len(left):
        return False
    if len(left) == 1:
        return left[0]
    if wanted in (1, len(left)):
        series = wanted > 1
        flat: dict[Element | Group, None] = {}
        for part in left:
            if isinstance(part, Group) and part.need == (len(part.parts) if series else 1):
                flat |= dict.fromkeys(part.parts)
            else:
                flat[part] = None
        left = list(flat)
        wanted = len(left) if series else 1
    return left[0] if len(left) == 1 else Group(wanted, tuple(left))


def elements(structure: Structure) -> frozenset[Element]:
    """Return all elements of a structure."""
    if isinstance(structure, bool):
        return frozenset()
    if isinstance(structure, str):
        return frozenset((structure,))
    return frozenset().union(*map(elements, structure.parts))


def occurrences(structure: Structure, found: dict[Element, int]) -> dict[Element, int]:
    """Add to `found` how often each element occurs, and return it."""
    if isinstance(structure, str):
        found[structure] = found.get(structure, 0) + 1
    elif isinstance(structure, Group):
        for part in structure.parts:
            occurrences(part, found)
    return found


def fix(structure: Structure, element: Element, *, up: bool) -> Structure:
    """Return the structure with an element always up, or never."""
    if isinstance(structure, str):
        return up if structure == element else structure
    if isinstance(structure, bool) or element not in elements(structure):
        return structure
    return at_least(structure.need, [fix(part, element, up=up) for part in structure.parts])


def holds(structure: Structure, is_up: Callable[[Element], bool]) -> bool:
    """Tell whether a structure is up when these elements are."""
    if isinstance(structure, bool):
        return structure
    if isinstance(structure, str):
        return is_up(structure)
    return sum(holds(part, is_up) for part in structure.parts) >= structure.need
