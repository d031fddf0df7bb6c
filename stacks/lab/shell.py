"""Run a program of the computer and say clearly what went wrong. Imports nothing of ours."""

import shutil
import subprocess
from collections.abc import Callable, Sequence

Progress = Callable[[str], None]
"""Told one short line at each step of long work."""


class LabError(Exception):
    """The lab cannot do what was asked: `E-LAB-NNN  what`, and a hint."""

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        super().__init__(code, message, hint)
        self.code = code
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.code}  {self.message}" + (f"\n    hint: {self.hint}" if self.hint else "")


def run(argv: Sequence[str], *, stdin: str = "", timeout: float = 120, env: dict[str, str] | None = None) -> str:
    """Run a program to its end and return what it wrote.

    Parameters
    ----------
    argv : sequence of str
        The program and its arguments.
    stdin : str
        Fed to its standard input.
    timeout : float
        Seconds after which it is killed.
    env : dict, optional
        Its whole environment; ours when absent.

    Raises
    ------
    LabError
        E-LAB-001 the program is missing, E-LAB-002 it failed, E-LAB-003 it took too long.
    """
    try:
        done = subprocess.run(argv, input=stdin, capture_output=True, text=True, timeout=timeout, env=env, check=False)
    except FileNotFoundError:
        raise LabError("E-LAB-001", f"'{argv[0]}' is not installed", "run `bootstrap/setup --lab` as root") from None
    except subprocess.TimeoutExpired:
        raise LabError("E-LAB-003", f"no answer within {timeout:.0f} s: {_shown(argv)}") from None
    if done.returncode != 0:
        # on one line: an engine hands on no more than the last line of what a provider says
        last = "; ".join(line.strip() for line in (done.stderr.strip() or done.stdout.strip()).splitlines()[-6:])
        raise LabError("E-LAB-002", f"{last or 'failed'} (exit {done.returncode}: {_shown(argv)})")
    return done.stdout


def _shown(argv: Sequence[str]) -> str:
    text = " ".join(argv)
    return text if len(text) <= 200 else f"{text[:160]} … {text[-36:]}"


def try_run(argv: Sequence[str], *, timeout: float = 120) -> str | None:
    """Like `run`, but None when the program fails: for questions whose answer may be no."""
    try:
        return run(argv, timeout=timeout)
    except LabError as error:
        if error.code == "E-LAB-002":
            return None
        raise


def long_run(argv: Sequence[str], *, timeout: float, env: dict[str, str] | None = None) -> str:
    """Like `run`, for minutes of work: the program is told to stop when we are killed, and cleans up after itself."""
    return run(["setpriv", "--pdeathsig", "TERM", *argv], timeout=timeout, env=env)


def missing(programs: Sequence[str]) -> list[str]:
    """Return which of the programs are not on PATH."""
    return [program for program in programs if shutil.which(program) is None]
