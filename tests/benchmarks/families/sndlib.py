"""SNDlib networks (XML): link capacity for a demand matrix, without failures (N) or under single-link failures (U).

A model is three letters and a survivability: demands U/D, links U/B/D, capacity M/E/L/S, then N or U
(sndlib.zib.de, network model format). The cost is that of modules and of capacity already there; routing cost and fixed
charge count only where the model's text says that they are included. Hop limits count only there too.
"""

import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

from planner.checker.survivable import verify_survivable
from planner.limits import Limits
from planner.survivable.instance import NORMAL, Demand, Instance, Link, Module, Sense, single_links
from planner.survivable.solve import solve as design
from tests.benchmarks.family import Case, Family, Solved, by_file, index, read_text, stem

SENSES: dict[str, Sense] = {"U": "undirected", "B": "bidirected", "D": "directed"}
LETTERS = re.compile(r"\b([UD])-?([UBD])-?([MELS])\b(?:-[A-Z])*[\s-]*\b([NU])?\b")


def cases(folder: Path, survivability: str | None) -> list[Case]:
    """Return the rows of the index whose file is there, or every file when there is no index.

    A row without a model is of the survivability asked for.
    """
    files = {stem(path): path for path in by_file(folder, ".xml")}
    rows = [row for row in index(folder) if row["instance"] in files]
    found = []
    for row in rows:
        model = row.get("model", "")
        letters = _letters(model)
        if survivability is not None and not letters:
            model = f"(any) {survivability}"
        if survivability in (None, *letters[3:]) or not letters:
            found.append(Case(row["instance"], model, files[row["instance"]], row.get("best_known", "")))
    named = {row["instance"] for row in rows}
    found += [Case(name, f"(any) {survivability or 'U'}", files[name]) for name in files if name not in named]
    return sorted(found, key=lambda case: (case.instance, case.model))


def _letters(model: str) -> tuple[str, ...]:
    """Return demand, link, capacity and survivability letter; nothing for what the text does not say."""
    found = LETTERS.search(model)
    return tuple(letter or "N" for letter in found.groups()) if found else ()


def read(path: Path, model: str) -> Instance:
    """Read a network under a model.

    Raises
    ------
    ValueError
        The file is no SNDlib network.

    """
    root = ET.fromstring(read_text(path))
    spaces = root.tag[: root.tag.index("}") + 1] if "}" in root.tag else ""

    def text(element: ET.Element, name: str) -> str | None:
        found = element.find(spaces + name)
        return found.text.strip() if found is not None and found.text else None

    def figure(element: ET.Element, name: str) -> float:
        return float(text(element, name) or 0.0)

    nodes = tuple(node.attrib["id"] for node in root.iter(f"{spaces}node"))
    elements = list(root.iter(f"{spaces}link"))
    if not nodes or not elements:
        message = f"{path.name} holds no SNDlib network"
        raise ValueError(message)
    said = _letters(model)
    if not said:
        pairs = {(text(link, "source"), text(link, "target")) for link in elements}
        both = any((end, start) in pairs for start, end in pairs)
        said = (*("DBM" if both else "UUM"), "U" if re.search(r"\bU\b", model) else "N")
    _, link_letter, capacity, survivability = said
    links = []
    constant = 0.0
    for element in elements:
        modules = tuple(
            Module(figure(module, "capacity"), figure(module, "cost")) for module in element.iter(f"{spaces}addModule")
        )
        modules = tuple(module for module in modules if module.capacity > 0)
        smallest = min(modules, key=lambda module: (module.capacity, module.cost), default=None)
        there = element.find(f"{spaces}preInstalledModule")
        constant += figure(there, "cost") if there is not None else 0.0
        links.append(
            Link(
                id=element.attrib["id"],
                source=text(element, "source") or "",
                target=text(element, "target") or "",
                modules=(smallest,) if capacity == "S" and smallest else modules,
                existing=figure(there, "capacity") if there is not None else 0.0,
                fixed_charge=figure(element, "setupCost") if _includes(model, "fixed charge") else 0.0,
                routing_cost=figure(element, "routingCost") if _includes(model, "routing cost") else 0.0,
                unit_cost=smallest.cost / smallest.capacity if smallest else None,
            )
        )
    hops = _includes(model, "hop limits?")
    demands = tuple(
        Demand(
            id=element.attrib["id"],
            source=text(element, "source") or "",
            target=text(element, "target") or "",
            value=figure(element, "demandValue") * float(text(element, "routingUnit") or 1.0),
            hop_limit=int(float(text(element, "maxPathLength") or len(nodes))) if hops else None,
        )
        for element in root.iter(f"{spaces}demand")
    )
    instance = Instance(
        nodes=nodes,
        links=tuple(links),
        demands=tuple(demand for demand in demands if demand.source != demand.target),
        states=(NORMAL,),
        sense=SENSES[link_letter],
        sizing="explicit" if capacity == "E" else "linear" if capacity == "L" else "modular",
        name=stem(path),
        constant_cost=constant,
    )
    return replace(instance, states=(NORMAL, *single_links(instance))) if survivability == "U" else instance


def _includes(model: str, what: str) -> bool:
    return re.search(rf"(incl\.|includes|including|with|\+)\s*(?:{what})", model) is not None


def solve(case: Case, time_limit_s: float) -> Solved:
    """Design and check."""
    instance = read(case.path, case.model)
    answer = design(instance, Limits(time_limit_s=time_limit_s))
    _, violations = verify_survivable(answer, instance)
    return Solved(answer.status, answer.objective, answer.bound, checked=not violations)


FAMILY = Family("sndlib", cases, solve)
