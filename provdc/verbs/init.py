"""`provdc init`: a new province to start from."""

from pathlib import Path
from typing import Annotated

import typer

from provdc import starting_point
from provdc.console import Console
from provdc.options import Language


def run(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder to make; its name becomes the province's id.")],
    lang: Language = None,
) -> None:
    """Start a new province from the teaching one of 12 sites.

    It is complete: it can be planned at once, and changed file by file.
    """
    console = Console(lang)
    files = starting_point.copy(folder)
    console.out(console.say("init_done", path=folder, files=files))
    console.out(console.say("init_next", path=folder), "muted")
