"""What an nftables rule set does with one packet, read from nft's JSON: enough of it for the sets that we make.

An expression that is not known makes the answer unknown, and an unknown answer is no proof. Standard library only:
this runs on the machines.
"""

from __future__ import annotations

import ipaddress
from typing import Any

Packet = dict[str, Any]


class UnprovableError(Exception):
    """The rule set holds something that this module cannot judge, or breaks a promise."""


class RuleSet:
    """Chains and sets of a rule set."""

    def __init__(self, listing: list[dict[str, Any]]) -> None:
        """Read the list under `nftables` of `nft -j list ruleset`."""
        self.chains: dict[str, dict[str, Any]] = {}
        self.rules: dict[str, list[dict[str, Any]]] = {}
        self.sets: dict[str, list[Any]] = {}
        for entry in listing:
            if "chain" in entry:
                chain = entry["chain"]
                self.chains[chain["name"]] = chain
                self.rules.setdefault(chain["name"], [])
            elif "rule" in entry:
                self.rules.setdefault(entry["rule"]["chain"], []).append(entry["rule"])
            elif "set" in entry:
                self.sets[entry["set"]["name"]] = entry["set"].get("elem", [])

    def base(self, hook: str) -> list[dict[str, Any]]:
        """Return the base chains of the filter type at a hook, in the order of their priority."""
        found = [chain for chain in self.chains.values() if chain.get("hook") == hook and chain.get("type") == "filter"]
        return sorted(found, key=lambda chain: chain["prio"])

    def verdict(self, hook: str, packet: Packet) -> str:
        """Return `accept` or `drop` for the first packet of a connection.

        `packet` has iifname, oifname, saddr, daddr, protocol, dport (or None) and, for icmp, type.
        """
        for chain in self.base(hook):
            found = self._chain(chain["name"], packet) or chain["policy"]
            if found == "drop":
                return "drop"
        return "accept"

    def comments(self) -> set[str]:
        """Return all comments of rules."""
        return {rule["comment"] for rules in self.rules.values() for rule in rules if "comment" in rule}

    def wide(self) -> list[dict[str, Any]]:
        """Return the accepting rules that ask for neither port, message type, protocol number nor state."""
        found = []
        for rules in self.rules.values():
            for rule in rules:
                asked = [_what(part["match"]["left"]) for part in rule["expr"] if "match" in part]
                narrow = {"dport", "type", "protocol", "state", "iif", "oif"} & set(asked)
                if any("accept" in part for part in rule["expr"]) and not narrow:
                    found.append(rule)
        return found

    def _chain(self, name: str, packet: Packet) -> str | None:
        for rule in self.rules[name]:
            found = self._rule(rule, packet)
            if found == "return":
                return None
            if found is not None:
                return found
        return None

    def _rule(self, rule: dict[str, Any], packet: Packet) -> str | None:
        for part in rule["expr"]:
            (kind, value) = next(iter(part.items()))
            if kind == "match":
                if not self._match(value, packet):
                    return None
            elif kind == "vmap":
                verdict = self._vmap(value, packet)
                if verdict is not None:
                    return verdict
            elif kind in ("accept", "drop", "return"):
                return kind
            elif kind == "reject":
                return "drop"
            elif kind in ("jump", "goto"):
                found = self._chain(value["target"], packet)
                if found is not None or kind == "goto":
                    return found
            elif kind == "set" and value.get("stmt"):
                return None  # counts connections: the first one is never over the limit
            elif kind not in ("counter", "log", "limit"):
                raise UnprovableError(f"unknown statement '{kind}' in: {rule}")
        return None

    def _match(self, match: dict[str, Any], packet: Packet) -> bool:
        actual = self._actual(match["left"], packet)
        if actual is None:
            return False
        inside = self._within(actual, match["right"])
        return inside if match["op"] in ("==", "in") else not inside

    def _actual(self, left: dict[str, Any], packet: Packet) -> Any:
        what = _what(left)
        if what in ("iif", "oif"):
            return packet.get(what + "name")
        if what == "state":
            return "new"
        if what == "dport":
            return packet.get("dport") if left["payload"]["protocol"] in (packet["protocol"], "th") else None
        if what == "type":
            both = packet["protocol"] == left["payload"]["protocol"] == "icmp"
            return packet.get("type") if both else None
        if what in ("protocol", "l4proto"):
            return packet["protocol"]
        if what == "nfproto":
            return "ipv4"
        if what in ("iifname", "oifname", "saddr", "daddr"):
            return packet.get(what)
        raise UnprovableError(f"unknown question '{left}'")

    def _within(self, actual: Any, right: Any) -> bool:
        if isinstance(right, str) and right.startswith("@"):
            return any(self._within(actual, element) for element in self.sets[right[1:]])
        if isinstance(right, list):
            return any(self._within(actual, element) for element in right)
        if isinstance(right, dict):
            (kind, value) = next(iter(right.items()))
            if kind == "set":
                return any(self._within(actual, element) for element in value)
            if kind == "prefix":
                return ipaddress.ip_address(actual) in ipaddress.ip_network(f"{value['addr']}/{value['len']}")
            if kind == "range":
                low, high = value
                if isinstance(low, str):
                    return ipaddress.ip_address(low) <= ipaddress.ip_address(actual) <= ipaddress.ip_address(high)
                return low <= actual <= high
            raise UnprovableError(f"unknown value '{right}'")
        return actual == right

    def _vmap(self, value: dict[str, Any], packet: Packet) -> str | None:
        actual = self._actual(value["key"], packet)
        for key, verdict in value["data"]["set"]:
            if self._within(actual, key):
                return next(iter(verdict))
        return None


def _what(left: dict[str, Any]) -> str:
    (kind, value) = next(iter(left.items()))
    if kind in ("meta", "ct"):
        return value["key"]
    if kind == "payload":
        return value["field"]
    raise UnprovableError(f"unknown question '{left}'")


def prove(
    listing: list[dict[str, Any]],
    rules: list[str],
    management: list[Packet],
    refused: list[Packet] | tuple[()] = (),
) -> list[str]:
    """Return what is wrong with a rule set; an empty list is the proof.

    Parameters
    ----------
    listing : list
        The list under `nftables` of `nft -j list ruleset`.
    rules : list of str
        Comments that must be there, and no others.
    management : list of dict
        Packets of administrators that must be accepted on input.
    refused : list of dict
        Packets with their `hook` that must be dropped.
    """
    found = RuleSet(listing)
    wrong = []
    for hook in ("input", "forward", "output"):
        chains = found.base(hook)
        if not chains:
            wrong.append(f"no chain filters {hook}")
        wrong += [f"chain {chain['name']} accepts by default" for chain in chains if chain["policy"] != "drop"]
    wrong += [f"accepts everything that comes by: {rule.get('comment', rule['expr'])}" for rule in found.wide()]
    wrong += [f"no rule for '{name}'" for name in sorted(set(rules) - found.comments())]
    wrong += [f"rule '{name}' belongs to no flow" for name in sorted(found.comments() - set(rules))]
    try:
        for packet in management:
            if found.verdict("input", packet) != "accept":
                wrong.append(f"locks out the administrator at {packet['saddr']}")
        for packet in refused:
            if found.verdict(packet["hook"], packet) != "drop":
                wrong.append(f"lets through what no flow allows: {packet}")
    except UnprovableError as error:
        wrong.append(str(error))
    return wrong
