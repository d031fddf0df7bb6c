"""JSON Schemas of the record files, for editors: `python -m topology.export_schema [DIR]`."""

import json
import sys
from pathlib import Path

from topology.schema.files import FILES
from topology.schema.scenario import Scenario

DIRECTORY = Path(__file__).parent.parent / "docs" / "schema"


def schemas() -> dict[str, str]:
    """Return file name → schema text; a CSV file's schema is that of one row."""
    found = {}
    for spec in FILES:
        stem = spec.pattern.replace("/*", "").rpartition(".")[0]
        schema = spec.model.model_json_schema(by_alias=True)
        schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
        schema["title"] = spec.pattern
        found[f"{stem}.schema.json"] = json.dumps(schema, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    schema = Scenario.model_json_schema(by_alias=True)
    schema |= {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "scenarios/*.yaml"}
    found["scenarios.schema.json"] = json.dumps(schema, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    return found


def export(directory: Path) -> None:
    """Write all schemas."""
    directory.mkdir(parents=True, exist_ok=True)
    for name, content in schemas().items():
        (directory / name).write_text(content, encoding="utf-8")


if __name__ == "__main__":
    export(Path(sys.argv[1]) if len(sys.argv) > 1 else DIRECTORY)
