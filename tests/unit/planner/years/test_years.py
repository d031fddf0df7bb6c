"""The purchases of the years: proved, checked, equal to brute force, monotone in budget and growth."""

import itertools
import re
from typing import Any

import pytest

from planner.checker import verify_years
from planner.datacentre.sizing import RESOURCES
from planner.limits import Limits
from planner.plan import Plan, Years
from planner.years import with_years
from planner.years.chosen import Chosen
from planner.years.solve import Ground, prepare
from tests.unit.planner.years.conftest import Again, changed, figure, growing, money, placement
from topology.model import Network
from topology.schema.base import Lifetime
from topology.schema.facility import YearBudget
from topology.schema.geography import Observed


def years_of(plan: Plan) -> Years:
    assert plan.years is not None
    return plan.years


def test_the_plan_carries_them_with_proof(mini: Network, mini_plan: Plan) -> None:
    years = years_of(mini_plan)
    (proof,) = (proof for proof in mini_plan.proofs if proof.part == "years")
    assert proof.status == "optimal"
    assert proof.gap <= 1e-6
    assert proof.objective == years.expected_vnd
    assert [band.band for band in years.bands] == ["p50", "p90"]
    assert years.bands[1].present_value_vnd > years.bands[0].present_value_vnd
    checked, violations = verify_years(mini_plan, mini)
    assert checked > 100
    assert violations == []


def test_golden_purchases_of_the_miniature_province(mini_plan: Plan) -> None:
    told = [
        (band.band, buy.year, buy.kind, buy.what, buy.count, buy.one_off_vnd)
        for band in years_of(mini_plan).bands
        for buy in band.buys
        if buy.reason != "plan" and buy.kind != "link"
    ]
    assert told == [
        ("p50", 2029, "appliance", "fw", 1, 250_000_000),
        ("p90", 2027, "appliance", "fw", 1, 250_000_000),
    ]
    lines = [(buy.year, buy.what) for buy in years_of(mini_plan).bands[1].buys if buy.kind == "link"]
    assert lines[0] == (2026, "link-01-core-alpha-2")
    assert len(lines) == 9


def test_without_growth_it_costs_what_the_plan_says(mini: Network, mini_plan: Plan, again: Again) -> None:
    """Nothing is bought twice: the plan's present value without moving rooms in, which is no matter of the years."""
    still = money(changed(mini, services=growing(mini.records, 0.0, 0.0)), appliance_support_share=0.0)
    years = years_of(again(still))
    assert years.now == ()
    costs = mini_plan.costs
    moved = costs.consolidation.present_value_vnd
    assert years.expected_vnd == pytest.approx(costs.total.present_value_vnd - moved, rel=1e-6)
    assert years.information_vnd == 0
    assert verify_years(again(still), still)[1] == []


def test_hosts_are_bought_again_when_their_life_is_over(mini: Network, again: Again) -> None:
    short = tuple(
        model.model_copy(update={"life_years": Lifetime(value=2, quality="assumption", source="test")})
        for model in mini.records.host_models
    )
    network = changed(mini, services=growing(mini.records, 0.0, 0.0), host_models=short)
    plan = again(network)
    for band in years_of(plan).bands:
        bought = {buy.year for buy in band.buys if buy.kind == "host" and buy.reason == "replacement"}
        assert bought == {2027, 2029}
        again_there = sum(buy.count for buy in band.buys if buy.kind == "host" and buy.year == 2027)
        assert again_there == 6, (
            "four replicas stand apart after the loss of any rack, though four hosts carry the load"
        )
    assert verify_years(plan, network)[1] == []
    fewer = _band(
        years_of(plan),
        0,
        buys=lambda buys: tuple(b for b in buys if (b.kind, b.year) != ("host", 2027) or b.where != "rack-1"),
    )
    told = verify_years(plan.model_copy(update={"years": fewer}), network)[1]
    assert any("hosts of shared are left for 4 replicas apart in 2027" in str(violation) for violation in told)


