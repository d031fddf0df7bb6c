"""What one patch does to the plain records, and whether two of them contradict each other."""

import json
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Literal

from topology.check.messages import finding
from topology.findings import Finding, did_you_mean
from topology.model import AppliedPatch, PatchedValue, Position
from topology.positions import at_span
from topology.read.document import Document
from topology.read.document import Path as DocumentPath
from topology.scenario.plain import Place, Plain, at, entry_name, is_figure, names, select, within
from topology.scenario.read import ScenarioFile
from topology.schema.base import Name
from topology.schema.scenario import AddRecord, EndContract, RemoveRecord, ScaleValue, SetValue, Stated

Kind = Literal["end-contract", "remove", "add", "set", "scale"]
Statement = EndContract | RemoveRecord | AddRecord | SetValue | ScaleValue
HALF = 0.5
LARGEST = 1e18
"""No number of the records is larger."""
MOST_CONFLICTS = 5
"""Shown for one patch; the others follow from the same overlap."""


@dataclass(slots=True)
class Patch:
    """One entry of a scenario's five lists."""

    file: ScenarioFile
    kind: Kind
    stated: Statement
    place: DocumentPath
    """Where it stands in its file."""
    values: list[PatchedValue] = field(default_factory=list)

    @property
    def document(self) -> Document:
        """The file that it stands in."""
        return self.file.document

    @property
    def what(self) -> str:
        """Path that it names."""
        stated = self.stated
        if isinstance(stated, EndContract):
            return f"carrier/{stated.carrier}/contract"
        return stated.into if isinstance(stated, AddRecord) else stated.path

    @property
    def word(self) -> DocumentPath:
        """Where its own path stands."""
        return (*self.place, {"end-contract": "carrier", "add": "into"}.get(self.kind, "path"))

    @property
    def value_at(self) -> DocumentPath:
        """Where the value that it gives stands."""
        last = {"end-contract": "carrier", "add": "record", "set": "to", "scale": "by"}.get(self.kind, "path")
        return (*self.place, last)

    @property
    def said(self) -> str:
        """What it says of its path."""
        stated = self.stated
        if isinstance(stated, SetValue):
            return as_json(stated.to)
        return f"× {stated.by:g}" if isinstance(stated, ScaleValue) else self.kind

    def position(self, path: DocumentPath) -> Position:
        """Return a place in its file."""
        return at_span(self.document, self.document.span(path))

    def report(self, code: str, path: DocumentPath, /, *hint: object, **facts: str) -> Finding:
        """Return a finding at a place in its file."""
        return finding(code, self.document.file, self.document.span(path), *hint, **facts)  # type: ignore[arg-type]

    def origin(self) -> dict[str, Plain]:
        """Return quality, source and note of its values: its own, else the scenario's."""
        stated: Stated = self.stated
        scenario = self.file.scenario
        return {
            "quality": stated.quality or scenario.quality,
            "source": stated.source or scenario.source,
            "note": stated.note,
        }

    def done(self) -> AppliedPatch:
        """Return it with all that it changed."""
        origin = self.origin()
        return AppliedPatch(
            where=self.position(self.word),
            kind=self.kind,
            what=self.what,
            said=self.said,
            values=tuple(self.values),
            quality=origin["quality"],
            source=origin["source"],
            note=origin["note"],
        )


def patches_of(file: ScenarioFile) -> Iterator[Patch]:
    """Give the patches of a scenario in the order in which they take effect."""
    scenario = file.scenario
    lists: tuple[tuple[Kind, str, tuple[Statement, ...]], ...] = (
        ("end-contract", "end_contracts", scenario.end_contracts),
        ("remove", "remove", scenario.remove),
        ("add", "add", scenario.add),
        ("set", "set", scenario.set),
        ("scale", "scale", scenario.scale),
    )
    for kind, name, statements in lists:
        for index, stated in enumerate(statements):
            yield Patch(file, kind, stated, (name, index))


def chosen(tree: dict[str, Plain], patch: Patch, findings: list[Finding], gone: Iterable[str] = ()) -> list[Place]:
    """Return what a patch names; nothing is an error, and so is an id that is not among it.

    `gone` are the paths that other patches have removed: a reader is told so.
    """
    where, ids = getattr(patch.stated, "where", {}), getattr(patch.stated, "ids", ())
    found = select(tree, patch.what, where)
    if ids:
        found, missing = within(found, ids)
        findings += [
            patch.report("E-SCN-001", (*patch.place, "ids", ids.index(one)), None, path=one) for one in missing
        ]
        return found
    if not found:
        removed = next((path for path in sorted(gone) if _covers(path, patch.what)), None)
        if removed is not None:
            hint = Name(en=f"'{removed}' is removed by another patch", vi=f"'{removed}' bị bản vá khác bỏ")
        elif where and select(tree, patch.what, {}):
            hint = None
        else:
            hint = did_you_mean("/".join(patch.what.split("/")[:2]), names(tree))
        shown = patch.what + (f" ({', '.join(f'{k}: {v}' for k, v in where.items())})" if where else "")
        findings.append(patch.report("E-SCN-001", patch.word, hint, path=shown))
    return found


