"""From the lines of the plan that is there to those of a scenario: cancel, keep, change, add; in which order, and when.

    works   new and changed lines, trunks first, W a week, so that the last wave works on the effective day D
    wave w  works on D - 7·(n - w) days, w = 1 … n, and is ordered L days before
    end     a line that goes ends O days after D, and notice is given N days before its end
    rent paid twice = monthly · days / 30: before D of what is new or costs more, after D of what ends

W, L, O, N  lines a week, lead, overlap and notice of the scenario's `changeover`
"""

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from planner.plan import Changeover, LineChange, Plan, PlannedLink
from topology.model import LinkKind, Network
from topology.order import natural_key
from topology.schema.scenario import Changeover as Terms

ORDER = {"trunk": 0, "internet": 1, "access": 2, "mobile": 3}
MONTH_DAYS = 30
Action = Literal["keep", "upgrade", "reduce", "new", "cancel"]
ACTIONS: tuple[Action, ...] = ("cancel", "keep", "upgrade", "reduce", "new")
"""In the order in which a reader asks."""


@dataclass(slots=True)
class _Line:
    """One line before and after."""

    link: str
    kind: LinkKind
    a: str
    carrier: str
    before: dict[str, int]
    monthly_before: int
    after: PlannedLink | None = None

    @property
    def works(self) -> bool:
        """Whether something is built."""
        return self.after is not None and self.after.modules != self.before


def with_changeover(plan: Plan, network: Network) -> Plan:
    """Return the plan with its changeover, when a scenario has terms for one; the latest day and last terms count."""
    terms = [use.scenario.changeover for use in network.records.scenarios if use.scenario.changeover]
    if not terms:
        return plan
    chosen = max(terms, key=lambda one: (one.effective, one.lead_days.value))
    return plan.model_copy(update={"changeover": changeover(plan, network, chosen)})


def changeover(plan: Plan, network: Network, terms: Terms) -> Changeover:
    """Return what happens to every line of the old plan and of the new one."""
    lines = _lines(plan, network)
    capacity = {(link.id, module.id): module.capacity_mbps for link in network.links for module in link.modules} | {
        ("", module.id): module.capacity_mbps.value for module in network.records.modules
    }
    works = sorted((line for line in lines if line.works), key=lambda line: (ORDER[line.kind], natural_key(line.link)))
    week = max(1, terms.lines_per_week.value)
    waves = {line.link: 1 + index // week for index, line in enumerate(works)}
    last = max(waves.values(), default=0)
    changes = [_change(line, waves.get(line.link, 0), last, terms, capacity) for line in lines]
    changes.sort(key=lambda change: (change.action == "keep", change.wave, natural_key(change.link)))
    before = sum(change.monthly_before_vnd for change in changes)
    after = sum(change.monthly_after_vnd for change in changes)
    one_off, transition = (sum(getattr(c, name) for c in changes) for name in ("one_off_vnd", "transition_vnd"))
    actions = [change.action for change in changes]
    return Changeover(
        effective=terms.effective.isoformat(),
        lines=tuple(changes),
        counts={action: actions.count(action) for action in ACTIONS},
        monthly_before_vnd=before,
        monthly_after_vnd=after,
        one_off_vnd=one_off,
        transition_vnd=transition,
        pays_back_months=round((one_off + transition) / (before - after), 1) if after < before else None,
    )


def _lines(plan: Plan, network: Network) -> list[_Line]:
    """Put old and new lines together by their link."""
    found: dict[str, _Line] = {}
    for line in network.records.taken_over:
        record = line.record
        held = found.setdefault(line.link, _Line(line.link, record.kind, record.site, record.carrier, {}, 0))
        held.before[line.record.module] = line.record.count
        held.monthly_before += line.monthly_vnd
    for link in plan.network.links:
        held = found.setdefault(link.id, _Line(link.id, link.kind, link.a, link.carrier, {}, 0))
        held.after = link
    return list(found.values())


def _change(line: _Line, wave: int, last: int, terms: Terms, capacity: dict[tuple[str, str], float]) -> LineChange:
    after, day = line.after, terms.effective
    monthly, action = (after.cost.monthly_vnd if after else 0), _action(line, capacity)
    order_by = on = None
    transition = 0
    if action == "cancel":
        end = day + dt.timedelta(days=terms.overlap_days.value)
        wave, on, order_by = last + 1, end, end - dt.timedelta(days=terms.notice_days.value)
        transition = _rent(line.monthly_before, terms.overlap_days.value)
        transition += round(line.monthly_before * terms.termination_months.value)
    elif action != "keep":
        early = 7 * (last - wave)
        on = day - dt.timedelta(days=early)
        order_by = on - dt.timedelta(days=terms.lead_days.value)
        transition = _rent(max(0, monthly - line.monthly_before), early)
    return LineChange(
        link=line.link,
        kind=line.kind,
        a=line.a,
        carrier=line.carrier,
        action=action,
        before=line.before,
        after=after.modules if after else {},
        monthly_before_vnd=line.monthly_before,
        monthly_after_vnd=monthly,
        one_off_vnd=after.cost.one_off_vnd if after else 0,
        transition_vnd=transition,
        wave=wave,
        order_by=order_by.isoformat() if order_by else None,
        on=on.isoformat() if on else None,
    )


def _action(line: _Line, capacity: dict[tuple[str, str], float]) -> Action:
    if line.after is None:
        return "cancel"
    if not line.before:
        return "new"
    if not line.works:
        return "keep"

    def total(modules: dict[str, int]) -> float:
        return sum(n * capacity.get((line.link, name), capacity.get(("", name), 0.0)) for name, n in modules.items())

    return "upgrade" if total(line.after.modules) >= total(line.before) else "reduce"


def _rent(monthly_vnd: int, days: int) -> int:
    return round(monthly_vnd * days / MONTH_DAYS)
