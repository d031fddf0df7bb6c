"""Podman with runc, as little of it as the lab needs."""

import json
import resource
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from stacks.lab.processes import command_lines, wait_until
from stacks.lab.shell import LabError, run, try_run

PODMAN = ("podman", "--runtime", "runc")

CAPABILITIES = (
    # what systemd and the services need; not the computer's clock, disks, modules, kernel log or power
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "DAC_READ_SEARCH",
    "FOWNER",
    "FSETID",
    "IPC_LOCK",
    "KILL",
    "LEASE",
    "MKNOD",
    "NET_ADMIN",
    "NET_BIND_SERVICE",
    "NET_BROADCAST",
    "NET_RAW",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_ADMIN",
    "SYS_CHROOT",
    "SYS_NICE",
    "SYS_PTRACE",
)

PROCESSES = 32000
OPEN_FILES = 65536
PATIENCE_SECONDS = 60.0
BUSY = {"run", "start", "rm"}


def podman(*argv: str, stdin: str = "", timeout: float = 120) -> str:
    """Run podman and return what it wrote."""
    return run([*PODMAN, *argv], stdin=stdin, timeout=timeout)


def image_exists(image: str) -> bool:
    """Whether podman's store holds the image."""
    return try_run([*PODMAN, "image", "exists", image]) is not None


def inspect(container: str) -> dict[str, Any] | None:
    """Return podman's description of a container, None when there is no such container."""
    text = try_run([*PODMAN, "container", "inspect", container])
    if text is None:
        return None
    found: dict[str, Any] = json.loads(text)[0]
    return found


def wait_for_others(container: str) -> None:
    """Wait for a podman that makes or removes this container and has lost the process that called it.

    Raises
    ------
    LabError
        E-LAB-021 when it does not end.
    """

    def nobody() -> bool:
        lines = (words for _, words in command_lines() if Path(words[0]).name == "podman" and BUSY & set(words))
        return not any(container in words for words in lines)

    if not wait_until(nobody, PATIENCE_SECONDS):
        raise LabError(
            "E-LAB-021", f"another podman is busy with '{container}'", "`ps` shows it; `up` again when it has ended"
        )


def limits() -> Sequence[str]:
    """Return the limits on files and processes: never above our own, which a container may not raise."""
    files = _within(resource.RLIMIT_NOFILE, OPEN_FILES)
    processes = _within(resource.RLIMIT_NPROC, PROCESSES)
    return ["--ulimit", f"nofile={files}:{files}", "--ulimit", f"nproc={processes}:{processes}"]


def confinement() -> Sequence[str]:
    """Return the options that let systemd run without giving it the computer.

    /sys and the kernel's settings stay read-only (but those of the machine's own network namespace), /dev holds no
    disk. AppArmor's container profile forbids every mount, so services with private directories need it off.
    """
    capabilities = [option for name in CAPABILITIES for option in ("--cap-add", name)]
    return ["--cap-drop", "all", *capabilities, "--security-opt", "apparmor=unconfined"]


def _within(kind: int, wanted: int) -> int:
    hard = resource.getrlimit(kind)[1]
    return wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
