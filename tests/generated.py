"""Generated documents: `python -m tests.generated` writes them, `--check` fails when one is stale."""

import json
import sys
from pathlib import Path

from planner.plan import Plan
from provdc.reference import command_line
from topology import export_schema

ROOT = Path(__file__).resolve().parents[1]


def documents() -> dict[Path, str]:
    """Return every generated document with its content."""
    found = {Path("docs/schema") / name: text for name, text in export_schema.schemas().items()}
    schema = Plan.model_json_schema() | {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    found[Path("docs/schema/plan.schema.json")] = (
        json.dumps(schema, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    )
    found[Path("docs/cli.md")] = command_line()
    return found


def main() -> int:
    """Write or check; stale ones are named."""
    check = "--check" in sys.argv[1:]
    stale = []
    for path, text in sorted(documents().items()):
        target = ROOT / path
        if not target.is_file() or target.read_text(encoding="utf-8") != text:
            stale.append(str(path))
            if not check:
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(text, encoding="utf-8")
    for name in stale:
        sys.stdout.write(f"{'stale' if check else 'written'}: {name}\n")
    if check and stale:
        sys.stdout.write("renew them: .venv/bin/python -m tests.generated\n")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
