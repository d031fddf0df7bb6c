"""Calls to providers: starts the host process when first needed and speaks Pulumi's provider protocol to it.

Imports properties.py, record.py, errors.py.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

import grpc
from google.protobuf.message import Message
from pulumi.runtime._grpc_settings import _GRPC_CHANNEL_OPTIONS
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from stacks.engine.errors import Code, StackError
from stacks.engine.properties import Properties, from_struct, plain, to_struct
from stacks.engine.record import Record

PACKAGE = "pulumi-python"
_START_SECONDS = 60.0


class ProviderError(Exception):
    """A provider refused or failed; the object may have changed all the same."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A provider's answer to ``diff``: None for ``changes`` means that the engine must compare by itself."""

    changes: bool | None
    replaces: tuple[str, ...] = ()
    delete_before_replace: bool = False


class ProviderHost:
    """The providers of one operation.

    Parameters
    ----------
    workers
        Calls served at once.
    config
        The stack's configuration, given to ``ResourceProvider.configure``.
    project
        Name of the project, for unqualified configuration keys.
    import_paths
        Where provider modules are found, before ``sys.path``.
    on_line
        Receives each line that providers print.
    """

    def __init__(
        self,
        workers: int,
        config: Mapping[str, str],
        project: str,
        import_paths: Iterable[Path],
        on_line: Callable[[str], None],
    ) -> None:
        self._workers = workers
        self._config = dict(config)
        self._project = project
        self._paths = [str(path) for path in import_paths] + [path for path in sys.path if path]
        self._on_line = on_line
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._channel: Any = None
        self._stub: provider_pb2_grpc.ResourceProviderStub | None = None
        self._readers: list[threading.Thread] = []

    def start(self) -> None:
        """Start the child without waiting for it: it gets ready while the program is being read."""
        with self._lock:
            if self._process is not None:
                return
            environment = os.environ | {
                "PYTHONPATH": os.pathsep.join(dict.fromkeys(self._paths)),
                "PULUMI_PROJECT": self._project,
                "PYTHONSAFEPATH": "1",
            }
            self._process = subprocess.Popen(
                [sys.executable, "-u", "-m", "stacks.engine.host", str(self._workers)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=environment,
                start_new_session=True,  # Ctrl-C at the terminal is for the engine, which lets running steps finish
            )
            self._read_aside(cast("IO[bytes]", self._process.stderr))

    def close(self) -> None:
        """End the child by closing its standard input."""
        with self._lock:
            if self._channel is not None:
                self._channel.close()
                self._channel = self._stub = None
            if self._process is not None:
                cast("Any", self._process.stdin).close()
                try:
                    self._process.wait(timeout=10)
                except subprocess.TimeoutExpired:
                    self._process.kill()
                    self._process.wait()
                for reader in self._readers:
                    reader.join(timeout=10)
                for stream in (self._process.stdout, self._process.stderr):
                    cast("Any", stream).close()
                self._process = None
                self._readers = []

    def check(self, record: Record, old: Properties) -> tuple[Properties, list[tuple[str, str]]]:
        """Let the provider verify inputs: the inputs to use, and (property, reason) for each that is wrong."""
        answer = self._call(
            "Check",
            provider_pb2.CheckRequest(
                urn=record.urn,
                name=record.name,
                type=record.type,
                olds=to_struct(plain(old)),
                news=to_struct(plain(record.inputs)),
            ),
        )
        return from_struct(answer.inputs), [(failure.property, failure.reason) for failure in answer.failures]

    def diff(self, old: Record, news: Properties, ignore_changes: Iterable[str] = ()) -> Difference:
        """Ask what new inputs mean for an existing object."""
        answer = self._call(
            "Diff",
            provider_pb2.DiffRequest(
                id=old.id,
                urn=old.urn,
                name=old.name,
                type=old.type,
                olds=to_struct(plain(old.outputs)),
                old_inputs=to_struct(plain(old.inputs)),
                news=to_struct(plain(news)),
                ignoreChanges=list(ignore_changes),
            ),
        )
        changes = {provider_pb2.DiffResponse.DIFF_SOME: True, provider_pb2.DiffResponse.DIFF_NONE: False}
        return Difference(changes.get(answer.changes), tuple(answer.replaces), answer.deleteBeforeReplace)

    def create(self, record: Record) -> tuple[str, Properties]:
        """Create the object, or adopt the provider's own half-made one: its id and outputs."""
        answer = self._call(
            "Create",
            provider_pb2.CreateRequest(
                urn=record.urn, name=record.name, type=record.type, properties=to_struct(plain(record.inputs))
            ),
            record.custom_timeouts.get("create"),
        )
        if not answer.id:
            message = "create returned no id"
            raise ProviderError(message)
        return answer.id, from_struct(answer.properties)

    def update(self, old: Record, new: Record) -> Properties:
        """Change the object in place: its new outputs."""
        answer = self._call(
            "Update",
            provider_pb2.UpdateRequest(
                id=old.id,
                urn=new.urn,
                name=new.name,
                type=new.type,
                olds=to_struct(plain(old.outputs)),
                old_inputs=to_struct(plain(old.inputs)),
                news=to_struct(plain(new.inputs)),
                ignoreChanges=list(new.ignore_changes),
            ),
            new.custom_timeouts.get("update"),
        )
        return from_struct(answer.properties)

    def delete(self, record: Record) -> None:
        """Delete the object."""
        self._call(
            "Delete",
            provider_pb2.DeleteRequest(
                id=record.id,
                urn=record.urn,
                name=record.name,
                type=record.type,
                properties=to_struct(plain(record.outputs)),
                old_inputs=to_struct(plain(record.inputs)),
            ),
            record.custom_timeouts.get("delete"),
        )

    def read(self, record: Record) -> tuple[str, Properties, Properties | None]:
        """Read the object: id (empty when there is none), outputs, and inputs if the provider gives them."""
        answer = self._call(
            "Read",
            provider_pb2.ReadRequest(
                id=record.id,
                urn=record.urn,
                name=record.name,
                type=record.type,
                properties=to_struct(plain(record.outputs)),
                inputs=to_struct(plain(record.inputs)),
            ),
            record.custom_timeouts.get("read"),
        )
        inputs = from_struct(answer.inputs) if answer.HasField("inputs") else None
        return answer.id, from_struct(answer.properties), inputs

    def _call(self, method: str, request: Message, timeout: float | None = None) -> Any:  # noqa: ANN401  its answer
        stub = self._connected()
        try:
            return getattr(stub, method)(request, timeout=timeout)
        except grpc.RpcError as error:
            raise _provider_error(error, timeout) from error

    def _connected(self) -> provider_pb2_grpc.ResourceProviderStub:
        self.start()
        with self._lock:
            if self._stub is None:
                process = cast("subprocess.Popen[bytes]", self._process)
                watchdog = threading.Timer(_START_SECONDS, process.kill)
                watchdog.start()
                line = cast("IO[bytes]", process.stdout).readline()
                watchdog.cancel()
                if not line.strip().isdigit():
                    raise StackError(
                        Code.NO_HOST,
                        f"the provider host did not start within {_START_SECONDS:.0f} s",
                        "see the lines it printed; `python -m pulumi.dynamic` must start by itself",
                    )
                self._read_aside(cast("IO[bytes]", process.stdout))
                self._channel = grpc.insecure_channel(f"127.0.0.1:{int(line)}", options=_GRPC_CHANNEL_OPTIONS)
                stub = provider_pb2_grpc.ResourceProviderStub(self._channel)
                stub.Configure(
                    provider_pb2.ConfigureRequest(args=to_struct(self._config), acceptSecrets=False),
                    timeout=_START_SECONDS,
                )
                self._stub = stub
            return self._stub

    def _read_aside(self, stream: IO[bytes]) -> None:
        def read() -> None:
            for line in iter(stream.readline, b""):
                if text := line.decode(errors="replace").rstrip():
                    self._on_line(text)

        reader = threading.Thread(target=read, daemon=True)
        reader.start()
        self._readers.append(reader)


def _provider_error(error: grpc.RpcError, timeout: float | None) -> ProviderError:
    """Say in one line what went wrong; the providers' own traceback is not for the user."""
    details = str(error.details() or error.code())
    if error.code() == grpc.StatusCode.DEADLINE_EXCEEDED:
        return ProviderError(f"no answer within its timeout of {timeout:g} s")
    if error.code() == grpc.StatusCode.UNAVAILABLE:
        return ProviderError("the provider host ended unexpectedly")
    lines = [line for line in details.strip().splitlines() if line.strip()]
    if lines and lines[0].startswith("Traceback"):
        return ProviderError(_last_exception(lines))
    return ProviderError(details.strip())


def _last_exception(lines: list[str]) -> str:
    """Return the message of a formatted traceback: its last lines that are not indented."""
    start = max((i for i, line in enumerate(lines) if line.startswith((" ", "Traceback"))), default=-1)
    return "\n".join(lines[start + 1 :]) or lines[-1]
