"""The exported JSON Schemas are fresh, accept the records and refuse what the loader refuses."""

import json
from pathlib import Path

import jsonschema
import pytest

from topology import export_schema
from topology.check.shape import column_kinds
from topology.read.csv_file import read_csv
from topology.read.yaml_file import read_yaml
from topology.schema.files import FILES, FileSpec

INVENTORY = Path(__file__).parents[3] / "inventory"
SCHEMAS = export_schema.schemas()


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_the_exported_schema_is_fresh(name: str) -> None:
    exported = (export_schema.DIRECTORY / name).read_text(encoding="utf-8")
    assert exported == SCHEMAS[name], "python -m topology.export_schema"


def schema_of(spec: FileSpec) -> dict:
    return json.loads(SCHEMAS[spec.pattern.replace("/*", "").rpartition(".")[0] + ".schema.json"])


@pytest.mark.parametrize("spec", FILES, ids=lambda spec: spec.pattern)
@pytest.mark.parametrize("province", ["mini", "hoa-binh"])
def test_the_records_fit_the_schema(spec: FileSpec, province: str) -> None:
    validator = jsonschema.Draft202012Validator(schema_of(spec))
    for path in sorted((INVENTORY / province).glob(spec.pattern)):
        content = path.read_text(encoding="utf-8")
        if spec.form == "yaml":
            values = [read_yaml(content, path.name).value]
        else:
            values = read_csv(content, path.name, column_kinds(spec.model)).value
        for value in values:
            assert [error.message for error in validator.iter_errors(value)] == []


@pytest.mark.parametrize("spec", FILES, ids=lambda spec: spec.pattern)
def test_the_schema_refuses_an_unknown_field(spec: FileSpec) -> None:
    errors = list(jsonschema.Draft202012Validator(schema_of(spec)).iter_errors({"unheard_of": 1}))
    assert any("unheard_of" in error.message for error in errors)
