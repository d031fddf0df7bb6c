"""Budget against availability: every point a plan of its own, the front by definition."""

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

import topology
from planner.checker import verify
from planner.limits import Limits
from planner.plan import Plan
from planner.shared import Shared
from planner.solve import solve
from planner.years.pareto import Point, front, looser, nearest, point, promises, within
from topology.model import Network


def test_the_list_goes_from_loose_to_strict_and_has_no_promise_twice(mini: Network) -> None:
    listed = promises(mini.records)
    recorded = next(promise for promise in listed if promise.id == "as recorded")
    assert recorded.records.digest == mini.records.digest
    assert len({promise.id for promise in listed}) == len({promise.records.digest for promise in listed}) == len(listed)
    assert [promise.steps for promise in listed] == sorted(promise.steps for promise in listed)
    for place, promise in enumerate(listed):
        assert {one.id for one in looser(listed, promise)} <= {one.id for one in listed[:place]}
    assert len(looser(listed, listed[-1])) == len(listed) - 1  # the strictest is no less strict than any
    assert looser(listed, listed[0]) == ()
    assert all(promise.records.classes["core"] == mini.records.classes["core"] for promise in listed)


def test_shared_points_are_those_of_plans_made_alone(mini: Network) -> None:
    """Along a chain: the same cost, years and availability, each bound valid, few placements found twice."""
    by_id = {promise.id: promise for promise in promises(mini.records)}
    shared, plans, found = Shared(), list[Plan](), list[Point]()
    for name in ("commune none", "as recorded", "department fixed carrier, district fixed carrier"):
        network = topology.build(by_id[name].records)
        shared.looser = nearest(plans)
        led, alone = solve(network, Limits(), shared=shared)[0], solve(network, Limits())[0]
        assert led.digest == by_id[name].records.digest
        assert verify(led, network)[1] == []
        one, other = point(by_id[name], led), point(by_id[name], alone)
        for figure in ("cost_vnd", "one_off_vnd", "expected_vnd", "availability", "worst"):
            assert getattr(one, figure) == getattr(other, figure)
        assert one.bound_vnd <= other.cost_vnd
        assert other.bound_vnd <= one.cost_vnd
        plans.append(led)
        found.append(one)
    assert len(shared.known.placements) < shared.known.asked / 2
    assert [one.cost_vnd for one in found] == sorted(one.cost_vnd for one in found)
    assert [one.availability for one in found] == sorted(one.availability for one in found)
    assert all(one.proved for one in found)
    assert front(found) == tuple(found)
    assert within(found, found[1].cost_vnd) == found[1]
    assert within(found, found[0].cost_vnd - 1) is None


@settings(derandomize=True, max_examples=50)
@given(st.lists(st.tuples(st.integers(1, 6), st.integers(1, 6)), max_size=8))
def test_the_front_is_what_nothing_beats(figures: list[tuple[int, int]]) -> None:
    points = [Point(str(n), "", cost_vnd=cost, availability=up / 10) for n, (cost, up) in enumerate(figures)]
    kept = front(points)
    assert [one.cost_vnd for one in kept] == sorted({one.cost_vnd for one in kept})

    def beats(a: Point, b: Point) -> bool:
        no_worse = a.cost_vnd <= b.cost_vnd and a.availability >= b.availability
        return no_worse and (a.cost_vnd, a.availability) != (b.cost_vnd, b.availability)

    true = {(b.cost_vnd, b.availability) for b in points if not any(beats(a, b) for a in points)}
    assert {(one.cost_vnd, one.availability) for one in kept} == true
    for a, b in itertools.pairwise(kept):
        assert a.availability < b.availability


def test_a_refused_promise_is_never_on_the_front() -> None:
    made, refused = Point("a", "", cost_vnd=5, availability=0.9), Point("b", "", refused=("E-PLAN-301",))
    assert front([refused, made]) == (made,)
    assert not refused.undecided
    assert Point("c", "", refused=("E-PLAN-302",)).undecided
