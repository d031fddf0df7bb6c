"""One machine of the lab: its container, and what is true of it."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from stacks.lab.image import ADMINISTRATOR
from stacks.lab.network import Cable, addresses, gateways, links, namespaces, remove_namespace, wire
from stacks.lab.podman import confinement, inspect, limits, podman, wait_for_others
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
    wait_for_others(container.name)
    found = inspect(container.name)
    if found is not None and not _belongs_to(found, container.owner):
        raise LabError(
            "E-LAB-020",
            f"a container '{container.name}' exists already and belongs to '{_labels(found).get('provdc.owner', '?')}'",
            "take that lab down first (`provdc down` there)",
        )
    wire(container.stack, container.name, cables, former=former or ())
    if found is not None and (
        _labels(found).get("provdc.digest") != container.digest or found["State"]["Status"] in ("dead", "removing")
    ):
        podman("rm", "--force", "--time", "0", container.name)
        found = None
    if found is None:
        _run(container)
    elif found["State"]["Status"] == "paused":
        podman("unpause", container.name)
    elif not found["State"]["Running"]:
        podman("start", container.name)
    return podman("exec", "-i", container.name, "/bin/sh", "-c", GREETING, "sh", key, timeout=READY_SECONDS * 2).strip()


def take_down(name: str, owner: str) -> None:
    """Remove a machine's container and namespace; nothing happens when they are gone or another owner's."""
    wait_for_others(name)
    found = inspect(name)
    if found is not None and not _belongs_to(found, owner):
        return
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
    """Interface that is up → addresses."""
    gateways: dict[str, str]
    """Interface → default gateway."""


def facts(name: str, owner: str) -> Facts | None:
    """Look at a machine; None when neither container nor namespace exists, or when they are another owner's."""
    found = inspect(name)
    if (found is None and name not in namespaces()) or (found is not None and not _belongs_to(found, owner)):
        return None
    legs = {leg: link for leg, link in links(name).items() if "UP" in link["flags"]}
    return Facts(
        state=found["State"]["Status"] if found else "absent",
        digest=_labels(found).get("provdc.digest", "") if found else "",
        image=found["ImageName"] if found else "",
        addresses={leg: addresses(link) for leg, link in sorted(legs.items())},
        gateways=gateways(name) if legs else {},
    )


def sweep(stack: str, owner: str) -> list[str]:
    """Take down what is called after a stack and in no state any more; return its names."""
    ours: set[str] = set()
    others: set[str] = set()
    for row in json.loads(podman("ps", "--all", "--format", "json")):
        labels = row["Labels"] or {}
        mine = (labels.get("provdc.stack"), labels.get("provdc.owner")) == (stack, owner)
        (ours if mine else others).update(row["Names"])
    found = ours | {name for name in namespaces() if name == stack or name.startswith(f"{stack}-")} - others
    for name in sorted(found, reverse=True):  # the machines before the fabric that they are plugged into
        take_down(name, owner)
    return sorted(found)


def _labels(found: Mapping[str, Any]) -> Mapping[str, str]:
    labels: Mapping[str, str] = found["Config"].get("Labels") or {}
    return labels


def _belongs_to(found: Mapping[str, Any], owner: str) -> bool:
    return _labels(found).get("provdc.owner") == owner


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
