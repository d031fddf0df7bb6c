"""What a platform must be able to do for the components: make a segment, make a machine."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import pulumi

from planner.plan import Machine, Segment


@dataclass(frozen=True)
class Made:
    """A machine that a driver made, and how it is reached once it stands."""

    resource: pulumi.Resource
    host_key: pulumi.Output[str]
    """The machine's public ssh host key."""
    connection: Mapping[str, pulumi.Input[str]]
    """How this platform is entered; the lab says `container`."""


class Driver(Protocol):
    """Creates the leaves of the stack on one platform."""

    def segment(self, segment: Segment, parent: pulumi.Resource) -> pulumi.Resource:
        """Make a layer-2 segment."""
        ...

    def machine(
        self, machine: Machine, segments: Sequence[pulumi.Resource], parent: pulumi.Resource, *, packages: bool = False
    ) -> Made:
        """Make a machine on segments that exist; with `packages` it holds the province's package repository."""
        ...
