"""A relaxation of the whole: choices of the sites (`patterns`), trunks between hubs (`trunks`), one program a part.

    Every solution of the exact problem gives one of the parts' programs together, at no higher price.

Parts are sites whose paths pass no site of another part; they are solved one after the other and their bounds added.
What a program gives up: which of parallel links a path takes, risk groups that two ways over different sites share once
they are in the backbone, and that one site's traffic there is not split.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from ortools.math_opt.python import mathopt

from planner.homing.access import Access, Choice
from planner.homing.instance import Instance
from planner.homing.paths import Path
from planner.homing.patterns import JOINT, MOST, Patterns
from planner.homing.simplex import SAFETY
from planner.homing.trunks import Trunks
from planner.network.solver import Relaxation, Solved, SolverError

HUB = 1
"""Tier of the hubs."""


class Program:
    """The program of one part."""

    def __init__(
        self, instance: Instance, paths: Mapping[int, Sequence[Path]], joint: int = JOINT, most: int = MOST
    ) -> None:
        self.model = mathopt.Model(name="homing")
        inner = backbone(instance, paths)
        self.access = Access(instance, paths, inner)
        self.patterns = Patterns(self.model, self.access, joint, most)
        self.loads = list(self.patterns.loads())
        own = {site: paths[site] for site in sorted(paths) if site in inner}
        self.trunks = Trunks(self.model, instance, own, self.loads, inner - {0})
        self.model.minimize(mathopt.LinearSum([*self.patterns.cost, *self.trunks.cost]))

    def shares(self) -> Solved | None:
        """Return the optimum in shares; None when there is none."""
        whole = [variable for variable in self.model.variables() if variable.integer]
        for variable in whole:
            variable.integer = False
        try:
            return Relaxation(self.model).solve()
        except SolverError:
            return None
        finally:
            for variable in whole:
                variable.integer = True

    def relaxed(self) -> float:
        """Return a bound that is at hand at once: the optimum in shares, 0 when there is none."""
        found = self.shares()
        return 0.0 if found is None else found.objective * (1 - SAFETY)

    @contextmanager
    def coarse(self) -> Iterator[int]:
        """Leave whole only whether each hub has a link of the largest size to the sink; gives how many these are.

        A hub where traffic gathers is what shares get most wrong, and few branches settle all of them.
        """
        sizes = self.access.instance.sizes
        kept = {
            y.id
            for one, offers in self.trunks.y.items()
            for offer, y in offers.items()
            if one[0] == 0 and len(sizes) > 1 and offer.sizes[0] > sizes[-2]
        }
        others = [variable for variable in self.model.variables() if variable.integer and variable.id not in kept]
        for variable in others:
            variable.integer = False
        try:
            yield len(kept)
        finally:
            for variable in others:
                variable.integer = True

    def chosen(self, values: Mapping[int, float]) -> dict[int, Choice]:
        """Return the choice of every site outside the backbone, by variable id → value."""
        return {
            site: choice
            for site, own in self.patterns.x.items()
            for x, choice in zip(own, self.access.choices[site], strict=True)
            if values.get(x.id, 0.0) > 0.5
        }


def backbone(instance: Instance, paths: Mapping[int, Sequence[Path]]) -> frozenset[int]:
    """Return the sink, the hubs that are passed or served, and whatever is passed after one."""
    found = {0, *(site for site in paths if instance.tiers[site] == HUB)}
    found |= {node for own in paths.values() for path in own for node in path.nodes if instance.tiers[node] == HUB}
    grown = True
    while grown:
        grown = False
        for site, own in paths.items():
            for path in own:
                nodes = (site, *path.nodes)
                first = next((place for place, node in enumerate(nodes) if node in found), len(nodes))
                if not found.issuperset(nodes[first:]):
                    found.update(nodes[first:])
                    grown = True
    return frozenset(found)


def parts(paths: Mapping[int, Sequence[Path]]) -> list[dict[int, Sequence[Path]]]:
    """Split the sites into those that never pass a common site, the sink left out; the smallest part first."""
    root: dict[int, int] = {}

    def find(node: int) -> int:
        while root.setdefault(node, node) != node:
            root[node] = root[root[node]]
            node = root[node]
        return node

    for site, own in paths.items():
        for node in {node for path in own for node in path.nodes}:
            root[find(node)] = find(site)
    found: dict[int, dict[int, Sequence[Path]]] = {}
    for site, own in sorted(paths.items()):
        found.setdefault(find(site), {})[site] = own
    return sorted(found.values(), key=lambda part: (len(part), min(part)))
