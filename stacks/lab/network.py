"""Namespaces, bridges and cables of the lab, all outside the computer's own network namespace.

One namespace per stack holds a bridge per segment; no bridge has an address and nothing is routed there. Each machine
has a namespace of its own, made before its container, so that its interfaces outlive stop, kill and restart. Only
links and routes are ever looked at: no packet is sent from outside.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stacks.lab.shell import run, try_run


@dataclass(frozen=True)
class Cable:
    """One leg of a machine, and the bridge port it is plugged into."""

    name: str
    """Interface name inside the machine."""
    port: str
    """Name of the other end, in the stack's namespace."""
    bridge: str
    """Bridge that the other end belongs to."""
    mac: str
    """Hardware address inside the machine."""
    address: str
    """IPv4 address with prefix length."""
    gateway: str | None
    """Default gateway through this leg."""


def namespaces() -> list[str]:
    """Return the names of all network namespaces of the computer, sorted."""
    return sorted(line.split()[0] for line in run(["ip", "netns", "list"]).splitlines() if line.strip())


def ensure_namespace(name: str) -> None:
    """Make a network namespace unless it is there."""
    if name not in namespaces() and try_run(["ip", "netns", "add", name]) is None and name not in namespaces():
        run(["ip", "netns", "add", name])  # once more, for its message


def ensure_fabric(name: str) -> None:
    """Make the namespace that holds a stack's bridges; it forwards nothing itself."""
    ensure_namespace(name)
    quiet = ["net.ipv4.ip_forward=0", "net.ipv6.conf.all.disable_ipv6=1", "net.ipv6.conf.default.disable_ipv6=1"]
    run(["ip", "netns", "exec", name, "sysctl", "-q", *quiet])


def remove_namespace(name: str) -> None:
    """Remove a network namespace with every interface in it; nothing happens when it is gone."""
    if name in namespaces():
        try_run(["ip", "netns", "delete", name])


def ensure_bridge(namespace: str, bridge: str) -> None:
    """Make a bridge unless it is there: no address, no spanning tree, no snooping (VRRP is multicast)."""
    if bridge not in links(namespace):
        _ip(namespace, [f"link add {bridge} type bridge stp_state 0 mcast_snooping 0"])
    _ip(namespace, [f"link set {bridge} up"])


def remove_bridge(namespace: str, bridge: str) -> None:
    """Remove a bridge; nothing happens when it or its namespace is gone."""
    if namespace in namespaces() and bridge in links(namespace):
        _ip(namespace, [f"link delete {bridge}"])


def links(namespace: str) -> dict[str, dict[str, Any]]:
    """Return the interfaces of a namespace by name, without the loopback; empty when there is no such namespace."""
    text = try_run(["ip", "-n", namespace, "-j", "address", "show"])
    return {link["ifname"]: link for link in json.loads(text or "[]") if link["ifname"] != "lo"}


def addresses(link: Mapping[str, Any]) -> list[str]:
    """Return the IPv4 addresses with prefix length of one of `links`, sorted."""
    return sorted(f"{one['local']}/{one['prefixlen']}" for one in link["addr_info"] if one["family"] == "inet")


def gateways(namespace: str) -> dict[str, str]:
    """Return the default gateway by interface."""
    routes = json.loads(try_run(["ip", "-n", namespace, "-j", "-4", "route", "show", "default"]) or "[]")
    return {route["dev"]: route["gateway"] for route in routes if "gateway" in route}


def wire(fabric: str, machine: str, cables: Sequence[Cable], *, former: Iterable[Cable] = ()) -> None:
    """Give a machine's namespace exactly these cables; what is already right stays untouched.

    Addresses that the machine added itself (those a pair shares) are left alone.

    Parameters
    ----------
    fabric, machine : str
        Namespaces of the stack's bridges and of the machine.
    cables : sequence of Cable
        Wanted legs.
    former : iterable of Cable
        Legs as they were made before: what has changed in them is taken back.
    """
    ensure_namespace(machine)
    there, ports = links(machine), links(fabric)
    before = {cable.name: cable for cable in former}
    wanted = {cable.name for cable in cables}
    _ip(machine, ["link set lo up", *(f"link delete {name}" for name in there if name not in wanted)])
    for cable in cables:
        old = before.get(cable.name, cable)
        if cable.name in there and (old.port, old.mac) != (cable.port, cable.mac):
            _ip(machine, [f"link delete {cable.name}"])
            del there[cable.name]
        if cable.name not in there:
            end = f"name {cable.name} netns {machine} address {cable.mac}"
            _ip(fabric, [f"link add {cable.port} type veth peer {end}"])
        if ports.get(cable.port, {}).get("master") != cable.bridge or "UP" not in ports[cable.port]["flags"]:
            _ip(fabric, [f"link set {cable.port} master {cable.bridge} up"])
        has = addresses(there[cable.name]) if cable.name in there else []
        commands = [f"link set {cable.name} up"]
        if old.address != cable.address and old.address in has:
            commands.append(f"address delete {old.address} dev {cable.name}")  # first: it may take others with it
        if cable.address not in has:
            commands.append(f"address add {cable.address} dev {cable.name}")
        _ip(machine, commands)
    default = {cable.name: cable.gateway for cable in cables if cable.gateway}
    now = gateways(machine)
    stale = [f"route delete default via {now[name]} dev {name}" for name in now if default.get(name) != now[name]]
    fresh = [f"route add default via {via} dev {name}" for name, via in default.items() if now.get(name) != via]
    _ip(machine, [*stale, *fresh])


def _ip(namespace: str, commands: Sequence[str]) -> None:
    if commands:
        run(["ip", "-n", namespace, "-batch", "-"], stdin="\n".join(commands) + "\n")
