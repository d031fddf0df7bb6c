"""One module per family of instances: how a folder is read, solved and checked."""

from importlib import import_module

from tests.benchmarks.family import Family

NAMES = {
    "binpacking_bpplib": "packing",
    "cflp_orlib": "cflp",
    "cpmedian_orlib": "cpmedian",
    "provincial183": "homing",
    "roadef2012": "reassignment",
    "sndlib": "sndlib",
    "topozoo": "topozoo",
    "tsplib_2ecss": "twoconnected",
    "vmpacking": "vmpacking",
}
"""Family → module."""


def family(name: str) -> Family:
    """Return a family by name; its module is imported only now."""
    found: Family = import_module(f"tests.benchmarks.families.{NAMES[name]}").FAMILY
    return found
