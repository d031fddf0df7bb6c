"""The miniature province, loaded once."""

from pathlib import Path

import pytest

import topology
from planner.assemble import assemble
from planner.datacentre.solve import solve
from planner.limits import Limits
from planner.plan import Network, Plan, SweepSummary, Verdict
from topology.model import Network as Planned

MINI = Path(__file__).parents[4] / "inventory" / "mini"


@pytest.fixture(scope="session")
def planned() -> Planned:
    return topology.build(topology.load(MINI))


@pytest.fixture(scope="session")
def plan(planned: Planned) -> Plan:
    """The data-centre half of the miniature province, with an empty network half."""
    datacentre, proof = solve(planned, Limits())
    sweep = SweepSummary(states=0, violations=0, cut_off={}, on_mobile={}, highest=())
    network = Network(sites=(), links=(), concentration_points=(), sweep=sweep)
    verdict = Verdict(checked=0, states=0, violations=0)
    return assemble(planned, network, datacentre, (proof,), version="test", findings=(), verdict=verdict)
