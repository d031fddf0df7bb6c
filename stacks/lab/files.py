"""Write files so that a reader sees the old one or the new one, never half of one. Imports nothing of ours."""

import os
import tempfile
from pathlib import Path


def write_atomic(path: Path, text: str, *, mode: int = 0o644) -> bool:
    """Write a file by temporary file, fsync and rename; say whether its content or mode changed."""
    if path.is_file() and path.read_text() == text and path.stat().st_mode & 0o777 == mode:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        Path(temporary).rename(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return True


def sync_tree(root: Path) -> None:
    """Bring a directory and all that is in it to the disk."""
    for path in (*root.rglob("*"), root):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def private_directory(path: Path) -> Path:
    """Make a directory that only we can enter."""
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(0o700)
    return path
