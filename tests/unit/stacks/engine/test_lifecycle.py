"""What becomes of resources from their first up to destroy."""

import json
import os
import signal
import threading

import pulumi
import pytest
from file_objects import FileObject

from stacks.engine import Op, StackError, StepFinished, StepStarted


def counts(result):
    return {str(op): number for op, number in result.counts.items()}


def test_preview_creates_nothing_and_knows_no_outputs(world):
    def program():
        one = FileObject("a", str(world.objects))
        pulumi.export("size", one.size)

    result = world.engine.preview(program)
    assert counts(result) == {"create": 1}
    assert result.outputs == {"size": "[unknown]"}
    assert world.names() == set()
    assert not world.states.exists()


def test_up_then_nothing_to_do_then_update_delete_destroy(world):
    two = world.program({"name": "a"}, {"name": "b", "after": "a"})
    assert counts(world.engine.up(two).or_raise()) == {"create": 2}
    written = (world.engine.directory / "state.json").read_bytes()
    assert counts(world.engine.up(two).or_raise()) == {"same": 2}
    assert (world.engine.directory / "state.json").read_bytes() == written
    assert counts(world.engine.preview(two)) == {"same": 2}

    larger = world.program({"name": "a", "size": 2}, {"name": "b", "after": "a"})
    result = world.engine.up(larger).or_raise()
    assert counts(result) == {"update": 2}
    assert {step.urn.rsplit("::", 1)[-1]: step.changed for step in result.steps if step.op is Op.UPDATE} == {
        "a": ("size",),
        "b": ("link",),
    }
    assert json.loads((world.objects / "b.object").read_text())["link"] == 2

    assert counts(world.engine.up(world.program({"name": "a", "size": 2})).or_raise()) == {"same": 1, "delete": 1}
    assert world.names() == {"a"}
    assert counts(world.engine.destroy().or_raise()) == {"delete": 1}
    assert world.names() == set()
    assert world.engine.resources() == ()
    assert counts(world.engine.destroy().or_raise()) == {}


def test_events_frame_each_step(world):
    world.engine.up(world.program({"name": "a"})).or_raise()
    kinds = [(type(event), event.op) for event in world.events if event.urn.endswith("::a")]
    assert kinds == [(StepStarted, Op.CREATE), (StepFinished, Op.CREATE)]


def test_deletion_goes_against_the_dependencies(world):
    chain = world.program({"name": "a"}, {"name": "b", "after": "a"}, {"name": "c", "after": "b"})
    world.engine.up(chain).or_raise()
    world.engine.destroy().or_raise()
    assert [call for call in world.calls() if call.startswith("delete")] == ["delete c", "delete b", "delete a"]


def test_replacement_creates_first(world):
    world.engine.up(world.program({"name": "a"}, {"name": "b", "after": "a"})).or_raise()
    renamed = world.program({"name": "x", "urn_name": "a"}, {"name": "b"})
    assert counts(world.engine.preview(renamed)) == {"replace": 1, "update": 1}
    assert counts(world.engine.up(renamed).or_raise()) == {"replace": 1, "update": 1}
    assert world.names() == {"x", "b"}
    order = [call for call in world.calls() if call in {"create x", "delete a"}]
    assert order == ["create x", "delete a"]


def test_replacement_deletes_first_and_takes_along_whoever_must_follow(world):
    def program(kind):
        def run():
            first = FileObject("a", str(world.objects), kind=kind, delete_first=True)
            FileObject("b", str(world.objects), kind=first.kind, delete_first=True)
            FileObject("c", str(world.objects), link=first.kind)

        return run

    world.engine.up(program("one")).or_raise()
    assert counts(world.engine.up(program("two")).or_raise()) == {"replace": 2, "update": 1}
    changes = [call for call in world.calls() if call.split()[0] in {"create", "delete", "update"}][3:]
    assert changes.index("delete b") < changes.index("delete a") < changes.index("create a") < changes.index("create b")
    assert "delete c" not in changes
    assert world.names() == {"a", "b", "c"}


def test_drift_is_reported_and_corrected(world):
    program = world.program({"name": "a"}, {"name": "b"}, {"name": "c"})
    world.engine.up(program).or_raise()
    (world.objects / "a.object").unlink()
    (world.objects / "b.object").write_text('{"size": 9}')
    drift = world.engine.refresh(dry_run=True)
    assert counts(drift) == {"delete": 1, "update": 1, "same": 1}
    assert counts(world.engine.up(program).or_raise()) == {"same": 3}  # nothing was written by the dry run
    assert counts(world.engine.up(program, refresh=True).or_raise()) == {"create": 1, "update": 1, "same": 1}
    assert json.loads((world.objects / "b.object").read_text())["size"] == 1


