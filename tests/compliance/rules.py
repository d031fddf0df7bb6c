"""The loaded packet filter as accepting rules that can be asked, read from nft's own JSON."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network, ip_network
from typing import Any

from testinfra.host import Host

Ports = tuple[tuple[int, int], ...]
"""First and last of each range."""


@dataclass(frozen=True, slots=True)
class Opening:
    """A rule that accepts new packets. None means that the rule does not ask for it."""

    chain: str
    hook: str
    """Of its base chain; empty in a chain that others jump to."""
    comment: str
    iif: str | None
    oif: str | None
    sources: tuple[IPv4Network, ...] | None
    destinations: tuple[IPv4Network, ...] | None
    protocol: str | None
    ports: Ports | None

    def opens(self, port: int) -> bool:
        """Tell whether a TCP port passes."""
        asked = self.ports is None or any(first <= port <= last for first, last in self.ports)
        return self.protocol in (None, "tcp") and asked


def openings(host: Host) -> list[Opening]:
    """Return every rule that accepts new packets, in the order of the rule set, without those of the loopback."""
    return list(read(json.loads(host.check_output("nft -j list ruleset"))["nftables"]))


def read(entries: list[dict[str, Any]]) -> Iterator[Opening]:
    """Read nft's objects."""
    hooks = {entry["chain"]["name"]: entry["chain"].get("hook", "") for entry in entries if "chain" in entry}
    sets = {entry["set"]["name"]: entry["set"].get("elem", []) for entry in entries if "set" in entry}
    for rule in (entry["rule"] for entry in entries if "rule" in entry):
        if not any("accept" in part for part in rule["expr"]):
            continue
        asked = {field(part["match"]["left"]): part["match"] for part in rule["expr"] if "match" in part}
        if asked.get("iif", {}).get("right") == "lo" or asked.get("oif", {}).get("right") == "lo":
            continue
        yield Opening(
            rule["chain"],
            hooks[rule["chain"]],
            rule.get("comment", ""),
            asked.get("iifname", {}).get("right"),
            asked.get("oifname", {}).get("right"),
            networks(asked.get("saddr"), sets),
            networks(asked.get("daddr"), sets),
            protocol(asked),
            ports(asked["dport"]["right"]) if "dport" in asked else None,
        )


def field(left: Any) -> str:
    """Return what a match asks of the packet."""
    match left:
        case {"payload": {"protocol": "ip", "field": "protocol"}}:
            return "ip protocol"
        case {"payload": {"protocol": "icmp"}}:
            return "icmp"
        case {"payload": {"field": name}} | {"meta": {"key": name}} | {"ct": {"key": name}}:
            return str(name)
    return ""


def protocol(asked: dict[str, Any]) -> str | None:
    """Return the transport that a rule asks for."""
    if "ip protocol" in asked:
        return str(asked["ip protocol"]["right"])
    if "dport" in asked:
        return str(asked["dport"]["left"]["payload"]["protocol"])
    return "icmp" if "icmp" in asked else None


def ports(right: Any) -> Ports:
    """Return nft's port, range or set as ranges."""
    match right:
        case int():
            return ((right, right),)
        case {"range": [first, last]}:
            return ((first, last),)
        case {"set": parts}:
            return tuple(each for part in parts for each in ports(part))
    message = f"a port written as {right!r}"
    raise ValueError(message)


def networks(match: dict[str, Any] | None, sets: dict[str, list[Any]]) -> tuple[IPv4Network, ...] | None:
    """Return the prefixes that a match asks for; None for no match and for "everything but"."""
    if match is None or match["op"] == "!=":
        return None
    return tuple(prefixes(match["right"], sets))


def prefixes(right: Any, sets: dict[str, list[Any]]) -> Iterator[IPv4Network]:
    """Yield nft's address, prefix, set or named set as prefixes."""
    match right:
        case str() if right.startswith("@"):
            for elem in sets[right[1:]]:
                yield from prefixes(elem, sets)
        case str():
            yield ip_network(right)
        case {"prefix": {"addr": address, "len": length}}:
            yield ip_network(f"{address}/{length}")
        case {"set": parts}:
            for part in parts:
                yield from prefixes(part, sets)
        case _:
            message = f"an address written as {right!r}"
            raise ValueError(message)


def within(inner: tuple[IPv4Network, ...], outer: list[IPv4Network]) -> bool:
    """Tell whether every prefix lies in one of the others."""
    return all(any(one.subnet_of(other) for other in outer) for one in inner)
