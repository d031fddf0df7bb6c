"""The same operations through the genuine ``pulumi`` program, when it is on PATH. Imports events.py, errors.py.

The program runs in this process (Automation API, inline); the state is a ``file://`` backend of its own below the
state directory. Dynamic providers are started by ``pulumi`` with the project's own interpreter and module path, not
with whatever ``python3`` PATH holds.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pulumi import automation
from pulumi.automation.errors import CommandError
from pulumi.automation.events import EngineEvent, OpType, StepEventMetadata

from stacks.engine.errors import Code, StackError
from stacks.engine.events import (
    Diagnostic,
    Failure,
    Listener,
    Op,
    Result,
    StepFailed,
    StepFinished,
    StepStarted,
)
from stacks.engine.goal import STACK_TYPE
from stacks.engine.options import DEFAULTS, Options
from stacks.engine.program import Program
from stacks.engine.properties import HIDDEN, PROVIDER_KEY

_OPS = {
    OpType.SAME: Op.SAME,
    OpType.CREATE: Op.CREATE,
    OpType.UPDATE: Op.UPDATE,
    OpType.DELETE: Op.DELETE,
    OpType.CREATE_REPLACEMENT: Op.REPLACE,
    OpType.DELETE_REPLACED: Op.DELETE_REPLACED,
    OpType.REFRESH: Op.REFRESH,
}


class PulumiCli:
    """Runs Pulumi programs of one stack by the genuine command line; parameters as of ``Engine``.

    Raises
    ------
    StackError
        E-STACK-007 when ``pulumi`` is not on PATH or does not start.
    """

    name = "pulumi"

    def __init__(
        self,
        project: str,
        stack: str,
        state_dir: Path,
        options: Options = DEFAULTS,
    ) -> None:
        self.project = project
        self.stack = stack
        self.directory = state_dir / project / f"{stack}.pulumi"
        self._options = options

    def preview(self, program: Program, *, policy_packs: Sequence[str] = ()) -> Result:
        """Say what ``up`` would do."""
        return self._run(
            "preview",
            lambda stack, listen: stack.preview(
                parallel=self._options.workers, policy_packs=list(policy_packs) or None, color="never", on_event=listen
            ),
            program,
        )

    def up(self, program: Program, *, refresh: bool = False, policy_packs: Sequence[str] = ()) -> Result:
        """Bring every resource to what the program asks for, and delete what has left the program."""
        return self._run(
            "up",
            lambda stack, listen: stack.up(
                parallel=self._options.workers,
                refresh=refresh or None,
                policy_packs=list(policy_packs) or None,
                color="never",
                on_event=listen,
                show_secrets=False,
            ),
            program,
        )

    def destroy(self) -> Result:
        """Delete every resource of the stack."""
        return self._run(
            "destroy",
            lambda stack, listen: stack.destroy(
                parallel=self._options.workers, color="never", on_event=listen, show_secrets=False
            ),
        )

    def refresh(self, *, dry_run: bool = False) -> Result:
        """Compare every resource with reality; ``dry_run`` only reports."""
        return self._run(
            "refresh",
            lambda stack, listen: (
                stack.preview_refresh(parallel=self._options.workers, color="never", on_event=listen)
                if dry_run
                else stack.refresh(parallel=self._options.workers, color="never", on_event=listen, show_secrets=False)
            ),
        )

    def outputs(self, *, show_secrets: bool = False) -> dict[str, Any]:
        """Return the stack's outputs, secrets as ``[secret]`` unless asked for."""
        outputs = self._open(_nothing).outputs()
        return {key: HIDDEN if item.secret and not show_secrets else item.value for key, item in outputs.items()}

    def export(self) -> dict[str, Any]:
        """Return the state, ``{"version": 3, "deployment": …}``, its secrets sealed.

        ``Stack.export_stack`` would open them.
        """
        workspace = self._open(_nothing).workspace
        answer = workspace.pulumi_command.run(
            ["stack", "export", "--stack", self.stack], workspace.work_dir, self._environment()
        )
        exported: dict[str, Any] = json.loads(answer.stdout)
        return exported

    def import_(self, exported: Mapping[str, Any]) -> None:
        """Take over an exported state."""
        deployment = automation.Deployment(version=exported["version"], deployment=dict(exported["deployment"]))
        self._open(_nothing).import_stack(deployment)

    def unlock(self) -> str:
        """Clear the lock that an operation left behind."""
        self._open(_nothing).cancel()
        return ""

    def _run(
        self,
        operation: str,
        call: Callable[[automation.Stack, Callable[[EngineEvent], None]], object],
        program: Program | None = None,
    ) -> Result:
        stack = self._open(program or _nothing)
        record = _Recorder(self._options.on_event)
        try:
            call(stack, record.listen)
        except CommandError as error:
            if not record.failures:
                record.failures.append(Failure("", None, _last_lines(str(error))))
        shown = {} if operation == "preview" else self.outputs()
        return Result(
            operation=operation,
            counts=dict(sorted(record.counts.items())),
            steps=tuple(record.steps),
            outputs=shown,
            failures=tuple(record.failures),
            warnings=tuple(record.warnings),
        )

    def _open(self, program: Program) -> automation.Stack:
        backend, home, work = (self.directory / part for part in ("backend", "home", "work"))
        for directory in (backend, home, work):
            directory.mkdir(parents=True, exist_ok=True)
        try:
            stack = automation.create_or_select_stack(
                stack_name=self.stack,
                project_name=self.project,
                program=program,
                opts=automation.LocalWorkspaceOptions(
                    work_dir=str(work),
                    pulumi_home=str(home),
                    env_vars=self._environment(),
                    project_settings=automation.ProjectSettings(name=self.project, runtime="python", main=str(work)),
                ),
            )
            values = {key: automation.ConfigValue(value) for key, value in self._options.config.items()}
            values |= {
                key: automation.ConfigValue(value, secret=True) for key, value in self._options.secret_config.items()
            }
            if values:
                stack.set_all_config(values)
        except FileNotFoundError as error:
            raise StackError(
                Code.NO_CLI, "the genuine pulumi command line is not on PATH", "install it, or use --engine embedded"
            ) from error
        except (CommandError, automation.InvalidVersionError) as error:
            raise StackError(Code.NO_CLI, _last_lines(str(error)), "run `pulumi version` and correct it") from error
        return stack

    def _environment(self) -> dict[str, str]:
        passphrase = self._options.passphrase_or_environment
        paths = [str(path) for path in self._options.import_paths] + [path for path in sys.path if path]
        return {
            "PULUMI_BACKEND_URL": f"file://{(self.directory / 'backend').resolve()}",
            "PULUMI_HOME": str(self.directory / "home"),
            "PULUMI_CONFIG_PASSPHRASE": passphrase or "",
            "PULUMI_SKIP_UPDATE_CHECK": "1",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "1",
            "PULUMI_DIY_BACKEND_RETAIN_CHECKPOINTS": "1",
            "PULUMI_PYTHON_CMD": sys.executable,
            "PYTHONPATH": os.pathsep.join(dict.fromkeys(paths)),
        }


