"""A new province's records, copied from the teaching province `inventory/mini`."""

import os
import re
import shutil
import tempfile
from pathlib import Path

from provdc.errors import UserError
from provdc.place import ROOT

SOURCE = ROOT / "inventory" / "mini"
ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def copy(folder: Path) -> int:
    """Copy the teaching province to a new folder under its own id; return the number of files.

    Raises
    ------
    UserError
        E-CLI-006 when the folder exists, E-CLI-007 when its name cannot be an id.

    """
    folder = Path(os.path.abspath(folder))  # noqa: PTH100 - resolve() would follow links in a path that does not exist yet
    if not ID.fullmatch(folder.name):
        raise UserError(7, "bad_id", name=folder.name)
    if folder.exists():
        raise UserError(6, "exists", path=folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}.") as temporary:
        whole = Path(temporary) / folder.name
        shutil.copytree(SOURCE, whole)
        province = whole / "province.yaml"
        text = province.read_text(encoding="utf-8")
        province.write_text(re.sub(r"(?m)^id: .*$", f"id: {folder.name}", text, count=1), encoding="utf-8")
        whole.rename(folder)
    return sum(path.is_file() for path in folder.rglob("*"))
