"""What the province is: records → typed model → graph → addresses, demands, failure states.

Imports nothing else of ours.
"""

from topology.assumptions import assumptions
from topology.build import build
from topology.findings import Finding, ProvinceError
from topology.load import check, load

__all__ = ["Finding", "ProvinceError", "assumptions", "build", "check", "load"]
