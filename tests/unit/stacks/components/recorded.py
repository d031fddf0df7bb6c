"""Run a program against Pulumi's mocks and return what it declared."""

import contextvars
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, override

import pulumi
from pulumi.runtime import settings
from pulumi.runtime.mocks import MockCallArgs, MockMonitor, MockResourceArgs, Mocks, set_mocks

from stacks.lab.driver import LabDriver


def driver() -> LabDriver:
    return LabDriver(
        stack="provdc-x-0000",
        image="localhost/base:1",
        key="ssh-ed25519 AAAA",
        owner=Path("/home/x"),
        repository=Path("/home/x/repository"),
    )


class Recorder(Mocks):
    def call(self, args: MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        return {}, []

    def new_resource(self, args: MockResourceArgs) -> tuple[str, dict[str, Any]]:
        made = {"host_key": f"key of {args.name}", "container": f"c-{args.name}"} if "Machine" in args.typ else {}
        return f"{args.name}-id", {**args.inputs, **made}


@dataclass
class Registered:
    type: str
    name: str
    parent: str
    inputs: dict[str, Any]
    depends_on: set[str]


@dataclass
class Declared:
    resources: list[Registered] = field(default_factory=list)
    outputs: dict[str, dict[str, Any]] = field(default_factory=dict)

    def of(self, kind: str) -> dict[str, Registered]:
        return {one.name: one for one in self.resources if one.type.endswith(f":{kind}")}


class Monitor(MockMonitor):
    def __init__(self, declared: Declared) -> None:
        super().__init__(Recorder())
        self.declared = declared

    @override
    def RegisterResource(self, request: Any) -> Any:
        answer = super().RegisterResource(request)
        self.declared.resources.append(
            Registered(
                request.type,
                request.name,
                request.parent.rpartition("::")[2],
                pulumi.runtime.rpc.deserialize_properties(request.object),
                {urn.rpartition("::")[2] for urn in request.dependencies},
            )
        )
        return answer

    @override
    def RegisterResourceOutputs(self, request: Any) -> Any:
        name = request.urn.rpartition("::")[2]
        self.declared.outputs[name] = pulumi.runtime.rpc.deserialize_properties(request.outputs)
        return super().RegisterResourceOutputs(request)


def declare(program: Callable[[], None], *, preview: bool = False) -> Declared:
    """Run the program in a context of its own, so that no test sees another's settings."""
    declared = Declared()

    def inside() -> None:
        settings.ROOT.set(None)
        set_mocks(Recorder(), "provdc", "lab", preview=preview, monitor=Monitor(declared))
        pulumi.runtime.test(program)()

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the SDK's own use of the event loop
        contextvars.copy_context().run(inside)
    return declared
