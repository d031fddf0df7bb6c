"""Errors that the user of a stack sees: a code, what happened, and the next thing to do. Imports nothing of ours."""

from __future__ import annotations


class StackError(Exception):
    """A refusal or failure of the engine, stated for the user.

    Parameters
    ----------
    code
        Stable code, ``E-STATE-…`` for state and lock, ``E-STACK-…`` for programs and steps; one entry each in
        ``docs/engine.md``.
    message
        What happened and to which resource.
    hint
        The next thing to do.
    """

    def __init__(self, code: str, message: str, hint: str = "") -> None:
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
            "E-STACK-002",
            f"{what} is not supported by the embedded engine",
            "install the genuine pulumi command line and run again with --engine pulumi",
        )
