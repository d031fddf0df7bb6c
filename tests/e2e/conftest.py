"""What several end-to-end tests need: the program as a user runs it, and one plan of the whole province."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from planner.plan import Plan

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
Run = Callable[..., subprocess.CompletedProcess[str]]


def environment() -> dict[str, str]:
    """Return a surrounding in which output does not depend on who runs the tests."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "LANG", "PROVDC_"))}
    return kept | {"LANG": "C.UTF-8", "NO_COLOR": "1", "COLUMNS": "200", "PATH": f"{BIN}:{os.environ['PATH']}"}


@pytest.fixture(scope="session")
def hoa_binh(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """The plan of the whole province, made once by the program itself."""
    out = tmp_path_factory.mktemp("hoa-binh")
    done = subprocess.run(
        [BIN / "provdc", "plan", "--province", "hoa-binh", "--out", out],
        cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return Plan.model_validate_json((out / "plan.json").read_bytes())