class _Recorder:
    """Turns the genuine engine's events into ours."""

    def __init__(self, listener: Listener | None) -> None:
        self._listener = listener
        self._began: dict[tuple[str, Op], float] = {}
        self._refreshing: dict[str, bool] = {}
        self.counts: Counter[Op] = Counter()
        self.steps: list[StepFinished] = []
        self.failures: list[Failure] = []
        self.warnings: list[str] = []

    def listen(self, event: EngineEvent) -> None:
        """Receive one event of the genuine engine."""
        if event.resource_pre_event:
            self._pre(event.resource_pre_event.metadata)
        elif event.res_outputs_event:
            self._finished(event.res_outputs_event.metadata)
        elif event.res_op_failed_event:
            self._failed(event.res_op_failed_event.metadata)
        elif event.diagnostic_event and not event.diagnostic_event.ephemeral:
            said = event.diagnostic_event
            severity = said.severity.partition("#")[0]
            message, urn = said.message.partition("\nTraceback")[0].strip(), said.urn or ""
            if severity == "error":
                self.failures.append(Failure(urn, None, message))
            elif severity == "warning":
                self.warnings.append(message)
            if severity in {"error", "warning", "info"}:
                self._emit(Diagnostic(severity, message, urn))

    def _pre(self, step: StepEventMetadata) -> None:
        if (op := _op(step)) is not None:
            self._began[step.urn, op] = time.monotonic()
            self._emit(StepStarted(step.urn, op))

    def _finished(self, step: StepEventMetadata) -> None:
        if (op := _op(step)) is None:
            return
        seconds = time.monotonic() - self._began.pop((step.urn, op), time.monotonic())
        changed = tuple(sorted({key.split(".")[0].split("[")[0] for key in step.diffs or ()} - {PROVIDER_KEY}))
        finished = StepFinished(step.urn, op, seconds, changed)
        if any((step.urn, op) == (known.urn, known.op) for known in self.steps):
            return  # a component is reported again when its outputs are registered
        if op is not Op.DELETE_REPLACED:
            self.counts[op] += 1
        self.steps.append(finished)
        self._emit(finished)

    def _failed(self, step: StepEventMetadata) -> None:
        if (op := _op(step)) is not None:
            self._emit(StepFailed(step.urn, op, 0.0, "failed"))

    def _emit(self, event: StepStarted | StepFinished | StepFailed | Diagnostic) -> None:
        if self._listener is not None:
            self._listener(event)


def _op(step: StepEventMetadata) -> Op | None:
    """Return our name of a step; None for the stack itself, providers, and the summaries of replacements."""
    if step.type == STACK_TYPE or step.type.startswith("pulumi:providers:"):
        return None
    return _OPS.get(step.op)


def _nothing() -> None:
    """Stand in for the program where none runs."""


def _last_lines(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return " · ".join(lines[-3:])
