"""Options that several verbs share, so that one thing has one name everywhere."""

from pathlib import Path
from typing import Annotated

import typer

from provdc.place import DEFAULT
from provdc.text import Lang

DEFAULT_PROVINCE = DEFAULT

Province = Annotated[
    str,
    typer.Option(
        "--province", "-p", metavar="PROVINCE", envvar="PROVDC_PROVINCE",
        help="Name under inventory/, or path of the records.",
    ),
]  # fmt: skip
Scenarios = Annotated[
    list[str] | None,
    typer.Option(
        "--scenario", metavar="ID", help="Patch the records by scenarios/ID.yaml; may be repeated.", show_default=False
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
Language = Annotated[
    Lang | None, typer.Option("--lang", help="Language of the output; else that of LANG.", show_default=False)
]
Out = Annotated[Path | None, typer.Option("--out", metavar="PATH", help="Write there instead of .provdc/PROVINCE/.")]
