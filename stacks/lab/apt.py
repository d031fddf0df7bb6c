"""The computer's own apt, asked from a private corner: its sources and settings, none of its state or hooks.

No host of a package archive stands in any file of the project: whatever the computer installs its own Debian packages
from, the lab's machines are built from too.
"""

import os
import platform
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from stacks.lab.files import write_atomic
from stacks.lab.shell import LabError, Progress, run, try_run

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")


@dataclass(frozen=True)
class Apt:
    """A private corner under `home`, made by `prepare`."""

    home: Path
    config: Path
    sources: Path

    def environment(self) -> dict[str, str]:
        """Return the environment in which apt's programs use this corner."""
        return {**os.environ, "APT_CONFIG": str(self.config), "LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"}

    def run(self, *argv: str, timeout: float = 300) -> str:
        """Run one of apt's programs here."""
        return run(argv, env=self.environment(), timeout=timeout)


@contextmanager
def alone(cache: Path, progress: Progress) -> Iterator[None]:
    """Let nobody else fetch or build in this cache meanwhile; says so when it has to wait."""
    cache.mkdir(parents=True, exist_ok=True)
    lock = FileLock(cache / "lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        progress(f"waiting for another process that builds in {cache}")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def suite() -> str:
    """Return the computer's own Debian suite, `bookworm`.

    Raises
    ------
    LabError
        E-LAB-010 when the computer does not run Debian.
    """
    release = platform.freedesktop_os_release()
    if release.get("ID") != "debian" or not release.get("VERSION_CODENAME"):
        raise LabError(
            "E-LAB-010",
            f"the lab needs a computer with Debian, this is {release.get('PRETTY_NAME', 'unknown')}",
            "planning works here: `make plan`",
        )
    return release["VERSION_CODENAME"]


def architecture() -> str:
    """Return the computer's Debian architecture, `amd64`."""
    return run(["dpkg", "--print-architecture"]).strip()


def prepare(home: Path) -> Apt:
    """Fetch the package lists of the computer's Debian sources into a private corner.

    Raises
    ------
    LabError
        E-LAB-011 when no Debian archive can be reached.
    """
    for part in ("lists/partial", "cache/archives/partial", "etc/empty.d", "tmp"):
        (home / part).mkdir(parents=True, exist_ok=True)
    apt = Apt(home, home / "apt.conf", home / "sources.list")
    acquire = [line for line in run(["apt-config", "dump"]).splitlines() if _is_about_fetching(line)]
    private = {
        "Dir::State": home,
        "Dir::State::Lists": home / "lists",
        "Dir::Cache": home / "cache",
        "Dir::Etc::Parts": home / "etc/empty.d",
        "APT::Sandbox::User": "root",
        "Acquire::Languages": "none",
        "Acquire::Retries": "3",
    }
    head = [*acquire, *(f'{key} "{value}";' for key, value in private.items())]
    everything = Apt(home, home / "all.conf", home / "sources.list")
    write_atomic(everything.config, "\n".join(head) + "\n")
    # a source that is not Debian's may fail without harm; what counts is what the lists then hold
    try_run(["env", f"APT_CONFIG={everything.config}", "apt-get", "update", "-qq"], timeout=300)
    entry = "$(ORIGIN)|deb [signed-by=" + str(KEYRING) + "] $(REPO_URI) $(RELEASE) $(COMPONENT)"
    targets = everything.run("apt-get", "indextargets", "--format", entry, "Created-By: Packages").splitlines()
    lines = sorted({line.removeprefix("Debian|") for line in targets if line.startswith("Debian|")})
    if not any(f" {suite()} " in line for line in lines):
        raise LabError(
            "E-LAB-011",
            f"no package list of Debian '{suite()}' could be fetched from the computer's apt sources",
            "`apt-get update` must work on this computer when the lab is built the first time",
        )
    write_atomic(apt.sources, "\n".join(lines) + "\n")
    own = [f'Dir::Etc::SourceList "{apt.sources}";', f'Dir::Etc::SourceParts "{home / "etc/empty.d"}";']
    write_atomic(apt.config, "\n".join([*head, *own]) + "\n")
    apt.run("apt-get", "update", "-qq")
    return apt


def fetching_options(apt: Apt) -> Sequence[str]:
    """Return the computer's settings for fetching (proxy, checks), one `Key "value";` each."""
    return [line for line in apt.config.read_text().splitlines() if _is_about_fetching(line)]


def _is_about_fetching(line: str) -> bool:
    return line.startswith("Acquire::") and "::IndexTargets" not in line and not line.endswith(' "";')
