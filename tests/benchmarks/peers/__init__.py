"""One module per comparison: the same work by our code and by others, in one run, with one checksum."""

from collections.abc import Callable
from importlib import import_module

NAMES = ("plan", "sweep", "double", "ecmp")


def comparison(name: str) -> Callable[[], int]:
    """Return what runs a comparison and returns an exit code; its module is imported only now."""
    found: Callable[[], int] = import_module(f"tests.benchmarks.peers.{name}").main
    return found
