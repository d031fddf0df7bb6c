"""The directory of one stack: its state, keys and packages. Its name is settled before the first thing is made.

The name stays when the directory is moved. A copy of the directory is refused: both would claim the same machines, and
`down` in one would take away those of the other.
"""

from pathlib import Path

from stacks.lab import names
from stacks.lab.files import private_directory, write_atomic
from stacks.lab.shell import LabError

FILE = "name"
"""First line the name, second the directory that it was given to."""


def name_of(home: Path) -> str | None:
    """Return the stack's name, None before its first `claim`.

    Raises
    ------
    LabError
        E-LAB-022 when the directory is a copy of another stack's.
    """
    if not (home / FILE).is_file():
        return None
    name, former = [*(home / FILE).read_text(encoding="utf-8").splitlines(), str(home)][:2]
    if Path(former) != home and (Path(former) / FILE).is_file():
        raise LabError(
            "E-LAB-022",
            f"'{home}' is a copy of '{former}', whose machines are not its own",
            "remove the copied directory, then `provdc up`",
        )
    return name


def claim(home: Path, province: str) -> str:
    """Make the directory the home of a stack and return the stack's name.

    Raises
    ------
    LabError
        E-LAB-022 when the directory is a copy of another stack's.
    """
    name = name_of(home) or names.stack_name(province, str(home))
    private_directory(home)
    write_atomic(home / FILE, f"{name}\n{home}\n")
    return name
