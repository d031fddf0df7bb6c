"""From records and scenarios to patched records: everything downstream reads them like any others.

Contracts end and records go first, then records come, then values change, then numbers are multiplied: one step for all
scenarios before the next, so that the order of the scenarios does not count. What contradicts is an error.
"""

import dataclasses
import hashlib
import itertools
import operator
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError

from topology.candidates import candidate_links, line_of
from topology.check.shape import fill, translate
from topology.digest import digest, ordered
from topology.findings import Finding
from topology.model import AppliedScenario, LeasedLine, PatchedValue, Position, Records
from topology.order import natural_key
from topology.scenario.patches import (
    Patch,
    add_entry,
    as_json,
    chosen,
    conflicts,
    scale_value,
    set_value,
)
from topology.scenario.places import put_places
from topology.scenario.plain import BESIDE, MODELS, SINGLES, Place, Step, at, entry_name
from topology.scenario.read import ScenarioFile
from topology.scenario.work import Work
from topology.schema.scenario import AddRecord, EndContract
from topology.walk import LISTS, record_id


@dataclass(frozen=True, slots=True)
class Over:
    """What a plan leased and equipped: there already when a scenario is planned over it."""

    lines: tuple[LeasedLine, ...] = ()
    points: tuple[str, ...] = ()
    """Exchanges equipped as concentration points: their equipment is not paid for again."""
    file: str = "plan.json"


@dataclass(frozen=True, slots=True)
class Patched:
    """Patched records, or why there are none."""

    records: Records | None
    findings: list[Finding]


def apply(base: Records, files: Iterable[ScenarioFile], over: Over | None = None) -> Patched:
    """Apply scenarios to checked records.

    Parameters
    ----------
    base
        Records without scenarios.
    files
        Scenarios, each once, in any order.
    over
        Lines of the plan that scenarios with `over: plan` stand on; None when there is no such plan.

    """
    ordered_files = sorted(files, key=lambda file: natural_key(file.scenario.id))
    work = Work(base, ordered_files)
    stands = any(file.scenario.over == "plan" for file in ordered_files)
    planned = _stand_on(work, over) if stands else set[str]()
    _end_contracts(work)
    _remove(work)
    _add(work)
    _change(work)
    models = _validate(work)
    if models is None or any(found.severity == "error" for found in work.findings):
        return Patched(None, work.findings)
    applied = tuple(
        AppliedScenario(file.scenario, tuple(p.done() for p in work.patches if p.file is file))
        for file in ordered_files
    )
    records = _without_lost(_records(work, models, applied), planned)
    taken = over.lines if stands and over else ()
    return Patched(dataclasses.replace(records, taken_over=taken), work.findings)


def _stand_on(work: Work, over: Over | None) -> set[str]:
    """Put the lines of the plan among the existing ones, and take its concentration points as paid for."""
    planned: set[str] = set()
    over = over or Over()
    place = Position(over.file, 1, 1)
    for line in (leased.record for leased in over.lines):
        if line.key not in work.tree["existing-link"]:
            work.tree["existing-link"][line.key] = line.model_dump(mode="json", by_alias=True)
            planned.add(line.key)
            work.come.append((f"existing-link/{line.key}", place))
    for name in over.points:
        if name in work.tree["exchange"]:
            work.tree["exchange"][name]["concentration_one_off_vnd"] = 0
            work.changed.setdefault(("exchange", name), [])
            work.come.append((f"exchange/{name}/concentration_one_off_vnd", place))
    return planned


def _end_contracts(work: Work) -> None:
    for patch in work.of("end-contract"):
        assert isinstance(patch.stated, EndContract)
        for place in chosen(work.tree, patch, work.findings):
            patch.values.append(PatchedValue(place.path, as_json(at(work.tree, place.steps)), "false"))
            at(work.tree, place.root)["contract"] = False
            work.note(patch, place)
        lines = work.tree["existing-link"]
        for key in [key for key, line in lines.items() if line["carrier"] == patch.stated.carrier]:
            patch.values.append(PatchedValue(f"existing-link/{key}", as_json(lines.pop(key)), ""))
            work.gone.add(f"existing-link/{key}")


def _remove(work: Work) -> None:
    doomed: dict[tuple[Step, ...], set[str]] = {}
    for patch in work.of("remove"):
        for place in chosen(work.tree, patch, work.findings):
            holder = at(work.tree, place.steps[:-1])
            listed = isinstance(holder, list) or (len(place.steps) == 2 and place.steps[0] in LISTS)
            if not listed:
                work.findings.append(patch.report("E-SCN-005", patch.word, path=place.path.rpartition("/")[0]))
                continue
            patch.values.append(PatchedValue(place.path, as_json(at(work.tree, place.steps)), ""))
            doomed.setdefault(place.steps[:-1], set()).add(place.path.rpartition("/")[2])
            work.gone.add(place.path)
            if len(place.steps) > 2 or place.steps[0] in SINGLES:
                work.note(patch, Place(place.steps[:-1], place.path.rpartition("/")[0]))
    for steps, named in doomed.items():
        holder = at(work.tree, steps)
        if isinstance(holder, dict):
            for name in named:
                holder.pop(name, None)
        else:
            holder[:] = [one for index, one in enumerate(holder) if entry_name(index, one) not in named]


def _add(work: Work) -> None:
    for patch in work.of("add"):
        assert isinstance(patch.stated, AddRecord)
        into = patch.stated.into
        if into in LISTS:
            _add_record(work, patch, into)
            continue
        for place in chosen(work.tree, patch, work.findings, work.gone):
            new = add_entry(work.tree, patch, place, work.findings)
            if new is not None:
                work.note(patch, new)


