"""Plans on disk: canonical bytes, atomic writes, clear refusals, and what changed between two of them."""

import datetime as dt
import json
import os
import platform
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from planner.errors import refuse
from planner.plan import Plan

PLAN_FILE, RUN_FILE = "plan.json", "run.json"
SCHEMA: int = Plan.model_fields["schema_version"].default
"""Newest schema of a plan that this version reads."""


@dataclass(frozen=True, slots=True)
class RunRecord:
    """What a plan must not hold: when, where and how long it was made."""

    digest: str
    started: str
    """ISO 8601, UTC."""
    seconds: dict[str, float]
    """Part → seconds."""
    machine: str
    python: str

    @classmethod
    def now(cls, digest: str, started: dt.datetime, seconds: dict[str, float]) -> "RunRecord":
        """Fill in machine and interpreter."""
        return cls(
            digest=digest,
            started=started.isoformat(timespec="seconds"),
            seconds={part: round(value, 3) for part, value in seconds.items()},
            machine=f"{platform.machine()}, {os.cpu_count()} processors",
            python=platform.python_version(),
        )


def canonical(plan: Plan) -> bytes:
    """Return the plan's bytes: the same plan gives the same bytes everywhere."""
    document = plan.model_dump(mode="json")
    return (json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def write_atomic(path: Path, content: bytes) -> None:
    """Write a file by temp, fsync, rename, fsync of the folder: whoever reads sees the old or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def write(plan: Plan, run: RunRecord, directory: Path) -> Path:
    """Write the plan and, beside it, its run record; return the plan's path."""
    path = directory / PLAN_FILE
    write_atomic(path, canonical(plan))
    write_atomic(directory / RUN_FILE, (json.dumps(asdict(run), indent=1, sort_keys=True) + "\n").encode())
    return path


def read(path: Path) -> Plan:
    """Read a plan.

    Raises
    ------
    PlanningError
        E-PLAN-501 when there is none, E-PLAN-502 when it is damaged, E-PLAN-505 when a newer provdc wrote it.

    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise refuse(code="E-PLAN-501", message=f"{path}: {error.strerror}.", hint="Make one: provdc plan") from None
    try:
        return Plan.model_validate_json(content)
    except ValidationError as error:
        newer = _newer(content)
        if newer is not None:
            text = f"{path} was written by a newer provdc: its schema is {newer}, this version reads up to {SCHEMA}."
            raise refuse(code="E-PLAN-505", message=text, hint="Update provdc, or plan again: provdc plan") from None
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "the file"
        text = f"{path} is not a plan of this version: {place}: {first['msg']}."
        raise refuse(code="E-PLAN-502", message=text, hint="Make it again: provdc plan") from None


def _newer(content: bytes) -> int | None:
    """Return the schema of a plan of a later version, None for everything else."""
    try:
        schema = json.loads(content)["schema_version"]
    except (ValueError, TypeError, KeyError):
        return None
    return schema if isinstance(schema, int) and schema > SCHEMA else None


def require_same_province(previous: Plan, province: str) -> None:
    """Refuse an earlier plan of another province.

    Raises
    ------
    PlanningError
        E-PLAN-504, naming both.

    """
    if previous.province != province:
        text = f"the earlier plan is of province '{previous.province}', the records are of '{province}'."
        hint = "Give a plan of this province with --previous, or none."
        raise refuse(code="E-PLAN-504", message=text, hint=hint)


def require_fresh(plan: Plan, digest: str) -> None:
    """Refuse a plan that was made from other records.

    Raises
    ------
    PlanningError
        E-PLAN-503, naming both digests.

    """
    if plan.digest != digest:
        text = f"the plan is stale: it was made from records {plan.digest[:12]}, the records are now {digest[:12]}."
        raise refuse(code="E-PLAN-503", message=text, hint="Plan again: provdc plan")


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between two plans."""

    kind: str
    """`site`, `link`, `room`, `bridges`, `host`, `machine`, `flow`, `cost`, `risk` …: `COLLECTIONS` and these."""
    id: str
    what: str
    """`added`, `removed`, or the field that differs."""
    before: str
    after: str


COLLECTIONS = {
    "site": ("network", "sites"),
    "link": ("network", "links"),
    "concentration-point": ("network", "concentration_points"),
    "host": ("datacentre", "hosts"),
    "machine": ("machines",),
    "segment": ("segments",),
    "zone": ("zones",),
    "flow": ("flows",),
    "service": ("services",),
}
COSTS = ("network", "datacentre", "conference", "consolidation", "total")
"""Parts of the cost, and their sum."""
QUIET_FIELDS = {"why", "alternatives", "worst", "used", "used_share", "usable", "sizing", "availability"}
"""What follows from other changes and would only repeat them."""


def compare(before: Plan, after: Plan) -> list[Change]:
    """Return what changes from one plan to another: decisions, then cost, then risk."""
    left, right = before.model_dump(mode="json"), after.model_dump(mode="json")
    changes: list[Change] = []
    for kind, path in COLLECTIONS.items():
        changes += _collection(kind, _rows(left, path), _rows(right, path))
    changes += _collection("room", _rooms(left), _rooms(right))
    changes += _collection("bridges", _bridges(left), _bridges(right))
    changes += _collection("purchase", _purchases(left), _purchases(right))
    expected = [str(round(side["years"]["expected_vnd"])) if side["years"] else "" for side in (left, right)]
    if expected[0] != expected[1]:
        changes.append(Change("cost", "all years, as demands grow", "expected_vnd", *expected))
    for part in COSTS:
        old, new = left["costs"][part]["present_value_vnd"], right["costs"][part]["present_value_vnd"]
        if old != new:
            changes.append(Change("cost", part, "present_value_vnd", str(old), str(new)))
    old, new = left["network"]["sweep"]["highest"], right["network"]["sweep"]["highest"]
    if old[:1] != new[:1]:
        changes.append(Change("risk", "highest occupancy", "link", _said(old[:1]), _said(new[:1])))
    cut_before = {site for sites in left["network"]["sweep"]["cut_off"].values() for site in sites}
    cut_after = {site for sites in right["network"]["sweep"]["cut_off"].values() for site in sites}
    for site in sorted(cut_before ^ cut_after):
        gone = site in cut_before
        changes.append(Change("risk", site, "can be cut off", str(gone).lower(), str(not gone).lower()))
    return changes


def _rooms(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Small data centre → what is decided about it."""
    rooms = (document["consolidation"] or {"rooms": []})["rooms"]
    return {room["id"]: {name: room[name] for name in ("moves", "servers", "freed_window")} for room in rooms}


def _bridges(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Site → the bridges there."""
    places = (document["conference"] or {"bridges": []})["bridges"]
    return {place["site"]: {"machines": place["machines"]} for place in places}


def _purchases(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Band, year, thing and place → how many are bought as demands grow or lives end; what is bought now is decided."""
    found: dict[str, dict[str, Any]] = {}
    for band in (document["years"] or {"bands": []})["bands"]:
        for buy in band["buys"]:
            if buy["reason"] != "plan":
                pool = "" if buy["pool"] in ("", "shared") else f"({buy['pool']})"
                name = " ".join(filter(None, (band["band"], str(buy["year"]), buy["what"], buy["where"], pool)))
                one = found.setdefault(name, {"count": 0, "modules": buy["modules"]})
                one["count"] += buy["count"]
    return found


def _rows(document: dict[str, Any], path: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    value: Any = document
    for part in path:
        value = value[part]
    return {row["id"]: row for row in value}


def _collection(kind: str, before: dict[str, dict[str, Any]], after: dict[str, dict[str, Any]]) -> list[Change]:
    changes = []
    for name in [*before, *(name for name in after if name not in before)]:
        if name not in after:
            changes.append(Change(kind, name, "removed", "", ""))
        elif name not in before:
            changes.append(Change(kind, name, "added", "", ""))
        else:
            changes += [
                Change(kind, name, field, _said(before[name][field]), _said(after[name][field]))
                for field in before[name]
                if field not in QUIET_FIELDS and before[name][field] != after[name][field]
            ]
    return changes


def _said(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)
