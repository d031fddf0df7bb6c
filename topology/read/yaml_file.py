"""YAML to plain values with positions, from the parser's events: no recursion, no aliases, no tags, no surprises.

PyYAML's C parser gives the events (0.5 s for a MiB); its own loader would take YAML 1.1 words as booleans, let the
second of two equal keys win, and expand aliases.
"""

from dataclasses import dataclass

import yaml

from topology.check.messages import finding
from topology.findings import Span
from topology.read.document import Document, Path, Value
from topology.read.scalars import Trap, plain

MAX_DEPTH = 32
MAX_EVENTS = 150_000
_MOST_FINDINGS = 50
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(slots=True)
class _Open:
    """A list or mapping that is being read."""

    value: list[Value] | dict[str, Value]
    path: Path
    key: str | None = None


def read_yaml(text: str, file: str) -> Document:
    """Parse one YAML document; what is wrong is in `Document.findings` and then `value` is not to be used."""
    document = Document(file)
    try:
        _Builder(document).run(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        span = Span(mark.line + 1, mark.column + 1, mark.column + 2) if mark else None
        document.findings.append(finding("E-SHAPE-006", file, span, problem=(error.problem or "syntax").strip()))
    except yaml.YAMLError as error:
        document.findings.append(finding("E-SHAPE-006", file, None, problem=str(error).splitlines()[0]))
    return document


class _Builder:
    def __init__(self, document: Document) -> None:
        self.document = document
        self.stack: list[_Open] = []

    def run(self, text: str) -> None:
        for count, event in enumerate(yaml.parse(text, Loader=_LOADER)):
            if count > MAX_EVENTS:
                self.report("E-SHAPE-011", event, limit=f"{MAX_EVENTS} values")
                return
            if isinstance(event, yaml.DocumentStartEvent) and count > 1:
                self.report("E-SHAPE-006", event, problem="more than one document ('---') in the file")
                return
            if isinstance(event, yaml.CollectionEndEvent):
                self.stack.pop()
            elif isinstance(event, yaml.NodeEvent) and not self.node(event):
                return
            if len(self.document.findings) >= _MOST_FINDINGS:
                return

    def node(self, event: yaml.NodeEvent) -> bool:
        """Place one scalar, list or mapping; False when reading cannot go on."""
        parent = self.stack[-1] if self.stack else None
        if isinstance(event, yaml.AliasEvent) or event.anchor:
            self.report("E-SHAPE-010", event, what=f"anchor or alias '{event.anchor}'")
        tag = getattr(event, "tag", None)
        if tag and not (isinstance(event, yaml.ScalarEvent) and tag == "!"):
            self.report("E-SHAPE-010", event, what=f"tag '{tag}'")
        if parent and isinstance(parent.value, dict) and parent.key is None:
            return self.key(parent, event)
        path = _below(parent)
        value: Value = None
        if isinstance(event, yaml.ScalarEvent):
            value = self.scalar(event)
        elif isinstance(event, yaml.SequenceStartEvent):
            value = []
        elif isinstance(event, yaml.MappingStartEvent):
            value = {}
        self.document.values[path] = _span(event)
        self.place(parent, value)
        if isinstance(event, yaml.CollectionStartEvent):
            if len(self.stack) >= MAX_DEPTH:
                self.report("E-SHAPE-011", event, limit=f"{MAX_DEPTH} levels")
                return False
            assert isinstance(value, list | dict)
            self.stack.append(_Open(value, path))
        return True

    def key(self, parent: _Open, event: yaml.NodeEvent) -> bool:
        if not isinstance(event, yaml.ScalarEvent):
            self.report("E-SHAPE-006", event, problem="a key must be a word")
            return False
        if event.value == "<<" and event.implicit[0]:
            self.report("E-SHAPE-010", event, what="merge key '<<'")
        assert isinstance(parent.value, dict)
        if event.value in parent.value:
            first = self.document.keys[(*parent.path, event.value)]
            self.report("E-SHAPE-007", event, key=event.value[:40], line=first.line)
        elif event.implicit[0] and isinstance(trap := plain(event.value), Trap):
            self.report(trap.code, event, text=trap.text[:40])
        self.document.keys.setdefault((*parent.path, event.value), _span(event))
        parent.key = event.value
        return True

    def place(self, parent: _Open | None, value: Value) -> None:
        if parent is None:
            self.document.value = value
        elif isinstance(parent.value, dict):
            parent.value[parent.key or ""] = value
            parent.key = None
        else:
            parent.value.append(value)

    def scalar(self, event: yaml.ScalarEvent) -> Value:
        if not event.implicit[0]:
            return str(event.value)
        value = plain(event.value)
        if isinstance(value, Trap):
            self.report(value.code, event, text=value.text[:40])
            return None
        return value

    def report(self, code: str, event: yaml.Event, **facts: str | int) -> None:
        self.document.findings.append(finding(code, self.document.file, _span(event), **facts))


def _below(parent: _Open | None) -> Path:
    if parent is None:
        return ()
    return (*parent.path, len(parent.value) if isinstance(parent.value, list) else parent.key or "")


def _span(event: yaml.Event) -> Span:
    start, end = event.start_mark, event.end_mark
    assert start is not None
    assert end is not None
    stop = end.column + 1 if end.line == start.line else start.column + 2
    return Span(start.line + 1, start.column + 1, max(stop, start.column + 2))
