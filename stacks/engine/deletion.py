"""Deleting: what left the program, the old halves of replacements, and what must go before a replacement.

Nothing is deleted while something that refers to it still stands. Imports journal.py, provider.py, progress.py.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

from stacks.engine.events import Op
from stacks.engine.goal import STACK_TYPE
from stacks.engine.journal import Journal, replaced
from stacks.engine.progress import Progress, Stopped
from stacks.engine.properties import UNKNOWN
from stacks.engine.provider import ProviderHost
from stacks.engine.record import Record


@dataclass(slots=True)
class Deleter:
    """Deletes resources of one operation, independent ones at the same time."""

    journal: Journal
    host: ProviderHost
    progress: Progress
    workers: int
    dry_run: bool

    def delete_all(self, doomed: Iterable[Record]) -> None:
        """Delete records in reverse order of their references; a failure spares what it refers to, nothing else.

        Nothing at all is deleted when something among it is protected.
        """
        waiting = list(doomed)
        if kept := [record for record in waiting if record.protect and not record.delete]:
            for record in kept:
                self.progress.fail(
                    record.urn,
                    Op.DELETE,
                    "protected, and would be deleted; set protect=False on it, run up, then delete it",
                )
            return
        running: dict[Future[bool], Record] = {}
        with ThreadPoolExecutor(self.workers) as pool:
            while waiting or running:
                if not self.progress.interrupted:
                    for record in _free(waiting, running.values()):
                        waiting.remove(record)
                        running[pool.submit(self._tried, record)] = record
                if not running:
                    return  # interrupted, or everything left is held by a failure
                ended, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in ended:
                    record = running.pop(future)
                    if not future.result():
                        waiting = [item for item in waiting if item.urn not in set(_ancestors(record, waiting))]

    def delete_first(self, root: Record, seen: Collection[str]) -> None:
        """Delete a resource before its replacement is created, and before it whatever would be replaced with it."""
        doomed = [root, *self._replaced_along(root, seen)]
        for record in reversed(doomed):
            if record.protect and record is not root:
                self.progress.fail(record.urn, Op.DELETE_REPLACED, f"protected, and would be replaced with {root.name}")
                raise Stopped
            self.delete(record, keep=True)

    def delete(self, record: Record, keep: bool = False) -> None:
        """Delete one resource.

        Parameters
        ----------
        record
            What to delete.
        keep
            Keep its record, marked as waiting for its replacement.
        """
        half = record.delete or keep
        with self.progress.step(record.urn, Op.DELETE_REPLACED if half else Op.DELETE, quiet=_ours(record)):
            ticket = None
            if self._needs_provider(record) and not self.dry_run:
                ticket = self.journal.begin("deleting", record)
                self.host.delete(record)
            put = [replaced(record, pending_replacement=True)] if keep else []
            self.journal.settle(ticket, drop=[] if keep else [record], put=put, durable=ticket is not None)

    def _needs_provider(self, record: Record) -> bool:
        if not record.custom or record.pending_replacement or record.retain_on_delete or record.external:
            return False
        if _ours(record):
            return False
        if any(item.holds_object_of(record) for item in self.journal.records()):
            return False  # another record has adopted the object by name
        return not record.deleted_with or self.journal.old(record.deleted_with) is None

    def _tried(self, record: Record) -> bool:
        try:
            self.delete(record)
        except Stopped:
            return False
        return True

    def _replaced_along(self, root: Record, seen: Collection[str]) -> list[Record]:
        """List, in state order, the old records that a replacement of the root would replace too.

        A dependent is replaced when its provider says so, given that each property fed by a replaced resource is not
        known. The genuine engine decides in the same way.
        """
        urns, found = {root.urn}, []
        for record in self.journal.rest():
            if not record.custom or record.delete or record.pending_replacement or record.urn in seen:
                continue
            fed = [key for key, deps in record.property_dependencies.items() if urns.intersection(deps)]
            if not fed:
                continue
            news = record.inputs | dict.fromkeys(fed, UNKNOWN)
            difference = self.progress.guard(record.urn, lambda record=record, news=news: self.host.diff(record, news))  # type: ignore[misc]
            if difference.replaces:
                urns.add(record.urn)
                found.append(record)
        return found


def _free(waiting: list[Record], running: Iterable[Record]) -> list[Record]:
    """List the records to which no other doomed one refers.

    Old halves of replacements may refer to each other in a ring, when a program turned a dependency round; then the
    last one in state order goes first.
    """
    busy = list(running)
    held = {urn for record in (*waiting, *busy) for urn in record.references()}
    return [record for record in waiting if record.urn not in held] or ([] if busy else waiting[-1:])


def _ancestors(record: Record, among: list[Record]) -> set[str]:
    """Return the URNs to which a record refers, directly or through others."""
    by_urn = {item.urn: item for item in among}
    found: set[str] = set()
    ahead = [record]
    while ahead:
        for urn in ahead.pop().references():
            if urn not in found:
                found.add(urn)
                if urn in by_urn:
                    ahead.append(by_urn[urn])
    return found


def _ours(record: Record) -> bool:
    """Tell whether a record is the engine's own: the stack, or the dynamic provider."""
    return record.type == STACK_TYPE or record.type.startswith("pulumi:providers:")
