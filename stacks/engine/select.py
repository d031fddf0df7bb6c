"""Which engine runs a stack: the embedded one or the genuine ``pulumi``. Imports engine.py, automation.py."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, Protocol

from stacks.engine.automation import PulumiCli
from stacks.engine.engine import Engine
from stacks.engine.errors import Code, StackError, StateError
from stacks.engine.events import Result
from stacks.engine.options import DEFAULTS, Options
from stacks.engine.program import Program

type Choice = Literal["auto", "embedded", "pulumi"]


class StackEngine(Protocol):
    """What both engines can do; ``Engine`` has the full description."""

    @property
    def name(self) -> str:
        """``embedded`` or ``pulumi``."""

    @property
    def directory(self) -> Path:
        """Where the stack's state is kept."""

    def preview(self, program: Program, *, policy_packs: Sequence[str] = ()) -> Result:
        """Say what ``up`` would do."""

    def up(self, program: Program, *, refresh: bool = False, policy_packs: Sequence[str] = ()) -> Result:
        """Bring every resource to what the program asks for."""

    def destroy(self) -> Result:
        """Delete every resource."""

    def refresh(self, *, dry_run: bool = False) -> Result:
        """Compare every resource with reality."""

    def outputs(self, *, show_secrets: bool = False) -> dict[str, Any]:
        """Return the stack's outputs."""

    def export(self) -> dict[str, Any]:
        """Return the state."""

    def import_(self, exported: Mapping[str, Any]) -> None:
        """Take over an exported state."""

    def unlock(self) -> str:
        """Clear a lock left behind."""


def open_engine(
    choice: Choice,
    project: str,
    stack: str,
    state_dir: Path,
    options: Options = DEFAULTS,
) -> StackEngine:
    """Open a stack with the engine that was asked for.

    ``auto`` takes the engine that holds the stack's state already; for a new stack the genuine ``pulumi`` when it is
    on PATH, else the embedded engine. The other parameters are those of ``Engine``.

    Raises
    ------
    StackError
        E-STACK-007 ``pulumi`` was asked for and is not on PATH; E-STATE-007 the other engine holds the stack: two
        states would each claim the same machines. ``hand_over`` moves it.
    """
    embedded: StackEngine = Engine(project, stack, state_dir, options)
    genuine: StackEngine = PulumiCli(project, stack, state_dir, options)
    on_path = shutil.which("pulumi") is not None
    holder = next((engine for engine in (embedded, genuine) if _holds(engine)), None)
    if choice == "auto":
        wanted = holder or (genuine if on_path else embedded)
    else:
        wanted = genuine if choice == "pulumi" else embedded
    if wanted is genuine and not on_path:
        raise StackError(
            Code.NO_CLI, "the genuine pulumi command line is not on PATH", "install it, or use --engine embedded"
        )
    if holder is not None and holder is not wanted:
        raise StateError(
            Code.OTHER_ENGINE,
            f"the stack is held by the {holder.name} engine",
            f"use --engine {holder.name}, or hand the stack over to {wanted.name} first",
        )
    return wanted


def hand_over(source: StackEngine, target: StackEngine) -> None:
    """Move a stack's state from one engine to the other; the source's files are kept under another name."""
    target.import_(source.export())
    kept = source.directory.with_name(f"{source.directory.name}.handed-over")
    if kept.exists():
        shutil.rmtree(kept)
    source.directory.rename(kept)


def _holds(engine: StackEngine) -> bool:
    """Tell from the files alone whether an engine has a state of its stack."""
    if engine.name == "embedded":
        return any((engine.directory / name).exists() for name in ("state.json", "state.previous.json"))
    return any((engine.directory / "backend").glob(".pulumi/stacks/**/*.json"))
