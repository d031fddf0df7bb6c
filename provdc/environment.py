"""What this computer has of what provdc needs: interpreter, packages, lab programs, rights, kernel features."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

Use = Literal["plan", "lab", "cli", "browser"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is needed for something."""

    name: str
    use: Use
    good: bool
    found: str
    """Version, or what there is."""
    wanted: str = ""
    """What it should be, when it is there but not good."""


PACKAGES = ("ortools", "networkx", "pydantic", "pulumi", "ansible-core", "ansible-runner", "pytest-testinfra")
PROGRAMS: tuple[tuple[str, tuple[str, ...], Use], ...] = (
    ("podman", ("--version",), "lab"),
    ("runc", ("--version",), "lab"),
    ("ip", ("-V",), "lab"),
    ("nft", ("--version",), "lab"),
    ("mmdebstrap", ("--version",), "lab"),
    ("apt-ftparchive", ("--version",), "lab"),
    ("gpg", ("--version",), "lab"),
    ("ssh", ("-V",), "lab"),
    ("pulumi", ("version",), "cli"),
    ("chromium", ("--version",), "browser"),
)
"""The lab's programs are those of bootstrap/debian-packages.txt."""


def examine() -> list[Finding]:
    """Return everything that was looked at, in the order of the work."""
    return [interpreter(), *map(package, PACKAGES), *(program(*entry) for entry in PROGRAMS), *rights(), *memory()]


def interpreter() -> Finding:
    """Look at the interpreter."""
    found = ".".join(map(str, sys.version_info[:3]))
    return Finding("python", "plan", sys.version_info >= (3, 12), found, ">= 3.12")


def package(name: str) -> Finding:
    """Look at one Python package."""
    try:
        return Finding(name, "plan", True, version(name))
    except PackageNotFoundError:
        return Finding(name, "plan", False, "")


def program(name: str, ask: tuple[str, ...], use: Use) -> Finding:
    """Look at one program on PATH; what it prints of its version is shown, not judged."""
    path = shutil.which(name)
    if path is None:
        return Finding(name, use, False, "")
    try:
        done = subprocess.run([path, *ask], capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return Finding(name, use, False, path, str(error))
    lines = (done.stdout or done.stderr).strip().splitlines()
    return Finding(name, use, done.returncode == 0, lines[0][:60] if lines else path, "a program that starts")


def rights() -> list[Finding]:
    """Look at root, network namespaces and bridges."""
    root = os.geteuid() == 0
    findings = [Finding("root", "lab", root, "root" if root else f"uid {os.geteuid()}", "root")]
    namespaces = Path("/proc/self/ns/net").exists()
    findings.append(Finding("network namespaces", "lab", namespaces, "kernel" if namespaces else ""))
    if root and shutil.which("ip"):
        bridge, nat = (in_namespace(*command) for command in (BRIDGE, TABLES))
        findings.append(Finding("bridges", "lab", bridge, "kernel" if bridge else ""))
        findings.append(Finding("nftables", "lab", nat, "kernel" if nat else ""))
    return findings


BRIDGE = ("ip", "link", "add", "provdc-doctor", "type", "bridge")
TABLES = ("nft", "add", "table", "inet", "provdc-doctor")


def in_namespace(*command: str) -> bool:
    """Try a command in a network namespace of its own, which ends with it: nothing of the computer changes."""
    unshare = shutil.which("unshare")
    if unshare is None:
        return False
    done = subprocess.run([unshare, "--net", *command], capture_output=True, timeout=20, check=False)
    return done.returncode == 0


def memory() -> list[Finding]:
    """Look at memory and processors: the lab's machines need about 4 GiB together."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return [Finding("memory", "lab", total >= 4, f"{total:.0f} GiB, {os.cpu_count()} processors", ">= 4 GiB")]
