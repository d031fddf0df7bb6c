"""Puts the report together: same plan, same results, same language, same bytes. Imports the views beside it."""

import json
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from planner.plan import Plan, PlannedLink
from provdc import ledger
from provdc.report import geometry, money, promises, province, racks, years
from provdc.results import OUTCOMES, Results, controls
from provdc.summary import occupancy, summarise
from provdc.text import Lang, numbers, say
from provdc.text.why import reason, term


def render(
    plan: Plan,
    lang: Lang,
    *,
    outlines: Path | None = None,
    results: Results | None = None,
    front: Path | None = None,
) -> str:
    """Return the report as one HTML document.

    Parameters
    ----------
    plan
        What is reported.
    lang
        Language of the whole document.
    outlines
        GeoJSON file with the province's units; without it the sites' hull is drawn.
    results
        Last verification; shown as such, and as stale when it verified another plan.
    front
        What `provdc plan --pareto` kept; shown when it belongs to the plan's records.
    """
    drawing = province.draw(plan, geometry.outlines(outlines))
    environment = Environment(
        loader=PackageLoader("provdc.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= filters(lang)
    return environment.get_template("report.html.j2").render(
        lang=lang,
        t=partial(text, lang),
        why=partial(reason, lang),
        plan=plan,
        summary=summarise(plan),
        map=drawing,
        racks=racks.elevations(plan),
        rack_u=racks.U,
        years=years.draw(plan),
        promises=promises.draw(front, plan.digest),
        cost_groups=money.groups(plan),
        cost_carriers=money.carriers(plan),
        links={link.id: link for link in plan.network.links},
        occupancy={link.id: occupancy(link) for link in plan.network.links},
        levels=levels(plan, plan.network.links),
        names=names(plan),
        ledger_links=ledger.fullest_links(plan),
        ledger_counts=ledger.counts(plan.ledger),
        ledger_label=partial(ledger.label, lang),
        machines={machine.id: machine for machine in plan.machines},
        ports=port_ranges,
        checks=checks(results),
        results=results,
        stale=results is not None and results.digest != plan.digest,
        data=script_data(drawing),
        style=asset("style.css"),
        script=asset("script.js"),
    )


def text(lang: Lang, key: str, /, **facts: object) -> str:
    """Return a text of the report."""
    return say(lang, f"report.{key}", **facts)


def filters(lang: Lang) -> dict[str, Callable[..., object]]:
    """Return the template filters that write numbers and names in a language."""
    return {
        "n": partial(numbers.number, lang),
        "short": partial(numbers.short, lang),
        "pct": partial(numbers.percent, lang),
        "vnd": partial(numbers.money, lang),
        "change": partial(numbers.change, lang),
        "named": lambda name: getattr(name, lang),
        "term": lambda word, group: term(lang, group, word),
    }


def port_ranges(ports: tuple[int, ...]) -> str:
    """Return ports with runs shortened.

    >>> port_ranges((25, 443, 10000, 10001, 10002))
    '25, 443, 10000–10002'
    """
    runs: list[list[int]] = []
    for port in sorted(ports):
        if runs and port == runs[-1][1] + 1:
            runs[-1][1] = port
        else:
            runs.append([port, port])
    return ", ".join(str(first) if first == last else f"{first}–{last}" for first, last in runs)


def names(plan: Plan) -> Mapping[str, str]:
    """Return the names of places by id."""
    places = {site.id: site.name for site in plan.network.sites}
    if plan.core_place is not None:
        places[plan.core] = plan.core_place.name
    return places | {point.id: point.name for point in plan.network.concentration_points}


def levels(plan: Plan, links: tuple[PlannedLink, ...]) -> dict[str, list[int]]:
    """Return how many links stand in each load class: with nothing failed, and in their worst state."""
    warn, limit = plan.policy["warn_occupancy"], plan.policy["max_occupancy"]
    counts = {"normal": [0] * province.LEVELS, "worst": [0] * province.LEVELS}
    for link in links:
        if link.kind != "mobile":
            for view, share in zip(counts, occupancy(link), strict=True):
                counts[view][province.load_class(share, warn, limit)] += 1
    return counts


def checks(results: Results | None) -> dict[str, Any] | None:
    """Return the verification as a table: controls down, machines across, the worst outcome in each cell."""
    if results is None:
        return None
    worst = ["failed", "waived", "skipped", "passed"]
    cells: dict[str, dict[str, str]] = {}
    for result in results.results:
        row = cells.setdefault(result.control, {})
        row[result.machine] = min(row.get(result.machine, "passed"), result.outcome, key=worst.index)
    machines = sorted({result.machine for result in results.results}, key=lambda name: (name != "plan", name))
    return {
        "machines": machines,
        "cells": dict(sorted(cells.items())),
        "controls": controls(),
        "counts": {outcome: results.count(outcome) for outcome in OUTCOMES},
        "remarks": [result for result in results.results if result.outcome != "passed"],
    }


def script_data(drawing: province.Map) -> str:
    """Return what the script needs, as JSON that cannot end its own element."""
    data = {
        "width": drawing.width,
        "height": drawing.height,
        "places": [[dot.id, dot.x, dot.y, *map(list, drawing.routes.get(dot.id, ((), ())))] for dot in drawing.dots],
        "states": {outage.id: [list(outage.links), list(outage.cut_off)] for outage in drawing.outages},
    }
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


def asset(name: str) -> str:
    """Return a style sheet or script to be written into the document as it is."""
    return (Path(__file__).parent / "templates" / name).read_text(encoding="utf-8")
