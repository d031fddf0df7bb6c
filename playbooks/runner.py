"""Run the playbooks on an inventory: one private folder per run, typed events, every change with its difference.

The run's folder lies in memory where the computer has such a place, is readable by its owner alone, and is wiped: it
holds inventory and answers of the machines. Nothing secret is in the inventory; keys are read from `secrets/` by path.
"""

import contextlib
import difflib
import os
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

import ansible_runner

from playbooks.events import (
    Change,
    Configured,
    Failure,
    HostRecap,
    Listener,
    Outcome,
    PlaybookError,
    PlayStarted,
    TaskDone,
)
from playbooks.secrets import ensure_certificates, ensure_shared

HERE = Path(__file__).resolve().parent
LIMIT_SECONDS = 1800
OUTCOMES: dict[str, Outcome] = {
    "runner_on_ok": "ok",
    "runner_on_skipped": "skipped",
    "runner_on_failed": "failed",
    "runner_on_unreachable": "unreachable",
}


class Hosts(Protocol):
    """What the runner reads of an inventory."""

    @property
    def variables(self) -> Mapping[str, Mapping[str, Any]]:
        """Host → variables."""
        ...

    def as_ansible(self) -> dict[str, Any]:
        """Structure of an inventory file."""
        ...


def apply(
    hosts: Hosts,
    root: Path,
    on_event: Listener | None = None,
    *,
    check: bool = False,
    limit: str | None = None,
    playbook: Path = HERE / "site.yml",
) -> Configured:
    """Bring all machines into the state of the plan; what is right already stays untouched.

    Parameters
    ----------
    hosts : Hosts
        The inventory.
    root : Path
        State of the province; certificates and secrets are kept in `secrets/` under it.
    on_event : callable, optional
        Told each play and each task's end.
    check : bool
        Touch nothing, tell what would change.
    limit : str, optional
        Ansible pattern of the machines to touch.
    playbook : Path
        Which playbook.

    Returns
    -------
    Configured
        Numbers per machine and every change with its difference.

    Raises
    ------
    PlaybookError
        E-PLAY-001 tasks failed, E-PLAY-002 machines were not reachable, E-PLAY-003 the playbook could not be run.
    KeyboardInterrupt
        The run was interrupted; tasks that had begun are ended first.

    """
    secrets = root.resolve() / "secrets"
    names = {name: (found["base_fqdn"], found["provdc_addresses"].values()) for name, found in hosts.variables.items()}
    inventory = hosts.as_ansible()
    variables = {
        "base_certificates": str(
            ensure_certificates(secrets / "pki", names, inventory["all"]["vars"]["provdc_domain"])
        ),
        "conference_secrets_folder": str(ensure_shared(secrets / "shared")),
    }
    log = _Log(on_event or (lambda _event: None))
    started = time.monotonic()
    with _private_folder() as folder, _signals_given_back():
        options = [*(["--check"] if check else []), "--diff"]
        result = ansible_runner.run(
            private_data_dir=str(folder),
            project_dir=str(HERE.parent),
            playbook=str(playbook),
            inventory=inventory,
            extravars=variables,
            limit=limit,
            cmdline=" ".join(options),
            envvars={
                "ANSIBLE_CONFIG": str(HERE.parent / "ansible.cfg"),
                "ANSIBLE_HOME": str(folder / "home"),
                "ANSIBLE_NOCOLOR": "1",
                "ANSIBLE_FORCE_COLOR": "0",
                # ansible-playbook of the very interpreter that runs this
                "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
            },
            event_handler=log.take,
            quiet=True,
            timeout=LIMIT_SECONDS,
        )
        said = "" if log.recap else Path(result.stdout.name).read_text(encoding="utf-8")
    if result.status == "canceled":
        raise KeyboardInterrupt
    log.raise_failures()
    if result.status != "successful":
        last = "\n".join(said.strip().splitlines()[-12:]) or f"ended as '{result.status}'"
        raise PlaybookError("E-PLAY-003", last, "see docs/playbooks.md, 'When a run fails'")
    recap = {name: log.recap[name] for name in hosts.variables if name in log.recap}
    order = {name: index for index, name in enumerate(hosts.variables)}
    changes = sorted(log.changes, key=lambda change: order[change.host])
    return Configured(recap, tuple(changes), round(time.monotonic() - started, 1), check)


