"""Running the user's program against the monitor. Imports monitor.py, options.py, progress.py.

Each run has a context and an event loop of its own: several runs in one process do not see each other.
"""

from __future__ import annotations

import asyncio
import contextvars
import re
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from inspect import isawaitable
from pathlib import Path
from typing import Any

import pulumi
from pulumi.runtime import set_all_config, settings
from pulumi.runtime.stack import run_in_stack

from stacks.engine.errors import UnsupportedError
from stacks.engine.monitor import Log, Monitor
from stacks.engine.options import Options
from stacks.engine.progress import Progress

type Program = Callable[[], Any]

_UNSUPPORTED = re.compile(r"The Pulumi CLI does not support (?:the )?(.+?)\. Please update")
_THREADS_PER_WORKER = 4  # registrations of components wait in them beside the calls to providers


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a program can ask of the SDK about its run."""

    project: str
    stack: str
    options: Options
    dry_run: bool


def run_program(program: Program, monitor: Monitor, progress: Progress, around: Surroundings) -> None:
    """Run a program to its end and wait for every step that it began. Failures are left in ``progress``."""
    contextvars.copy_context().run(_run, program, monitor, progress, around)


def _run(program: Program, monitor: Monitor, progress: Progress, around: Surroundings) -> None:
    settings.ROOT.set(None)
    settings.configure(
        settings.Settings(
            project=around.project,
            stack=around.stack,
            monitor=monitor,
            engine=Log(progress),
            dry_run=around.dry_run,
            organization="organization",
            root_directory=str(Path.cwd()),
        )
    )
    set_all_config({**around.options.config, **around.options.secret_config}, list(around.options.secret_config))
    loop = asyncio.new_event_loop()
    threads = ThreadPoolExecutor(around.options.workers * _THREADS_PER_WORKER)
    loop.set_default_executor(threads)
    loop.set_exception_handler(lambda _loop, _context: None)  # every failure is reported once, by the monitor
    try:
        loop.run_until_complete(run_in_stack(lambda: _drained(program)))
    except Exception as error:
        if not progress.stopped:
            progress.fail("", None, explain(error))
    finally:
        _wind_up(loop)
        threads.shutdown(wait=True)
        loop.close()


async def _drained(program: Program) -> None:
    """Run the program, then wait for all that it set going in one go.

    The SDK waits for outstanding calls one by one, each time looking at all of them: 1,000 resources cost it 10 s.
    """
    result = program()
    if isawaitable(result):
        await result
    this = asyncio.current_task()
    while others := asyncio.all_tasks() - {this}:
        await asyncio.wait(others)


def _wind_up(loop: asyncio.AbstractEventLoop) -> None:
    """Cancel what a failed program left waiting, so that the loop closes without a murmur."""
    if tasks := asyncio.all_tasks(loop):
        for task in tasks:
            task.cancel()
        loop.run_until_complete(asyncio.wait(tasks))


def explain(error: BaseException) -> str:
    """Say in a line or two what went wrong in the program, and where in it."""
    text = str(error) or type(error).__name__
    if unsupported := _UNSUPPORTED.search(text):
        return str(UnsupportedError(unsupported[1]))
    library = str(Path(pulumi.__file__).parent)
    own = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if not frame.filename.startswith((library, "<")) and frame.filename not in {__file__, asyncio.__file__}
    ]
    place = f" ({own[-1].filename}:{own[-1].lineno})" if own else ""
    kind = "" if isinstance(error, pulumi.RunError) else f"{type(error).__name__}: "
    return f"{kind}{text}{place}"
