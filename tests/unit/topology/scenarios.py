"""Scenarios of the miniature province, written as lists of patches."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import yaml

import topology
from topology.model import Records
from topology.read.yaml_file import read_yaml
from topology.scenario import Over, ScenarioFile, apply
from topology.schema.scenario import Scenario

INVENTORY = Path(__file__).parents[3] / "inventory"
MINI = INVENTORY / "mini"
COMMON = {"name": {"vi": "a", "en": "b"}, "why": {"vi": "a", "en": "b"}, "quality": "assumption", "source": "teaching"}


@cache
def base() -> Records:
    return topology.load(MINI)


def scenario(name: str = "x", /, **lists: Any) -> ScenarioFile:
    text = yaml.safe_dump({"id": name, **COMMON, **lists}, allow_unicode=True, sort_keys=False)
    document = read_yaml(text, f"scenarios/{name}.yaml")
    return ScenarioFile(Scenario.model_validate_json(json.dumps(document.value), strict=True), document)


def patched(*files: ScenarioFile, over: Over | None = None) -> Records:
    made = apply(base(), files, over)
    assert made.records is not None, [f"{f.where} {f.code} {f.message.en}" for f in made.findings]
    return made.records


def codes(*files: ScenarioFile) -> list[str]:
    return [found.code for found in apply(base(), files).findings]