class _Log:
    """Turns the runner's events into ours."""

    def __init__(self, tell: Listener) -> None:
        self.tell = tell
        self.changes: list[Change] = []
        self.failures: list[Failure] = []
        self.unreachable: list[Failure] = []
        self.recap: dict[str, HostRecap] = {}
        self.items: dict[tuple[str, str], list[str]] = {}
        """(host, task) → what the failed items of a loop say; the task itself does not."""

    def take(self, event: dict[str, Any]) -> bool:
        """Take one event; nothing of it is kept on disk."""
        kind, data = event["event"], event.get("event_data", {})
        if kind == "playbook_on_play_start":
            self.tell(PlayStarted(data.get("name", "")))
        elif kind == "playbook_on_stats":
            self._stats(data)
        elif kind == "runner_item_on_failed":
            self.items.setdefault((data["host"], data.get("task") or ""), []).append(message(data.get("res") or {}))
        elif kind in OUTCOMES:
            self._task(OUTCOMES[kind], data, str(event.get("stdout", "")))
        return False

    def _task(self, outcome: Outcome, data: dict[str, Any], shown: str) -> None:
        host, task = data["host"], data.get("task") or ""
        answer = data.get("res") or {}
        if outcome == "failed" and data.get("ignore_errors"):
            outcome = "ok"
        # a task with secrets keeps even this to itself, but for the one word on the screen
        if outcome == "ok" and (answer.get("changed") or ("censored" in answer and "changed: [" in shown)):
            outcome = "changed"
            self.changes.append(Change(host, task, difference(answer.get("diff"))))
        if outcome == "failed":
            said = "\n".join(self.items.get((host, task), ())) or message(answer)
            self.failures.append(Failure(host, task, said))
        if outcome == "unreachable":
            self.unreachable.append(Failure(host, task, message(answer)))
        self.tell(TaskDone(host, task, outcome))

    def _stats(self, data: dict[str, Any]) -> None:
        count: Callable[[str, str], int] = lambda kind, host: data.get(kind, {}).get(host, 0)  # noqa: E731
        for host in sorted(data.get("processed", {})):
            failed = count("failures", host) + count("dark", host)
            self.recap[host] = HostRecap(count("ok", host), count("changed", host), count("skipped", host), failed)

    def raise_failures(self) -> None:
        """Raise what failed, unreachable machines first."""
        again = "put it right and run `provdc up` again: what is done stays done"
        if self.unreachable:
            names = ", ".join(sorted({failure.host for failure in self.unreachable}))
            text = "\n".join(f"{failure.host}: {failure.message}" for failure in self.unreachable)
            raise PlaybookError("E-PLAY-002", f"not reachable: {names}\n{text}", again, tuple(self.unreachable))
        if self.failures:
            text = "\n".join(f"{found.host}: {found.task}: {found.message}" for found in self.failures)
            raise PlaybookError("E-PLAY-001", text, again, tuple(self.failures))


def message(answer: Mapping[str, Any]) -> str:
    """Return what a failed task says, in one readable piece."""
    if answer.get("censored"):
        return "the answer is secret; run the task by hand on the machine"
    parts = [str(answer.get("msg", "")).strip()]
    parts += [str(answer[key]).strip() for key in ("stderr", "module_stderr") if answer.get(key)]
    return "\n".join(part for part in parts if part) or "failed without a word"


def difference(found: Any) -> str:
    """Return the difference that a task tells, as unified text."""
    pieces = []
    for one in found if isinstance(found, list) else [found or {}]:
        before, after = one.get("before"), one.get("after")
        if one.get("prepared"):
            pieces.append(str(one["prepared"]))
        elif isinstance(before, str) and isinstance(after, str) and before != after:
            old, new = str(one.get("before_header", "before")), str(one.get("after_header", "after"))
            lines = difflib.unified_diff(before.splitlines(), after.splitlines(), old, new, lineterm="")
            pieces.append("\n".join(lines))
    return "\n".join(pieces)


@contextlib.contextmanager
def _signals_given_back() -> Iterator[None]:
    """Give back the handlers that the runner takes for itself."""
    kept = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        if threading.current_thread() is threading.main_thread():
            for number, handler in kept.items():
                signal.signal(number, handler)


@contextlib.contextmanager
def _private_folder() -> Iterator[Path]:
    memory = Path("/dev/shm")  # noqa: S108 - a private folder is made in it
    base = memory if os.access(memory, os.W_OK) else None
    folder = Path(tempfile.mkdtemp(prefix="provdc-run-", dir=base))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