def _covers(removed: str, wanted: str) -> bool:
    """Tell whether a removed record, or what was in it, is among what a path names."""
    length = removed.count("/") + 1
    return fnmatchcase(removed, "/".join(wanted.split("/")[:length]))


def conflicts(touched: list[tuple[Patch, Place]]) -> list[Finding]:
    """Report every pair of patches that change one value, or a value and something inside it.

    Two that give the same value agree; factors of different scenarios are multiplied.
    """
    findings: list[Finding] = []
    shown: dict[int, int] = {}
    holders: dict[str, tuple[Patch, Place]] = {}
    inside: dict[str, tuple[Patch, Place]] = {}
    for patch, place in touched:
        parts = place.path.split("/")
        prefixes = ["/".join(parts[:length]) for length in range(1, len(parts))]
        others = [holders.get(place.path), inside.get(place.path), *(holders.get(prefix) for prefix in prefixes)]
        other = next((one for one in others if one and not _agree(one, (patch, place))), None)
        if other is not None:
            shown[id(patch)] = shown.get(id(patch), 0) + 1
            if shown[id(patch)] <= MOST_CONFLICTS:
                there = str(other[0].position(other[0].word))
                findings.append(patch.report("E-SCN-002", patch.word, path=place.path, other=there))
        holders.setdefault(place.path, (patch, place))
        for prefix in prefixes:
            inside.setdefault(prefix, (patch, place))
    return findings


def _agree(one: tuple[Patch, Place], two: tuple[Patch, Place]) -> bool:
    left, right = one[0].stated, two[0].stated
    if one[1].path != two[1].path:
        return False
    if isinstance(left, SetValue) and isinstance(right, SetValue):
        return left.to == right.to
    both_scale = isinstance(left, ScaleValue) and isinstance(right, ScaleValue)
    return both_scale and one[0].file.scenario.id != two[0].file.scenario.id


def set_value(tree: dict[str, Plain], patch: Patch, place: Place) -> list[Finding]:
    """Give one value another one; a number given to a figure takes the patch's source with it."""
    assert isinstance(patch.stated, SetValue)
    new = patch.stated.to
    before = at(tree, place.steps)
    if is_figure(before) and not isinstance(new, dict):
        new = {"value": new, **patch.origin()}
    if new == before or (is_figure(before) and isinstance(new, dict) and new.get("value") == before["value"]):
        hint = patch.report("W-SCN-001", patch.word, path=place.path)
        _put(tree, place.steps, new)
        return [hint]
    _change(tree, patch, place, new)
    return []


def scale_value(tree: dict[str, Plain], patch: Patch, place: Place) -> list[Finding]:
    """Multiply one number, or one figure."""
    assert isinstance(patch.stated, ScaleValue)
    before = at(tree, place.steps)
    number = before["value"] if is_figure(before) else before
    if isinstance(number, bool) or not isinstance(number, int | float):
        return [patch.report("E-SCN-003", patch.word, path=place.path, value=as_json(before)[:40])]
    product = number * patch.stated.by
    if abs(product) > LARGEST:
        return [patch.report("E-SCN-003", patch.value_at, path=place.path, value=f"{number:g} × {patch.stated.by:g}")]
    new = math.floor(product + HALF) if isinstance(number, int) else float(f"{product:.12g}")
    _change(tree, patch, place, {"value": new, **patch.origin()} if is_figure(before) else new)
    return []


def add_entry(tree: dict[str, Plain], patch: Patch, place: Place, findings: list[Finding]) -> Place | None:
    """Put a record into a list; return where it stands."""
    assert isinstance(patch.stated, AddRecord)
    holder = at(tree, place.steps)
    if not isinstance(holder, list):
        findings.append(patch.report("E-SCN-005", patch.word, path=place.path))
        return None
    record = dict(patch.stated.record)
    name = entry_name(len(holder), record)
    if any(entry_name(index, one) == name for index, one in enumerate(holder)):
        findings.append(patch.report("E-SCN-002", patch.value_at, path=f"{place.path}/{name}", other=place.path))
        return None
    holder.append(record)
    new = Place((*place.steps, len(holder) - 1), f"{place.path}/{name}")
    patch.values.append(PatchedValue(new.path, "", as_json(record)))
    return new


def _change(tree: dict[str, Plain], patch: Patch, place: Place, new: Plain) -> None:
    patch.values.append(PatchedValue(place.path, as_json(at(tree, place.steps)), as_json(new)))
    _put(tree, place.steps, new)


def _put(tree: dict[str, Plain], steps: tuple[str | int, ...], new: Plain) -> None:
    at(tree, steps[:-1])[steps[-1]] = new


def as_json(value: Plain) -> str:
    """Return a value in one line."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
