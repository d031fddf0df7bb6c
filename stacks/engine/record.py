"""One resource as the state knows it: Pulumi's deployment format, version 3. Imports properties.py, secrets.py.

A record is immutable; a step replaces it. Fields that only the genuine engine writes are carried along unread in
``rest``, so that nothing is lost on the way from one engine to the other and back.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from stacks.engine.properties import PROVIDER_KEY, Properties, decrypt, encrypt, plain
from stacks.engine.secrets import Crypter

# attribute → key in the state; written only when not empty
_KEYS: dict[str, str] = {
    "delete": "delete",
    "id": "id",
    "parent": "parent",
    "protect": "protect",
    "taint": "taint",
    "external": "external",
    "dependencies": "dependencies",
    "provider": "provider",
    "property_dependencies": "propertyDependencies",
    "pending_replacement": "pendingReplacement",
    "additional_secret_outputs": "additionalSecretOutputs",
    "aliases": "aliases",
    "custom_timeouts": "customTimeouts",
    "retain_on_delete": "retainOnDelete",
    "deleted_with": "deletedWith",
    "created": "created",
    "modified": "modified",
    "ignore_changes": "ignoreChanges",
    "replace_on_changes": "replaceOnChanges",
}
_READ = {*_KEYS.values(), "urn", "custom", "type", "inputs", "outputs"}


@dataclass(frozen=True)
class Record:
    """A resource: what it is, what was asked for (``inputs``), what it became (``outputs``), what it hangs on.

    ``delete`` marks the old half of a replacement that still has to be deleted; ``pending_replacement`` marks a
    resource that has been deleted already and waits for its new half.
    """

    urn: str
    type: str
    custom: bool
    inputs: Properties = field(default_factory=dict)
    outputs: Properties = field(default_factory=dict)
    id: str = ""
    parent: str = ""
    provider: str = ""
    delete: bool = False
    protect: bool = False
    taint: bool = False
    external: bool = False
    pending_replacement: bool = False
    retain_on_delete: bool = False
    dependencies: tuple[str, ...] = ()
    property_dependencies: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    additional_secret_outputs: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    ignore_changes: tuple[str, ...] = ()
    replace_on_changes: tuple[str, ...] = ()
    custom_timeouts: Mapping[str, float] = field(default_factory=dict)
    deleted_with: str = ""
    created: str = ""
    modified: str = ""
    rest: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The name that the program gave."""
        return self.urn.rsplit("::", 1)[-1]

    def holds_object_of(self, other: Record) -> bool:
        """Tell whether this is another, living record of the very same object: a ``create`` has adopted it by name.

        Dynamic types are often one and the same, so the provider counts too.
        """
        if self.delete or self.pending_replacement or (self.urn == other.urn and not other.delete):
            return False
        mine, its = (item.inputs.get(PROVIDER_KEY) for item in (self, other))
        return self.custom and (self.type, self.id, plain(mine)) == (other.type, other.id, plain(its))

    def references(self) -> Iterator[str]:
        """Yield the URN of everything that must exist before this resource: parent, dependencies, provider."""
        if self.parent:
            yield self.parent
        yield from self.dependencies
        for urns in self.property_dependencies.values():
            yield from urns
        if self.deleted_with:
            yield self.deleted_with
        yield from self.rest.get("replaceWith", ())
        if self.provider:
            yield self.provider.rpartition("::")[0]

    def renamed(self, names: Mapping[str, str]) -> Record:
        """Return the record with each reference to an old URN turned into its new one."""
        if not any(urn in names for urn in self.references()):
            return self
        return dataclasses.replace(
            self,
            parent=names.get(self.parent, self.parent),
            dependencies=tuple(names.get(urn, urn) for urn in self.dependencies),
            property_dependencies={
                key: tuple(names.get(urn, urn) for urn in urns) for key, urns in self.property_dependencies.items()
            },
            deleted_with=names.get(self.deleted_with, self.deleted_with),
        )

    def without(self, gone: frozenset[str]) -> Record:
        """Return the record with each reference to a vanished resource left out."""
        if not any(urn in gone for urn in self.references()):
            return self
        return dataclasses.replace(
            self,
            parent="" if self.parent in gone else self.parent,
            dependencies=tuple(urn for urn in self.dependencies if urn not in gone),
            property_dependencies={
                key: tuple(urn for urn in urns if urn not in gone) for key, urns in self.property_dependencies.items()
            },
            deleted_with="" if self.deleted_with in gone else self.deleted_with,
        )

    def text(self, crypter: Crypter) -> str:
        """Return the record as one line of JSON, secrets encrypted. Encoded once: a record never changes."""
        known: str | None = self.__dict__.get("_text")
        if known is None:
            known = json.dumps(self._encode(crypter), ensure_ascii=False, separators=(",", ":"))
            self.__dict__["_text"] = known
        return known

    def _encode(self, crypter: Crypter) -> dict[str, Any]:
        raw: dict[str, Any] = {"urn": self.urn, "custom": self.custom, "type": self.type}
        if self.inputs:
            raw["inputs"] = encrypt(self.inputs, crypter.encrypt)
        if self.outputs:
            raw["outputs"] = encrypt(self.outputs, crypter.encrypt)
        for attribute, key in _KEYS.items():
            if value := getattr(self, attribute):
                raw[key] = value
        return raw | dict(self.rest)


def read_record(raw: dict[str, Any], crypter: Crypter | None) -> Record:
    """Read one resource of a deployment.

    Parameters
    ----------
    raw
        A ``ResourceV3`` object.
    crypter
        Opens the secrets; None leaves them sealed, for reading without the passphrase.
    """
    fields: dict[str, Any] = {attribute: raw[key] for attribute, key in _KEYS.items() if raw.get(key)}
    for attribute in ("dependencies", "additional_secret_outputs", "aliases", "ignore_changes", "replace_on_changes"):
        if attribute in fields:
            fields[attribute] = tuple(fields[attribute])
    if "property_dependencies" in fields:
        fields["property_dependencies"] = {
            key: tuple(urns or ()) for key, urns in fields["property_dependencies"].items()
        }
    inputs, outputs = raw.get("inputs") or {}, raw.get("outputs") or {}
    record = Record(
        urn=raw["urn"],
        type=raw["type"],
        custom=raw.get("custom", False),
        inputs=decrypt(inputs, crypter.decrypt) if crypter else inputs,
        outputs=decrypt(outputs, crypter.decrypt) if crypter else outputs,
        rest={key: value for key, value in raw.items() if key not in _READ},
        **fields,
    )
    if '"plaintext"' not in (text := json.dumps(raw, ensure_ascii=False, separators=(",", ":"))):
        record.__dict__["_text"] = text  # unchanged records are written back letter by letter
    return record
