"""Property values in their three dresses: protobuf on the wire, plain JSON inside, encrypted JSON in the state.

Inside the engine a property bag is plain JSON. A secret is Pulumi's own wire form ``{SIG: SECRET, "value": v}``, an
unknown is Pulumi's marker string: nothing is converted that need not be. In the state a secret holds ``ciphertext``
in place of ``value``. Imports nothing of ours but errors.py.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from google.protobuf import struct_pb2
from pulumi.runtime import rpc

from stacks.engine.errors import UnsupportedError

SIG: str = rpc._special_sig_key
SECRET: str = rpc._special_secret_sig
REFERENCE: str = rpc._special_resource_sig
UNKNOWN: str = rpc.UNKNOWN
PROVIDER_KEY = "__provider"
HIDDEN = "[secret]"
LATER = "[unknown]"

type Value = Any  # None · bool · int · float · str · list[Value] · dict[str, Value]
type Properties = dict[str, Value]


def from_struct(struct: struct_pb2.Struct) -> Properties:
    """Read a property bag from the wire. Whole numbers become integers, as JSON writes them."""
    return {key: _from_value(struct.fields[key]) for key in sorted(struct.fields)}


def _from_value(value: struct_pb2.Value) -> Value:
    match value.WhichOneof("kind"):
        case "string_value":
            return value.string_value
        case "number_value":
            number = value.number_value
            return int(number) if number.is_integer() else number
        case "bool_value":
            return value.bool_value
        case "struct_value":
            return from_struct(value.struct_value)
        case "list_value":
            return [_from_value(item) for item in value.list_value.values]
        case _:
            return None


def to_struct(properties: Mapping[str, Value]) -> struct_pb2.Struct:
    """Write a property bag for the wire."""
    return struct_pb2.Struct(fields={key: _to_value(value) for key, value in properties.items()})


def _to_value(value: Value) -> struct_pb2.Value:
    if value is None:
        return struct_pb2.Value(null_value=struct_pb2.NULL_VALUE)
    if isinstance(value, bool):
        return struct_pb2.Value(bool_value=value)
    if isinstance(value, int | float):
        return struct_pb2.Value(number_value=float(value))
    if isinstance(value, str):
        return struct_pb2.Value(string_value=value)
    if isinstance(value, dict):
        return struct_pb2.Value(struct_value=to_struct(value))
    return struct_pb2.Value(list_value=struct_pb2.ListValue(values=[_to_value(item) for item in value]))


def is_secret(value: Value) -> bool:
    """Tell whether the value itself, not something inside it, is a secret."""
    return isinstance(value, dict) and value.get(SIG) == SECRET


def secret(value: Value) -> Value:
    """Mark a value as secret; a secret of a secret is one secret."""
    return value if is_secret(value) else {SIG: SECRET, "value": value}


def plain(value: Value) -> Value:
    """Take secrets out of their wrapping and turn resource references into ids, as dynamic providers expect."""
    if isinstance(value, dict):
        signature = value.get(SIG)
        if signature == SECRET:
            return plain(value["value"])
        if signature == REFERENCE:
            return value.get("id") or value["urn"]
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value


def hidden(value: Value) -> Value:
    """Replace each secret by ``[secret]`` and each unknown by ``[unknown]``, for whatever leaves the engine."""
    if isinstance(value, str):
        return LATER if value == UNKNOWN else value
    if isinstance(value, dict):
        return HIDDEN if is_secret(value) else {key: hidden(item) for key, item in value.items()}
    return [hidden(item) for item in value] if isinstance(value, list) else value


def contains_unknown(value: Value) -> bool:
    """Tell whether some part of the value will be known only after the resources it comes from exist."""
    if isinstance(value, dict):
        return any(contains_unknown(item) for item in value.values())
    if isinstance(value, list):
        return any(contains_unknown(item) for item in value)
    return bool(value == UNKNOWN)


def mark_like(value: Value, pattern: Value) -> Value:
    """Mark as secret in ``value`` what is secret at the same place in ``pattern``.

    Providers get and return secrets unwrapped; their answer is marked again from the inputs.
    """
    if is_secret(pattern):
        return secret(mark_like(value, pattern["value"]))
    if is_secret(value):
        return value
    if isinstance(value, dict) and isinstance(pattern, dict):
        return {key: mark_like(item, pattern.get(key)) for key, item in value.items()}
    if isinstance(value, list) and isinstance(pattern, list):
        padding: list[Value] = [None] * (len(value) - len(pattern))
        return [mark_like(item, shape) for item, shape in zip(value, pattern + padding, strict=False)]
    return value


def changed_keys(old: Properties, new: Properties) -> tuple[str, ...]:
    """Name the top-level properties that differ, secrecy and the pickled provider apart."""
    keys = (old.keys() | new.keys()) - {PROVIDER_KEY}
    return tuple(sorted(key for key in keys if plain(old.get(key)) != plain(new.get(key))))


def refuse_assets(value: Value) -> None:
    """Raise when the value holds an asset or archive: hashing and storing those is left to the genuine engine."""
    if isinstance(value, dict):
        if value.get(SIG) not in {None, SECRET, REFERENCE}:
            what = "an asset or archive as a property"
            raise UnsupportedError(what)
        for item in value.values():
            refuse_assets(item)
    elif isinstance(value, list):
        for item in value:
            refuse_assets(item)


def encrypt(value: Value, encrypt_text: Callable[[str], str]) -> Value:
    """Dress a value for the state: each outermost secret becomes its ciphertext."""
    if isinstance(value, dict):
        if is_secret(value):
            if "ciphertext" in value:  # read without the passphrase, and untouched since
                return value
            text = json.dumps(value["value"], ensure_ascii=False, separators=(",", ":"), sort_keys=True)
            return {SIG: SECRET, "ciphertext": encrypt_text(text)}
        return {key: encrypt(item, encrypt_text) for key, item in value.items()}
    return [encrypt(item, encrypt_text) for item in value] if isinstance(value, list) else value


def decrypt(value: Value, decrypt_text: Callable[[str], str]) -> Value:
    """Undress a value from the state; the reverse of ``encrypt``. Also reads ``plaintext`` secrets of an export."""
    if isinstance(value, dict):
        if is_secret(value):
            if "plaintext" in value:
                return {SIG: SECRET, "value": json.loads(value["plaintext"])}
            return {SIG: SECRET, "value": json.loads(decrypt_text(value["ciphertext"]))}
        return {key: decrypt(item, decrypt_text) for key, item in value.items()}
    return [decrypt(item, decrypt_text) for item in value] if isinstance(value, list) else value


def contains_ciphertext(value: Value) -> bool:
    """Tell whether reading the value takes the passphrase."""
    if isinstance(value, dict):
        return (is_secret(value) and "ciphertext" in value) or any(map(contains_ciphertext, value.values()))
    return isinstance(value, list) and any(map(contains_ciphertext, value))


def secret_texts(value: Value, inside: bool = False) -> Iterable[str]:
    """Yield each string that stands inside a secret, so that messages can be cleaned of it."""
    if isinstance(value, dict):
        if is_secret(value):
            yield from secret_texts(value.get("value"), inside=True)
        else:
            for item in value.values():
                yield from secret_texts(item, inside)
    elif isinstance(value, list):
        for item in value:
            yield from secret_texts(item, inside)
    elif inside and isinstance(value, str):
        yield value


def get_path(properties: Value, path: str) -> tuple[bool, Value]:
    """Look up ``a.b[0].c``: whether it is there, and its value."""
    node = properties
    for part in _parts(path):
        node = node["value"] if is_secret(node) else node
        if (isinstance(node, dict) and isinstance(part, str) and part in node) or (
            isinstance(node, list) and isinstance(part, int) and part < len(node)
        ):
            node = node[part]  # type: ignore[index]
        else:
            return False, None
    return True, node


def with_path(properties: Properties, path: str, present: bool, value: Value) -> Properties:
    """Return a copy in which ``path`` holds ``value``, or is absent. A path through nothing changes nothing."""
    parts = _parts(path)
    copy: Properties = json.loads(json.dumps(properties))
    node: Value = copy
    for part in parts[:-1]:
        node = node["value"] if is_secret(node) else node
        try:
            node = node[part]
        except (KeyError, IndexError, TypeError):
            return copy
    node = node["value"] if is_secret(node) else node
    last = parts[-1]
    if isinstance(node, dict) and isinstance(last, str):
        if present:
            node[last] = value
        else:
            node.pop(last, None)
    elif isinstance(node, list) and isinstance(last, int) and last < len(node) and present:
        node[last] = value
    return copy


def _parts(path: str) -> list[str | int]:
    """Split a property path into keys and positions."""
    parts: list[str | int] = []
    for chunk in path.replace("]", "").replace("[", ".[").split("."):
        if chunk.startswith("["):
            inner = chunk[1:].strip('"')
            parts.append(int(inner) if inner.isdigit() else inner)
        elif chunk:
            parts.append(chunk)
    return parts
