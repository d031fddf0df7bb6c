"""What the program asks for: one registration, checked and turned into a record. Imports record.py, properties.py.

Everything that only the genuine engine can do is refused here, with an error that says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pulumi.runtime.proto import resource_pb2

from stacks.engine.errors import Code, StackError, UnsupportedError
from stacks.engine.properties import from_struct, refuse_assets
from stacks.engine.record import Record

STACK_TYPE = "pulumi:pulumi:Stack"
_PROVIDER_TYPE = "pulumi:providers:pulumi-python"
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)")
_UNIT_SECONDS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}


@dataclass(frozen=True, slots=True)
class Goal:
    """A resource as the program wants it, and what it says about how to get there.

    ``delete_before_replace`` is None when the program leaves the order to the provider.
    """

    record: Record
    aliases: tuple[str, ...] = ()
    delete_before_replace: bool | None = None


def make_urn(stack: str, project: str, parent: str, kind: str, name: str) -> str:
    """Compose a URN; the types of the parents stand before the type, except the stack's own."""
    parent_type = parent.split("::")[2] if parent else ""
    qualified = kind if parent_type in {"", STACK_TYPE} else f"{parent_type}${kind}"
    return f"urn:pulumi:{stack}::{project}::{qualified}::{name}"


def provider_record(stack: str, project: str, identity: str) -> Record:
    """Compose the record of the default dynamic provider, to which every dynamic resource refers."""
    return Record(
        urn=make_urn(stack, project, "", _PROVIDER_TYPE, "default"), type=_PROVIDER_TYPE, custom=True, id=identity
    )


def read_goal(
    request: resource_pb2.RegisterResourceRequest, stack: str, project: str, parents: Mapping[str, tuple[str, ...]]
) -> Goal:
    """Read a ``RegisterResourceRequest``.

    Parameters
    ----------
    request
        What the SDK sent.
    stack, project
        Names that go into the URN.
    parents
        URN of each parent → the URNs by which it was known before; children inherit them as aliases.

    Raises
    ------
    UnsupportedError
        The program uses what only the genuine engine can do.
    """
    _refuse_foreign(request)
    inputs = from_struct(request.object)
    refuse_assets(inputs)
    urn = make_urn(stack, project, request.parent, request.type, request.name)
    aliases = list(_aliases(request, stack, project))
    for old_parent in parents.get(request.parent, ()):
        name = _inherited_name(request.name, request.parent, old_parent)
        aliases.append(make_urn(stack, project, old_parent, request.type, name))
    record = Record(
        urn=urn,
        type=request.type,
        custom=request.custom,
        inputs=inputs,
        parent=request.parent,
        protect=request.protect,
        dependencies=tuple(sorted(set(request.dependencies))),
        property_dependencies={
            key: tuple(sorted(set(item.urns))) for key, item in sorted(request.propertyDependencies.items())
        },
        additional_secret_outputs=tuple(request.additionalSecretOutputs),
        aliases=tuple(dict.fromkeys(alias for alias in aliases if alias != urn)),
        ignore_changes=tuple(request.ignoreChanges),
        replace_on_changes=tuple(request.replaceOnChanges),
        custom_timeouts=_timeouts(request.customTimeouts),
        retain_on_delete=request.retainOnDelete,
        deleted_with=request.deletedWith,
    )
    order = request.deleteBeforeReplace if request.deleteBeforeReplaceDefined else None
    return Goal(record, record.aliases, order)


def _refuse_foreign(request: resource_pb2.RegisterResourceRequest) -> None:
    what = ""
    if request.remote:
        what = f"the remote component {request.type}"
    elif request.custom and not request.type.startswith("pulumi-python:dynamic"):
        what = f"a resource of type {request.type}: any provider but the dynamic one"
    elif request.provider or request.providers:
        what = f"an explicit provider, as for {request.name},"
    elif request.importId:
        what = f"the option import_, as for {request.name},"
    elif request.HasField("replacement_trigger"):
        what = f"the option replacement_trigger, as for {request.name},"
    elif request.replace_with:
        what = f"the option replace_with, as for {request.name},"
    if what:
        raise UnsupportedError(what)


def _aliases(request: resource_pb2.RegisterResourceRequest, stack: str, project: str) -> Iterable[str]:
    yield from request.aliasURNs
    for alias in request.aliases:
        if alias.WhichOneof("alias") == "urn":
            yield alias.urn
            continue
        spec = alias.spec
        parent = "" if spec.noParent else (spec.parentUrn or request.parent)
        kind, name = spec.type or request.type, spec.name or request.name
        yield make_urn(spec.stack or stack, spec.project or project, parent, kind, name)


def _inherited_name(name: str, parent: str, old_parent: str) -> str:
    """Children named after their parent (``web-disk`` of ``web``) were named after its old name."""
    new_prefix, old_prefix = parent.rsplit("::", 1)[-1], old_parent.rsplit("::", 1)[-1]
    return old_prefix + name[len(new_prefix) :] if name.startswith(new_prefix) else name


def _timeouts(timeouts: resource_pb2.RegisterResourceRequest.CustomTimeouts) -> dict[str, float]:
    texts = {key: getattr(timeouts, key) for key in ("create", "update", "delete", "read")}
    return {key: seconds(text) for key, text in texts.items() if text}


def seconds(duration: str) -> float:
    """Read a duration such as ``1h30m`` or ``90s``, in seconds.

    >>> seconds("1m30s")
    90.0
    """
    parts = _DURATION.findall(duration)
    if not parts or "".join(number + unit for number, unit in parts) != duration:
        raise StackError(Code.BAD_REQUEST, f"'{duration}' is not a duration", "write it like 90s, 5m or 1h30m")
    return sum(float(number) * _UNIT_SECONDS[unit] for number, unit in parts)
