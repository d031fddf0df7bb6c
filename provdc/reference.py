"""The reference page of the command line, generated from the program itself."""

import re
from pathlib import Path
from typing import Any

import typer

from provdc.main import app
from provdc.text import has, table

EXIT_CODES = """| exit code | meaning |
| --- | --- |
| 0 | good |
| 1 | error |
| 2 | differences, or failed checks |
| 3 | warnings only |
"""


def command_line() -> str:
    """Return docs/cli.md."""
    program: Any = typer.main.get_command(app)
    parts = [
        "# Command line",
        "<!-- generated: .venv/bin/python -m tests.generated -->",
        "The verbs stand in the order of the work. `PROVINCE` is a name under `inventory/` or the path of a folder "
        "of records. Every reading verb has `--json`; the output is English, or Vietnamese with `--lang vi` or "
        "`LANG=vi_VN`. Generated state lies in `.provdc/PROVINCE/` and nowhere else.",
        EXIT_CODES.strip(),
        "Shell completion: `provdc --install-completion`.",
    ]
    for name, verb in program.commands.items():
        context = verb.make_context(name, [], resilient_parsing=True)
        records = [param.get_help_record(context) for param in verb.get_params(context)]
        arguments = " ".join(piece for param in verb.get_params(context) for piece in param.get_usage_pieces(context))
        text = [" ".join(paragraph.split()) for paragraph in (verb.help or "").split("\n\n")]
        usage = " ".join(part for part in ("provdc", name, arguments, "[OPTIONS]") if part)
        parts += [f"## {name}", f"```\n{usage}\n```", *text]
        rows = [f"| `{cell(left)}` | {cell(right)} |" for left, right in filter(None, records) if left != "--help"]
        if rows:
            parts.append("| option | meaning |\n| --- | --- |\n" + "\n".join(rows))
    parts += ["## Errors", "Those of the command line itself; the others have pages in [errors](errors/README.md)."]
    rows = [f"| {code} | {cell(written(f'errors.{key}'))} | {cell(hint(key))} |" for code, key in errors().items()]
    parts.append("| code | message | what to do |\n| --- | --- | --- |\n" + "\n".join(rows))
    return "\n\n".join(parts) + "\n"


def errors() -> dict[str, str]:
    """Return the codes of the command line's own errors, with their text keys, as the program raises them."""
    raised = re.compile(r"""UserError\(\s*(\d+), "([a-z_0-9]+)\"""")
    sources = [path.read_text(encoding="utf-8") for path in sorted(Path(__file__).parent.rglob("*.py"))]
    found = {(int(number), key) for source in sources for number, key in raised.findall(source)}
    return {f"E-CLI-{number:03}": key for number, key in sorted(found)}


def hint(key: str) -> str:
    """Return what to do about an error."""
    return written(f"errors.{key}_hint") if has(f"errors.{key}_hint") else ""


def cell(text: str) -> str:
    """Return a text that stays in its cell."""
    return " ".join(text.split()).replace("|", "\\|")


def written(key: str) -> str:
    """Return a text as it is written, its facts in angle brackets."""
    return re.sub(r"\{(\w+)\}", r"‹\1›", table()[key]["en"])
