"""What an operation tells the outside, and whether it goes on. Imports events.py, errors.py."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from stacks.engine.errors import StackError
from stacks.engine.events import (
    Diagnostic,
    Event,
    Failure,
    Listener,
    Op,
    StepFailed,
    StepFinished,
    StepStarted,
)
from stacks.engine.properties import HIDDEN, Properties, secret_texts
from stacks.engine.provider import ProviderError

_SHORTEST_SECRET = 4  # shorter texts occur in any message by chance


class Stopped(Exception):  # noqa: N818  a signal to the program, not an error of its own
    """No further step is begun: another one failed, or the user asked to stop."""


class Progress:
    """Collects events, counts and failures of one operation; one thread at a time speaks to the listener.

    Parameters
    ----------
    listener
        Receives every event. Must not raise.
    """

    def __init__(self, listener: Listener | None) -> None:
        self._listener = listener
        self._lock = threading.Lock()
        self._secrets: set[str] = set()
        self.counts: Counter[Op] = Counter()
        self.steps: list[StepFinished] = []
        self.failures: list[Failure] = []
        self.warnings: list[str] = []
        self.interrupted = False

    @property
    def stopped(self) -> bool:
        """Whether no further step may begin."""
        return self.interrupted or bool(self.failures)

    def raise_if_stopped(self) -> None:
        """Raise ``Stopped`` when no further step may begin."""
        if self.stopped:
            raise Stopped

    def say(self, severity: str, message: str, urn: str = "") -> None:
        """Pass a line on to the user; warnings are kept for the result."""
        message = self._clean(message)
        with self._lock:
            if severity == "warning":
                self.warnings.append(message)
        self._emit(Diagnostic(severity, message, urn))

    def fail(self, urn: str, op: Op | None, message: str, seconds: float = 0.0) -> None:
        """Note a failure: running steps finish, no new one begins."""
        message = self._clean(message)
        with self._lock:
            self.failures.append(Failure(urn, op, message))
        if op is not None:
            self._emit(StepFailed(urn, op, seconds, message))

    @contextmanager
    def step(
        self, urn: str, op: Op, changed: tuple[str, ...] = (), *, quiet: bool = False, began: float | None = None
    ) -> Iterator[None]:
        """Frame one step: started, finished or failed. A provider's failure leaves the frame as ``Stopped``.

        ``quiet`` steps are not counted: the stack itself is no resource of the user's. ``began`` is the monotonic
        time of a beginning before the kind of step was known.
        """
        began = time.monotonic() if began is None else began
        self._emit(StepStarted(urn, op))
        try:
            yield
        except (ProviderError, StackError) as error:
            self.fail(urn, op, str(error), time.monotonic() - began)
            raise Stopped from error
        finished = StepFinished(urn, op, time.monotonic() - began, changed)
        with self._lock:
            if op is not Op.DELETE_REPLACED and not quiet:
                self.counts[op] += 1
            self.steps.append(finished)
        self._emit(finished)

    def guard[T](self, urn: str, call: Callable[[], T]) -> T:
        """Make a call that only asks; its failure stops the operation."""
        try:
            return call()
        except (ProviderError, StackError) as error:
            self.fail(urn, None, str(error))
            raise Stopped from error

    def hide(self, properties: Properties) -> None:
        """Keep the secrets of a property bag out of every later message."""
        with self._lock:
            self._secrets.update(text for text in secret_texts(properties) if len(text) >= _SHORTEST_SECRET)

    def _clean(self, message: str) -> str:
        with self._lock:
            texts = sorted(self._secrets, key=len, reverse=True)
        for text in texts:
            message = message.replace(text, HIDDEN)
        return message

    def _emit(self, event: Event) -> None:
        if self._listener is not None:
            with self._lock:
                self._listener(event)
