"""A whole deployment: records in dependency order and the operations that were under way. Imports record.py.

The text form is Pulumi's ``deployment`` object, version 3, as ``pulumi stack export`` writes it.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pulumi._version import version as sdk_version

from stacks.engine.properties import contains_ciphertext
from stacks.engine.record import Record, read_record
from stacks.engine.secrets import Crypter

VERSION = 3
ENGINE_VERSION = f"v{sdk_version}"


@dataclass(frozen=True, slots=True)
class Pending:
    """An operation that was begun: ``creating``, ``updating``, ``deleting`` or ``reading``."""

    kind: str
    record: Record


@dataclass(frozen=True, slots=True)
class Deployment:
    """What the state holds: each record stands after everything it refers to."""

    records: tuple[Record, ...] = ()
    pending: tuple[Pending, ...] = ()


def timestamp() -> str:
    """Return now as the state writes it: RFC 3339, UTC, microseconds."""
    return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def read_deployment(raw: dict[str, Any], crypter: Crypter | None) -> Deployment:
    """Read the ``deployment`` object of an export; ``crypter`` None leaves secrets sealed."""
    return Deployment(
        tuple(read_record(item, crypter) for item in raw.get("resources") or ()),
        tuple(
            Pending(item["type"], read_record(item["resource"], crypter))
            for item in raw.get("pending_operations") or ()
        ),
    )


def salt_of(raw: dict[str, Any]) -> str | None:
    """Return the passphrase salt of a deployment, None when it holds no secrets provider."""
    provider = raw.get("secrets_providers") or {}
    if provider.get("type") not in {None, "", "passphrase"}:
        message = f"secrets provider '{provider['type']}'; only 'passphrase' can be read"
        raise ValueError(message)
    salt = (provider.get("state") or {}).get("salt")
    return str(salt) if salt else None


def holds_secrets(raw: dict[str, Any]) -> bool:
    """Tell whether reading the deployment takes the passphrase."""
    resources = [*(raw.get("resources") or ()), *(item["resource"] for item in raw.get("pending_operations") or ())]
    return any(contains_ciphertext([item.get("inputs"), item.get("outputs")]) for item in resources)


def write_deployment(records: Iterable[Record], pending: Iterable[Pending], crypter: Crypter) -> str:
    """Write the ``deployment`` object: one resource a line, so that two generations can be compared by ``diff``."""
    lines = ",\n".join(record.text(crypter) for record in records)
    running = ",\n".join(f'{{"type":"{item.kind}","resource":{item.record.text(crypter)}}}' for item in pending)
    salt = crypter.salt  # read after the records: their secrets may have called it into being
    magic = hashlib.sha256(ENGINE_VERSION.encode()).hexdigest()
    parts = [f'"manifest":{{"time":"{timestamp()}","magic":"{magic}","version":"{ENGINE_VERSION}"}}']
    if salt:
        parts.append(f'"secrets_providers":{{"type":"passphrase","state":{{"salt":"{salt}"}}}}')
    if lines:
        parts.append(f'"resources":[\n{lines}\n]')
    if running:
        parts.append(f'"pending_operations":[\n{running}\n]')
    return "{" + ",\n".join(parts) + ',\n"metadata":{}}'


def faults(raw: dict[str, Any]) -> list[str]:
    """List what makes a deployment invalid: missing fields, references forward or to nothing, doubled URNs.

    The rules are those by which the genuine engine judges a snapshot.
    """
    found: list[str] = []
    manifest = raw.get("manifest") or {}
    version = manifest.get("version") or ""
    if (manifest.get("magic") or "") != (hashlib.sha256(version.encode()).hexdigest() if version else ""):
        found.append("the manifest's magic does not match its version")
    seen: set[str] = set()
    alive: Counter[str] = Counter()
    for position, item in enumerate(raw.get("resources") or ()):
        if not item.get("urn") or not item.get("type"):
            found.append(f"resource {position} has no urn or no type")
            continue
        record = read_record(item, None)
        if not record.custom and record.id:
            found.append(f"{record.urn} is a component and has an id")
        for urn in record.references():
            known = urn in seen or (record.pending_replacement and urn == record.provider.rpartition("::")[0])
            if not known:
                found.append(f"{record.urn} refers to {urn}, which does not stand before it")
        seen.add(record.urn)
        alive[record.urn] += not record.delete
    found += [f"{urn} occurs {count} times" for urn, count in alive.items() if count > 1]
    return found
