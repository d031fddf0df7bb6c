"""Controls, waivers, and the marks that tie a test to them."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

CATALOGUE = Path(__file__).with_name("catalogue.yaml")


@dataclass(frozen=True, slots=True)
class Control:
    """One requirement of law or standard."""

    id: str
    title: dict[str, str]
    law: str
    levels: tuple[int, ...]
    profiles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Waiver:
    """A stated exception; past its expiry it no longer helps."""

    control: str
    machine: str
    """Machine id, or `*`."""
    reason: str
    owner: str
    expires: dt.date

    def covers(self, control: str, machine: str, today: dt.date) -> bool:
        """Tell whether this waiver excuses a failure of the control on the machine today."""
        return self.control == control and self.machine in ("*", machine) and today <= self.expires


def catalogue() -> dict[str, Control]:
    """Read the catalogue of controls."""
    rows = yaml.safe_load(CATALOGUE.read_text(encoding="utf-8"))["controls"]
    return {
        row["id"]: Control(row["id"], row["title"], row["law"], tuple(row["levels"]), tuple(row["profiles"]))
        for row in rows
    }


def read_waivers(path: Path | None) -> tuple[Waiver, ...]:
    """Read the waivers file; every field is required."""
    if path is None or not path.exists():
        return ()
    waivers = []
    for number, row in enumerate(yaml.safe_load(path.read_text(encoding="utf-8")) or [], start=1):
        try:
            waiver = Waiver(**row)
        except TypeError as error:
            message = f"{path}: waiver {number}: {error}"
            raise pytest.UsageError(message) from None
        if not isinstance(waiver.expires, dt.date):
            message = f"{path}: waiver {number}: expires must be a date, YYYY-MM-DD"
            raise pytest.UsageError(message)
        waivers.append(waiver)
    return tuple(waivers)


def control(control_id: str) -> Callable[[Any], Any]:
    """Tie a test to a control of the catalogue."""
    return pytest.mark.control(control_id)


def machines(*roles: str, other_than: tuple[str, ...] = ()) -> Callable[[Any], Any]:
    """Run a test once for each machine of the slice with one of the roles (all roles when none is named)."""
    return pytest.mark.machines(roles=roles, other_than=other_than)


drill = pytest.mark.drill
"""The test stops something on purpose; it runs only with `--drill`."""
