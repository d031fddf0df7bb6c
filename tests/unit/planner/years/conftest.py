"""What the tests of the years change in the miniature province."""

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest

from planner.growth import BANDS
from planner.limits import Limits
from planner.plan import Plan
from planner.years import with_years
from topology.model import Network, Records

Again = Callable[..., Plan]


def figure(old: Any, value: float) -> Any:
    return old.model_copy(update={"value": value})


def growing(records: Records, p50: float, p90: float, only: frozenset[str] | None = None) -> tuple[Any, ...]:
    """Services at other rates; those not named do not grow."""
    found = []
    for service in records.services:
        rates = (p50, p90) if only is None or service.id in only else (0.0, 0.0)
        update = {band: figure(getattr(service.growth, band), rate) for band, rate in zip(BANDS, rates, strict=True)}
        found.append(service.model_copy(update={"growth": service.growth.model_copy(update=update)}))
    return tuple(found)


def changed(network: Network, **parts: object) -> Network:
    return dataclasses.replace(network, records=dataclasses.replace(network.records, **parts))


def money(network: Network, **fields: Any) -> Network:
    held = network.records.money
    update = {
        name: figure(getattr(held, name), value) if hasattr(getattr(held, name), "quality") else value
        for name, value in fields.items()
    }
    return changed(network, money=held.model_copy(update=update))


def placement(network: Network, **fields: Any) -> Network:
    held = network.records.placement
    return changed(
        network, placement=held.model_copy(update={n: figure(getattr(held, n), v) for n, v in fields.items()})
    )


@pytest.fixture(scope="session")
def again(mini_plan: Plan) -> Again:
    """Work out the years of the miniature province's plan with other records."""
    bare = mini_plan.model_copy(
        update={"years": None, "proofs": tuple(p for p in mini_plan.proofs if p.part != "years"), "findings": ()}
    )

    def made(network: Network) -> Plan:
        return with_years(bare, network, Limits())

    return made
