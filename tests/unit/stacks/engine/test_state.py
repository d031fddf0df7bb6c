"""The state on disk: whole, checked, with generations, and never secret in clear."""

import json
import os
import random

import pulumi
import pytest
from file_objects import FileObject

from stacks.engine import StateError
from stacks.engine.secrets import Crypter
from stacks.engine.store import GENERATIONS, Store, parse, render

CANARY = "canary-7f3a9c"
GENUINE = {
    "salt": "v1:HfWMyKlU89M=:v1:p/paqHnTpo+EBxvc:DPnz9mHKMribtAwjpKojeLzBMraOTw==",
    "ciphertext": "v1:EVS9afKBoT36CQXd:WUKkNk7B9ASKSIYtFqiHXeOx9oWtAiWu96g=",
}


def grown(world, sizes=(1, 2, 3)):
    for size in sizes:
        world.engine.up(world.program({"name": "a", "size": size}, {"name": "b"})).or_raise()
    return world.engine.directory / "state.json"


def test_any_changed_byte_and_any_missing_tail_is_noticed(world):
    content = grown(world).read_bytes()
    assert parse(content)[0]["resources"]
    chance = random.Random(7)
    for _ in range(1000):
        place = chance.randrange(len(content))
        flipped = bytearray(content)
        flipped[place] ^= 1 << chance.randrange(8)
        with pytest.raises(ValueError):
            parse(bytes(flipped))
    for length in {0, 1, len(content) - 1, *(chance.randrange(len(content)) for _ in range(200))}:
        with pytest.raises(ValueError):
            parse(content[:length])
        with pytest.raises(ValueError):
            parse(content[:length] + bytes(len(content) - length))


