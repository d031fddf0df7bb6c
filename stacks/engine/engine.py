"""The operations on a stack: preview, up, destroy, refresh, outputs, export, import."""

from __future__ import annotations

import re
import signal
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from stacks.engine.deletion import Deleter
from stacks.engine.deployment import (
    VERSION,
    Deployment,
    faults,
    holds_secrets,
    read_deployment,
    salt_of,
    write_deployment,
)
from stacks.engine.errors import Code, StateError, UnsupportedError
from stacks.engine.events import Result
from stacks.engine.executor import Executor
from stacks.engine.goal import STACK_TYPE
from stacks.engine.journal import Journal
from stacks.engine.lock import Lock, break_lock
from stacks.engine.monitor import Monitor
from stacks.engine.options import DEFAULTS, Options
from stacks.engine.program import Program, Surroundings, run_program
from stacks.engine.progress import Progress, Stopped
from stacks.engine.properties import Properties, hidden, plain
from stacks.engine.provider import ProviderHost
from stacks.engine.record import Record
from stacks.engine.recovery import Recovery
from stacks.engine.refresh import Refresher
from stacks.engine.secrets import Crypter
from stacks.engine.store import Loaded, Store

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")


@dataclass(slots=True)
class _Run:
    """The parts of one operation under way."""

    operation: str
    dry_run: bool
    loaded: Loaded
    journal: Journal
    host: ProviderHost
    progress: Progress
    deleter: Deleter
    refresher: Refresher
    recovery: Recovery


