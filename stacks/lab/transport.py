"""How Ansible and testinfra come in: ssh over `podman exec`, so the machines need no shared management segment.

A segment that both sides of a firewall share would be a way round it. Each machine's own sshd answers on the standard
streams of an exec, knows one key, and is known by the host key that was read when it was made.
"""

import os
from collections.abc import Mapping
from pathlib import Path

from stacks.lab.files import private_directory, write_atomic
from stacks.lab.image import ADMINISTRATOR
from stacks.lab.podman import PODMAN
from stacks.lab.shell import run, try_run

SOCKET_LENGTH = 108
SUFFIX_LENGTH = 18  # ssh makes its control socket under a temporary name first


def ensure_key(secrets: Path) -> tuple[Path, str]:
    """Return the administrator's private key file and public key, made once."""
    private = private_directory(secrets) / "ssh_ed25519"
    if not private.exists():
        fresh = secrets / f"ssh_ed25519-{os.getpid()}"
        fresh.unlink(missing_ok=True)
        run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", ADMINISTRATOR, "-f", str(fresh)])
        fresh.with_suffix(".pub").unlink()
        fresh.rename(private)
    return private, public_key(secrets)


def public_key(secrets: Path) -> str:
    """Return the administrator's public key; empty when there is no key yet."""
    private = secrets / "ssh_ed25519"
    return run(["ssh-keygen", "-y", "-f", str(private)]).strip() if private.exists() else ""


def write_ssh_config(directory: Path, key: Path, containers: Mapping[str, str], host_keys: Mapping[str, str]) -> Path:
    """Write `ssh_config` and `known_hosts` for these machines and return the former.

    Parameters
    ----------
    directory : Path
        Where they go, `.provdc/<province>/ssh`.
    key : Path
        The administrator's private key.
    containers, host_keys : mapping
        Machine id → container, and → public host key.
    """
    private_directory(directory)
    known = directory / "known_hosts"
    write_atomic(known, "".join(f"{name} {host_keys[name]}\n" for name in sorted(containers)), mode=0o600)
    lines = [
        "# Written by provdc from the lab's stack.",
        "Host *",
        f"  User {ADMINISTRATOR}",
        f'  IdentityFile "{key}"',
        "  IdentitiesOnly yes",
        f'  UserKnownHostsFile "{known}"',
        "  GlobalKnownHostsFile none",
        "  StrictHostKeyChecking yes",
        "  UpdateHostKeys no",
        "  BatchMode yes",
        "  LogLevel ERROR",
        "  ConnectTimeout 20",
        *_sharing(directory, containers),
    ]
    for name in sorted(containers):
        lines += [f"Host {name}", f"  ProxyCommand {' '.join(PODMAN)} exec -i {containers[name]} /usr/sbin/sshd -i"]
    config = directory / "ssh_config"
    write_atomic(config, "\n".join(lines) + "\n", mode=0o600)
    return config


def hang_up(directory: Path) -> None:
    """End the shared connections that ssh keeps open for a while."""
    config = directory / "ssh_config"
    for socket in sorted(directory.glob("to-*")):
        try_run(["ssh", "-F", str(config), "-O", "exit", socket.name.removeprefix("to-")])
        socket.unlink(missing_ok=True)


def _sharing(directory: Path, containers: Mapping[str, str]) -> list[str]:
    longest = max((len(name) for name in containers), default=0)
    if len(str(directory / "to-")) + longest + SUFFIX_LENGTH > SOCKET_LENGTH:
        return []  # Linux's limit on a socket's path: then each command makes a connection of its own
    return ["  ControlMaster auto", "  ControlPersist 60s", f'  ControlPath "{directory}/to-%n"']
