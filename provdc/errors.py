"""Errors as users read them: a user's mistake at the command line, and the known errors of the other packages."""

import sys
from typing import Any

from provdc.text import Lang, has, say


class UserError(Exception):
    """Something that the user can put right; shown without a traceback.

    Parameters
    ----------
    number
        Of the stable code, `E-CLI-001`; its page is in docs/errors.
    key
        Text `errors.<key>`, and `errors.<key>_hint` when there is something to do about it.
    facts
        What the texts name.
    """

    def __init__(self, number: int, key: str, **facts: object) -> None:
        super().__init__(number, key, facts)
        self.code = f"E-CLI-{number:03}"
        self.key = key
        self.facts = facts

    def lines(self, lang: Lang) -> list[str]:
        """Return the message and the hint."""
        lines = [f"{self.code}  {say(lang, f'errors.{self.key}', **self.facts)}"]
        if has(f"errors.{self.key}_hint"):
            lines.append(say(lang, f"errors.{self.key}_hint", **self.facts))
        return lines

    def __str__(self) -> str:
        return "  ".join(self.lines("en"))


def told(error: Exception, lang: Lang) -> list[str] | None:
    """Return an error of any package in lines for the user; None when it is not one that a user can cause.

    A package that was not imported cannot have raised: nothing is imported to look at an error.
    """
    for package, name, tell in (
        ("provdc.errors", "UserError", UserError.lines),
        ("topology.findings", "ProvinceError", province_lines),
        ("planner.errors", "PlanningError", planning_lines),
        ("stacks.engine.errors", "StackError", coded_lines),
        ("stacks.lab.shell", "LabError", coded_lines),
        ("inventory.reach", "InventoryError", coded_lines),
        ("playbooks.events", "PlaybookError", coded_lines),
    ):
        kind = getattr(sys.modules.get(package), name, None)
        if kind is not None and isinstance(error, kind):
            lines: list[str] = tell(error, lang)
            return lines
    if isinstance(error, OSError) and error.filename:
        return UserError(90, "file", path=error.filename, reason=error.strerror).lines(lang)
    return None


def province_lines(error: Any, lang: Lang) -> list[str]:  # noqa: ANN401 - a ProvinceError, not imported here
    """Return all findings of a province whose records cannot be used."""
    from topology import render

    return render.text(error.findings, error.province, lang).rstrip().splitlines()


def planning_lines(error: Any, lang: Lang) -> list[str]:  # noqa: ANN401 - a PlanningError; English only
    """Return why there is no plan, each problem with its place and the cheapest way out."""
    lines: list[str] = []
    for problem in error.problems:
        place = f"{problem.where}  " if problem.where else ""
        lines += [f"{place}{problem.code}  {problem.message}", f"{problem.hint}   more: provdc explain {problem.code}"]
    return lines


def coded_lines(error: Any, lang: Lang) -> list[str]:  # noqa: ANN401 - an error with code and hint; English only
    """Return what the machines half refused or could not do."""
    message = getattr(error, "message", None) or getattr(error, "what", "")
    return [f"{error.code}  {message}", *([error.hint] if error.hint else [])]
