"""Where things are: the repository, a province's records, its generated state. Imports only the error."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from provdc.errors import UserError

DEFAULT = "hoa-binh"
"""Province when none is named."""
ROOT = Path(__file__).resolve().parents[1]
"""The repository: engineers work in a clone of it."""


@dataclass(frozen=True, slots=True)
class Place:
    """One province on disk. Generated state lies in `.provdc/<province>/` beside the records, nowhere else."""

    records: Path
    """Folder of the records."""
    state: Path
    """Folder of the generated state."""
    plan_folder: Path | None = None
    """Where the plan is instead, as `--out` says."""
    scenarios: tuple[str, ...] = ()
    """Scenarios that the records are patched by, sorted: their plan has a place of its own."""

    @property
    def name(self) -> str:
        """Short name, as in `--province`."""
        return self.records.name

    def with_plan_in(self, folder: Path) -> "Place":
        """Return the same place with its plan in another folder."""
        return replace(self, plan_folder=folder)

    def with_scenarios(self, names: Iterable[str] | None) -> "Place":
        """Return the same place with its records patched by scenarios."""
        return replace(self, scenarios=tuple(sorted(set(names or ()))))

    @property
    def home(self) -> Path:
        """Where plan, results and report lie: those of scenarios apart from the province's own."""
        return self.state / "scenarios" / "+".join(self.scenarios) if self.scenarios else self.state

    @property
    def plan(self) -> Path:
        """The plan."""
        return (self.plan_folder or self.home) / "plan.json"

    @property
    def run(self) -> Path:
        """What stands beside the plan: seconds, date, computer."""
        return (self.plan_folder or self.home) / "run.json"

    @property
    def stacks(self) -> Path:
        """State of the stacks, ssh keys and images of the lab."""
        return self.state / "stacks"

    @property
    def ssh_config(self) -> Path:
        """How ssh reaches the machines; written when they are brought up."""
        return self.stacks / "ssh" / "ssh_config"

    @property
    def configured(self) -> Path:
        """What the last configuration changed, machine by machine."""
        return self.home / "configured.json"

    @property
    def results(self) -> Path:
        """Results of the last verification."""
        return self.home / "verify" / "results.json"

    @property
    def report(self) -> Path:
        """The report."""
        return self.home / "report.html"

    @property
    def front(self) -> Path:
        """Budget against availability, beside the plans that it is made of."""
        return self.home / "pareto" / "front.json"

    @property
    def waivers(self) -> Path:
        """Waivers, hand-written beside the records; may be absent."""
        return self.records / "waivers.yaml"

    @property
    def outlines(self) -> Path | None:
        """Outlines of the province's units for the map, where there are any: among the records or in `data/` beside."""
        beside = self.records.parent / "data"
        found = sorted(self.records.glob("*.geojson")) + sorted(beside.glob(f"{self.name}-*.geojson"))
        return next(iter(found), None)

    @property
    def records_shown(self) -> Path:
        """The records' folder as a reader would type it from where they are."""
        here = Path.cwd()
        return self.records.relative_to(here) if self.records.is_relative_to(here) else self.records

    @property
    def is_usual(self) -> bool:
        """Whether `--province` can be left out."""
        return self.shown == DEFAULT

    @property
    def shown(self) -> str:
        """What to type after `--province`."""
        province = self.name if self.records.parent == ROOT / "inventory" else str(self.records_shown)
        return " --scenario ".join([province, *self.scenarios])


def known() -> list[str]:
    """Return the names of the provinces under `inventory/`."""
    return sorted(path.parent.name for path in (ROOT / "inventory").glob("*/province.yaml"))


def locate(province: str, scenarios: Iterable[str] | None = None) -> Place:
    """Return the place of a province, given by its name under `inventory/` or by the path of its records.

    With scenarios it is the place of their plan.

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
            return Place(records, home / ".provdc" / records.name).with_scenarios(scenarios)
    names = known()
    near = difflib.get_close_matches(province, names, n=1)
    raise UserError(1, "no_province", province=province, known=", ".join(names), near=near[0] if near else names[0])
