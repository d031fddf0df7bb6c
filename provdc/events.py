"""What stacks and plays report, as one line of progress. Imports their events and the console."""

from collections import Counter
from collections.abc import Callable

from playbooks import events as plays
from provdc.console import Line
from stacks.engine.events import Diagnostic, Event, StepFailed, StepFinished, StepStarted


def of_stack(line: Line) -> Callable[[Event], None]:
    """Return a listener that shows which resource is being made, and how many are done."""
    done = 0

    def listen(event: Event) -> None:
        nonlocal done
        match event:
            case StepStarted():
                line.update(f"{event.op} {short(event.urn)}", f"· {done}")
            case StepFinished():
                done += 1
            case StepFailed():
                line.update(f"{event.op} {short(event.urn)}: {event.message}")
            case Diagnostic(severity="debug"):
                pass
            case Diagnostic():
                line.update(event.message)

    return listen


def of_play(line: Line) -> Callable[[plays.Event], None]:
    """Return a listener that shows the play, the task and how the tasks have ended so far."""
    counts: Counter[str] = Counter()
    play = ""

    def listen(event: plays.Event) -> None:
        nonlocal play
        match event:
            case plays.PlayStarted():
                play = event.play
                line.update(play)
            case plays.TaskDone():
                counts[event.outcome] += 1
                told = " · ".join(f"{count} {outcome}" for outcome, count in sorted(counts.items()))
                line.update(play, f"· {event.host}: {event.task}   {told}")

    return listen


def short(urn: str) -> str:
    """Return the name of a resource."""
    return urn.rsplit("::", 1)[-1]