def test_sessions_that_every_firewall_must_know_are_outgrown_and_one_flow_is_not(mini: Network, again: Again) -> None:
    def rated(sessions: float, flow: float) -> Network:
        services = []
        for service in mini.records.services:
            workloads = []
            for load in service.workloads:
                if load.sizing is not None and load.sizing.kind == "firewall":
                    known = load.sizing.parameters
                    more = {
                        "rated_sessions": figure(known["rated_sessions"], sessions),
                        "rated_flow_mbps": figure(known["rated_flow_mbps"], flow),
                        "inspected_mbps": figure(known["inspected_mbps"], 30_000.0),
                    }
                    load = load.model_copy(
                        update={"sizing": load.sizing.model_copy(update={"parameters": known | more})}
                    )
                workloads.append(load)
            services.append(service.model_copy(update={"workloads": tuple(workloads)}))
        return changed(mini, services=tuple(services))

    network = rated(60_000.0, 715.0)
    plan = again(network)
    assert "appliance fw" in years_of(plan).short
    assert not [
        buy for band in years_of(plan).bands for buy in band.buys if buy.what == "fw" and buy.reason == "growth"
    ]
    row = next(row for row in years_of(plan).remaining if row.id == "fw")
    assert (row.share, row.step) == (pytest.approx(56_226.6 / 60_000, abs=1e-3), "")
    assert verify_years(plan, network)[1] == []
    enough = rated(500_000.0, 715.0)
    assert "appliance fw" not in years_of(again(enough)).short
    assert verify_years(plan, enough)[1]


def scarce(mini: Network, **fields: Any) -> Network:
    """Hosts nearly full from the start, services without traffic doubling every year, one model, two years."""
    model = next(model for model in mini.records.host_models if model.id == "host-small")
    network = changed(
        mini,
        services=growing(mini.records, 0.5, 1.0, frozenset({"portal", "antivirus", "directory"})),
        host_models=(model,),
        rooms=tuple(room.model_copy(update={"spare_racks": None}) for room in mini.records.rooms),
    )
    return money(placement(network, full_share=0.47), horizon_years=2, **fields)


def holds(ground: Ground, chosen: Chosen, band: Any) -> bool:
    full = ground.site.records.placement.full_share.value
    return all(
        ground.books.share(ground.books.alive(chosen, y), pool, k, ground.needs[band].pools[pool][y][k]) <= full + 1e-9
        for y in range(ground.site.years)
        for pool in ground.site.pools
        for k in range(len(RESOURCES))
    )


def test_small_cases_equal_brute_force(mini: Network, mini_plan: Plan, again: Again) -> None:
    network = scarce(mini, appliance_support_share=0.0)
    years = years_of(again(network))
    ground = prepare(mini_plan, network)
    assert ground.upgrades == ()
    keys = [("shared", "host-small", rack) for rack in ("rack-1", "rack-2", "rack-3")]
    counts = list(itertools.product(range(3), repeat=3))

    def cheapest(band: Any, now: tuple[int, ...]) -> float:
        found = []
        for later in counts:
            hosts = {(key, 0): n for key, n in zip(keys, now, strict=True) if n}
            hosts |= {(key, 1): n for key, n in zip(keys, later, strict=True) if n}
            chosen = Chosen(hosts, {}, {}, {})
            if holds(ground, chosen, band):
                found.append(ground.books.total(chosen))
        return min(found, default=float("inf"))

    costs = {now: (cheapest("p50", now), cheapest("p90", now)) for now in counts}
    alone = [min(cost[index] for cost in costs.values()) for index in (0, 1)]
    expected = min(0.7 * p50 + 0.3 * p90 for p50, p90 in costs.values())
    regret = min(max(cost[index] - alone[index] for index in (0, 1)) for cost in costs.values())
    assert years.expected_vnd == pytest.approx(expected, abs=2)
    assert [band.alone_vnd for band in years.bands] == pytest.approx(alone, abs=2)
    assert years.least_regret_vnd == pytest.approx(regret, abs=200)
    assert years.perfect_vnd == pytest.approx(0.7 * alone[0] + 0.3 * alone[1], abs=2)
    assert any(buy.kind == "host" and buy.reason == "growth" for buy in years.bands[1].buys)
    assert verify_years(again(network), network)[1] == []


def test_a_larger_budget_is_never_dearer(mini: Network, again: Again) -> None:
    found = []
    for budget in (1_705_000_000, 2_100_000_000, 3_000_000_000):
        network = scarce(mini, annual_budget_vnd=budget)
        plan = again(network)
        assert verify_years(plan, network)[1] == []
        over = sum(band.weight * year.over_vnd for band in years_of(plan).bands for year in band.money)
        found.append((over, years_of(plan).expected_vnd))
    assert [over for over, _ in found] == sorted((over for over, _ in found), reverse=True)
    within = [cost for over, cost in found if not over]
    assert within == sorted(within, reverse=True)
    assert within