@pytest.mark.parametrize("harm", ["truncate", "zero", "flip", "remove", "empty"])
def test_a_damaged_state_is_replaced_by_the_one_before_and_the_user_told(world, harm):
    path = grown(world)
    content = path.read_bytes()
    if harm == "remove":
        path.unlink()
    else:
        broken = {
            "truncate": content[: len(content) // 2],
            "zero": bytes(len(content)),
            "flip": content.replace(b'"size":3', b'"size":4'),
            "empty": b"",
        }
        path.write_bytes(broken[harm])
    program = world.program({"name": "a", "size": 3}, {"name": "b"})
    result = world.engine.up(program).or_raise()
    assert any(str(path) in warning for warning in result.warnings)
    assert world.names() == {"a", "b"}
    again = world.engine.up(program).or_raise()
    assert again.changes == 0
    assert again.warnings == ()


def test_resources_deleted_since_the_generation_are_made_again(world):
    both = world.program({"name": "a"}, {"name": "b"})
    world.engine.up(both).or_raise()
    generation = (world.engine.directory / "state.json").read_bytes()
    world.engine.up(world.program({"name": "a"})).or_raise()
    (world.engine.directory / "state.previous.json").write_bytes(generation)
    (world.engine.directory / "state.json").write_bytes(b"{")
    assert world.engine.up(both).or_raise().changes == 1
    assert world.names() == {"a", "b"}


def test_without_any_good_file_nothing_is_done(world):
    grown(world)
    for path in world.engine.directory.rglob("*.json"):
        path.write_bytes(path.read_bytes()[:-20])
    for operation in (
        lambda: world.engine.up(world.program()),
        world.engine.destroy,
        world.engine.outputs,
        lambda: world.engine.preview(world.program()),
    ):
        with pytest.raises(StateError, match="E-STATE-002"):
            operation()
    assert world.names() == {"a", "b"}


def test_generations_are_kept_and_bounded(world):
    grown(world, sizes=range(GENERATIONS + 3))
    store = Store(world.engine.directory)
    kept = store.generations()
    assert len(kept) == GENERATIONS
    for path in kept:
        assert parse(path.read_bytes())[1] == int(path.stem)


def test_a_full_disk_stops_the_run_and_the_next_one_completes(world, monkeypatch):
    grown(world, sizes=(1,))
    real = os.fsync
    left = [3]

    def failing(descriptor):
        left[0] -= 1
        if left[0] < 0:
            raise OSError(28, "No space left on device")
        real(descriptor)

    program = world.program({"name": "a", "size": 2}, {"name": "b"}, {"name": "c"})
    monkeypatch.setattr("stacks.engine.store.os.fsync", failing)
    result = world.engine.up(program)
    assert any("E-STATE-004" in failure.message for failure in result.failures)
    monkeypatch.setattr("stacks.engine.store.os.fsync", real)
    world.engine.up(program).or_raise()
    assert world.names() == {"a", "b", "c"}
    world.require_sound()


def test_every_write_is_flushed_before_and_after_the_rename(world, monkeypatch):
    done = []
    fsync, replace = os.fsync, os.replace
    monkeypatch.setattr("os.fsync", lambda descriptor: (done.append("fsync"), fsync(descriptor)))
    monkeypatch.setattr("os.replace", lambda source, target: (done.append("rename"), replace(source, target)))
    Store(world.root / "fresh").save('{"resources":[]}')
    assert done == ["fsync", "rename", "fsync"]


def test_the_state_file_is_what_pulumi_imports(world):
    path = grown(world)
    content = json.loads(path.read_text())
    assert content["version"] == 3
    assert content["deployment"] == world.engine.export()["deployment"]
    assert render('{"manifest":{}}', 4).startswith(b'{"version":3,')


def test_export_and_import_move_a_stack(world):
    program = world.program({"name": "a"}, {"name": "b", "after": "a"})
    world.engine.up(program).or_raise()
    other = world.open()
    other.directory = world.root / "elsewhere"
    other._store = Store(other.directory)
    other.import_(world.engine.export())
    assert other.up(program).or_raise().changes == 0


@pytest.mark.parametrize(
    "spoil",
    [
        lambda exported: exported.update(version=4),
        lambda exported: exported.update(deployment=[]),
        lambda exported: exported["deployment"]["resources"].reverse(),
        lambda exported: exported["deployment"]["resources"].append(exported["deployment"]["resources"][-1]),
        lambda exported: exported["deployment"]["resources"][0].pop("urn"),
        lambda exported: exported["deployment"]["manifest"].update(magic="x"),
        lambda exported: exported["deployment"].update(secrets_providers={"type": "cloud"}),
    ],
)
def test_an_invalid_state_is_not_imported(world, spoil):
    grown(world)
    before = (world.engine.directory / "state.json").read_bytes()
    exported = world.engine.export()
    spoil(exported)
    with pytest.raises(StateError, match="E-STATE-006"):
        world.engine.import_(exported)
    assert (world.engine.directory / "state.json").read_bytes() == before


def secret_program(world, fail=()):
    def run():
        made = FileObject("a", str(world.objects), password=pulumi.Output.secret(CANARY), fail=list(fail))
        pulumi.export("password", made.password)
        pulumi.export("nested", {"deep": [pulumi.Output.secret(CANARY)]})
        made.password.apply(lambda password: pulumi.log.warn(f"careless program says {password}"))

    return run


def test_no_secret_is_written_or_said_in_clear(world):
    engine = world.open(passphrase="open sesame")
    program = secret_program(world)
    result = engine.up(program).or_raise()
    failing = secret_program(world, fail=["update"])
    engine.refresh()
    (world.objects / "a.object").write_text('{"size": 7}')
    failed = engine.up(failing, refresh=True)
    assert "password [secret]" in failed.failures[0].message
    assert engine.outputs() == {"password": "[secret]", "nested": {"deep": ["[secret]"]}}
    spoken = repr([result, failed, world.events])
    assert CANARY not in spoken
    assert "careless program says [secret]" in spoken
    for path in world.states.rglob("*"):
        assert path.is_dir() or CANARY.encode() not in path.read_bytes()
    assert engine.outputs(show_secrets=True)["password"] == CANARY


def test_secrets_keep_their_ciphertext_while_nothing_changes(world):
    engine = world.open(passphrase="p")
    engine.up(secret_program(world)).or_raise()
    before = (engine.directory / "state.json").read_bytes()
    assert engine.up(secret_program(world)).or_raise().changes == 0
    assert (engine.directory / "state.json").read_bytes() == before


def test_wrong_or_missing_passphrase_is_said_and_harms_nothing(world, monkeypatch):
    monkeypatch.delenv("PULUMI_CONFIG_PASSPHRASE", raising=False)
    monkeypatch.delenv("PULUMI_CONFIG_PASSPHRASE_FILE", raising=False)
    refused = world.open().up(secret_program(world))
    assert "E-STATE-003" in refused.failures[0].message
    assert world.names() == set()
    world.open(passphrase="right").up(secret_program(world)).or_raise()
    for engine in (world.open(), world.open(passphrase="wrong")):
        with pytest.raises(StateError, match="E-STATE-003"):
            engine.up(secret_program(world))
    assert world.open().outputs()["password"] == "[secret]"
    secret_file = world.root / "passphrase"
    secret_file.write_text("right\n")
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE_FILE", str(secret_file))
    assert world.open().up(secret_program(world)).or_raise().changes == 0


def test_the_passphrase_manager_reads_what_the_genuine_engine_wrote():
    """Salt and ciphertext were written by the genuine engine with the passphrase 'pp'."""
    crypter = Crypter("pp", GENUINE["salt"])
    assert json.loads(crypter.decrypt(GENUINE["ciphertext"])) == "hunter22"
    with pytest.raises(StateError, match="E-STATE-003"):
        Crypter("other", GENUINE["salt"]).decrypt(GENUINE["ciphertext"])


def test_names_that_could_leave_the_directory_are_refused(world):
    from stacks.engine import Engine

    for project, stack in (("..", "dev"), ("a/b", "dev"), ("proj", ""), ("proj", "-x")):
        with pytest.raises(StateError, match="E-STATE-005"):
            Engine(project, stack, world.states)
