"""Bring a plan's slice up in the lab, and take it away again: image, packages, stack, the way in.

Everything that a stack leaves behind stands under one directory, its home; its name is written there before the first
thing is made, so that whatever exists can be found and taken away even when plan and state are gone.

    machines = apply(plan, home)        up; again: 0 changes, or what was lost is put right
    preview(plan, home).counts          what `apply` would do
    drift(home).steps                   what is no longer as it was made
    standing(home)                      what the last `apply` returned
    destroy(home)                       down
    leftovers(home)                     [] after `destroy`
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import cast

from planner.plan import Plan
from stacks.engine.events import Diagnostic, Listener, Result
from stacks.engine.options import Options
from stacks.engine.select import Choice, StackEngine, open_engine
from stacks.lab import names
from stacks.lab.driver import LabDriver
from stacks.lab.files import write_atomic
from stacks.lab.home import claim, name_of
from stacks.lab.image import ensure_image, recipe
from stacks.lab.leftovers import leftovers_of
from stacks.lab.machine import sweep
from stacks.lab.repository import ensure_repository
from stacks.lab.transport import ensure_key, hang_up, public_key, write_ssh_config
from stacks.program import program

PROJECT = "provdc"
STACK = "lab"


@dataclass(frozen=True, slots=True)
class LabMachine:
    """A machine that stands and can be reached."""

    id: str
    role: str
    address: str
    """IPv4 address of its first interface, as in the plan; not reachable from this computer."""
    container: str
    host_key: str
    """Public ssh host key."""


@dataclass(frozen=True, slots=True)
class Machines:
    """What stands in the lab."""

    stack: str
    """Name of containers and namespaces, before the machine's id."""
    plan: str
    """Digest of the plan it was made from."""
    ssh_config: Path
    """`ssh -F` reads it; every machine is a host under its id."""
    machines: tuple[LabMachine, ...]
    """Sorted by id."""
    changes: int = 0
    """Stack operations of this call."""

    @property
    def names(self) -> tuple[str, ...]:
        """Ids of the machines that stand."""
        return tuple(machine.id for machine in self.machines)


def apply(
    plan: Plan, root: Path, engine: str = "auto", on_event: Listener | None = None, *, cache: Path | None = None
) -> Machines:
    """Bring up the plan's slice; what is already right stays untouched, what is no longer true is put right.

    Parameters
    ----------
    plan : Plan
        What to bring up.
    root : Path
        Home of the stack's state and keys, `.provdc/<province>/stacks`.
    engine : str
        `auto`, `embedded` or `pulumi`.
    on_event : callable, optional
        Told each step, building the image included.
    cache : Path, optional
        Where what all provinces share is kept; `.provdc/cache` when absent.

    Returns
    -------
    Machines
        How each is reached. The same is written to `machines.json` under `root`.

    Raises
    ------
    LabError
        This computer cannot run the lab, the image or the packages could not be made, or `root` is a copy of the home
        of another lab (E-LAB-022).
    StackError
        A machine or network could not be made; `apply` again goes on from there.
    """
    root = root.resolve()
    shared = cache.resolve() if cache else root.parent.parent / "cache"
    name = claim(root, plan.province)

    def progress(line: str) -> None:
        if on_event is not None:
            on_event(Diagnostic("info", line))

    image = ensure_image(shared, progress)
    ensure_repository(root / "repository", shared, root / "secrets", image, progress)
    key, _ = ensure_key(root / "secrets")
    result = _open(root, engine, on_event).up(lambda: program(plan, _driver(name, root)), refresh=True).or_raise()
    machines = _machines(name, root, result)
    containers = {machine.id: machine.container for machine in machines.machines}
    host_keys = {machine.id: machine.host_key for machine in machines.machines}
    write_ssh_config(root / "ssh", key, containers, host_keys)
    write_atomic(root / "machines.json", json.dumps(asdict(machines), default=str, indent=2, sort_keys=True) + "\n")
    return machines


def preview(plan: Plan, root: Path, engine: str = "auto", on_event: Listener | None = None) -> Result:
    """Say what `apply` would do; makes and writes nothing of the lab.

    Parameters and errors are those of `apply`.

    Returns
    -------
    Result
        `counts` by operation, and `steps` with the properties that change.
    """
    root = root.resolve()
    name = name_of(root) or names.stack_name(plan.province, str(root))
    return _open(root, engine, on_event).preview(lambda: program(plan, _driver(name, root))).or_raise()


def drift(root: Path, engine: str = "auto", on_event: Listener | None = None) -> Result:
    """Say which machines and networks are no longer as they were made; `apply` puts them right. Changes nothing.

    Parameters and errors are those of `apply`.

    Returns
    -------
    Result
        `changes`, their number; `steps` names each, with the properties that differ.
    """
    return _open(root.resolve(), engine, on_event).refresh(dry_run=True).or_raise()


def destroy(root: Path, on_event: Listener | None = None, engine: str = "auto") -> int:
    """Take away everything the stack made, also what its state has lost; image, packages and keys stay.

    Parameters and errors are those of `apply`; may be repeated.

    Returns
    -------
    int
        Number of things deleted.
    """
    root = root.resolve()
    name = name_of(root)
    if name is None:
        return 0
    hang_up(root / "ssh")
    result = _open(root, engine, on_event).destroy().or_raise()
    lost = sweep(name, str(root))
    if lost and on_event is not None:
        on_event(Diagnostic("warning", f"in no state, taken away by name: {', '.join(lost)}"))
    for gone in ("machines.json", "ssh/ssh_config", "ssh/known_hosts"):
        (root / gone).unlink(missing_ok=True)
    return result.changes + len(lost)


def leftovers(root: Path) -> list[str]:
    """List what of the stack still stands on this computer: containers, namespaces, links, mounts, processes.

    Looks only, at the computer itself and not at the state; sends no packet. Each entry begins with one of these words.
    """
    root = root.resolve()
    name = name_of(root)
    return leftovers_of(name, root) if name else []


def standing(root: Path) -> Machines:
    """Return the machines of the last `apply`.

    Raises
    ------
    FileNotFoundError
        When the lab is not up.
    """
    loaded = json.loads((root.resolve() / "machines.json").read_text(encoding="utf-8"))
    loaded["machines"] = tuple(LabMachine(**machine) for machine in loaded["machines"])
    loaded["ssh_config"] = Path(loaded["ssh_config"])
    return Machines(**loaded | {"changes": 0})


def _open(root: Path, engine: str, on_event: Listener | None) -> StackEngine:
    return open_engine(cast("Choice", engine), PROJECT, STACK, root / "state", Options(on_event=on_event))


def _driver(name: str, root: Path) -> LabDriver:
    return LabDriver(
        stack=name,
        image=recipe().image,
        key=public_key(root / "secrets"),
        owner=root,
        repository=root / "repository",
    )


def _machines(name: str, root: Path, result: Result) -> Machines:
    outputs: Mapping[str, Mapping[str, str]] = result.outputs["machines"]
    machines = tuple(
        LabMachine(**{field: said[field] for field in LabMachine.__slots__})
        for said in (outputs[name] for name in sorted(outputs))
    )
    return Machines(
        stack=name,
        plan=str(result.outputs["plan"]),
        ssh_config=root / "ssh" / "ssh_config",
        machines=machines,
        changes=result.changes,
    )
