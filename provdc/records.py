"""The records of a place: the province's own, or patched by scenarios, over its plan where they ask for it."""

import difflib
import os

import topology
from planner import plan_io
from planner.lines import over
from provdc.errors import UserError
from provdc.place import Place
from topology.model import Records
from topology.scenario import Over, read_scenarios
from topology.scenario.read import FOLDER


def load(place: Place) -> Records:
    """Read, patch and check the records.

    Raises
    ------
    ProvinceError
        The records, or what the scenarios make of them, have errors.
    UserError
        E-CLI-014 when there is no such scenario; E-CLI-002 or E-CLI-003 when one stands on the province's plan and
        there is none, or it was made from other records.

    """
    if not place.scenarios:
        return topology.load(place.records)
    require_known(place)
    files, _ = read_scenarios(place.records)
    stands = any(name in files and files[name].scenario.over == "plan" for name in place.scenarios)
    return topology.load(place.records, place.scenarios, _over(place) if stands else None)


def require_known(place: Place) -> None:
    """Refuse a scenario that has no file; E-CLI-014 names the near one."""
    known = sorted(path.stem for path in (place.records / FOLDER).glob("*.yaml"))
    for name in place.scenarios:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            facts = {"id": name, "known": ", ".join(known) or "–", "near": near[0] if near else "–"}
            raise UserError(14, "no_scenario", province=place.with_scenarios(()).shown, **facts)


def _over(place: Place) -> Over:
    """Return the lines of the province's own plan, which must be fresh."""
    own = place.with_scenarios(())
    path = own.state / "plan.json"
    if not path.is_file():
        raise UserError(2, "no_plan", province=own.shown)
    plan, digest = plan_io.read(path), topology.load(own.records).digest
    if plan.digest != digest:
        raise UserError(3, "stale_plan", plan=plan.digest[:12], records=digest[:12], province=own.shown)
    return over(plan, os.path.relpath(path, place.records))
