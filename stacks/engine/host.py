"""The child process in which providers run: the SDK's own dynamic provider host.

Run as ``python -u -m stacks.engine.host WORKERS``. Differs from ``python -m pulumi.dynamic`` in two points: it ends as
soon as its standard input closes, so that no death of the parent orphans it, and it serves as many calls at once as
asked (the SDK fixes four, which makes sixteen one-second creations last five seconds). Imports nothing of ours.
"""

from __future__ import annotations

import os
import runpy
import sys
import threading
from concurrent import futures


def end_with_parent() -> None:
    """Wait for the end of standard input, then leave at once: whoever could use an answer is gone."""
    while os.read(0, 4096):
        pass
    os._exit(0)


def main(workers: int) -> None:
    """Serve provider calls until standard input closes."""
    threading.Thread(target=end_with_parent, daemon=True).start()

    class Pool(futures.ThreadPoolExecutor):
        """The pool that the host asks for, with our number of threads."""

        def __init__(self, max_workers: int) -> None:
            super().__init__(max(workers, max_workers))

    futures.ThreadPoolExecutor = Pool  # type: ignore[misc,assignment]
    runpy.run_module("pulumi.dynamic", run_name="__main__")


if __name__ == "__main__":
    main(int(sys.argv[1]))
