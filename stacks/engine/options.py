"""How an engine runs a stack, whichever engine it is. Imports events.py."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from stacks.engine.events import Listener
from stacks.engine.secrets import passphrase_from_environment


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What is not part of a stack's name."""

    passphrase: str | None = None
    """Opens the stack's secrets, and is needed only when there are any; by default ``PULUMI_CONFIG_PASSPHRASE`` or
    ``PULUMI_CONFIG_PASSPHRASE_FILE``."""
    workers: int = 8
    """How many provider calls run at once."""
    config: Mapping[str, str] = field(default_factory=dict)
    """The stack's configuration, keys like ``project:name``."""
    secret_config: Mapping[str, str] = field(default_factory=dict)
    """The same, never shown and never written in clear."""
    import_paths: Sequence[Path] = ()
    """Where provider modules are found, before ``sys.path``."""
    on_event: Listener | None = None
    """Receives every event while an operation runs, one at a time, from any thread. Must not raise."""

    @property
    def passphrase_or_environment(self) -> str | None:
        """The passphrase given, else that of the environment."""
        return self.passphrase if self.passphrase is not None else passphrase_from_environment()


DEFAULTS = Options()
