"""Where things are: the repository, a province's records, its generated state. Imports only the error."""

import difflib
from dataclasses import dataclass
from pathlib import Path

from provdc.errors import UserError

ROOT = Path(__file__).resolve().parents[1]
"""The repository: engineers work in a clone of it."""


@dataclass(frozen=True, slots=True)
class Place:
    """One province on disk. Generated state lies in `.provdc/<province>/` beside the records, nowhere else."""

    records: Path
    """Folder of the records."""
    state: Path
    """Folder of the generated state."""

    @property
    def name(self) -> str:
        """Short name, as in `--province`."""
        return self.records.name

    @property
    def plan(self) -> Path:
        """The plan."""
        return self.state / "plan.json"

    @property
    def run(self) -> Path:
        """What stands beside the plan: seconds, date, machine."""
        return self.state / "plan.run.json"

    @property
    def stacks(self) -> Path:
        """State of the stacks, ssh keys and images of the lab."""
        return self.state / "stacks"

    @property
    def results(self) -> Path:
        """Results of the last verification."""
        return self.state / "verify" / "results.json"

    @property
    def report(self) -> Path:
        """The report."""
        return self.state / "report.html"

    @property
    def waivers(self) -> Path:
        """Waivers, hand-written beside the records; may be absent."""
        return self.records / "waivers.yaml"

    @property
    def outlines(self) -> Path | None:
        """Outlines of the province's units for the map, where the records have them."""
        return next(iter(sorted(self.records.glob("*.geojson"))), None)

    @property
    def shown(self) -> str:
        """What to type after `--province`."""
        return self.name if self.records.parent == ROOT / "inventory" else str(self.records)


def known() -> list[str]:
    """Return the names of the provinces under `inventory/`."""
    return sorted(path.parent.name for path in (ROOT / "inventory").glob("*/province.yaml"))


def locate(province: str) -> Place:
    """Return the place of a province, given by its name under `inventory/` or by the path of its records.

    Raises
    ------
    UserError
        E-CLI-001 when there are no records.

    """
    candidates = [ROOT / "inventory" / province, Path(province)] if "/" not in province else [Path(province)]
    for candidate in candidates:
        if (candidate / "province.yaml").is_file():
            records = candidate.resolve()
            home = records.parent.parent if records.parent.name == "inventory" else records.parent
            return Place(records, home / ".provdc" / records.name)
    names = known()
    near = difflib.get_close_matches(province, names, n=1)
    raise UserError(1, "no_province", province=province, known=", ".join(names), near=near[0] if near else names[0])
