"""One provdc at a time changes a province's state and machines."""

from collections.abc import Iterator
from contextlib import contextmanager

from filelock import FileLock, Timeout

from provdc.errors import UserError
from provdc.place import Place


@contextmanager
def alone(place: Place) -> Iterator[None]:
    """Hold the province's lock; it goes with the process, so a crash leaves none behind.

    Raises
    ------
    UserError
        E-CLI-010 when another process holds it.

    """
    place.state.mkdir(parents=True, exist_ok=True)
    path = place.state / "lock"
    try:
        with FileLock(path, timeout=0):
            yield
    except Timeout:
        raise UserError(10, "busy", province=place.shown, path=path) from None