def test_higher_growth_is_never_cheaper(mini: Network, again: Again) -> None:
    found = []
    for p50, p90 in ((0.02, 0.05), (0.05, 0.1), (0.1, 0.2), (0.2, 0.4)):
        network = changed(mini, services=growing(mini.records, p50, p90))
        plan = again(network)
        assert verify_years(plan, network)[1] == []
        found.append([band.alone_vnd for band in years_of(plan).bands])
    for index in (0, 1):
        assert [alone[index] for alone in found] == sorted(alone[index] for alone in found)


def test_purchases_above_the_budget_are_told_and_made_least(mini: Network, again: Again) -> None:
    amount = mini.records.money.annual_budget_vnd
    first = YearBudget(year=2025, purchases_vnd=figure(amount, 1_800_000_000))
    tight = again(money(mini, annual_budget_vnd=200_000_000, budgets=(first,)))
    assert "W-PLAN-605" in {found.code for found in tight.findings}
    plan = again(money(mini, annual_budget_vnd=100_000_000))
    assert "W-PLAN-605" in {found.code for found in plan.findings}
    years = years_of(plan)
    assert years.bands[0].money[0].over_vnd == years.bands[0].money[0].purchases_vnd - 100_000_000
    one = money(mini, budgets=(YearBudget(year=2025, purchases_vnd=figure(mini.records.money.annual_budget_vnd, 5)),))
    assert years_of(again(one)).bands[0].money[0].budget_vnd == 5


def test_needs_above_the_catalogue_are_told_not_hidden(mini: Network, again: Again) -> None:
    network = money(changed(mini, services=growing(mini.records, 1.0, 1.0)), horizon_years=3)
    plan = again(network)
    assert "W-PLAN-606" in {found.code for found in plan.findings}
    lacking = [text for text in years_of(plan).short if text.startswith("needs above the catalogue: ")]
    assert lacking
    assert list(years_of(plan).short[: len(lacking)]) == lacking, "named first: a warning names a few only"
    assert all(re.fullmatch(r".*: [\w, -]+ from 202[567]", text) for text in lacking)
    (proof,) = (proof for proof in plan.proofs if proof.part == "years")
    assert proof.status == "feasible"
    assert verify_years(plan, network)[1] == []


def test_without_time_the_plan_says_so(mini: Network, mini_plan: Plan) -> None:
    bare = mini_plan.model_copy(update={"years": None, "findings": ()})
    plan = with_years(bare, mini, Limits(should_stop=lambda: True))
    assert plan.years is None
    assert [found.code for found in plan.findings] == ["W-PLAN-607"]
    assert verify_years(plan, mini) == (0, [])


def test_a_series_takes_the_place_of_the_stated_rates(mini: Network, again: Again) -> None:
    def with_series(*values: float) -> Network:
        points = tuple(
            Observed(year=2020 + n, value=figure(mini.records.money.energy_vnd_per_kwh, value))
            for n, value in enumerate(values)
        )
        services = tuple(
            service.model_copy(update={"growth": service.growth.model_copy(update={"series": points})})
            for service in mini.records.services
        )
        return changed(mini, services=services)

    steady = again(with_series(100, 105, 110.25, 115.7625))
    network = changed(mini, services=growing(mini.records, 0.05, 0.05))
    assert years_of(steady).expected_vnd == pytest.approx(years_of(again(network)).expected_vnd, rel=1e-9)
    rough = with_series(100, 108, 104, 121, 118)
    plan = again(rough)
    assert years_of(plan).bands[1].present_value_vnd > years_of(plan).bands[0].present_value_vnd
    assert verify_years(plan, rough)[1] == []


def test_dates_agree_with_the_outlook_and_with_a_hand(mini_plan: Plan) -> None:
    rows = {row.id: row for row in years_of(mini_plan).remaining if row.kind == "resource"}
    for one in mini_plan.outlook:
        if one.kind == "resource":
            for quarter, month in ((one.p50, rows[one.id].p50_full), (one.p90, rows[one.id].p90_full)):
                told = f"{month[:4]}-Q{(int(month[5:]) + 2) // 3}" if month else None
                assert told == quarter
    room = {row.id: row for row in years_of(mini_plan).remaining if row.kind == "facility"}
    assert room["room-1: rack_u"].used == 18 + sum(h.height_u for h in mini_plan.datacentre.hosts) + 2
    assert room["room-1: rack_u, further racks"].limit == room["room-1: rack_u"].limit + 42
    assert room["room-1: power, feed-a"].limit == 10_000


