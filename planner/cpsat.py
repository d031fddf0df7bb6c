"""CP-SAT with counted work: the same answer everywhere; the wall clock and a stop request only cut it short."""

from concurrent.futures import ThreadPoolExecutor

from ortools.sat.python import cp_model

from planner.limits import Watch, never

FEASIBLE = (cp_model.OPTIMAL, cp_model.FEASIBLE)
POLL_S = 0.1


def counted(work: float, workers: int = 1) -> cp_model.CpSolver:
    """Return a solver that ends after so much deterministic work and leaves interrupts to everybody else."""
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = workers
    solver.parameters.max_deterministic_time = work
    solver.parameters.catch_sigint_signal = False  # it would take the interrupt from everybody else, for good
    return solver


def run(model: cp_model.CpModel, watch: Watch, work: float, workers: int = 1) -> tuple[cp_model.CpSolver, int]:
    """Solve and return solver and status.

    Parameters
    ----------
    work
        Deterministic limit, about seconds of one processor; multiplied by the effort of the limits.
    workers
        1 is a single search; more are interleaved on fixed shares of work, so that the answer does not depend on the
        machine.

    """
    solver = counted(work * watch.limits.effort, workers)
    solver.parameters.interleave_search = workers > 1
    solver.parameters.random_seed = watch.limits.seed
    solver.parameters.max_time_in_seconds = max(0.05, watch.left_s)
    if watch.limits.should_stop is never:
        return solver, int(solver.solve(model))
    # Python hears of an interrupt only where the main thread is not in the solver
    with ThreadPoolExecutor(1) as beside:
        answer = beside.submit(solver.solve, model)
        try:
            while True:
                try:
                    return solver, int(answer.result(POLL_S))
                except TimeoutError:
                    if watch.limits.should_stop():
                        solver.stop_search()
        except BaseException:
            solver.stop_search()
            raise