class Engine:
    """Runs Pulumi programs of one stack without the ``pulumi`` command line.

    Parameters
    ----------
    project, stack
        Names; they are part of every URN.
    state_dir
        Where states are kept; this stack's is ``<state_dir>/<project>/<stack>/``.
    options
        How it is run.
    """

    name = "embedded"

    def __init__(
        self,
        project: str,
        stack: str,
        state_dir: Path,
        options: Options = DEFAULTS,
    ) -> None:
        for what, name in (("project", project), ("stack", stack)):
            if not _NAME.fullmatch(name):
                raise StateError(
                    Code.BAD_NAME, f"'{name}' cannot be the name of a {what}", "use letters, digits, - _ ."
                )
        self.project = project
        self.stack = stack
        self.directory = state_dir / project / stack
        self._store = Store(self.directory)
        self._options = options

    def preview(self, program: Program, *, policy_packs: Sequence[str] = ()) -> Result:
        """Say what ``up`` would do. Writes nothing, takes no lock, changes no machine."""
        return self._apply("preview", program, policy_packs, refresh=False, dry_run=True)

    def up(self, program: Program, *, refresh: bool = False, policy_packs: Sequence[str] = ()) -> Result:
        """Bring every resource to what the program asks for, and delete what has left the program.

        Parameters
        ----------
        program
            Ordinary Pulumi code.
        refresh
            Read every resource first, so that drift is corrected.
        policy_packs
            Only the genuine engine runs these; refused here when not empty.
        """
        return self._apply("up", program, policy_packs, refresh=refresh, dry_run=False)

    def destroy(self) -> Result:
        """Delete every resource of the stack, independent ones at the same time."""
        with self._running("destroy", dry_run=False) as run:
            if run.loaded.recovered:
                run.refresher.refresh_all()
            if not run.progress.stopped:
                run.deleter.delete_all(run.journal.records())
            if not run.progress.stopped:
                run.recovery.after()
        return self._result(run)

    def refresh(self, *, dry_run: bool = False) -> Result:
        """Compare every resource with reality. ``dry_run`` only reports the drift and writes nothing.

        In the result UPDATE counts resources that differ, DELETE those that are no more.
        """
        with self._running("refresh", dry_run=dry_run) as run:
            run.refresher.refresh_all()
        return self._result(run)

    def outputs(self, *, show_secrets: bool = False) -> Properties:
        """Return the stack's outputs as the last ``up`` left them; secrets as ``[secret]`` unless asked for."""
        raw = self._store.load().raw or {}
        crypter = self._crypter(raw) if show_secrets and holds_secrets(raw) else None
        outputs = _stack_outputs(read_deployment(raw, crypter).records)
        return plain(outputs) if show_secrets else hidden(outputs)  # type: ignore[no-any-return]

    def resources(self) -> tuple[Record, ...]:
        """Return the records of the state; secrets stay sealed."""
        return read_deployment(self._store.load().raw or {}, None).records

    def export(self) -> dict[str, Any]:
        """Return the state as ``pulumi stack export`` prints it; ``pulumi stack import`` accepts it."""
        return {"version": VERSION, "deployment": self._store.load().raw or _empty()}

    def import_(self, exported: Mapping[str, Any]) -> None:
        """Take over a state from ``pulumi stack export`` or ``export``; the one before is kept in the history.

        Raises
        ------
        StateError
            E-STATE-006 when it is no valid deployment of version 3, E-STATE-003 when the passphrase is wrong.
        """
        raw = exported.get("deployment")
        if exported.get("version") != VERSION or not isinstance(raw, dict):
            what = f"it is not a deployment of version {VERSION}"
            raise _not_importable(what)
        if found := faults(raw):
            raise _not_importable("; ".join(found[:3]))
        with Lock(self.directory / "lock"):
            crypter = self._crypter(raw)
            deployment = read_deployment(raw, crypter)
            self._store.load()
            self._store.keep_generation()
            self._store.save(write_deployment(deployment.records, deployment.pending, crypter))

    def unlock(self) -> str:
        """Clear a lock that a machine left behind on a shared file system; return whose it was.

        A process that died on this machine leaves no lock. Raises E-STATE-001 when the owner lives.
        """
        return break_lock(self.directory / "lock")

    def _apply(
        self, operation: str, program: Program, policy_packs: Sequence[str], *, refresh: bool, dry_run: bool
    ) -> Result:
        if policy_packs:
            what = "a policy pack"
            raise UnsupportedError(what)
        with self._running(operation, dry_run=dry_run) as run:
            run.host.start()
            if refresh or (run.loaded.recovered and not dry_run):
                run.refresher.refresh_all()
                run.progress.counts.clear()
            interrupted = run.recovery.before()
            executor = Executor(
                stack=self.stack,
                project=self.project,
                journal=run.journal,
                host=run.host,
                progress=run.progress,
                workers=self._options.workers,
                dry_run=dry_run,
                delete_first=lambda record: run.deleter.delete_first(record, executor.seen),
                interrupted=interrupted,
            )
            around = Surroundings(self.project, self.stack, self._options, dry_run)
            run_program(program, Monitor(executor, run.progress), run.progress, around)
            if not run.progress.stopped:
                run.deleter.delete_all(run.journal.rest())
            if not run.progress.stopped:
                run.recovery.after()
        return self._result(run)

    @contextmanager
    def _running(self, operation: str, *, dry_run: bool) -> Iterator[_Run]:
        """Set up an operation, and leave the state written and the provider host ended whatever happens."""
        progress = Progress(self._options.on_event)
        with ExitStack() as stack:
            if not dry_run:
                lock = stack.enter_context(Lock(self.directory / "lock"))
                if lock.note:
                    progress.say("warning", lock.note)
            loaded = self._store.load()
            for note in loaded.notes:
                progress.say("warning", note)
            crypter = self._crypter(loaded.raw or {})
            deployment = read_deployment(loaded.raw, crypter) if loaded.raw else Deployment()
            for record in deployment.records:
                progress.hide(record.inputs)
                progress.hide(record.outputs)
            if not dry_run:
                if loaded.recovered:
                    self._store.set_damaged_aside()
                    self._store.save(write_deployment(deployment.records, deployment.pending, crypter))
                self._store.keep_generation()
            journal = Journal(None if dry_run else self._store, deployment, crypter)
            host = ProviderHost(
                self._options.workers,
                {**self._options.config, **self._options.secret_config},
                self.project,
                self._options.import_paths,
                lambda line: progress.say("info", line),
            )
            stack.callback(host.close)
            stack.enter_context(_stop_on_signal(progress))
            run = _Run(
                operation=operation,
                dry_run=dry_run,
                loaded=loaded,
                journal=journal,
                host=host,
                progress=progress,
                deleter=Deleter(journal, host, progress, self._options.workers, dry_run),
                refresher=Refresher(journal, host, progress, self._options.workers),
                recovery=Recovery(journal, host, progress, dry_run),
            )
            try:
                yield run
            except Stopped:
                pass  # the reason stands in progress
            finally:
                try:
                    journal.close()
                except StateError as error:
                    progress.fail("", None, str(error))

    def _result(self, run: _Run) -> Result:
        progress = run.progress
        return Result(
            operation=run.operation,
            counts=dict(sorted(progress.counts.items())),
            steps=tuple(progress.steps),
            outputs=hidden(_stack_outputs(run.journal.records())),
            failures=tuple(progress.failures),
            warnings=tuple(progress.warnings),
            interrupted=progress.interrupted,
        )

    def _crypter(self, raw: dict[str, Any]) -> Crypter:
        passphrase = self._options.passphrase_or_environment
        try:
            return Crypter(passphrase, salt_of(raw))
        except ValueError as error:
            raise _not_importable(str(error)) from error


def _stack_outputs(records: Sequence[Record]) -> Properties:
    return next((record.outputs for record in records if record.type == STACK_TYPE), {})


def _empty() -> dict[str, Any]:
    return {"manifest": {"time": "0001-01-01T00:00:00Z", "magic": "", "version": ""}, "metadata": {}}


def _not_importable(why: str) -> StateError:
    return StateError(
        Code.NOT_IMPORTABLE, f"the state cannot be taken over: {why}", "export it again with pulumi stack export"
    )


@contextmanager
def _stop_on_signal(progress: Progress) -> Iterator[None]:
    """Turn the first SIGINT or SIGTERM into a wish to stop; the second one acts as usual."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before: dict[signal.Signals, Any] = {}

    def stop(number: int, _frame: FrameType | None) -> None:
        progress.interrupted = True
        signal.signal(number, before[signal.Signals(number)])

    for number in (signal.SIGINT, signal.SIGTERM):
        before[number] = signal.signal(number, stop)
    try:
        yield
    finally:
        for handled, handler in before.items():
            signal.signal(handled, handler)
