"""The clock may end the decision at any moment: it ends then, with something decided or with a refusal that says so."""

from contextlib import suppress

import pytest

from planner.conference import Bridging, Bridgings
from planner.errors import PlanningError
from planner.joint.decide import decide
from planner.limits import Limits
from topology.model import Network


@pytest.mark.parametrize("asked", [1, 3, 8])
def test_it_ends_when_it_is_stopped(mini: Network, asked: int) -> None:
    left = [asked]

    def stop() -> bool:
        left[0] -= 1
        return left[0] < 0

    with suppress(PlanningError):
        found = decide(mini, Limits(should_stop=stop))
        assert found.bound_vnd <= found.objective_vnd


def test_without_time_for_another_bridging_it_takes_the_one_it_has(
    mini: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fewer bridges at the core are asked for when the clock has ended: no answer, as often as it is asked."""
    over = [False]
    cheapest = Bridgings.cheapest

    def first_only(
        self: Bridgings, most: int | None = None, below: int | None = None
    ) -> tuple[Bridging | None, int | None]:
        if over[0]:
            return None, 0
        found = cheapest(self)
        over[0] = True
        return found

    monkeypatch.setattr(Bridgings, "cheapest", first_only)
    found = decide(mini, Limits(should_stop=lambda: over[0]))
    assert found.hosting is not None
    assert found.bound_vnd <= found.objective_vnd
