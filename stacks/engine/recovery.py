"""After a crash: what to do about operations that were begun and never settled. Imports journal.py, provider.py.

``creating``  the program still wants it: ``create`` adopts what is half made. It has left the program: it is looked up
              by ``read`` with an empty id, and deleted when it exists and is nobody else's.
``updating``  it is updated again, whether or not anything differs.
``deleting``  the deletion is finished first; what the program still wants is then created anew.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from stacks.engine.deployment import Pending
from stacks.engine.events import Op
from stacks.engine.journal import Journal, replaced
from stacks.engine.progress import Progress, Stopped
from stacks.engine.properties import plain
from stacks.engine.provider import ProviderHost
from stacks.engine.record import Record


@dataclass(slots=True)
class Recovery:
    """The operations that an earlier run left behind."""

    journal: Journal
    host: ProviderHost
    progress: Progress
    dry_run: bool
    left: dict[int, Pending] = field(init=False)

    def __post_init__(self) -> None:
        self.left = self.journal.pending()

    def before(self) -> frozenset[str]:
        """Finish interrupted deletions; return the URNs that have to be updated in any case."""
        if self.left:
            names = ", ".join(sorted({f"{item.kind} {item.record.name}" for item in self.left.values()}))
            self.progress.say("warning", f"an earlier run was cut short while {names}; it is completed now")
        for ticket, item in self.left.items():
            if item.kind == "deleting":
                self._finish_deleting(ticket, item.record)
        return frozenset(
            item.record.urn
            for item in self.left.values()
            if item.kind in {"creating", "updating"} and self.journal.old(item.record.urn) is not None
        )

    def after(self) -> None:
        """Settle the rest, once the program has run and what left it has been deleted."""
        for ticket, item in self.left.items():
            if item.kind == "creating" and not self._was_adopted(item.record):
                self._clean_up(ticket, item.record)
            else:
                self.journal.settle(ticket, durable=False)

    def _finish_deleting(self, ticket: int, record: Record) -> None:
        standing = [
            item
            for item in self.journal.rest()
            if (item.urn, item.delete, item.id) == (record.urn, record.delete, record.id)
        ]
        if standing and not standing[0].pending_replacement:
            with self.progress.step(record.urn, Op.DELETE_REPLACED):
                if not self.dry_run:
                    self.host.delete(record)
                half = record.delete
                put = [] if half else [replaced(standing[0], pending_replacement=True, protect=False)]
                self.journal.settle(ticket, drop=standing if half else [], put=put)
        else:
            self.journal.settle(ticket)

    def _was_adopted(self, record: Record) -> bool:
        done = self.journal.done(record.urn)
        return done is not None and plain(done.inputs) == plain(record.inputs)

    def _clean_up(self, ticket: int, record: Record) -> None:
        """Delete what an interrupted creation has left behind, unless it belongs to a resource of the state."""
        if self.dry_run:
            self.progress.say(
                "info", f"up looks for what the interrupted creation of {record.name} left behind", record.urn
            )
            return
        try:
            identity, outputs, _ = self.progress.guard(
                record.urn, lambda: self.host.read(replaced(record, id="", outputs={}))
            )
            found = replaced(record, id=identity, outputs=record.inputs | outputs, delete=True)
            if identity and not any(item.holds_object_of(found) for item in self.journal.records()):
                with self.progress.step(record.urn, Op.DELETE):
                    self.host.delete(found)
                    self.journal.settle(ticket)
            else:
                self.journal.settle(ticket, durable=False)
        except Stopped:
            return  # noted as a failure; stays pending for the next run
