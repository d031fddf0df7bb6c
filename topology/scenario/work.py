"""The plain records while scenarios change them, and which patch changed what."""

from collections.abc import Sequence

from topology.findings import Finding
from topology.model import Position, Records
from topology.scenario.patches import Patch, patches_of
from topology.scenario.plain import Place, Step, plain
from topology.scenario.read import ScenarioFile


class Work:
    """The plain records while they are patched."""

    def __init__(self, base: Records, files: Sequence[ScenarioFile]) -> None:
        self.base = base
        self.tree = plain(base)
        self.patches = [patch for file in files for patch in patches_of(file)]
        self.findings: list[Finding] = []
        self.changed: dict[tuple[Step, ...], list[tuple[Patch, Place]]] = {}
        """Record → the patches that changed something in it."""
        self.gone: set[str] = set()
        self.come: list[tuple[str, Position]] = []

    def of(self, kind: str) -> list[Patch]:
        """Return the patches of one kind."""
        return [patch for patch in self.patches if patch.kind == kind]

    def note(self, patch: Patch, place: Place) -> None:
        """Remember that a patch changed something in a record."""
        self.changed.setdefault(place.root, []).append((patch, place))
