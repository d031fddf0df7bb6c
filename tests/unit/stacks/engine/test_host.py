"""The provider host: a process of its own, as wide as asked, gone with its parent."""

import subprocess
import time

import pytest

from stacks.engine import Engine, Options, StackError
from stacks.engine.provider import ProviderHost
from tests.unit.stacks.engine.conftest import SUPPORT, World


def test_sixteen_slow_creations_take_little_more_than_one(tmp_path):
    world = World(tmp_path)
    engine = Engine("proj", "dev", world.states, Options(workers=16, import_paths=[SUPPORT]))
    result = engine.up(world.program(*({"name": f"n{i}", "sleep": 0.5} for i in range(16)))).or_raise()
    # the SDK's own host has four threads: the last four of sixteen would end after four rounds
    assert max(step.seconds for step in result.steps) < 1.5
    assert result.changes == 16


def test_an_engine_with_few_workers_stays_within_them(world):
    engine = world.open(workers=2)
    began = time.monotonic()
    engine.up(world.program(*({"name": f"n{i}", "sleep": 0.2} for i in range(6)))).or_raise()
    assert time.monotonic() - began >= 0.6


def test_a_host_that_does_not_start_is_an_error_not_a_wait(monkeypatch):
    lines = []
    host = ProviderHost(2, {}, "proj", [], lines.append)
    real = subprocess.Popen

    def broken(command, **options):
        return real([command[0], "-c", "import sys; print('no such thing', file=sys.stderr)"], **options)

    monkeypatch.setattr("stacks.engine.provider.subprocess.Popen", broken)
    with pytest.raises(StackError, match="E-STACK-006"):
        host._connected()
    host.close()
    assert lines == ["no such thing"]


def test_what_providers_print_reaches_the_user():
    lines = []
    host = ProviderHost(2, {}, "proj", [SUPPORT], lines.append)
    host.start()
    process = host._process
    host._read_aside(process.stdout)
    for _ in range(200):
        if lines:
            break
        time.sleep(0.05)
    host.close()
    assert lines[0].isdigit()  # the first thing a host prints is its port
    assert process.returncode == 0
