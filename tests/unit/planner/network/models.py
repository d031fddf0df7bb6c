"""The text of every family of constraints on five nodes; `python -m tests.unit.planner.network.models` writes it."""

import importlib
import pkgutil
import re
from collections.abc import Callable, Iterator
from itertools import combinations
from math import ceil
from pathlib import Path

import planner.network
from planner.network import access, disjoint
from planner.network.columns import Route
from planner.network.master import FAMILIES, model_text
from planner.network.paths import accesses
from planner.network.purchase import KBPS, Purchase, frontier
from tests.unit.planner.network import five

DIRECTORY = Path(__file__).with_name("golden")
LABEL = re.compile(r"\((\w+)\)$", re.MULTILINE)
"""At the end of a line of a docstring: the name of the inequality before it."""
DERIVED = frozenset({"Lagrange", "ends", "conflict", "cut", "stay"})
"""Names of what follows from the constraints: bound of relax, prices of ends, why there is no plan, what stays."""


def docstrings() -> dict[str, str]:
    """Return the docstring of every module of planner.network."""
    names = [module.name for module in pkgutil.iter_modules(planner.network.__path__)]
    return {name: importlib.import_module(f"planner.network.{name}").__doc__ or "" for name in names}


def families() -> dict[str, str]:
    """Return every family of constraints with the module that states it."""
    found = {label: module for module, text in docstrings().items() for label in LABEL.findall(text)}
    return {label: module for label, module in found.items() if label not in DERIVED}


def text(family: str) -> str:
    """Return the text of a family on the five nodes."""
    if family in FAMILIES:
        return five.master(family).text()
    if family in hub_rows():
        return _only(family, model_text(five.hubs().choose()))
    if family in heavy_rows():
        return _only(family, model_text(five.hubs(None).choose()))
    return "\n".join(RULES[family]()) + "\n"


def hub_rows() -> set[str]:
    """Return the families of the relaxation that chooses concentration points."""
    return {row.name.partition("[")[0] for row in five.hubs().model.linear_constraints()}


def heavy_rows() -> set[str]:
    """Return the families that sites told apart add to it."""
    return {row.name.partition("[")[0] for row in five.hubs(None).model.linear_constraints()} - hub_rows()


def _only(family: str, model: str) -> str:
    """Keep the rows of one family and what they need of objective and bounds."""
    head, _, rest = model.partition("subject to\n")
    rows, _, bounds = rest.partition("bounds\n")
    kept = [row for row in re.split(r"(?m)^(?=  \S+: )", rows) if row.startswith(f"  {family}[")]
    names = {line.split()[1] for row in kept for line in row.splitlines()[1:]}
    prices = [line for line in head.splitlines()[1:] if line.split()[1] in names]
    limits = [line for line in bounds.splitlines() if line.split()[2] in names]
    return "\n".join(["minimize", *prices, "subject to", *"".join(kept).splitlines(), "bounds", *limits]) + "\n"


def _bought(purchase: Purchase | None) -> str:
    if purchase is None:
        return "impossible"
    counts = " + ".join(str(count) for count in purchase.counts)
    return f"{purchase.capacity_kbps} kbit/s ({counts}) for {purchase.cost_vnd} VND"


def _access() -> Iterator[str]:
    for site, own in accesses(five.candidates()).items():
        for line in own:
            yield f"primary[{site},{line.link.id}] = {_bought(access.primary(five.candidates(), site, line.link))}"
            yield f"backup[{site},{line.link.id}] = {_bought(access.backup(five.candidates(), site, line.link))}"


def _purchase() -> Iterator[str]:
    for link in five.candidates().links.values():
        for purchase in frontier(link, five.candidates().money, five.candidates().enough_kbps):
            yield f"{link.id}: {_bought(purchase)}"


def _disjoint() -> Iterator[str]:
    for site, own in accesses(five.candidates()).items():
        choices = five.site_choices()[site]
        routes = [Route(line, path) for line in own for path in five.paths()[line.to]]
        for one, two in combinations(routes, 2):
            shared = five.candidates().group_names(one.fails & two.fails & choices.survived)
            links = sorted(set(one.links) & set(two.links))
            fits = disjoint.admissible(one.fails, two.fails, choices.survived)
            assert fits == (not shared)
            word = "stand together" if fits and not links else f"share {', '.join(links + shared)}"
            yield f"{site}: {one.key} | {two.key}: {word}"


def _internet() -> Iterator[str]:
    records = five.network().records
    needed = ceil(records.figures["internet_mbps"] * KBPS / records.network_policy.max_occupancy.value)
    links = [link for link in five.network().links if link.kind == "internet"]
    for link in links:
        yield f"{link.id}: {_bought(frontier(link, five.candidates().money, needed)[-1])} of {needed}"
    chosen = [link.id for link in five.planned().parts.links if link.kind == "internet"]
    yield f"chosen: {' | '.join(chosen)}"


RULES: dict[str, Callable[[], Iterator[str]]] = {
    "access": _access,
    "disjoint": _disjoint,
    "internet": _internet,
    "purchase": _purchase,
}
"""Families that never become rows: what they allow is listed before the search."""


def main() -> None:
    """Write all golden files."""
    DIRECTORY.mkdir(exist_ok=True)
    for family in families():
        (DIRECTORY / f"{family}.txt").write_text(text(family), encoding="utf-8")


if __name__ == "__main__":
    main()
