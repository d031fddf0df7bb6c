"""The state while an operation runs: what is done, what is still to be looked at, what is under way.

Every step is announced (``begin``) before a provider is called and settled (``settle``) after; both return only when
the change is on disk. Steps that end together share one write. Imports store.py, deployment.py.

Order of the written records: those of this run in the order of completion, then the untouched rest in its old order.
A program registers a resource after everything it refers to, so each record stands after its references.
"""

from __future__ import annotations

import dataclasses
import itertools
import threading
from collections.abc import Iterable

from stacks.engine.deployment import Deployment, Pending, write_deployment
from stacks.engine.record import Record
from stacks.engine.secrets import Crypter
from stacks.engine.store import Store

type _Key = tuple[str, str]  # a URN lives once; of its replaced halves, each is told by its id


class Journal:
    """Thread-safe state of one operation.

    Parameters
    ----------
    store
        Where to write; None in a preview, which writes nothing.
    deployment
        The state with which the operation begins.
    crypter
        Encrypts secrets on their way to the disk.
    """

    def __init__(self, store: Store | None, deployment: Deployment, crypter: Crypter) -> None:
        self._store = store
        self._crypter = crypter
        self._done: dict[str, Record] = {}
        self._rest: dict[_Key, Record] = {_key(record): record for record in deployment.records}
        self._pending: dict[int, Pending] = dict(enumerate(deployment.pending))
        self._tickets = itertools.count(len(self._pending))
        self._change = threading.Condition(threading.RLock())
        self._version = 0
        self._written = 0
        self._writing = False
        self._began_with = (list(deployment.records), list(deployment.pending))

    def records(self) -> list[Record]:
        """Return all records in the order in which they are written."""
        with self._change:
            return [*self._done.values(), *self._rest.values()]

    def rest(self) -> list[Record]:
        """Return the records that this operation has not yet put in a new place."""
        with self._change:
            return list(self._rest.values())

    def done(self, urn: str) -> Record | None:
        """Return the record that this operation has entered for a URN."""
        with self._change:
            return self._done.get(urn)

    def old(self, urn: str) -> Record | None:
        """Return the living record of a URN that this operation has not yet put in a new place."""
        with self._change:
            return self._rest.get((urn, ""))

    def pending(self) -> dict[int, Pending]:
        """Return the operations under way or left behind, by ticket."""
        with self._change:
            return dict(self._pending)

    def begin(self, kind: str, record: Record) -> int:
        """Announce an operation; return the ticket with which to settle it."""
        with self._change:
            ticket = next(self._tickets)
            self._pending[ticket] = Pending(kind, record)
            self._commit()
        return ticket

    def settle(
        self,
        ticket: int | None = None,
        *,
        done: Record | None = None,
        drop: Iterable[Record] = (),
        put: Iterable[Record] = (),
        durable: bool = True,
    ) -> None:
        """Enter what a step has done.

        Parameters
        ----------
        ticket
            The pending operation that this ends.
        done
            Record that takes its place among those of this run (or replaces its namesake there).
        drop
            Records that are no more.
        put
            Records to add to the rest, or to replace their namesakes there.
        durable
            False for changes that a crash may lose without harm: the next write takes them along.
        """
        with self._change:
            if ticket is not None:
                self._pending.pop(ticket, None)
            for record in drop:
                if self._rest.pop(_key(record), None) is None and self._done.get(record.urn) == record:
                    del self._done[record.urn]
            for record in put:
                self._rest[_key(record)] = record
            if done is not None:
                self._done[done.urn] = done
            if durable:
                self._commit()

    def rename(self, old: str, new: str) -> None:
        """Turn references to a resource's old URN, known by an alias, into its new one."""
        with self._change:
            self._rest = {key: record.renamed({old: new}) for key, record in self._rest.items()}

    def forget(self, gone: frozenset[str]) -> None:
        """Leave out references to resources that a refresh found to be no more."""
        with self._change:
            self._rest = {key: record.without(gone) for key, record in self._rest.items()}
            self._done = {urn: record.without(gone) for urn, record in self._done.items()}

    def close(self) -> None:
        """Write the final state, unless it is what the operation began with."""
        with self._change:
            if (self.records(), list(self._pending.values())) != self._began_with:
                self._commit()

    def _commit(self) -> None:
        """Return when the present content is on disk. Called with the condition held; one thread writes for all."""
        if self._store is None:
            return
        self._version += 1
        mine = self._version
        while self._written < mine:
            if self._writing:
                self._change.wait()
                continue
            self._writing = True
            target = self._version
            records, pending = self.records(), list(self._pending.values())
            self._change.release()
            try:
                self._store.save(write_deployment(records, pending, self._crypter))
            finally:
                self._change.acquire()
                self._writing = False
                self._change.notify_all()
            self._written = target


def _key(record: Record) -> _Key:
    return record.urn, f"replaced:{record.id}" if record.delete else ""


def replaced(record: Record, **changes: object) -> Record:
    """Return a record with some fields changed."""
    return dataclasses.replace(record, **changes)  # type: ignore[arg-type]
