"""A program solved ahead of its time, in a process of its own that ends with this one.

While one cost is tried, the next one may be under way: which of the two answers is taken does not depend on which comes
first, so the answer is the same as of one after the other.
"""

import signal
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context

from planner.lifetime import end_with_parent
from planner.limits import Limits, Watch
from planner.program import Outcome, Program, solve

POLL_S = 0.1


class Ahead:
    """One process, started when there is something for it; to be closed."""

    def __init__(self) -> None:
        self._pool: ProcessPoolExecutor | None = None
        self._asked: Future[Outcome] | None = None

    def ask(self, program: Program, absolute: float, watch: Watch) -> None:
        """Begin to solve; what was asked before must have been answered or dropped."""
        if self._pool is None:
            self._pool = ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=_begin)
        self._asked = self._pool.submit(_solve, program, absolute, watch.left_s, watch.limits.seed)

    def answer(self, watch: Watch) -> Outcome | None:
        """Wait for what was asked; None when nothing was, time is over, or the process was lost."""
        asked, self._asked = self._asked, None
        while asked is not None and not watch.over:
            try:
                return asked.result(timeout=POLL_S)
            except TimeoutError:
                continue
            except Exception:  # the process was lost: it can still be solved here
                self.close()
                return None
        return None

    def close(self) -> None:
        """End whatever still runs."""
        if self._pool is not None:
            for process in list((self._pool._processes or {}).values()):
                process.kill()
            self._pool.shutdown(wait=False, cancel_futures=True)
        self._pool = self._asked = None


def _begin() -> None:
    """Leave Ctrl-C to the process that asks: it ends this one."""
    end_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _solve(program: Program, absolute: float, seconds: float, seed: int) -> Outcome:
    return solve(program, Watch(Limits(time_limit_s=seconds, seed=seed)), absolute=absolute)
