"""How things of the lab are called, each derived from the stack's name and the plan's ids. Imports nothing of ours.

Two stacks never share a name, so that they can stand side by side; a name says whose it is, so that nothing else is
ever taken for ours. Linux allows 15 characters for an interface: longer names end in a hash of themselves.
"""

import hashlib

INTERFACE_LENGTH = 15


def stack_name(province: str, home: str) -> str:
    """Return the name of a province's lab stack; also the namespace that holds its bridges.

    Two clones of the project on one computer have different homes, so they may both be up.
    """
    return f"provdc-{province}-{hashlib.sha256(home.encode()).hexdigest()[:4]}"


def container(stack: str, machine: str) -> str:
    """Return the name of a machine's container; its network namespace is called the same."""
    return f"{stack}-{machine}"


def bridge(segment: str) -> str:
    """Return the name of a segment's bridge inside the stack's namespace."""
    return _short(segment.removeprefix("seg-"), "br-")


def port(machine: str, interface: str) -> str:
    """Return the name of the bridge's end of a machine's cable."""
    return _short(f"{machine}-{interface}")


def mac(stack: str, machine: str, interface: str) -> str:
    """Return a locally administered address that stays the same when the machine is made again."""
    digest = hashlib.sha256(f"{stack}/{machine}/{interface}".encode()).digest()
    return ":".join(f"{octet:02x}" for octet in bytes([0x02]) + digest[:5])


def _short(name: str, prefix: str = "") -> str:
    full = prefix + name
    if len(full) <= INTERFACE_LENGTH:
        return full
    digest = hashlib.sha256(name.encode()).hexdigest()[:5]
    return f"{full[: INTERFACE_LENGTH - 6]}-{digest}"
