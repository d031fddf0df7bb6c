"""One registration after another: what has to happen to the resource, and doing it. Imports journal.py, provider.py.

Registrations arrive from several threads. The SDK sends one only when everything it refers to has been answered, so
whatever arrives may run at once; a semaphore bounds the calls to providers.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from stacks.engine.deployment import timestamp
from stacks.engine.errors import Code, StackError
from stacks.engine.events import Op
from stacks.engine.goal import STACK_TYPE, Goal, provider_record
from stacks.engine.journal import Journal, replaced
from stacks.engine.progress import Progress, Stopped
from stacks.engine.properties import (
    PROVIDER_KEY,
    Properties,
    changed_keys,
    get_path,
    mark_like,
    plain,
    secret,
    with_path,
)
from stacks.engine.provider import Difference, ProviderHost
from stacks.engine.record import Record


@dataclass(slots=True)
class Executor:
    """Brings single resources to what the program asks for.

    Attributes
    ----------
    interrupted
        URNs whose update was under way when an earlier run died: they are updated even if nothing differs.
    seen
        URNs registered in this run, each with the URNs by which it was known before.
    """

    stack: str
    project: str
    journal: Journal
    host: ProviderHost
    progress: Progress
    workers: int
    dry_run: bool
    delete_first: Callable[[Record], None]
    interrupted: frozenset[str] = frozenset()
    seen: dict[str, tuple[str, ...]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _replacing: threading.Lock = field(default_factory=threading.Lock)
    _slots: threading.Semaphore = field(init=False)
    _provider: str = ""

    def __post_init__(self) -> None:
        self._slots = threading.Semaphore(self.workers)

    def register(self, goal: Goal) -> Record:
        """Bring one resource about; return its record. In a preview unknown outputs are left out."""
        self.progress.hide(goal.record.inputs)
        old = self._claim(goal)
        if not goal.record.custom:
            return self._component(goal.record, old)
        with self._slots:
            self.progress.raise_if_stopped()
            return self._custom(goal, old)

    def register_outputs(self, urn: str, outputs: Properties) -> None:
        """Enter the outputs of a component or of the stack itself."""
        record = self.journal.done(urn)
        if record is None:
            raise StackError(
                Code.BAD_REQUEST, f"outputs for {urn}, which is not registered", "register the resource first"
            )
        if record.outputs != outputs:
            # the stack's outputs may be partly unknown in a preview; nothing is written then
            self.journal.settle(done=replaced(record, outputs=outputs), durable=False)

    def _claim(self, goal: Goal) -> Record | None:
        """Find the record that this registration continues, and refuse a second one of the same name."""
        urn = goal.record.urn
        with self._lock:
            if urn in self.seen:
                raise StackError(Code.TWICE, f"two resources have the same URN {urn}", "give one of them another name")
            self.seen[urn] = goal.aliases
            former = (name for name in goal.aliases if name not in self.seen)
            old = next((item for name in (urn, *former) if (item := self.journal.old(name))), None)
            if old is not None and old.urn != urn:
                self.journal.rename(old.urn, urn)
        return old

    def _component(self, new: Record, old: Record | None) -> Record:
        quiet = new.type == STACK_TYPE
        if old is None:
            with self.progress.step(new.urn, Op.CREATE, quiet=quiet):
                record = replaced(new, created=timestamp(), modified=timestamp())
        else:
            changed = changed_keys(old.inputs, new.inputs)
            with self.progress.step(new.urn, Op.UPDATE if changed else Op.SAME, changed, quiet=quiet):
                record = replaced(
                    new, outputs=old.outputs, created=old.created, modified=old.modified, rest=_carried(old)
                )
                record = old if record == old else record
        self.journal.settle(done=record, drop=[old] if old else [], durable=False)
        return record

    def _custom(self, goal: Goal, old: Record | None) -> Record:
        new = replaced(goal.record, provider=self._default_provider())
        if old is not None:
            new = self._keep_ignored(new, old)
        checked, wrong = self.progress.guard(new.urn, lambda: self.host.check(new, old.inputs if old else {}))
        if wrong:
            self.progress.fail(
                new.urn, None, "; ".join(f"{name}: {reason}" if name else reason for name, reason in wrong)
            )
            raise Stopped
        new = replaced(new, inputs=mark_like(checked, new.inputs))
        if old is None or old.pending_replacement:
            return self._create(new, old, Op.REPLACE if old else Op.CREATE)
        difference = self.progress.guard(new.urn, lambda: self.host.diff(old, new.inputs, new.ignore_changes))
        changed = changed_keys(old.inputs, new.inputs)
        if self._must_replace(difference, old, new, changed):
            return self._replace(goal, difference, new, old, changed)
        moved = plain(old.inputs) != plain(new.inputs) if difference.changes is None else difference.changes
        if moved or new.urn in self.interrupted:
            return self._update(new, old, changed)
        return self._same(new, old)

    def _same(self, new: Record, old: Record) -> Record:
        """Keep the object; take over what the program says about it, and the provider's present pickle.

        A later deletion runs the provider found in the outputs: a class that has moved since must be found there.
        """
        outputs = old.outputs
        if plain(outputs.get(PROVIDER_KEY)) != plain(new.inputs.get(PROVIDER_KEY)) and PROVIDER_KEY in new.inputs:
            outputs = outputs | {PROVIDER_KEY: new.inputs[PROVIDER_KEY]}
        record = replaced(
            new, id=old.id, outputs=outputs, created=old.created, modified=old.modified, rest=_carried(old)
        )
        record = old if record == old else record
        with self.progress.step(new.urn, Op.SAME):
            self.journal.settle(done=record, drop=[old], durable=False)
        return record

    def _create(self, new: Record, old: Record | None, op: Op, changed: tuple[str, ...] = ()) -> Record:
        """Create the object. ``old`` is what it replaces: deleted already, or to be deleted at the end."""
        with self.progress.step(new.urn, op, changed):
            ticket, record = None, new
            if not self.dry_run:
                ticket = self.journal.begin("creating", new)
                identity, outputs = self.host.create(new)
                now = timestamp()
                record = replaced(new, id=identity, outputs=_marked(outputs, new), created=now, modified=now)
            still_there = old is not None and not old.pending_replacement
            self.journal.settle(
                ticket,
                done=record,
                drop=[old] if old else [],
                put=[replaced(old, delete=True)] if old and still_there else [],
            )
        return record

    def _update(self, new: Record, old: Record, changed: tuple[str, ...]) -> Record:
        with self.progress.step(new.urn, Op.UPDATE, changed):
            if self.dry_run:
                record = replaced(new, id=old.id, created=old.created)
                self.journal.settle(done=record, drop=[old])
                return record
            ticket = self.journal.begin("updating", replaced(new, id=old.id, outputs=old.outputs))
            outputs = self.host.update(old, new)
            record = replaced(
                new,
                id=old.id,
                outputs=_marked(outputs, new),
                created=old.created,
                modified=timestamp(),
                rest=_carried(old),
            )
            self.journal.settle(ticket, done=record, drop=[old])
        return record

    def _must_replace(self, difference: Difference, old: Record, new: Record, changed: tuple[str, ...]) -> bool:
        forced = any(
            (path == "*" and changed) or get_path(plain(old.inputs), path) != get_path(plain(new.inputs), path)
            for path in new.replace_on_changes
        )
        return bool(difference.replaces) or old.taint or forced or old.type != new.type

    def _replace(
        self, goal: Goal, difference: Difference, new: Record, old: Record, changed: tuple[str, ...]
    ) -> Record:
        if new.protect:
            self.progress.fail(
                new.urn, Op.REPLACE, "the resource is protected and would have to be replaced; remove protect first"
            )
            raise Stopped
        first = goal.delete_before_replace
        if first is None:
            first = difference.delete_before_replace
        if not first:
            return self._create(new, old, Op.REPLACE, changed)
        with self._replacing:  # two such replacements may share dependents
            self.delete_first(old)
        return self._create(new, self.journal.old(old.urn), Op.REPLACE, changed)

    def _keep_ignored(self, new: Record, old: Record) -> Record:
        inputs = new.inputs
        for path in new.ignore_changes:
            present, value = get_path(old.inputs, path)
            inputs = with_path(inputs, path, present, value)
        return replaced(new, inputs=inputs)

    def _default_provider(self) -> str:
        """Return the reference to the dynamic provider's record, which is made when first needed."""
        with self._lock:
            if not self._provider:
                fresh = provider_record(self.stack, self.project, "")
                known = next((item for item in self.journal.records() if item.urn == fresh.urn), None)
                if known is None:
                    identity = str(uuid.uuid5(uuid.NAMESPACE_URL, fresh.urn))
                    now = timestamp()
                    record = replaced(fresh, id=identity, created=now, modified=now)
                    self.journal.settle(done=record, durable=False)
                    known = record
                else:
                    self.journal.settle(done=known, drop=[known], durable=False)
                self._provider = f"{known.urn}::{known.id}"
        return self._provider


def _marked(outputs: Properties, record: Record) -> Properties:
    """Mark as secret the outputs that are so as inputs, or that the program names."""
    named = {key: secret(outputs[key]) for key in record.additional_secret_outputs if key in outputs}
    marked: Properties = mark_like(outputs, record.inputs)
    return marked | named


def _carried(old: Record) -> dict[str, object]:
    """Return the fields of the genuine engine that say where in the program a resource stands."""
    return {key: old.rest[key] for key in ("sourcePosition", "stackTrace") if key in old.rest}
