"""Counts again what stays where an earlier plan had it, from the two plans alone."""

from collections.abc import Iterator

from planner.checker.violation import Violation
from planner.plan import Plan


def verify_stays(plan: Plan, previous: Plan | None) -> tuple[int, list[Violation]]:
    """Return the number of checks made and all violations."""
    return (0 if plan.stays is None else plan.stays.machines), list(_stays(plan, previous))


def _stays(plan: Plan, previous: Plan | None) -> Iterator[Violation]:
    told = plan.stays
    if told is None:
        if previous is not None:
            yield Violation("stays", "all", "an earlier plan was given and nothing is said of it")
        return
    now = {machine.id: machine for machine in plan.machines}
    for move in told.moves:
        there = now.get(move.machine)
        if there is None or (there.host, there.rack) != (move.to_host, move.to_rack):
            yield Violation("stays", move.machine, "does not stand where its move leads")
        if (move.from_host, move.from_rack) == (move.to_host, move.to_rack):
            yield Violation("stays", move.machine, "is said to move and stays")
    if (
        told.stay != told.machines - len({move.machine for move in told.moves})
        or not told.stay <= told.most <= told.machines
    ):
        yield Violation("stays", "all", f"{told.stay} of {told.machines} stay, {len(told.moves)} move")
    if previous is None:
        return
    if told.digest != previous.digest:
        yield Violation("stays", told.digest[:12], "is not the earlier plan")
    moves = {move.machine: move for move in told.moves}
    count = same = 0
    for old in previous.machines:
        new = now.get(old.id)
        if new is None or not (old.host or old.bottom_u is not None) or not (new.host or new.bottom_u is not None):
            continue
        count += 1
        stays = (old.host, old.rack) == (new.host, new.rack)
        same += stays
        told_of = moves.get(old.id)
        wrong = told_of is not None and (told_of.from_host, told_of.from_rack) != (old.host, old.rack)
        if stays == (told_of is not None) or wrong:
            yield Violation("stays", old.id, "stays or moves otherwise than the plan says")
    if (count, same) != (told.machines, told.stay):
        yield Violation("stays", "all", f"{same} of {count} stay, not {told.stay} of {told.machines}")
