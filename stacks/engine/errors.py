"""Errors that the user of a stack sees: a code, what happened, and the next thing to do. Imports nothing of ours."""

from __future__ import annotations

from enum import StrEnum


class Code(StrEnum):
    """Why the engine refuses or fails; ``docs/engine.md`` has one entry each."""

    LOCKED = "E-STATE-001"
    NO_GOOD_STATE = "E-STATE-002"
    PASSPHRASE = "E-STATE-003"  # noqa: S105  a code
    NOT_WRITABLE = "E-STATE-004"
    BAD_NAME = "E-STATE-005"
    NOT_IMPORTABLE = "E-STATE-006"
    OTHER_ENGINE = "E-STATE-007"
    FAILED = "E-STACK-001"
    UNSUPPORTED = "E-STACK-002"
    BAD_REQUEST = "E-STACK-003"
    TWICE = "E-STACK-004"
    INTERRUPTED = "E-STACK-005"
    NO_HOST = "E-STACK-006"
    NO_CLI = "E-STACK-007"


class StackError(Exception):
    """A refusal or failure of the engine, stated for the user.

    Parameters
    ----------
    code
        ``E-STATE-…`` for state and lock, ``E-STACK-…`` for programs and steps.
    message
        What happened and to which resource.
    hint
        The next thing to do.
    """

    def __init__(self, code: Code, message: str, hint: str = "") -> None:
        super().__init__(code, message, hint)
        self.code = code
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.code}  {self.message}" + (f"\n    hint: {self.hint}" if self.hint else "")


class StateError(StackError):
    """The state or its lock cannot be used as asked."""


class UnsupportedError(StackError):
    """The program asks for something that only the genuine ``pulumi`` program can do."""

    def __init__(self, what: str) -> None:
        super().__init__(
            Code.UNSUPPORTED,
            f"{what} is not supported by the embedded engine",
            "install the genuine pulumi command line and run again with --engine pulumi",
        )
