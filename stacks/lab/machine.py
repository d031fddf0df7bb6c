"""One machine of the lab: its container, and what is true of it."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from stacks.lab.image import ADMINISTRATOR
from stacks.lab.network import Cable, addresses, gateways, links, remove_namespace, wire
from stacks.lab.podman import confinement, inspect, limits, podman
from stacks.lab.shell import LabError

READY_SECONDS = 90

GREETING = f"""set -eu
printf '%s\\n' "$1" > /home/{ADMINISTRATOR}/.ssh/authorized_keys
i=0
until [ -S /run/dbus/system_bus_socket ]; do
  i=$((i + 1)); [ $i -lt {READY_SECONDS * 10} ]; sleep 0.1
done
timeout {READY_SECONDS} systemctl is-system-running --wait >/dev/null || true
cat /etc/ssh/ssh_host_ed25519_key.pub
"""
"""Lets our key in, waits until systemd has started everything, and answers with the host key. A unit that fails is a
matter for the verification; a machine that cannot be reached is ours."""


@dataclass(frozen=True)
class Container:
    """What a machine is made of."""

    stack: str
    name: str
    hostname: str
    image: str
    memory_mib: int
    cpu_shares: int
    mounts: Mapping[str, str]
    """Directory of the computer → where the machine sees it, read-only."""
    owner: str
    """Directory whose state knows this machine: another clone must not take it for its own."""

    @property
    def digest(self) -> str:
        """What the container was made from; another digest needs another container."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:16]


def bring_up(container: Container, cables: list[Cable], key: str, *, former: list[Cable] | None = None) -> str:
    """Make a machine or finish one that was left half-made, wait until it has started, return its ssh host key.

    Parameters
    ----------
    container : Container
        What it is made of.
    cables : list of Cable
        Its legs.
    key : str
        Public key that the administrator is let in with.
    former : list of Cable, optional
        Its legs before this call.

    Raises
    ------
    LabError
        E-LAB-020 when a container of another owner has the name.
    """
    wire(container.stack, container.name, cables, former=former or ())
    found = inspect(container.name)
    if found is not None:
        labels = found["Config"].get("Labels") or {}
        if labels.get("provdc.owner") != container.owner:
            raise LabError(
                "E-LAB-020",
                f"a container '{container.name}' exists already and belongs to '{labels.get('provdc.owner', '?')}'",
                "take that lab down first (`provdc down` there)",
            )
        if labels.get("provdc.digest") != container.digest or found["State"]["Status"] in ("dead", "removing"):
            podman("rm", "--force", "--time", "0", container.name)
            found = None
    if found is None:
        _run(container)
    elif not found["State"]["Running"]:
        podman("start", container.name)
    return podman("exec", "-i", container.name, "/bin/sh", "-c", GREETING, "sh", key, timeout=READY_SECONDS * 2).strip()


def take_down(name: str) -> None:
    """Remove a machine's container and namespace; nothing happens when they are gone."""
    podman("rm", "--force", "--ignore", "--time", "0", name)
    remove_namespace(name)


@dataclass(frozen=True)
class Facts:
    """What is true of a machine now."""

    state: str
    """`running`, or podman's word for what it is instead; `absent` when only its namespace is left."""
    digest: str
    image: str
    addresses: dict[str, list[str]]
    """Interface → addresses."""
    gateways: dict[str, str]
    """Interface → default gateway."""


def facts(name: str) -> Facts | None:
    """Look at a machine; None when neither container nor interfaces exist."""
    found = inspect(name)
    legs = links(name)
    if found is None and not legs:
        return None
    labels = (found["Config"].get("Labels") or {}) if found else {}
    return Facts(
        state=found["State"]["Status"] if found else "absent",
        digest=labels.get("provdc.digest", ""),
        image=found["ImageName"] if found else "",
        addresses={name: addresses(leg) for name, leg in sorted(legs.items())},
        gateways=gateways(name) if legs else {},
    )


def _run(container: Container) -> None:
    memory = ["--memory", f"{container.memory_mib}m"] if container.memory_mib else []
    mounts = [option for source, target in container.mounts.items() for option in ("--volume", f"{source}:{target}:ro")]
    podman(
        *("run", "--detach", "--name", container.name, "--hostname", container.hostname),
        *("--label", f"provdc.stack={container.stack}", "--label", f"provdc.owner={container.owner}"),
        *("--label", f"provdc.digest={container.digest}"),
        *("--network", f"ns:/run/netns/{container.name}", "--no-hosts", "--dns", "none"),
        *("--systemd", "always", "--log-driver", "none", "--cpu-shares", str(container.cpu_shares)),
        *memory,
        *mounts,
        *limits(),
        *confinement(),
        container.image,
        "/sbin/init",
    )
