"""Natural order: `commune-9` before `commune-10`, the same on every machine."""

import re
from collections.abc import Iterable
from functools import lru_cache

_RUNS = re.compile(r"(\d+)")


@lru_cache(maxsize=65536)
def natural_key(text: str) -> tuple[tuple[int, int, str], ...]:
    """Return a sort key that compares runs of digits as numbers and everything else by code point."""
    return tuple((1, int(run), run) if run.isdecimal() else (0, 0, run) for run in _RUNS.split(text) if run)


def natural(texts: Iterable[str]) -> list[str]:
    """Return the texts in natural order."""
    return sorted(texts, key=natural_key)
