"""Dynamic providers of the lab's leaves: fabric, segment, machine.

FROZEN: this module's path and its class names are part of the state. Pulumi keeps the provider by reference in each
resource and deletes with the reference it finds there, so a renamed or moved class could never delete what it made.
Nothing here holds an attribute; the work is done by `stacks.lab.network` and `stacks.lab.machine`.

Inputs are JSON and echoed in the outputs; integers come back as floats. `create` finishes what an earlier one left
half-made under the same name; `update` and `delete` may be repeated; ids are derived from the inputs alone.
"""

from collections.abc import Mapping
from typing import Any

from pulumi.dynamic import CreateResult, DiffResult, ReadResult, ResourceProvider, UpdateResult

from stacks.lab import names
from stacks.lab.machine import Container, bring_up, facts, take_down
from stacks.lab.network import (
    Cable,
    ensure_bridge,
    ensure_fabric,
    links,
    namespaces,
    remove_bridge,
    remove_namespace,
)

Props = dict[str, Any]


class FabricProvider(ResourceProvider):
    """The network namespace that holds a stack's bridges. Inputs: stack."""

    serialize_as_secret_always = False

    def create(self, props: Props) -> CreateResult:
        """Make it, or adopt it."""
        ensure_fabric(props["stack"])
        return CreateResult(props["stack"], outs=_plain(props))

    def diff(self, _id: str, _olds: Props, _news: Props) -> DiffResult:
        """Another stack is another fabric."""
        return _diff(_olds, _news, replace=("stack",))

    def update(self, _id: str, _olds: Props, _news: Props) -> UpdateResult:
        """Make sure that it is there."""
        ensure_fabric(_news["stack"])
        return UpdateResult(outs=_plain(_news))

    def read(self, id_: str, props: Props) -> ReadResult:
        """Say whether it is there."""
        name = id_ or props["stack"]
        return ReadResult(name, {**_plain(props), "stack": name}) if name in namespaces() else ReadResult(None, {})

    def delete(self, _id: str, _props: Props) -> None:
        """Remove it with every bridge left in it."""
        remove_namespace(_id)


class SegmentProvider(ResourceProvider):
    """A bridge in the fabric.

    Inputs: stack, segment, bridge, and what the plan says of it: zone, vlan, vrf, prefix. Output besides: state.
    """

    serialize_as_secret_always = False

    def create(self, props: Props) -> CreateResult:
        """Make it, or adopt it."""
        return CreateResult(_segment_id(props), outs=_bridge(props))

    def diff(self, _id: str, _olds: Props, _news: Props) -> DiffResult:
        """Another name is another bridge; the plan's words change in place, a bridge that is down is set up."""
        return _diff(_olds, _news, replace=("stack", "bridge"), drifted=_olds.get("state", "up") != "up")

    def update(self, _id: str, _olds: Props, _news: Props) -> UpdateResult:
        """Take over the plan's words."""
        return UpdateResult(outs=_bridge(_news))

    def read(self, id_: str, props: Props) -> ReadResult:
        """Say whether it is there and up."""
        found = links(props["stack"]).get(props["bridge"])
        if found is None:
            return ReadResult(None, {})
        state = "up" if "UP" in found["flags"] else "down"
        return ReadResult(id_ or _segment_id(props), {**_plain(props), "state": state})

    def delete(self, _id: str, _props: Props) -> None:
        """Remove it."""
        remove_bridge(_props["stack"], _props["bridge"])


class MachineProvider(ResourceProvider):
    """A machine: namespace, cables, container, host key.

    Inputs: stack, machine, hostname, image, memory_mib, cpu_shares, mounts, owner, key, interfaces (name, segment,
    bridge, address, gateway). Outputs besides: container, host_key, state, made_of.
    """

    serialize_as_secret_always = False

    def create(self, props: Props) -> CreateResult:
        """Make it, or finish what was left half-made under its name."""
        return CreateResult(_container(props).name, outs=_bring_up(props))

    def diff(self, _id: str, _olds: Props, _news: Props) -> DiffResult:
        """Legs and key change in place, the rest needs a new container; one that does not run needs an update."""
        rebuilt = ("stack", "machine", "hostname", "image", "memory_mib", "cpu_shares", "mounts", "owner")
        return _diff(_olds, _news, replace=rebuilt, drifted=_olds.get("state") != "running")

    def update(self, _id: str, _olds: Props, _news: Props) -> UpdateResult:
        """Rewire it, start it if it stands still, let the key in."""
        return UpdateResult(outs=_bring_up(_news, former=_cables(_olds)))

    def read(self, id_: str, props: Props) -> ReadResult:
        """Tell what is true: a leg that is missing, down or differs shows, addresses that a pair shares do not."""
        name = id_ or _container(props).name
        found = facts(name, props["owner"])
        if found is None:
            return ReadResult(None, {})
        ports = {port: link for port, link in links(props["stack"]).items() if "UP" in link["flags"]}
        legs = []
        for leg in props["interfaces"]:
            has = found.addresses.get(leg["name"])
            if has is None:
                continue
            legs.append(
                {
                    **leg,
                    "address": leg["address"] if leg["address"] in has else "".join(has[:1]),
                    "gateway": found.gateways.get(leg["name"], ""),
                    "bridge": ports.get(names.port(props["machine"], leg["name"]), {}).get("master", ""),
                }
            )
        truth = {"state": found.state, "made_of": found.digest, "image": found.image or props["image"]}
        return ReadResult(name, {**_plain(props), **truth, "container": name, "interfaces": legs})

    def delete(self, _id: str, _props: Props) -> None:
        """Remove container, namespace and cables."""
        take_down(_id, _props["owner"])


def _segment_id(props: Props) -> str:
    return f"{props['stack']}/{props['bridge']}"


def _bridge(props: Props) -> Props:
    ensure_bridge(props["stack"], props["bridge"])
    return {**_plain(props), "state": "up"}


def _plain(props: Mapping[str, Any]) -> Props:
    return {key: value for key, value in props.items() if not key.startswith("__")}


def _diff(olds: Props, news: Props, *, replace: tuple[str, ...], drifted: bool = False) -> DiffResult:
    changed = sorted(key for key, value in _plain(news).items() if olds.get(key) != value)
    replaced = [key for key in changed if key in replace]
    return DiffResult(changes=bool(changed) or drifted, replaces=replaced, stables=[], delete_before_replace=True)


def _container(props: Props) -> Container:
    return Container(
        stack=props["stack"],
        name=names.container(props["stack"], props["machine"]),
        hostname=props["hostname"],
        image=props["image"],
        memory_mib=int(props["memory_mib"]),
        cpu_shares=int(props["cpu_shares"]),
        mounts=dict(props["mounts"]),
        owner=props["owner"],
    )


def _cables(props: Props) -> list[Cable]:
    return [
        Cable(
            name=leg["name"],
            port=names.port(props["machine"], leg["name"]),
            bridge=leg["bridge"],
            mac=names.mac(props["stack"], props["machine"], leg["name"]),
            address=leg["address"],
            gateway=leg["gateway"] or None,
        )
        for leg in props["interfaces"]
    ]


def _bring_up(props: Props, former: list[Cable] | None = None) -> Props:
    container = _container(props)
    host_key = bring_up(container, _cables(props), props["key"], former=former)
    made = {"container": container.name, "host_key": host_key, "state": "running", "made_of": container.digest}
    return {**_plain(props), **made}
