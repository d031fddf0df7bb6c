"""No solver takes the interrupt away: the first one keeps the best plan so far however much was solved before it."""

import os
import random
import signal
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from ortools.sat.python import cp_model

from planner import cpsat
from planner.homing.assign import Effort
from planner.limits import Limits, Watch
from planner.packing.filling import Filling
from planner.packing.problem import problem

STATUS = Path("/proc/self/status")


@pytest.fixture
def heard():
    """Listen to interrupts as the command line does."""
    stopped = threading.Event()
    before = signal.signal(signal.SIGINT, lambda number, frame: stopped.set())
    yield stopped
    signal.signal(signal.SIGINT, before)


def still_heard() -> bool:
    """Whether the system still hands interrupts of this process to it."""
    mask = next(line.split()[1] for line in STATUS.read_text().splitlines() if line.startswith("SigCgt"))
    return bool(int(mask, 16) >> (signal.SIGINT - 1) & 1)


def small() -> cp_model.CpModel:
    model = cp_model.CpModel()
    model.maximize(model.new_int_var(0, 9, "x"))
    return model


def endless() -> cp_model.CpModel:
    """A market split (Cornuéjols, Dawande, 1998): nothing that ends by itself soon."""
    model, draw = cp_model.CpModel(), random.Random(1)
    x = [model.new_bool_var("") for _ in range(50)]
    for _ in range(6):
        sizes = [draw.randrange(100) for _ in x]
        model.add(cp_model.LinearExpr.weighted_sum(x, sizes) == sum(sizes) // 2)
    return model


@pytest.mark.skipif(not STATUS.exists(), reason="asks the Linux kernel")
@pytest.mark.usefixtures("heard")
@pytest.mark.parametrize("stop", [None, threading.Event()], ids=["never", "asked"])
def test_after_a_placement_interrupts_are_heard(stop: threading.Event | None) -> None:
    limits = Limits() if stop is None else Limits(should_stop=stop.is_set)
    _, status = cpsat.run(small(), Watch(limits), 1.0)
    assert status == cp_model.OPTIMAL
    assert still_heard()


@pytest.mark.skipif(not STATUS.exists(), reason="asks the Linux kernel")
@pytest.mark.usefixtures("heard")
def test_after_other_programs_interrupts_are_heard() -> None:
    Effort(1.0, 5.0, 1).solver().solve(small())
    assert still_heard()
    kinds, _ = problem(np.array([[3, 2], [2, 3]]), np.array([4, 4]), np.array([9, 9]))
    Filling(kinds).best(np.array([2, 3]), 0, 4)
    assert still_heard()


def test_an_interrupt_ends_a_long_solve(heard: threading.Event) -> None:
    began = time.monotonic()
    threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()
    cpsat.run(endless(), Watch(Limits(time_limit_s=30, should_stop=heard.is_set)), 1e6)
    assert heard.is_set()
    assert time.monotonic() - began < 15
