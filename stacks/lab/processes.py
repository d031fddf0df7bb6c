"""Look at the computer's processes, never touch them. Imports nothing of ours."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path


def command_lines() -> Iterator[tuple[int, list[str]]]:
    """Yield number and words of every process; one that has ended and waits for its parent has no words any more."""
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            words = (entry / "cmdline").read_bytes().decode(errors="replace").split("\0")[:-1]
        except OSError:
            continue  # it has just ended
        if words:
            yield int(entry.name), words


def wait_until(settled: Callable[[], bool], seconds: float) -> bool:
    """Ask again and again until the answer is yes; say whether it was in time."""
    end = time.monotonic() + seconds
    while not settled():
        if time.monotonic() > end:
            return False
        time.sleep(0.1)
    return True
