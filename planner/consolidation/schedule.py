"""The cheapest order of moves, proved where the limits allow; among equals the one whose servers move earliest."""

from dataclasses import dataclass, replace
from math import ceil

from planner import cpsat
from planner.consolidation.model import Model
from planner.consolidation.problem import RoomMoves, Task, copy_windows
from planner.limits import Watch
from planner.plan import Move
from topology.order import natural_key

WORK_FIRST, WORK, WORK_TIE = 1.0, 8.0, 2.0


@dataclass(frozen=True, slots=True)
class Order:
    """The order found."""

    moves: tuple[Move, ...]
    freed: dict[str, int]
    """Room → last window."""
    cost: float
    """VND paid for rooms until they are empty."""
    bound: float
    optimal: bool


def order(task: Task, watch: Watch) -> Order | None:
    """Return the order of moves; None when there is none within the windows, or none was found.

    A first order, however found, says how late a room may be empty in a cheaper one, which leaves few windows. The
    bound is taken without the disks of the hosts, which seldom bind; only if they do is the whole model left to prove.
    """
    if not task.rooms:
        return Order((), {}, 0.0, 0.0, optimal=True)
    model = Model(task)
    found, bound = _solve(model, watch, WORK_FIRST)
    if found is None:
        found, bound = _solve(model, watch, WORK)
    if found is None:
        return None
    if bound < found.cost:
        relaxed = Model(replace(task, space=()))
        relaxed.no_dearer_than(found.cost)
        bound = max(bound, _solve(relaxed, watch, WORK)[1])
    if bound < found.cost:
        narrow = _narrowed(task, found, bound)
        better, proved = _solve(narrow, watch, WORK)
        found, bound = better or found, max(bound, proved)
    last = _narrowed(task, found, found.cost)
    last.cp.minimize(last.late)
    earliest, _ = _solve(last, watch, WORK_TIE)
    return _order(task, model, earliest or found, bound)


@dataclass(frozen=True, slots=True)
class _Found:
    """Values of a solution, in the order of the model's variables."""

    counts: list[list[int]]
    empty: list[list[int]]
    cost: int


def _solve(model: Model, watch: Watch, work: float) -> tuple[_Found | None, int]:
    """Return a solution, None when none was found, and the bound of the objective."""
    solver, status = cpsat.run(model.cp, watch, work)
    if status not in cpsat.FEASIBLE:
        return None, 0
    counts, empty = ([[solver.value(v) for v in own] for own in group] for group in (model.x, model.empty.values()))
    return _Found(counts, empty, round(solver.value(model.cost))), ceil(solver.best_objective_bound - 1e-6)


def _narrowed(task: Task, found: _Found, bound: int) -> Model:
    """Return the model of orders that cost at most as much as the one found, which is its hint."""
    model = Model(task)
    model.no_dearer_than(found.cost)
    model.cp.add(model.cost >= bound)
    for variables, values in ((model.x, found.counts), (model.empty.values(), found.empty)):
        for own, told in zip(variables, values, strict=True):
            for variable, value in zip(own, told, strict=True):
                model.cp.add_hint(variable, value)
    return model


def _order(task: Task, model: Model, found: _Found, bound: int) -> Order:
    """Give the moves to machines in order of their names."""
    moves: list[Move] = []
    for kind, own in zip(model.classes, found.counts, strict=True):
        windows = [window for window, count in enumerate(own) for _ in range(count)]
        moves += [_move(task, kind.room, *pair) for pair in zip(kind.machines, windows, strict=True)]
    return Order(
        moves=tuple(sorted(moves, key=lambda move: (move.last_window, natural_key(move.machine)))),
        freed={room.id: max(move.last_window for move in moves if move.room == room.id) for room in task.rooms},
        cost=found.cost * model.scale,
        bound=min(found.cost, bound) * model.scale,
        optimal=bound >= found.cost,
    )


def _move(task: Task, room: RoomMoves, machine: str, window: int) -> Move:
    return Move(
        machine=machine,
        room=room.id,
        host=task.host_of[machine],
        first_window=window - copy_windows(task, room)[0] + 1,
        last_window=window,
        gib=round(room.disk_gib * task.used_share, 3),
        mbps=round(room.rate_mbps, 3),
    )
