"""A comparison of two plans as text for a terminal, and as Markdown for a merge request: summary first, then detail."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from planner.comparison import Comparison, Risk
from planner.plan_io import Change
from provdc.changes import line
from provdc.text import Lang, say
from provdc.text.numbers import change, money, percent

Row = tuple[str, str, str]
"""Label, before, after."""
OF_DEMAND = ("demand_by_class_mbps", "backup_mbps")
"""Fields of a site that follow from its demand."""
MOST_IN_MARKDOWN = 200
"""Differences shown for one group: a merge request is read by people."""


def text(lang: Lang, found: Comparison) -> list[str]:
    """Return the lines of a comparison: what matters most at the top."""
    rows = list(summary(lang, found))
    width = max(len(label) for label, *_ in rows)
    lines = [f"{found.before} → {found.after}", ""]
    lines += [f"  {label:<{width}}  {_arrow(before, after)}" for label, before, after in rows]
    for group, changes in found.groups.items():
        lines += ["", f"{say(lang, f'cli.diff_{group}')} ({len(changes)})"]
        lines += [f"  {told}" for told in folded(lang, changes)]
    return lines


def markdown(lang: Lang, found: Comparison) -> str:
    """Return a comparison for a merge request: a table, and the details folded away."""
    head = [say(lang, f"cli.diff_{name}") for name in ("what", "before", "after")]
    out = [f"### {_escaped(found.before)} → {_escaped(found.after)}", ""]
    out += [f"| {' | '.join(head)} |", "|---|---|---|"]
    out += [
        f"| {_escaped(label)} | {_escaped(before)} | {_escaped(after)} |"
        for label, before, after in summary(lang, found)
    ]
    for group, changes in found.groups.items():
        out += ["", f"<details><summary>{say(lang, f'cli.diff_{group}')} ({len(changes)})</summary>", ""]
        told = folded(lang, changes)
        out += [f"- {_escaped(one)}" for one in told[:MOST_IN_MARKDOWN]]
        if len(told) > MOST_IN_MARKDOWN:
            out.append("- " + say(lang, "cli.diff_more", count=len(told) - MOST_IN_MARKDOWN))
        out += ["", "</details>"]
    return "\n".join(out) + "\n"


def folded(lang: Lang, changes: Sequence[Change]) -> list[str]:
    """Return one line for each thing that differs; what follows from its demand is left to the demand."""
    lines: list[str] = []
    for (kind, name), mine in groupby(changes, key=lambda one: (one.kind, one.id)):
        every = list(mine)
        fields = {one.what for one in every}
        kept = [one for one in every if not (one.what in OF_DEMAND and "demand_down_mbps" in fields)]
        first, *rest = [line(lang, one) for one in kept]
        head = f"{first[:1]} {kind} {name}"
        lines.append(" · ".join([first, *(one.removeprefix(head).strip() for one in rest)]))
    return lines


def summary(lang: Lang, found: Comparison) -> Iterator[Row]:
    """Give label, before and after of everything that sums up two plans."""
    for part in found.money:
        costs = (part.before, part.after)
        difference = change(lang, part.after.present_value_vnd - part.before.present_value_vnd)
        now, then = (money(lang, cost.present_value_vnd) for cost in costs)
        yield say(lang, f"cli.diff_cost_{part.part}"), now, f"{then} ({difference})"
        if part.part == "total":
            yield _row(lang, "once", [money(lang, cost.one_off_vnd) for cost in costs])
            yield _row(lang, "monthly", [money(lang, cost.monthly_vnd) for cost in costs])
    yield from _terms(lang, found)
    yield from _risks(lang, *found.risk)
    if found.stay[0] < found.stay[1]:
        yield say(lang, "cli.stays"), "", say(lang, "cli.diff_stays", stay=found.stay[0], of=found.stay[1])
    for tally in found.tallies:
        if tally.kind not in ("cost", "risk"):
            counts = say(lang, "cli.diff_tally", added=tally.added, removed=tally.removed, changed=tally.changed)
            yield say(lang, f"cli.diff_kind_{tally.kind.replace('-', '_')}"), "", counts


def _terms(lang: Lang, found: Comparison) -> Iterator[Row]:
    """Tell what the cost leaves out, and whether the two can be compared at all."""
    total = next((part for part in found.money if part.part == "total"), None)
    if any(side.rooms_vnd for side in found.terms):
        yield _row(lang, "rooms", [money(lang, side.rooms_vnd) for side in found.terms])
        if total is not None:
            sums = [
                cost.present_value_vnd + side.rooms_vnd
                for cost, side in zip((total.before, total.after), found.terms, strict=True)
            ]
            now, then = (money(lang, one) for one in sums)
            yield say(lang, "cli.diff_with_rooms"), now, f"{then} ({change(lang, sums[1] - sums[0])})"
    expected = [side.expected_vnd for side in found.terms]
    if expected[0] is not None and expected[1] is not None:
        now, then = (money(lang, one) for one in expected if one is not None)
        yield say(lang, "cli.years"), now, f"{then} ({change(lang, round(expected[1] - expected[0]))})"
    if found.sunk_vnd:
        yield say(lang, "cli.diff_sunk"), money(lang, found.sunk_vnd), say(lang, "cli.diff_sunk_value")
    bases = [(side.horizon_years, side.discount_rate) for side in found.terms]
    if bases[0] != bases[1]:
        said = [say(lang, "cli.diff_basis_value", years=y, rate=percent(lang, rate, 1)) for y, rate in bases]
        yield say(lang, "cli.diff_basis"), said[0], f"{said[1]}  {say(lang, 'cli.diff_basis_note')}"


def _row(lang: Lang, key: str, sides: Sequence[str]) -> Row:
    return say(lang, f"cli.diff_{key}"), sides[0], sides[1]


def _risks(lang: Lang, before: Risk, after: Risk) -> Iterator[Row]:
    sides = (before, after)
    yield _row(lang, "gap", [percent(lang, side.gap, 1) for side in sides])
    yield _row(lang, "worst", [_worst(lang, side) for side in sides])
    yield _row(lang, "fullest", [_fullest(lang, side) for side in sides])
    new = [site for site in after.cut_off if site not in before.cut_off]
    yield _row(lang, "cut", [str(len(before.cut_off)), _listed(len(after.cut_off), new)])
    yield _row(lang, "lowest", [_lowest(lang, side) for side in sides])
    filled = [name for name in after.full if name not in before.full]
    yield _row(lang, "full", [str(len(before.full)), _listed(len(after.full), filled)])


def _worst(lang: Lang, side: Risk) -> str:
    if side.worst_state is None:
        return "–"
    return say(lang, "cli.diff_worst_value", state=side.worst_state, sites=side.worst_sites)


def _fullest(lang: Lang, side: Risk) -> str:
    if side.fullest_link is None:
        return "–"
    return f"{percent(lang, side.fullest_share)} {side.fullest_link} ({side.fullest_state})"


def _lowest(lang: Lang, side: Risk) -> str:
    if side.lowest_availability is None:
        return "–"
    return f"{percent(lang, side.lowest_availability, 3)} {side.lowest_site}"


def _listed(count: int, new: list[str], most: int = 5) -> str:
    shown = ", ".join(f"+ {name}" for name in new[:most]) + (", …" if len(new) > most else "")
    return f"{count}  {shown}" if shown else str(count)


def _arrow(before: str, after: str) -> str:
    if not before or before == after:
        return after
    return f"{before} → {after}"


def _escaped(words: str) -> str:
    """Return words that Markdown shows as they are."""
    for sign in "\\|*_<>`":
        words = words.replace(sign, f"\\{sign}")
    return words.replace("\u00a0", " ")
