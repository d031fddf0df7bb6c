"""What of a stack still stands on this computer. Looks at links, routes, mounts and processes; sends nothing."""

import json
from ipaddress import ip_network
from pathlib import Path

from stacks.lab.network import namespaces
from stacks.lab.podman import PODMAN
from stacks.lab.processes import command_lines, wait_until
from stacks.lab.shell import missing, run

SETTLING_SECONDS = 5.0  # a container's watcher ends a moment after the container


def leftovers_of(stack: str, home: Path) -> list[str]:
    """List what is named after the stack or made from its home, sorted; empty when all is gone.

    Parameters
    ----------
    stack : str
        Name of the stack.
    home : Path
        Directory of its state and keys.
    """
    if missing(["podman", "ip"]):
        return []
    if not _containers(stack):
        wait_until(lambda: not _processes(stack, home), SETTLING_SECONDS)
    return [*_containers(stack), *_namespaces(stack), *_links(stack), *_mounts(stack, home), *_processes(stack, home)]


def reachable(prefixes: list[str]) -> list[str]:
    """List the routes and addresses of the computer itself that lie in one of the prefixes: none, in a sound lab."""
    inside = [ip_network(prefix) for prefix in prefixes]
    routes = [route["dst"] for route in json.loads(run(["ip", "-j", "-4", "route", "show", "table", "all"]))]
    networks = [ip_network(dst, strict=False) for dst in routes if dst not in ("default", "0.0.0.0/0")]
    return sorted(str(one) for one in networks if any(one.overlaps(prefix) for prefix in inside))


def _containers(stack: str) -> list[str]:
    ours = f"label=provdc.stack={stack}"
    listed = run([*PODMAN, "ps", "--all", "--external", "--filter", ours, "--format", "{{.Names}}"])
    return sorted(f"container {name}" for name in listed.split())


def _namespaces(stack: str) -> list[str]:
    return [f"namespace {name}" for name in namespaces() if name == stack or name.startswith(f"{stack}-")]


def _links(stack: str) -> list[str]:
    """Links of the computer's own namespace whose other end is in a namespace of the stack."""
    links = json.loads(run(["ip", "-j", "link", "show"]))
    names = (str(link.get("link_netns", "")) for link in links)
    return sorted(f"link {name}" for name in names if name == stack or name.startswith(f"{stack}-"))


def _mounts(stack: str, home: Path) -> list[str]:
    lines = Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines()
    points = [line.split()[4] for line in lines]
    return sorted(
        f"mount {point}"
        for point in points
        if point.startswith((f"/run/netns/{stack}-", f"{home}/")) or point == f"/run/netns/{stack}"
    )


def _processes(stack: str, home: Path) -> list[str]:
    """List processes that name a container or a shared connection."""
    return sorted(
        f"process {number} {Path(words[0]).name}"
        for number, words in command_lines()
        if any(word.startswith(f"{stack}-") or f"{home}/ssh/to-" in word for word in words)
    )
