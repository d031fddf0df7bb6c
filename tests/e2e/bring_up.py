"""Bring up machines to develop roles and checks on: `python -m tests.e2e.bring_up up [--plan FILE] [MACHINE …]`.

Without a plan the slice of `tests/fixtures/lab.py` is used. State stands in `.provdc/bring-up/`.
"""

import argparse
import sys
from pathlib import Path

from planner.plan_io import read
from stacks import apply as stacks
from stacks.engine.events import Diagnostic, Event, StepFinished
from tests.fixtures.lab import slice_plan

ROOT = Path(__file__).parents[2]
HOME = ROOT / ".provdc" / "bring-up" / "stacks"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("verb", choices=("up", "down"))
    parser.add_argument("machines", nargs="*", help="only these; the whole slice when none is named")
    parser.add_argument("--plan", type=Path, help="a plan.json")
    asked = parser.parse_args()
    if asked.verb == "down":
        said = stacks.destroy(HOME, show)
        left = stacks.leftovers(HOME)
        sys.stdout.write(f"{said} operations; left: {left or 'nothing'}\n")
        return 1 if left else 0
    plan = read(asked.plan) if asked.plan else slice_plan()
    if asked.machines:
        plan = plan.model_copy(update={"slice_machines": tuple(sorted(asked.machines))})
    machines = stacks.apply(plan, HOME, on_event=show)
    sys.stdout.write(f"{machines.changes} operations; ssh -F {machines.ssh_config} MACHINE\n")
    for machine in machines.machines:
        sys.stdout.write(f"  {machine.id:14} {machine.role:14} {machine.address}\n")
    return 0


def show(event: Event) -> None:
    if isinstance(event, Diagnostic):
        sys.stderr.write(f"{event.message}\n")
    elif isinstance(event, StepFinished) and event.op != "same":
        sys.stderr.write(f"{event.op} {event.urn.rsplit('::', 1)[-1]} {event.seconds:.1f} s\n")


if __name__ == "__main__":
    sys.exit(main())
