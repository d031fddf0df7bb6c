"""One writer per stack, whatever happens to the others."""

import json
import os
import signal
import subprocess
import sys
import threading

import pytest

from stacks.engine import StateError
from stacks.engine.lock import Lock, break_lock, process_start


def test_of_racers_exactly_one_wins(tmp_path):
    for trial in range(200):
        path = tmp_path / f"{trial % 3}" / "lock"
        start, done, won = threading.Barrier(3), threading.Barrier(3), []

        def race(path=path, start=start, done=done, won=won):
            start.wait()
            try:
                with Lock(path):
                    won.append(True)
                    done.wait()
            except StateError:
                done.wait()

        racers = [threading.Thread(target=race) for _ in range(3)]
        for racer in racers:
            racer.start()
        for racer in racers:
            racer.join()
        assert len(won) == 1


def hold(path):
    """Hold the lock in another process; return it once the lock is held."""
    script = (
        "import sys, time; from pathlib import Path; from stacks.engine.lock import Lock\n"
        f"with Lock(Path({str(path)!r})): print('held', flush=True); time.sleep(60)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert process.stdout.readline() == b"held\n"
    return process


def test_a_living_owner_is_named_and_a_dead_one_succeeded(world):
    path = world.engine.directory / "lock"
    process = hold(path)
    try:
        with pytest.raises(StateError, match=f"E-STATE-001 .* pid {process.pid} since"):
            world.engine.up(world.program({"name": "a"}))
        with pytest.raises(StateError, match="E-STATE-001"):
            world.engine.unlock()
        owner = json.loads(path.read_text())
        assert owner["started"] == process_start(process.pid) > 0
        assert world.engine.preview(world.program({"name": "a"})).ok  # reading needs no lock
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
    result = world.engine.up(world.program({"name": "a"})).or_raise()
    assert any(f"pid {process.pid}" in warning and "died" in warning for warning in result.warnings)
    assert world.engine.up(world.program({"name": "a"})).or_raise().warnings == ()


def test_a_lock_of_another_machine_is_broken_only_on_demand(tmp_path):
    path = tmp_path / "lock"
    path.write_text(json.dumps({"user": "anh", "host": "elsewhere", "pid": 1, "since": "2026-01-01"}))
    with pytest.raises(StateError, match="anh@elsewhere"), Lock(path):
        pass
    assert break_lock(path) == "anh@elsewhere pid 1 since 2026-01-01"
    with Lock(path) as lock:
        assert lock.note == ""
    assert break_lock(tmp_path / "none") == ""
