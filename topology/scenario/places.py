"""Where the values of patched records stand: a value that a scenario gave stands in the scenario's file."""

from topology.model import Position
from topology.positions import at_span
from topology.read.document import Document
from topology.read.document import Path as DocumentPath
from topology.scenario.plain import Plain, at, entry_name, is_figure
from topology.scenario.work import Work


def put_places(work: Work) -> dict[str, Position]:
    """Return the positions of the records after all patches."""
    positions = {path: place for path, place in work.base.positions.items() if not _under(path, work.gone)}
    positions |= dict(work.come)
    for patches in work.changed.values():
        for patch, place in patches:
            try:
                value = at(work.tree, place.steps)
            except (KeyError, IndexError):
                continue
            if patch.kind == "remove":
                continue
            for path in _both(work.tree, place.path):
                _clear(positions, path)
                if patch.kind == "add":
                    _spread(positions, path, patch.document, patch.value_at, value)
                else:
                    here = patch.position(patch.value_at)
                    positions[path] = here
                    if is_figure(value):
                        positions[f"{path}/value"] = here
    return positions


def _under(path: str, gone: set[str]) -> bool:
    parts = path.split("/")
    return any("/".join(parts[:length]) in gone for length in range(1, len(parts) + 1))


def _clear(positions: dict[str, Position], path: str) -> None:
    inside = f"{path}/"
    for known in [known for known in positions if known == path or known.startswith(inside)]:
        del positions[known]


def _both(tree: dict[str, Plain], path: str) -> list[str]:
    """Return the path, and for what belongs to a workload the path under the workload's own name."""
    parts = path.split("/")
    if parts[0] == "service" and len(parts) > 3 and parts[2] == "workloads":
        return [path, "/".join(["workload", *parts[3:]])]
    if parts[0] == "small-data-centre" and len(parts) > 2 and parts[2] == "vm":
        return [path, "/".join(["workload", tree[parts[0]][parts[1]]["vm"]["id"], *parts[3:]])]
    return [path]


def _spread(positions: dict[str, Position], path: str, document: Document, place: DocumentPath, value: Plain) -> None:
    """Keep the place of a record that was added, and of everything in it that is written out."""
    positions[path] = at_span(document, document.span((*place, "id")))
    if isinstance(value, dict):
        for key, inner in value.items():
            _spread_field(
                positions, f"{path}/{'site_class' if key == 'class' else key}", document, (*place, key), inner
            )


def _spread_field(
    positions: dict[str, Position], path: str, document: Document, place: DocumentPath, value: Plain
) -> None:
    if place not in document.values:
        return
    positions[path] = at_span(document, document.span(place))
    if isinstance(value, dict):
        for key, inner in value.items():
            _spread_field(positions, f"{path}/{key}", document, (*place, key), inner)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            _spread_field(positions, f"{path}/{entry_name(index, inner)}", document, (*place, index), inner)
