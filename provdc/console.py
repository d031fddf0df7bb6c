"""What the user sees: results on standard output, progress on standard error; quiet and plain where nobody watches."""

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass

from rich.console import Console as Rich
from rich.markup import escape

from provdc.text import Lang, language, say

STYLES = {"good": "green", "bad": "bold red", "warm": "yellow", "muted": "dim"}


class Console:
    """Output in one language, as text or as JSON."""

    def __init__(self, lang: Lang | None = None, *, as_json: bool = False) -> None:
        self.lang = language(lang)
        self.as_json = as_json
        self._out = Rich(file=sys.stdout, highlight=False, soft_wrap=True)
        self._err = Rich(file=sys.stderr, highlight=False, soft_wrap=True)

    def say(self, key: str, /, **facts: object) -> str:
        """Return the text `cli.<key>`."""
        return say(self.lang, f"cli.{key}", **facts)

    def out(self, text: str = "", style: str | None = None) -> None:
        """Print a line of the result."""
        self._out.print(escape(text), style=STYLES.get(style or ""))

    def raw(self, text: str) -> None:
        """Print a text as it is: machine-readable output."""
        sys.stdout.write(text if text.endswith("\n") else text + "\n")

    def json(self, value: object) -> None:
        """Print a value as JSON with sorted keys."""
        self.raw(json.dumps(value, default=plain, ensure_ascii=False, indent=1, sort_keys=True))

    def note(self, text: str, style: str | None = "muted") -> None:
        """Print a line of progress or a warning: never part of the result."""
        self._err.print(escape(text), style=STYLES.get(style or ""))

    def fail(self, lines: Sequence[str]) -> None:
        """Print an error: the first line, then what to do."""
        self._err.print(escape(lines[0]), style=STYLES["bad"])
        for line in lines[1:]:
            self._err.print("    " + escape(line))

    def table(self, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Print a table as wide as it has to be."""
        lines = [head, *rows]
        widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
        for number, line in enumerate(lines):
            text = "  ".join(f"{cell:<{width}}" for cell, width in zip(line, widths, strict=True)).rstrip()
            self.out(text, "muted" if number == 0 else None)

    def definitions(self, rows: Sequence[tuple[str, str]]) -> None:
        """Print labels and texts in two columns; a label that repeats is shown once."""
        wide = max((len(label) for label, _ in rows), default=0)
        last = None
        for label, text in rows:
            self.out(f"  {'' if label == last else label:<{wide}}  {text}")
            last = label

    @contextmanager
    def progress(self, title: str) -> Iterator["Line"]:
        """Show one live line while something long runs; a plain line for each new phase where nobody watches."""
        if self._err.is_terminal and not self.as_json:
            with self._err.status(escape(title)) as status:
                yield Line(lambda text: status.update(f"{escape(title)}  {escape(text)}"), live=True)
        else:
            yield Line(lambda text: self.note(f"{title}: {text}"), live=False)


class Line:
    """A line of progress. Details are for those who watch; logs only get new phases."""

    def __init__(self, write: Callable[[str], None], *, live: bool) -> None:
        self._write = write
        self._live = live
        self._phase = ""

    def update(self, phase: str, detail: str = "") -> None:
        """Show what is being done."""
        if self._live or phase != self._phase:
            self._write(f"{phase}  {detail}".rstrip() if self._live else phase)
        self._phase = phase


def plain(value: object) -> object:
    """Return a value as JSON knows it."""
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, Mapping):
        return dict(value)
    return str(value)
