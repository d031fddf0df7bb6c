"""What an operation reports while it runs and when it has ended. Imports only errors.py."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from stacks.engine.errors import Code, StackError


class Op(StrEnum):
    """What one step does to one resource."""

    SAME = "same"
    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"
    DELETE_REPLACED = "delete-replaced"  # the old half of a replacement; counted with it, not as a deletion
    REFRESH = "refresh"


CHANGES = (Op.CREATE, Op.UPDATE, Op.REPLACE, Op.DELETE)


@dataclass(frozen=True, slots=True)
class StepStarted:
    """A step that calls a provider has begun (in a preview: would begin)."""

    urn: str
    op: Op


@dataclass(frozen=True, slots=True)
class StepFinished:
    """A step has ended well; ``changed`` names the properties that differ."""

    urn: str
    op: Op
    seconds: float
    changed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StepFailed:
    """A step has failed; the resource stays in the state as it was before, with the operation noted as pending."""

    urn: str
    op: Op
    seconds: float
    message: str


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """A line for the user: from the program, from a provider, or from the engine itself."""

    severity: str  # debug · info · warning · error
    message: str
    urn: str = ""


type Event = StepStarted | StepFinished | StepFailed | Diagnostic
type Listener = Callable[[Event], None]


@dataclass(frozen=True, slots=True)
class Failure:
    """One reason why an operation did not complete. ``urn`` is empty for the program itself."""

    urn: str
    op: Op | None
    message: str


@dataclass(frozen=True, slots=True)
class Result:
    """The outcome of one operation.

    Attributes
    ----------
    operation
        ``preview``, ``up``, ``destroy`` or ``refresh``.
    counts
        Number of resources per kind of step. ``DELETE_REPLACED`` is not counted: it is half of a replacement.
    steps
        Every finished step in order of completion, with its seconds; ``SAME`` included.
    outputs
        The stack's outputs, secrets shown as ``[secret]``; ``Engine.outputs(show_secrets=True)`` reveals them.
    failures
        Why the operation did not complete; empty when it did.
    warnings
        What the user should know though the operation went on (state recovered, stale lock, …).
    interrupted
        True when SIGINT or SIGTERM stopped the operation between steps.
    """

    operation: str
    counts: Mapping[Op, int] = field(default_factory=dict)
    steps: tuple[StepFinished, ...] = ()
    outputs: Mapping[str, Any] = field(default_factory=dict)
    failures: tuple[Failure, ...] = ()
    warnings: tuple[str, ...] = ()
    interrupted: bool = False

    @property
    def ok(self) -> bool:
        """True when everything that was asked has been done."""
        return not self.failures and not self.interrupted

    @property
    def changes(self) -> int:
        """Number of resources created, updated, replaced or deleted; in a refresh, found changed."""
        return sum(self.counts.get(op, 0) for op in CHANGES)

    def or_raise(self) -> Result:
        """Return self, or raise a ``StackError`` that lists every failure."""
        if self.ok:
            return self
        lines = [f"{f.urn.rsplit('::', 1)[-1] or 'program'}: {f.message}" for f in self.failures]
        if self.interrupted:
            raise StackError(
                Code.INTERRUPTED,
                f"{self.operation} was interrupted" + "".join(f"\n    {line}" for line in lines),
                f"everything done so far is in the state; run {self.operation} again to complete it",
            )
        raise StackError(
            Code.FAILED,
            f"{self.operation} failed" + "".join(f"\n    {line}" for line in lines),
            f"correct the cause and run {self.operation} again: what is done stays done",
        )
