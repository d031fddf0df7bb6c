"""The sizes of every kind of machine, computed twice: by the formulas and by the checker, on random parameters."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.checker.sizes import Province, _ratings, _wanted
from planner.datacentre.formulas import FORMULAS
from planner.datacentre.sizing import RESOURCES, Size
from tests.unit.planner.datacentre.test_sizing import CONTEXT, GIVEN, MARK
from topology.schema.base import Amount
from topology.schema.services import Sizing, Workload

PROVINCE = Province(
    officials=CONTEXT.officials, workstations=CONTEXT.workstations, people=CONTEXT.people, machines=CONTEXT.machines,
    firewalls=CONTEXT.firewalls, vm_network_mbps=CONTEXT.vm_network_mbps, vm_disk_gib=CONTEXT.vm_disk_gib,
    demand_mbps=CONTEXT.down_mbps + CONTEXT.up_mbps,
)  # fmt: skip
SEEN: Any = None
"""A plan with its records, which only bridges need: those are compared on whole plans, in the checker's tests."""
WHOLE = {"copies", "media", "offsite_copies"}


def workload(kind: Any, parameters: dict[str, float], replicas: int) -> Workload:
    nothing = Amount(value=0, **MARK)
    return Workload(
        id="w", role="w", form="vm", zone="z", replicas=replicas, spread="none", address_offset=2, vcpu=nothing,
        memory_gib=nothing, disk_gib=nothing, iops=nothing, network_mbps=nothing,
        sizing=Sizing(kind=kind, parameters={name: Amount(value=v, **MARK) for name, v in parameters.items()}),
    )  # fmt: skip


@pytest.mark.parametrize("kind", sorted(GIVEN.keys() - {"conference"}))
@settings(derandomize=True, max_examples=30, deadline=None)
@given(data=st.data())
def test_both_computations_agree(kind: str, data: st.DataObject) -> None:
    factors = {name: data.draw(st.sampled_from([0.5, 0.75, 1.0, 1.25])) for name in GIVEN[kind]}
    given_values = {name: value if name in WHOLE else value * factors[name] for name, value in GIVEN[kind].items()}
    replicas = data.draw(st.integers(1, 4))
    asked = workload(kind, given_values, replicas)
    size = Size.smallest(asked)
    FORMULAS[kind][0](size, given_values, CONTEXT)
    wanted = _wanted(SEEN, asked, size.replicas, PROVINCE)
    assert size.replicas >= wanted.pop("replicas", 0)
    for resource in RESOURCES:
        assert getattr(size, resource) == pytest.approx(wanted.get(resource, 0.0), abs=0.011), resource
    short = {
        name
        for name, need in _ratings(asked, size.replicas, PROVINCE).items()
        if need > given_values[name] * (1 + 1e-9)
    }
    assert (size.short is not None) == bool(short)
    assert size.short is None or size.short[0] in short