def test_refresh_forgets_what_is_gone_and_references_to_it(world):
    world.engine.up(world.program({"name": "a"}, {"name": "b", "after": "a"})).or_raise()
    (world.objects / "a.object").unlink()
    assert counts(world.engine.refresh().or_raise()) == {"delete": 1, "same": 1}
    assert [record.name for record in world.engine.resources() if "dynamic" in record.type] == ["b"]
    world.require_sound()


def test_protected_resources_stay(world):
    def program(protect, kind="plain"):
        return world.program(
            {"name": "a", "kind": kind, "opts": pulumi.ResourceOptions(protect=protect)}, {"name": "b"}
        )

    world.engine.up(program(True)).or_raise()
    assert not world.engine.up(world.program({"name": "b"})).ok
    assert not world.engine.up(program(True, "other")).ok
    refused = world.engine.destroy()
    assert "protected" in refused.failures[0].message
    assert world.names() == {"a", "b"}  # destroy refuses as a whole
    world.engine.up(program(False)).or_raise()
    world.engine.destroy().or_raise()
    assert world.names() == set()


def test_ignored_changes_change_nothing(world):
    ignoring = pulumi.ResourceOptions(ignore_changes=["size"])
    world.engine.up(world.program({"name": "a", "opts": ignoring})).or_raise()
    ignoring = pulumi.ResourceOptions(ignore_changes=["size"])
    assert counts(world.engine.up(world.program({"name": "a", "size": 5, "opts": ignoring}))) == {"same": 1}
    assert counts(world.engine.up(world.program({"name": "a", "size": 5}))) == {"update": 1}


def test_depends_on_orders_and_independent_ones_run_together(world):
    def program():
        slow = [FileObject(f"s{i}", str(world.objects), sleep=0.4) for i in range(6)]
        FileObject("last", str(world.objects), pulumi.ResourceOptions(depends_on=slow))

    result = world.engine.up(program).or_raise()
    seconds = {step.urn.rsplit("::", 1)[-1]: step.seconds for step in result.steps}
    assert seconds["s0"] >= 0.4
    assert world.calls()[-1] == "create last"
    created = [event for event in world.events if event.urn.endswith(tuple(f"::s{i}" for i in range(6)))]
    assert all(isinstance(event, StepStarted) for event in created[:6])  # all began before the first ended


def test_components_parents_and_aliases(world):
    class Group(pulumi.ComponentResource):
        def __init__(self, name, opts=None):
            super().__init__("test:x:Group", name, {}, opts)
            FileObject(f"{name}-disk", str(world.objects), pulumi.ResourceOptions(parent=self), name="disk")
            self.register_outputs({"disk": "disk"})

    world.engine.up(lambda: Group("web") and None).or_raise()
    urns = [record.urn for record in world.engine.resources()]
    assert "urn:pulumi:dev::proj::test:x:Group$pulumi-python:dynamic:Resource::web-disk" in urns
    moved = pulumi.ResourceOptions(aliases=[pulumi.Alias(name="web")])
    result = world.engine.up(lambda: Group("shop", moved) and None).or_raise()
    assert counts(result) == {"same": 2}
    assert any(record.urn.endswith("::shop-disk") for record in world.engine.resources())
    world.require_sound()


def test_two_of_one_name_are_refused(world):
    result = world.engine.up(world.program({"name": "a"}, {"name": "a"}))
    assert not result.ok
    assert "E-STACK-004" in result.failures[0].message
    with pytest.raises(StackError, match="E-STACK-001"):
        result.or_raise()


def test_wrong_inputs_name_the_property(world):
    result = world.engine.up(world.program({"name": "a", "size": -1}))
    assert [(failure.urn.rsplit("::", 1)[-1], failure.message) for failure in result.failures] == [
        ("a", "size: must not be negative")
    ]


def test_a_failure_spares_what_is_done_and_is_made_good_by_the_next_up(world):
    failing = world.program({"name": "a"}, {"name": "b", "after": "a", "fail": ["create"]}, {"name": "c", "after": "b"})
    result = world.engine.up(failing)
    assert [failure.message for failure in result.failures] == [
        "RuntimeError: create of b fails as asked, password None"
    ]
    assert world.names() == {"a"}
    world.require_sound()
    good = world.program({"name": "a"}, {"name": "b", "after": "a"}, {"name": "c", "after": "b"})
    assert counts(world.engine.up(good).or_raise()) == {"same": 1, "create": 2}
    assert "pending_operations" not in world.state()