TAMPERED: dict[str, Any] = {
    "a host that is not bought": lambda y: _band(y, 1, buys=lambda buys: buys[1:]),
    "an upgrade left out": lambda y: _band(y, 1, buys=lambda buys: tuple(b for b in buys if b.kind != "link")),
    "an appliance left out": lambda y: _band(
        y, 1, buys=lambda buys: tuple(b for b in buys if b.kind != "appliance" or b.reason == "plan")
    ),
    "a cheaper price": lambda y: _band(
        y, 0, buys=lambda buys: tuple(b.model_copy(update={"one_off_vnd": b.one_off_vnd // 2}) for b in buys)
    ),
    "other modules": lambda y: _band(
        y,
        1,
        buys=lambda buys: tuple(
            b.model_copy(update={"modules": {"fibre-20m": 1}}) if b.kind == "link" else b for b in buys
        ),
    ),
    "an unknown model": lambda y: _band(
        y, 0, buys=lambda buys: (buys[0].model_copy(update={"kind": "host", "what": "host-x"}), *buys[1:])
    ),
    "another rack": lambda y: _band(
        y, 0, buys=lambda buys: (buys[0].model_copy(update={"where": "rack-9"}), *buys[1:])
    ),
    "a year too few": lambda y: _band(y, 0, money=lambda money: money[1:]),
    "purchases": lambda y: _money(y, purchases_vnd=1),
    "budget": lambda y: _money(y, budget_vnd=1),
    "support": lambda y: _money(y, support_vnd=1),
    "energy": lambda y: _money(y, energy_vnd=1),
    "lease": lambda y: _money(y, lease_vnd=1),
    "depreciation": lambda y: _money(y, depreciation_vnd=1),
    "book value": lambda y: _money(y, book_vnd=1),
    "present value of a year": lambda y: _money(y, present_value_vnd=1),
    "present value of a band": lambda y: _band(y, 0, present_value_vnd=lambda value: value - 10**6),
    "weights": lambda y: _band(y, 0, weight=lambda weight: 0.5),
    "use": lambda y: _band(y, 0, use=lambda use: use | {"vcpu": (0.1,) * 5}),
    "regret": lambda y: _band(y, 0, regret_vnd=lambda regret: regret + 5),
    "expected": lambda y: y.model_copy(update={"expected_vnd": y.expected_vnd - 1e6}),
    "perfect": lambda y: y.model_copy(update={"perfect_vnd": y.perfect_vnd - 1e6}),
    "information": lambda y: y.model_copy(update={"information_vnd": 1e6}),
    "least regret": lambda y: y.model_copy(update={"least_regret_vnd": 1e6}),
    "now": lambda y: y.model_copy(update={"now": (y.bands[0].buys[0],)}),
    "a late date": lambda y: _row(y, "memory_gib", p90_full="2031-09"),
    "a late date of a line": lambda y: _row(y, "link-01-core-alpha-2", p50_full="2030-01"),
    "a share": lambda y: _row(y, "disk_gib", share=0.1),
    "dates out of order": lambda y: _row(y, "memory_gib", p50_warn="2028-01"),
}


def _band(years: Years, index: int, **changes: Any) -> Years:
    band = years.bands[index]
    band = band.model_copy(update={name: change(getattr(band, name)) for name, change in changes.items()})
    bands = tuple(band if place == index else other for place, other in enumerate(years.bands))
    return years.model_copy(update={"bands": bands})


def _money(years: Years, **fields: int) -> Years:
    def change(money: Any) -> Any:
        more = {name: getattr(money[1], name) + 10**6 * value for name, value in fields.items()}
        return (money[0], money[1].model_copy(update=more), *money[2:])

    return _band(years, 0, money=change)


def _row(years: Years, name: str, **fields: Any) -> Years:
    rows = tuple(row.model_copy(update=fields) if row.id == name else row for row in years.remaining)
    return years.model_copy(update={"remaining": rows})


@pytest.mark.parametrize("change", TAMPERED.values(), ids=TAMPERED)
def test_the_checker_finds_what_is_tampered_with(mini: Network, mini_plan: Plan, change: Any) -> None:
    tampered = mini_plan.model_copy(update={"years": change(years_of(mini_plan))})
    assert verify_years(tampered, mini)[1]
