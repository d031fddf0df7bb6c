"""Death at every point: whatever an operation was doing, the next one completes.

Two ways to die. In most trials everything that reaches the disk or a provider is counted, and from the k-th point on
nothing does: to the next run this looks exactly like kill -9. Some trials kill a real process.
"""

import os
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from stacks.engine import StateError
from stacks.engine.provider import ProviderError, ProviderHost
from tests.unit.stacks.engine.conftest import SUPPORT

A = {"name": "a"}
B = {"name": "b", "after": "a"}
SCENARIOS = {
    "create": ((), (A, B)),
    "update": ((A, B), ({"name": "a", "size": 2}, B)),
    "replace, create first": ((A, B), ({"name": "x", "urn_name": "a"}, B | {"after": "x"})),
    "replace, delete first": (
        ({"name": "a", "delete_first": True}, B),
        ({"name": "a", "kind": "new", "delete_first": True}, B),
    ),
    "delete": ((A, B), (A,)),
    "destroy": ((A, B), ()),
}


class Death:
    """Counts the points at which an operation touches the world, and cuts it off at one of them."""

    def __init__(self, monkeypatch, at):
        self.at = at
        self.points = 0
        for name in ("fsync", "replace", "link"):
            real = getattr(os, name)
            monkeypatch.setattr(os, name, lambda *args, real=real: self.pass_or_die(OSError(5, "dead")) or real(*args))
        for name in ("create", "update", "delete"):
            monkeypatch.setattr(ProviderHost, name, self.around(getattr(ProviderHost, name)))

    @property
    def dead(self):
        return self.points >= self.at

    def pass_or_die(self, error):
        if not self.dead:
            self.points += 1
        if self.dead:
            raise error

    def around(self, real):
        def call(host, *args):
            self.pass_or_die(ProviderError("dead"))
            answer = real(host, *args)
            self.pass_or_die(ProviderError("dead"))
            return answer

        return call


def names_of(specs):
    return {spec["name"] for spec in specs}


def settle(world, specs, again=True):
    """Run up once; it must complete, and running it again must find nothing to do."""
    world.engine.up(world.program(*specs)).or_raise()
    assert world.names() == names_of(specs)
    world.require_sound()
    assert "pending_operations" not in world.state()
    if again:
        assert world.engine.up(world.program(*specs)).or_raise().changes == 0


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_after_death_at_any_point_the_next_run_completes(world, scenario):
    before, after = SCENARIOS[scenario]
    if before:
        world.engine.up(world.program(*before)).or_raise()
    kept = world.root.with_name(world.root.name + ".kept")
    shutil.copytree(world.root, kept)
    trials = 0
    for at in range(1, 200):
        shutil.rmtree(world.root)
        shutil.copytree(kept, world.root)
        with pytest.MonkeyPatch.context() as patch, suppress(StateError):
            death = Death(patch, at)
            if scenario == "destroy":
                world.engine.destroy()
            else:
                world.engine.up(world.program(*after))
        if not death.dead:
            break
        trials += 1
        if scenario == "destroy" and at % 2:
            world.engine.destroy().or_raise()
            assert world.names() == set()
            assert world.engine.resources() == ()
        else:
            # the same program again, the program from before, or none at all
            settle(world, (after, before, ())[at % 3], again=at % 4 == 0)
    assert trials >= 20


RUN = """
import sys
from pathlib import Path
sys.path.insert(0, {support!r})
from file_objects import FileObject
from stacks.engine import Engine
def program():
    made = None
    for name in "ab":
        made = FileObject(name, {objects!r}, size={size}, kill={kill!r} if name == "b" else [], link=made and made.size)
engine = Engine("proj", "dev", Path({states!r}))
engine.destroy() if {destroy} else engine.up(program)
"""


def killed_run(world, *, size, kill, destroy=False):
    script = RUN.format(
        support=str(SUPPORT),
        objects=str(world.objects),
        states=str(world.states),
        size=size,
        kill=kill,
        destroy=destroy,
    )
    return subprocess.Popen(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


@pytest.mark.parametrize("point", ["create.before", "update.after"])
def test_a_killed_process_leaves_work_that_the_next_completes(world, point):
    call = point.partition(".")[0]
    specs = ({"name": "a", "size": 2}, {"name": "b", "after": "a", "size": 2})
    if call == "update":
        world.engine.up(world.program(A, B)).or_raise()
    process = killed_run(world, size=2, kill=[point])
    _, status = process.communicate(), process.returncode
    assert status == -signal.SIGKILL
    assert (world.objects / f"killed-b-{point}").exists()
    assert len(world.state()["pending_operations"]) == 1
    world.require_sound()
    result = world.engine.up(world.program(*specs)).or_raise()
    assert any("died" in warning for warning in result.warnings)
    assert any("cut short" in warning for warning in result.warnings)
    settle(world, specs)


def test_the_provider_host_does_not_outlive_a_killed_engine(world):
    process = killed_run(world, size=1, kill=["create.before"])
    children = []
    while process.poll() is None:
        found = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        try:
            children = found.read_text().split() or children
        except OSError:
            break
    process.communicate()
    assert children
    for child in children:
        for _ in range(100):
            try:
                state = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()[0]
            except OSError:
                break
            if state == "Z":
                break
            signal.sigtimedwait([], 0.05)
        else:
            pytest.fail(f"provider host {child} still runs")


def test_what_a_dead_creation_left_behind_is_removed_when_it_has_left_the_program(world):
    process = killed_run(world, size=1, kill=["create.after"])
    process.communicate()
    assert world.names() == {"a", "b"}
    result = world.engine.up(world.program(A)).or_raise()
    assert world.names() == {"a"}
    assert [step.urn.rsplit("::", 1)[-1] for step in result.steps if str(step.op) == "delete"] == ["b"]


def test_what_another_resource_has_adopted_is_not_removed(world):
    process = killed_run(world, size=1, kill=["create.after"])
    process.communicate()
    world.engine.up(world.program(A, {"name": "b", "urn_name": "heir"})).or_raise()
    assert world.names() == {"a", "b"}
    settle(world, (A, {"name": "b", "urn_name": "heir"}))
