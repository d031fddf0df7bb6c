"""What the planner tells a user whose records have no plan: what, where, why, and the cheapest way out."""

from dataclasses import dataclass

from topology.model import Position, Records


@dataclass(frozen=True, slots=True)
class Problem:
    """One reason why there is no plan.

    `code` is E-PLAN-… or E-ENG-…; `where` is the record's place; `hint` is the cheapest relaxation or the next command.
    """

    code: str
    message: str
    hint: str
    where: Position | None = None

    def __str__(self) -> str:
        place = f"{self.where} " if self.where else ""
        return f"{place}{self.code} {self.message} {self.hint} (provdc explain {self.code})"


class PlanningError(Exception):
    """The records are well formed but no plan can be made, or a plan cannot be used; carries all problems found."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


def refuse(code: str, message: str, hint: str, where: Position | None = None) -> PlanningError:
    """Return a `PlanningError` with one problem."""
    return PlanningError((Problem(code, message, hint, where),))


def where(records: Records, *paths: str) -> Position | None:
    """Return the place of the first dotted path that the records know: most exact first."""
    return next((records.positions[path] for path in paths if path in records.positions), None)
