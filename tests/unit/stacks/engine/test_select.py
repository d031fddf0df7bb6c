"""Which engine runs a stack, and a stack's way from one engine to the other."""

import shutil

import pulumi
import pytest
from file_objects import FileObject

from stacks.engine import Engine, Options, StackError
from stacks.engine.automation import PulumiCli
from stacks.engine.select import hand_over, open_engine
from tests.unit.stacks.engine.conftest import SUPPORT

needs_cli = pytest.mark.skipif(shutil.which("pulumi") is None, reason="the genuine pulumi program is not on PATH")


@pytest.fixture
def no_cli(monkeypatch):
    monkeypatch.setattr("stacks.engine.select.shutil.which", lambda _name: None)


@pytest.fixture
def with_cli(monkeypatch):
    monkeypatch.setattr("stacks.engine.select.shutil.which", lambda name: f"/usr/bin/{name}")


def test_without_the_genuine_program_the_embedded_engine_runs(tmp_path, no_cli):
    assert open_engine("auto", "proj", "dev", tmp_path).name == "embedded"
    assert open_engine("embedded", "proj", "dev", tmp_path).name == "embedded"
    with pytest.raises(StackError, match="E-STACK-007"):
        open_engine("pulumi", "proj", "dev", tmp_path)


def test_a_new_stack_goes_to_the_genuine_program_when_there(tmp_path, with_cli):
    assert open_engine("auto", "proj", "dev", tmp_path).name == "pulumi"
    assert open_engine("embedded", "proj", "dev", tmp_path).name == "embedded"


def test_a_stack_stays_with_the_engine_that_holds_it(world, with_cli):
    world.engine.up(world.program({"name": "a"})).or_raise()
    assert open_engine("auto", "proj", "dev", world.states).name == "embedded"
    with pytest.raises(StackError, match="E-STATE-007"):
        open_engine("pulumi", "proj", "dev", world.states)


def test_a_stack_of_the_genuine_program_is_not_taken_by_the_embedded_engine(tmp_path, no_cli):
    stacks = tmp_path / "proj" / "dev.pulumi" / "backend" / ".pulumi" / "stacks" / "proj"
    stacks.mkdir(parents=True)
    (stacks / "dev.json").write_text("{}")
    with pytest.raises(StackError, match="E-STATE-007"):
        open_engine("embedded", "proj", "dev", tmp_path)
    with pytest.raises(StackError, match="E-STACK-007"):
        open_engine("auto", "proj", "dev", tmp_path)


def test_handing_over_leaves_one_holder(world, tmp_path):
    program = world.program({"name": "a"})
    world.engine.up(program).or_raise()
    heir = Engine("proj", "dev", tmp_path / "other")
    hand_over(world.engine, heir)
    assert heir.up(program).or_raise().changes == 0
    assert world.engine.resources() == ()
    assert world.engine.directory.with_name("dev.handed-over").exists()


@pytest.mark.pulumi_cli
@needs_cli
def test_both_engines_see_the_same_in_each_other_s_state(tmp_path):
    """Programs, states and secrets pass both ways without a change being shown."""
    objects = tmp_path / "objects"
    objects.mkdir()

    def program(size, kind="plain"):
        def run():
            group = pulumi.ComponentResource("test:x:Group", "group")
            below = pulumi.ResourceOptions(parent=group)
            first = FileObject("a", str(objects), below, size=size, password=pulumi.Output.secret("hunter22"))
            FileObject("b", str(objects), below, link=first.size, kind=kind)
            group.register_outputs({})
            pulumi.export("password", first.password)

        return run

    options = Options(passphrase="pp", import_paths=[SUPPORT])
    genuine = PulumiCli("proj", "dev", tmp_path / "genuine", options)
    embedded = Engine("proj", "dev", tmp_path / "embedded", options)
    assert genuine.up(program(1)).or_raise().changes == 3
    exported = genuine.export()
    assert "hunter22" not in str(exported)
    embedded.import_(exported)
    assert embedded.up(program(1)).or_raise().changes == 0
    assert embedded.outputs(show_secrets=True) == {"password": "hunter22"}
    assert embedded.up(program(2)).or_raise().changes == 2
    genuine.import_(embedded.export())
    assert genuine.preview(program(2)).or_raise().changes == 0
    expected = genuine.preview(program(2, "other")).or_raise()
    assert embedded.preview(program(2, "other")).or_raise().changes == expected.changes == 1
    assert genuine.refresh(dry_run=True).or_raise().changes == 0
    assert genuine.destroy().or_raise().changes == 3
    assert list(objects.glob("*.object")) == []
