"""A promise that a plan breaks."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken promise.

    `kind` is what `id` names: site, link, host, rack, room, machine, workload, licence, state.
    """

    kind: str
    id: str
    text: str

    def __str__(self) -> str:
        return f"{self.kind} {self.id}: {self.text}"
