"""The reference page of the command line, generated from the program itself."""

from typing import Any

import typer

from provdc.main import app

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
    return "\n\n".join(parts) + "\n"


def cell(text: str) -> str:
    """Return a text that stays in its cell."""
    return " ".join(text.split()).replace("|", "\\|")
