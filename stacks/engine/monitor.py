"""The resource monitor: what the Pulumi SDK talks to in place of the genuine engine. Imports executor.py, goal.py.

Its methods carry the names of the protocol. The SDK calls them from worker threads and waits for the answer; an error
must be a ``grpc.RpcError``, and ``UNAVAILABLE`` tells the SDK to wind up quietly.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import engine_pb2, resource_pb2

from stacks.engine.errors import StackError, UnsupportedError
from stacks.engine.executor import Executor
from stacks.engine.goal import read_goal
from stacks.engine.progress import Progress, Stopped
from stacks.engine.properties import from_struct, to_struct

_FEATURES = (
    resource_pb2.RESOURCE_MONITOR_FEATURE_SECRETS,
    resource_pb2.RESOURCE_MONITOR_FEATURE_RESOURCE_REFERENCES,
    resource_pb2.RESOURCE_MONITOR_FEATURE_ALIAS_SPECS,
    resource_pb2.RESOURCE_MONITOR_FEATURE_DELETED_WITH,
)


class MonitorError(grpc.RpcError):  # type: ignore[misc]
    """Tells the SDK that the operation is over; the reason stands in the operation's result."""

    def code(self) -> grpc.StatusCode:
        """Return the status that makes the SDK wind up."""
        return grpc.StatusCode.UNAVAILABLE

    def details(self) -> str:
        """Return the text for the SDK's own log."""
        return "the operation has been stopped"


def _refusal(what: str) -> Callable[[Monitor, object], NoReturn]:
    def refuse(self: Monitor, request: object) -> NoReturn:
        self.progress.fail("", None, str(UnsupportedError(what)))
        raise MonitorError

    return refuse


class Monitor:
    """Answers the program's registrations."""

    def __init__(self, executor: Executor, progress: Progress) -> None:
        self.executor = executor
        self.progress = progress

    def GetDeploymentInfo(self, request: object) -> resource_pb2.DeploymentInfo:  # noqa: N802
        """Say what the engine can do."""
        return resource_pb2.DeploymentInfo(supportedFeatures=list(_FEATURES))

    def RegisterResource(  # noqa: N802
        self, request: resource_pb2.RegisterResourceRequest
    ) -> resource_pb2.RegisterResourceResponse:
        """Bring one resource about."""
        executor = self.executor
        try:
            self.progress.raise_if_stopped()
            goal = read_goal(request, executor.stack, executor.project, executor.seen)
            record = executor.register(goal)
        except Stopped as stop:
            raise MonitorError from stop
        except StackError as error:
            self.progress.fail("", None, str(error))
            raise MonitorError from error
        except Exception as error:
            self.progress.fail("", None, f"internal error at {request.type} {request.name}: {error!r}")
            raise MonitorError from error
        outputs = record.outputs if record.custom else record.inputs
        return resource_pb2.RegisterResourceResponse(urn=record.urn, id=record.id, object=to_struct(outputs))

    def RegisterResourceOutputs(self, request: resource_pb2.RegisterResourceOutputsRequest) -> empty_pb2.Empty:  # noqa: N802
        """Enter the outputs of a component or of the stack."""
        try:
            self.progress.raise_if_stopped()
            outputs = from_struct(request.outputs)
            self.progress.hide(outputs)
            self.executor.register_outputs(request.urn, outputs)
        except Stopped as stop:
            raise MonitorError from stop
        except StackError as error:
            self.progress.fail(request.urn, None, str(error))
            raise MonitorError from error
        return empty_pb2.Empty()

    def SignalAndWaitForShutdown(self, request: object) -> empty_pb2.Empty:  # noqa: N802
        """Let the program end: no hook of it is needed any more."""
        return empty_pb2.Empty()

    Invoke = _refusal("a function call (invoke)")
    StreamInvoke = _refusal("a streamed function call (invoke)")
    Call = _refusal("a method call (call)")
    ReadResource = _refusal("reading an existing resource (get)")
    ExistsResource = _refusal("asking for an existing resource (exists)")
    RegisterPackage = _refusal("a parameterized provider package")
    RegisterStackTransform = _refusal("a transform")
    RegisterStackInvokeTransform = _refusal("an invoke transform")
    RegisterResourceHook = _refusal("a resource hook")
    RegisterErrorHook = _refusal("an error hook")


class Log:
    """The engine service of the protocol, as far as programs use it: ``pulumi.log``."""

    _SEVERITIES = {  # noqa: RUF012  a constant
        engine_pb2.DEBUG: "debug",
        engine_pb2.INFO: "info",
        engine_pb2.WARNING: "warning",
        engine_pb2.ERROR: "error",
    }

    def __init__(self, progress: Progress) -> None:
        self._progress = progress

    def Log(self, request: engine_pb2.LogRequest) -> empty_pb2.Empty:  # noqa: N802
        """Pass a line of the program on."""
        severity = self._SEVERITIES.get(request.severity, "info")
        if severity != "debug":
            self._progress.say(severity, request.message, request.urn)
        return empty_pb2.Empty()
