"""Scenario files: found, parsed, shaped. Knows nothing of the records they change."""

from dataclasses import dataclass
from pathlib import Path

from topology.check.messages import finding
from topology.check.shape import MOST_PER_FILE, fill
from topology.findings import Finding
from topology.order import natural_key
from topology.read.document import Document
from topology.read.text import read_text
from topology.read.yaml_file import read_yaml
from topology.schema.scenario import Scenario

FOLDER = "scenarios"


@dataclass(frozen=True, slots=True)
class ScenarioFile:
    """One scenario with the places of its values."""

    scenario: Scenario
    document: Document


def read_scenarios(province: Path) -> tuple[dict[str, ScenarioFile], list[Finding]]:
    """Return id → scenario for every file of the folder that has its shape, and what is wrong with the others."""
    found: dict[str, ScenarioFile] = {}
    findings: list[Finding] = []
    for path in sorted((province / FOLDER).glob("*"), key=lambda path: natural_key(path.name)):
        if path.name.startswith(".") or path.name.endswith("~") or path.name == "README.md":
            continue
        name = f"{FOLDER}/{path.name}"
        if path.suffix != ".yaml" or not path.is_file():
            findings.append(finding("E-SHAPE-002", name, None, name=name))
            continue
        one, errors = _read(path, name)
        findings += errors
        if one is not None:
            found[one.scenario.id] = one
    return found, findings


def _read(path: Path, name: str) -> tuple[ScenarioFile | None, list[Finding]]:
    text, findings = read_text(path, name)
    if text is None:
        return None, findings
    document = read_yaml(text, name)
    if document.findings:
        return None, document.findings
    errors: list[Finding] = []
    value = {} if document.value is None else document.value
    scenario = fill(Scenario, value, document, (), errors)
    if scenario is None:
        more = len(errors) - MOST_PER_FILE
        return None, errors if more <= 0 else [*errors[:MOST_PER_FILE], finding("E-SHAPE-021", name, None, more=more)]
    if scenario.id != path.stem:
        errors.append(finding("E-SCN-004", name, document.span(("id",)), file=name, id=scenario.id))
    if scenario.changeover is not None and scenario.over != "plan":
        errors.append(finding("E-SCN-006", name, document.key_span(("changeover",)), id=scenario.id))
    return (None if errors else ScenarioFile(scenario, document)), errors
