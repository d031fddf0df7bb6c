"""Records of a province: read, checked in three tiers, sorted, digested."""

import dataclasses
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from topology.check.engineering import check_engineering
from topology.check.messages import finding
from topology.check.references import check_references
from topology.check.shape import Shaped, read_province
from topology.digest import digest, ordered
from topology.findings import Finding, ProvinceError, in_order
from topology.model import Position, Records
from topology.order import natural_key
from topology.positions import at_span, place_fields, stands_twice
from topology.read.document import Document
from topology.scenario import Over, ScenarioFile, apply, read_scenarios
from topology.schema.base import Name, Record
from topology.schema.files import FILES
from topology.walk import LISTS, record_id


def load(province: Path, scenarios: Sequence[str] = (), over: Over | None = None) -> Records:
    """Read and check the records of a province.

    Parameters
    ----------
    province
        Folder with the files listed in `topology.schema.files.FILES`.
    scenarios
        Ids of scenarios to apply, in any order.
    over
        What the province's own plan leased, for scenarios with `over: plan`.

    Raises
    ------
    ProvinceError
        With every error of the first tier that has one; warnings do not raise.
    KeyError
        No scenario has one of the ids.

    """
    records, findings = examine(province)
    if records is None or any(found.severity == "error" for found in findings):
        raise ProvinceError(province, findings)
    files, wrong = read_scenarios(province)
    if any(found.severity == "error" for found in wrong):
        raise ProvinceError(province, wrong)
    committed = [file.scenario.id for file in files.values() if file.scenario.committed]
    patched = _patched(province, records, [files[name] for name in sorted(set(scenarios))], over)
    if set(committed) <= set(scenarios):
        return patched
    both = _patched(province, records, [files[name] for name in sorted({*scenarios, *committed})], over)
    whole = hashlib.sha256(f"{patched.digest}\n{both.digest}".encode()).hexdigest()
    return dataclasses.replace(patched, committed=both, digest=whole)


def _patched(province: Path, records: Records, files: list[ScenarioFile], over: Over | None) -> Records:
    if not files:
        return records
    found, findings = _apply(records, files, over)
    if found is None or any(one.severity == "error" for one in findings):
        raise ProvinceError(province, findings)
    return found


def _apply(
    records: Records, files: list[ScenarioFile], over: Over | None, warnings: bool = False
) -> tuple[Records | None, list[Finding]]:
    """Apply scenarios and check what they make of the records; findings of the records tell whose they are."""
    patched = apply(records, files, over)
    if patched.records is None:
        return None, patched.findings
    made = check_references(patched.records)
    if not any(found.severity == "error" for found in made):
        made += check_engineering(patched.records)
    names = ", ".join(f"'{file.scenario.id}'" for file in files)
    told = Name(en=f"with scenario {names}", vi=f"với kịch bản {names}")
    return patched.records, patched.findings + [
        dataclasses.replace(found, hint=found.hint or told) for found in made if warnings or found.severity == "error"
    ]


def check(province: Path, scenarios: Sequence[str] = ()) -> list[Finding]:
    """Return everything found in the records, errors of one tier only, sorted by position; never raises for them.

    Scenarios are read always, and applied one by one when the records have no errors. With `scenarios` it is what these
    make together of the records that is checked, warnings included; an id that no scenario has is left out.
    """
    records, findings = examine(province)
    files, wrong = read_scenarios(province) if province.is_dir() else ({}, [])
    findings += wrong
    if records is not None and not any(found.severity == "error" for found in findings):
        if scenarios:
            return list(in_order(_apply(records, [files[name] for name in scenarios if name in files], None, True)[1]))
        for file in files.values():
            findings += _apply(records, [file], None)[1]
    return list(in_order(findings))


def examine(province: Path) -> tuple[Records | None, list[Finding]]:
    """Return the bare records, if they have their shape, and what was found up to the first tier with errors."""
    if not province.is_dir():
        return None, [finding("E-SHAPE-001", str(province), None, name=str(province))]
    shaped = read_province(province)
    findings = list(shaped.findings)
    if any(found.severity == "error" for found in findings):
        return None, findings
    records, duplicates = assemble(shaped)
    findings += duplicates + check_references(records)
    if any(found.severity == "error" for found in findings):
        return records, findings
    return records, findings + check_engineering(records)


def assemble(shaped: Shaped) -> tuple[Records, list[Finding]]:
    """Put the models of all files together, sorted by id in natural order."""
    lists: dict[str, Any] = {name: [] for name in LISTS.values()}
    positions: dict[str, Position] = {}
    duplicates: list[Finding] = []
    single: dict[str, Any] = {}

    def take(kind: str, record: Record, document: Document, at: tuple[str | int, ...]) -> None:
        path = f"{kind}/{record_id(record)}"
        if path in positions:
            duplicates.append(stands_twice(positions, path, document, at))
            return
        lists[LISTS[kind]].append(ordered(record))
        duplicates.extend(place_fields(positions, path, document, at, record))

    for spec in FILES:
        for name, model in shaped.models.get(spec.pattern, []):
            document = shaped.documents[name]
            for collection, kind in spec.collections.items():
                positions.setdefault(collection, at_span(document, document.key_span((collection,))))
                for index, record in enumerate(getattr(model, collection)):
                    take(kind, record, document, (collection, index))
            for extra in type(model).model_fields.keys() - spec.collections.keys() if spec.collections else ():
                value = getattr(model, extra)
                if value is not None:
                    single[extra] = ordered(value)
                    duplicates.extend(place_fields(positions, extra, document, (extra,), value))
            if not spec.collections:
                stem = name.partition(".")[0]
                single[stem] = ordered(model)
                duplicates.extend(place_fields(positions, stem, document, (), model))
        if spec.form == "csv":
            for index, record in enumerate(shaped.rows.get(spec.pattern, [])):
                take(spec.collections["rows"], record, shaped.documents[spec.pattern], (index,))
    for values in lists.values():
        values.sort(key=lambda record: natural_key(record_id(record)))
    policy = single["policy"]
    tuples: dict[str, Any] = {name: tuple(values) for name, values in lists.items()}
    records = Records(
        province=single["province"],
        classes=policy.classes,
        network_policy=policy.network,
        placement=policy.placement,
        money=policy.money,
        slice=single["slice"],
        figures={name: figure.value for name, figure in sorted(single["figures"].figures.items())},
        figure_records=dict(sorted(single["figures"].figures.items())),
        digest=digest([*single.values(), *(record for name in sorted(lists) for record in lists[name])]),
        positions=positions,
        bridge=single.get("bridge"),
        moving=single.get("moving"),
        **tuples,
    )
    return records, duplicates