def test_a_failed_deletion_spares_only_what_it_refers_to(world):
    specs = [{"name": "a"}, {"name": "b", "after": "a", "fail": ["delete"]}, {"name": "c"}]
    world.engine.up(world.program(*specs)).or_raise()
    assert not world.engine.destroy().ok
    assert world.names() == {"a", "b"}
    world.require_sound()


def test_an_error_of_the_program_has_its_place_and_deletes_nothing(world):
    world.engine.up(world.program({"name": "a"})).or_raise()

    def wrong():
        raise ValueError("no such site")

    result = world.engine.up(wrong)
    assert result.failures[0].message.startswith("ValueError: no such site (")
    assert f"{__file__}:" in result.failures[0].message
    assert world.names() == {"a"}


def test_timeouts_end_a_step_that_takes_too_long(world):
    impatient = pulumi.ResourceOptions(custom_timeouts=pulumi.CustomTimeouts(create="300ms"))
    result = world.engine.up(world.program({"name": "a", "sleep": 1.2, "opts": impatient}))
    assert "timeout of 0.3 s" in result.failures[0].message
    assert [item["type"] for item in world.state()["pending_operations"]] == ["creating"]
    patient = world.program({"name": "a", "sleep": 0})
    assert counts(world.engine.up(patient).or_raise()) == {"create": 1}
    assert world.state()["resources"][-1]["id"] == "a.object"


class Foreign(pulumi.CustomResource):
    pass


class Remote(pulumi.ComponentResource):
    def __init__(self):
        super().__init__("far:away:Thing", "thing", {}, remote=True)


@pytest.mark.parametrize(
    ("what", "program"),
    [
        ("any provider but the dynamic one", lambda: Foreign("aws:s3:Bucket", "b", {})),
        ("remote component", lambda: Remote()),
        ("invoke", lambda: pulumi.runtime.invoke("a:b:c", {})),
        ("transforms", lambda: pulumi.runtime.register_stack_transform(lambda args: None)),
        ("asset", lambda: Foreign("pulumi-python:dynamic:X", "b", {"file": pulumi.StringAsset("x")})),
    ],
)
def test_what_only_the_genuine_engine_can_do_is_refused(world, what, program):
    result = world.engine.up(program)
    assert "E-STACK-002" in result.failures[0].message
    assert what in result.failures[0].message
    assert "--engine pulumi" in result.failures[0].message


def test_policy_packs_are_refused(world):
    with pytest.raises(StackError, match="E-STACK-002"):
        world.engine.preview(world.program(), policy_packs=["rules"])


def test_interrupt_lets_running_steps_finish(world):
    chain = world.program({"name": "a", "sleep": 0.6}, {"name": "b", "after": "a"})
    timer = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    result = world.engine.up(chain)
    timer.join()
    assert result.interrupted
    assert not result.ok
    assert world.names() == {"a"}
    assert "pending_operations" not in world.state()
    with pytest.raises(StackError, match="E-STACK-005"):
        result.or_raise()
    assert counts(world.engine.up(chain).or_raise()) == {"same": 1, "create": 1}


def test_configuration_reaches_the_program(world):
    engine = world.open(config={"proj:city": "Hoa Binh"}, secret_config={"proj:key": "k"}, passphrase="p")

    def program():
        pulumi.export("city", pulumi.Config().require("city"))
        pulumi.export("key", pulumi.Config().require_secret("key"))

    assert engine.up(program).or_raise().outputs == {"city": "Hoa Binh", "key": "[secret]"}
    assert engine.outputs(show_secrets=True) == {"city": "Hoa Binh", "key": "k"}


def test_the_present_class_replaces_the_pickle_of_an_unchanged_resource(world):
    program = world.program({"name": "a"})
    world.engine.up(program).or_raise()
    exported = world.engine.export()
    for item in exported["deployment"]["resources"]:
        if "__provider" in item.get("outputs", {}):
            item["outputs"]["__provider"] = item["inputs"]["__provider"] = "gASVnotapickle"
    world.engine.import_(exported)
    world.engine.up(program).or_raise()
    world.engine.destroy().or_raise()
    assert world.names() == set()