def _add_record(work: Work, patch: Patch, kind: str) -> None:
    """Put a record of a file of its own into the list of its kind; its errors have their exact place."""
    assert isinstance(patch.stated, AddRecord)
    model = fill(MODELS[kind], patch.stated.record, patch.document, patch.value_at, work.findings)
    if model is None:
        return
    name = record_id(model)
    if name in work.tree[kind]:
        first = work.base.positions.get(f"{kind}/{name}")
        other = next(
            (p for p in work.of("add") if p is not patch and any(v.path == f"{kind}/{name}" for v in p.values)), None
        )
        there = str(other.position(other.value_at) if other else first)
        work.findings.append(patch.report("E-SCN-002", patch.value_at, path=f"{kind}/{name}", other=there))
        return
    work.tree[kind][name] = model.model_dump(mode="json", by_alias=True)
    patch.values.append(PatchedValue(f"{kind}/{name}", "", as_json(work.tree[kind][name])))
    work.note(patch, Place((kind, name), f"{kind}/{name}"))


def _change(work: Work) -> None:
    """Set, then scale; both have chosen their values before any changes."""
    touched = [
        (patch, place)
        for patch in [*work.of("set"), *work.of("scale")]
        for place in chosen(work.tree, patch, work.findings, work.gone)
    ]
    wrong = conflicts(touched)
    work.findings += wrong
    if wrong:
        return
    for patch, together in itertools.groupby(touched, key=operator.itemgetter(0)):
        places = [place for _, place in together]
        step = set_value if patch.kind == "set" else scale_value
        found = [finding for place in places for finding in step(work.tree, patch, place)]
        idle = found and all(finding.severity == "warning" for finding in found)
        # A pattern may well reach a value that is so already: idle is only a patch that changes nothing at all.
        work.findings += [] if idle and len(found) < len(places) else found
        for place in places:
            work.note(patch, place)


def _validate(work: Work) -> dict[tuple[Step, ...], BaseModel] | None:
    """Build every record that changed; what has not its shape any more is an error of the patch that did it."""
    found: dict[tuple[Step, ...], BaseModel] = {}
    for root, patches in work.changed.items():
        kind = str(root[0])
        model = SINGLES.get(kind) or MODELS[kind]
        try:
            value = at(work.tree, root)
        except KeyError:
            continue  # a record that went
        try:
            found[root] = ordered(model.model_validate_json(as_json(value), strict=True))
        except ValidationError as error:
            work.findings += [_translate(model, detail, root, patches) for detail in error.errors(include_url=False)]
    return None if any(one.severity == "error" for one in work.findings) else found


def _translate(
    model: type[BaseModel],
    detail: Any,  # noqa: ANN401
    root: tuple[Step, ...],
    patches: list[tuple[Patch, Place]],
) -> Finding:
    """Give an error to the patch that changed the value, else to the last one that touched the record."""
    location = (*root, *detail["loc"])
    guilty = [patch for patch, place in patches if location[: len(place.steps)] == place.steps]
    patch = (guilty or [patch for patch, _ in patches])[-1]
    return translate(model, detail, patch.document, (), patch.value_at)


def _records(work: Work, models: dict[tuple[Step, ...], BaseModel], applied: tuple[AppliedScenario, ...]) -> Records:
    base, lists = work.base, dict[str, Any]()
    for kind, name in LISTS.items():
        held = {record_id(record): record for record in getattr(base, name)}
        held |= {str(root[1]): model for root, model in models.items() if root[0] == kind and len(root) == 2}
        for key in work.tree[kind].keys() - held.keys():
            held[key] = MODELS[kind].model_validate_json(as_json(work.tree[kind][key]), strict=True)
        there = [held[key] for key in work.tree[kind]]
        lists[name] = tuple(sorted(there, key=lambda record: natural_key(record_id(record))))
    policy: Any = models.get(("policy",))
    figures: Any = models.get(("figures",))
    singles: dict[str, Any] = {name: models[name,] for name in ("province", "slice", *BESIDE) if (name,) in models}
    if policy is not None:
        singles |= {"classes": policy.classes, "network_policy": policy.network,
                    "placement": policy.placement, "money": policy.money}  # fmt: skip
    if figures is not None:
        singles["figure_records"] = dict(sorted(figures.figures.items()))
        singles["figures"] = {name: figure.value for name, figure in singles["figure_records"].items()}
    records = dataclasses.replace(base, **lists, **singles, scenarios=applied, positions=put_places(work))
    return dataclasses.replace(records, digest=patched_digest(records))


def patched_digest(records: Records) -> str:
    """SHA-256 over patched records and over what the scenarios say."""
    said = [record for name in LISTS.values() for record in getattr(records, name)]
    said += [records.province, records.slice, records.network_policy, records.placement, records.money]
    said += [one for one in (records.bridge, records.moving) if one]
    said += [*records.classes.values(), *(one.scenario for one in records.scenarios)]
    named = sorted([*records.classes, *(f"{name} {figure.value}" for name, figure in records.figure_records.items())])
    return hashlib.sha256("\n".join([digest(said), *named]).encode()).hexdigest()


def _without_lost(records: Records, planned: set[str]) -> Records:
    """Leave out the lines of the plan that cannot be leased any more: their site, carrier or duct is gone."""
    if not planned:
        return records
    possible = {line_of(link): {m.id: m.max_count for m in link.modules} for link in candidate_links(records)}
    kept = tuple(
        line
        for line in records.existing_links
        if line.key not in planned or line.count <= possible.get(line.line, {}).get(line.module, 0)
    )
    records = dataclasses.replace(records, existing_links=kept)
    return dataclasses.replace(records, digest=patched_digest(records))
