"""The ledger and a changeover of the miniature province as text: `python -m tests.unit.planner.ledger_golden`."""

from pathlib import Path

import topology
from planner.limits import Limits
from planner.lines import over
from planner.plan import Changeover, Plan
from planner.solve import solve

MINI = Path(__file__).parents[3] / "inventory" / "mini"
DIRECTORY = Path(__file__).with_name("golden")


def ledger_text(plan: Plan) -> str:
    """Return one line for each entry."""
    return "".join(
        f"{e.kind:5} {e.id:26} {e.resource:12} {e.capacity:>9g} = used {e.used:g} + planned {e.planned:g} "
        f"+ reserve {e.reserve:g} + committed {e.committed:g} + free {e.free:g}  {e.share:.1%} {e.state}\n"
        for e in plan.ledger
    )


def changeover_text(change: Changeover) -> str:
    """Return one line for each line, and the sums."""
    rows = "".join(
        f"{line.action:8} {line.wave} {line.link:26} {line.order_by or '-':10} {line.on or '-':10} "
        f"{line.before} -> {line.after}  {line.monthly_before_vnd} -> {line.monthly_after_vnd} a month, "
        f"{line.one_off_vnd} + {line.transition_vnd} once\n"
        for line in change.lines
    )
    return rows + str(change.model_dump(exclude={"lines"})) + "\n"


def merged(plan: Plan) -> Plan:
    """Plan the shipped scenario of the miniature province over its plan."""
    records = topology.load(MINI, ["merged-communes"], over(plan))
    return solve(topology.build(records), Limits(time_limit_s=120))[0]


def main() -> None:
    """Write both."""
    DIRECTORY.mkdir(exist_ok=True)
    plan = solve(topology.build(topology.load(MINI)), Limits(time_limit_s=120))[0]
    (DIRECTORY / "ledger.txt").write_text(ledger_text(plan), encoding="utf-8")
    change = merged(plan).changeover
    assert change is not None
    (DIRECTORY / "changeover.txt").write_text(changeover_text(change), encoding="utf-8")


if __name__ == "__main__":
    main()
