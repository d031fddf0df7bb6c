"""What records say, whatever the order in which they say it: lists sorted, and a digest over everything."""

import hashlib
import json
from collections.abc import Iterable

from pydantic import BaseModel

from topology.order import natural_key


def digest(records: Iterable[BaseModel]) -> str:
    """SHA-256 over what the records say; the order of files, rows and keys does not count."""
    said = sorted(
        f"{type(record).__name__} {json.dumps(record.model_dump(mode='json'), sort_keys=True, ensure_ascii=False)}"
        for record in records
    )
    return hashlib.sha256("\n".join(said).encode()).hexdigest()


def ordered[Model: BaseModel](record: Model) -> Model:
    """Return the record with its lists in natural order, so that their order in the file does not count.

    Names of machines and years of a series keep theirs: it has a meaning.
    """
    changed = {}
    for name in record.model_fields_set:
        before = getattr(record, name)
        after = ordered(before) if isinstance(before, BaseModel) else before
        if isinstance(before, tuple) and before and name not in ("machines", "population"):
            inner = [ordered(item) if isinstance(item, BaseModel) else item for item in before]
            after = tuple(sorted(inner, key=_rank))
        if after is not before and after != before:
            changed[name] = after
    return record.model_copy(update=changed) if changed else record


def _rank(item: object) -> tuple[float, tuple[tuple[int, int, str], ...]]:
    return (item, ()) if isinstance(item, int | float) else (0.0, natural_key(str(getattr(item, "id", item))))
