"""Reading every resource again: the state follows the world, not the program. Imports journal.py, provider.py."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from stacks.engine.deployment import timestamp
from stacks.engine.events import Op
from stacks.engine.journal import Journal, replaced
from stacks.engine.progress import Progress, Stopped
from stacks.engine.properties import PROVIDER_KEY, changed_keys, mark_like
from stacks.engine.provider import ProviderHost
from stacks.engine.record import Record


@dataclass(slots=True)
class Refresher:
    """Compares each resource with what its provider reads."""

    journal: Journal
    host: ProviderHost
    progress: Progress
    workers: int

    def refresh_all(self) -> None:
        """Read all resources; enter what differs, drop what is no more."""
        readable = [record for record in self.journal.records() if _readable(record)]
        with ThreadPoolExecutor(self.workers) as pool:
            gone = frozenset(record.urn for record in pool.map(self._refresh, readable) if record is not None)
        if gone:
            self.journal.forget(gone)

    def _refresh(self, record: Record) -> Record | None:
        """Read one resource; return it when it is no more."""
        if self.progress.interrupted:
            return None
        began = time.monotonic()
        try:
            identity, outputs, inputs = self.progress.guard(record.urn, lambda: self.host.read(record))
            if not identity:
                with self.progress.step(record.urn, Op.DELETE, began=began):
                    self.journal.settle(drop=[record], durable=False)
                return record
            if PROVIDER_KEY in record.outputs:
                outputs = outputs | {PROVIDER_KEY: record.outputs[PROVIDER_KEY]}
            found = replaced(
                record,
                id=identity,
                outputs=mark_like(outputs, record.outputs),
                inputs=record.inputs if inputs is None else mark_like(inputs, record.inputs),
            )
            changed = changed_keys(record.outputs, found.outputs)
            moved = bool(changed) or found.id != record.id
            with self.progress.step(record.urn, Op.UPDATE if moved else Op.SAME, changed, began=began):
                if moved:
                    self.journal.settle(put=[replaced(found, modified=timestamp())], durable=False)
        except Stopped:
            return None  # noted as a failure; the others are read all the same
        return None


def _readable(record: Record) -> bool:
    gone = record.delete or record.pending_replacement or record.external
    return record.custom and not gone and not record.type.startswith("pulumi:providers:")
