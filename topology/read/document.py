"""A file that was read: plain values, and where each of them stands."""

from dataclasses import dataclass, field

from topology.findings import Finding, Span

Path = tuple[str | int, ...]
"""Keys and list positions from the top of the file to a value."""

Value = None | bool | int | float | str | list["Value"] | dict[str, "Value"]

START = Span(1, 1, 2)


@dataclass(slots=True)
class Document:
    """Content of one file; `value` is None when it could not be parsed."""

    file: str
    value: Value = None
    values: dict[Path, Span] = field(default_factory=dict)
    """Where each value stands."""
    keys: dict[Path, Span] = field(default_factory=dict)
    """Where each key stands."""
    findings: list[Finding] = field(default_factory=list)

    def span(self, path: Path) -> Span:
        """Return where a value stands, or the nearest thing around it that has a place."""
        for length in range(len(path), -1, -1):
            found = self.values.get(path[:length]) or self.keys.get(path[:length])
            if found:
                return found
        return START

    def key_span(self, path: Path) -> Span:
        """Return where the key of a value stands."""
        return self.keys.get(path) or self.span(path)
