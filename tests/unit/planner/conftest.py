"""The miniature province, planned once with both halves."""

from pathlib import Path

import pytest

import topology
from planner.limits import Limits
from planner.plan import Plan
from planner.solve import solve
from topology.model import Network

MINI = Path(__file__).parents[3] / "inventory" / "mini"


@pytest.fixture(scope="session")
def mini() -> Network:
    return topology.build(topology.load(MINI))


@pytest.fixture(scope="session")
def mini_plan(mini: Network) -> Plan:
    return solve(mini, Limits(time_limit_s=120))[0]
