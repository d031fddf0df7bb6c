"""Moments drawn at random agree with the exact shares, add up, and are the same each time."""

import pytest

from planner.availability.drawn import drawn, over_any_line
from planner.availability.estimate import Estimate
from planner.availability.twoterminal import TooManyPathsError
from planner.plan import Plan
from topology.model import Network

DRAWS = 50_000


def test_draws_agree_with_the_exact_shares_and_with_each_other(mini: Network, mini_plan: Plan) -> None:
    part, records = mini_plan.network, mini.records
    found = drawn(part, records, seed=3, draws=DRAWS)
    assert found == drawn(part, records, seed=3, draws=DRAWS)
    assert found.sites != drawn(part, records, seed=4, draws=DRAWS).sites
    assert set(found.sites) == {site.id for site in part.sites}
    for site, one in found.sites.items():
        exact = over_any_line(part, records, site)
        assert exact.method == "exact"
        sigma = (exact.share * (1 - exact.share) / DRAWS) ** 0.5
        assert abs(one.share - exact.share) <= 4 * sigma
        assert one.low <= one.share <= one.high
    assert found.mean.share == pytest.approx(sum(1 - one.share for one in found.sites.values()))
    shares = [one.share for one in found.together.values()]
    assert shares == sorted(shares, reverse=True)
    assert found.mean.share >= shares[0] > 0


def test_a_site_with_too_many_paths_is_told_from_the_draws(
    mini: Network, mini_plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(estimate: Estimate, site: str) -> None:
        raise TooManyPathsError(site)

    site = mini_plan.network.sites[0].id
    exact = over_any_line(mini_plan.network, mini.records, site)
    monkeypatch.setattr(Estimate, "rerouted", refused)
    told = over_any_line(mini_plan.network, mini.records, site)
    assert told.method == "sampled"
    assert told.low < told.share <= told.high
    assert told.low <= exact.share <= told.high
