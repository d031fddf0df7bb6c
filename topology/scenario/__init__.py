"""Scenarios: planned cases as patches on the records. Read, applied, checked; everything downstream works unchanged."""

from topology.scenario.apply import Over, Patched, apply
from topology.scenario.read import ScenarioFile, read_scenarios

__all__ = ["Over", "Patched", "ScenarioFile", "apply", "read_scenarios"]
