"""Checks the money of the years: every sum of every year, present values month by month, weights, regrets."""

import math
from collections.abc import Iterator

from planner.checker.violation import Violation
from planner.checker.years_seen import Checked
from planner.plan import BandPlan, Buy
from topology.schema.base import counted, stated

VND = 5_000
"""Roundings of a band's present value."""


def books(seen: Checked, band: BandPlan) -> Iterator[Violation]:
    """Every sum of every year, and the present value month by month."""
    total = 0.0
    for y, told in enumerate(band.money):
        year = seen.years.first_year + y
        once, lease = _link_money(seen, band, y)
        bought = [buy for buy in band.buys if buy.year == year]
        paid = once
        for buy in bought:
            if buy.kind != "link":
                price = _price(seen, buy) * buy.count
                paid += price
                if price != buy.one_off_vnd:
                    yield Violation("years", band.band, f"{buy.what} of {year} costs {price}, not {buy.one_off_vnd}")
        support, energy = _running(seen, band, y)
        stated = {one.year: one.purchases_vnd.value for one in seen.money.budgets}
        budget = stated.get(year, seen.money.annual_budget_vnd.value)
        worn, left = _worn(seen, band, y)
        true = {
            "year": year, "budget_vnd": budget, "purchases_vnd": paid, "over_vnd": max(0, paid - budget),
            "lease_vnd": 12 * lease, "support_vnd": 12 * support, "energy_vnd": 12 * energy,
            "depreciation_vnd": worn, "book_vnd": left,
        }  # fmt: skip
        for field, value in true.items():
            if abs(getattr(told, field) - value) > 1:
                yield Violation("years", band.band, f"{field} of {year} is {getattr(told, field)}, not {value:.0f}")
        monthly = (1 + seen.money.discount_rate.value) ** (1 / 12)
        value = paid / monthly ** (12 * y)
        value += sum((lease + support + energy) / monthly ** (12 * y + month) for month in range(1, 13))
        total += value
        if abs(told.present_value_vnd - value) > VND + value * 1e-6:
            yield Violation("years", band.band, f"present value of {year} is {told.present_value_vnd}, not {value:.0f}")
    if abs(total - band.present_value_vnd) > VND + total * 1e-6 or len(band.money) != seen.years.horizon_years:
        yield Violation("years", band.band, f"present value is {band.present_value_vnd}, not {total:.0f}")


def _price(seen: Checked, buy: Buy) -> int:
    match buy.kind:
        case "host":
            return seen.seen.models[buy.what].price_vnd.value
        case "appliance":
            return counted(seen.seen.workloads[buy.what][2].price_vnd)
        case "rack":
            return next(counted(room.rack_price_vnd) for room in seen.records.rooms if room.id == buy.what)
        case "link":
            return 0


def _link_money(seen: Checked, band: BandPlan, y: int) -> tuple[int, int]:
    """Return what all links and concentration points cost once in a year, and each month of it."""
    points = seen.plan.network.concentration_points
    once = sum(point.cost.one_off_vnd for point in points) if y == 0 else 0
    lease = sum(point.cost.monthly_vnd for point in points)
    changes: dict[str, list[tuple[int, dict[str, int]]]] = {}
    for buy in band.buys:
        if buy.kind == "link":
            changes.setdefault(buy.what, []).append((buy.year - seen.years.first_year, dict(buy.modules)))
    candidates = {link.id: link for link in seen.network.links}
    for link in seen.plan.network.links:
        if link.id not in changes:
            once += link.cost.one_off_vnd if y == 0 else 0
            lease += link.cost.monthly_vnd
            continue
        history = [{m.id: m.existing for m in candidates[link.id].modules}]
        for t in range(y + 1):
            before = dict(link.modules) if t == 0 else history[-1]
            history.append(next((modules for at, modules in changes[link.id] if at == t), before))
        for module in candidates[link.id].modules:
            now, then = history[-1].get(module.id, 0), history[-2].get(module.id, 0)
            once += module.one_off_vnd * max(0, now - then)
            lease += module.monthly_vnd * now
    return once, lease


def _running(seen: Checked, band: BandPlan, y: int) -> tuple[int, int]:
    """Return support and electricity of a month."""
    support = energy = 0
    hours = 365 * 24 / 12
    for (_, model, rack), count in seen.alive(band, y).items():
        record, room = seen.seen.models[model], seen.spaces[rack][0]
        support += count * round(record.support_vnd_per_year.value / 12)
        kwh = record.power_w.value / 1000 * room.pue.value * hours
        energy += count * round(kwh * seen.money.energy_vnd_per_kwh.value)
    for (name, rack), count in seen.boxes(band, y).items():
        workload, room = seen.seen.workloads[name][2], seen.spaces[rack][0]
        support += count * round(counted(workload.price_vnd) * seen.money.appliance_support_share.value / 12)
        kwh = stated(workload.power_w) / 1000 * room.pue.value * hours
        energy += count * round(kwh * seen.money.energy_vnd_per_kwh.value)
    return support, energy


def _worn(seen: Checked, band: BandPlan, y: int) -> tuple[float, float]:
    """Return straight-line depreciation of a year and what is left at its end."""
    worn = left = 0.0
    things = []
    for buy in band.buys:
        if buy.kind in ("host", "appliance"):
            lives = seen.seen.models[buy.what].life_years if buy.kind == "host" else seen.money.appliance_life_years
            things.append((y - (buy.year - seen.years.first_year), lives.value, buy.one_off_vnd))
    for host in seen.records.existing_hosts:
        model, age = seen.seen.models[host.model], seen.records.province.plan_year - host.bought_year
        if age < model.life_years.value:
            things.append((y + age, model.life_years.value, model.price_vnd.value))
    for used, life, price in things:
        if 0 <= used < life:
            worn += price / life
            left += price - price / life * (used + 1)
    return worn, left


def sums(seen: Checked) -> Iterator[Violation]:
    """Weights, expected cost, what knowing would be worth, regrets, and what the proof says of them."""
    years, high = seen.years, seen.money.high_growth_weight.value
    if [(band.band, round(band.weight, 9)) for band in years.bands] != [("p50", round(1 - high, 9)), ("p90", high)]:
        yield Violation("years", "bands", "are not P50 and P90 with the weights of the policy")
    expected = math.fsum(band.weight * band.present_value_vnd for band in years.bands)
    perfect = math.fsum(band.weight * band.alone_vnd for band in years.bands)
    for what, told, true in (
        ("expected_vnd", years.expected_vnd, expected),
        ("perfect_vnd", years.perfect_vnd, perfect),
        ("information_vnd", years.information_vnd, max(0.0, expected - perfect)),
    ):
        if abs(told - true) > 1:
            yield Violation("years", what, f"is {told:.0f}, not {true:.0f}")
    for band in years.bands:
        if band.alone_vnd > band.present_value_vnd or band.regret_vnd != band.present_value_vnd - band.alone_vnd:
            yield Violation("years", band.band, "regret is not what the band costs more than alone")
    worst = max(band.regret_vnd for band in years.bands)
    if not years.least_regret_bound_vnd <= years.least_regret_vnd <= worst + 1:
        yield Violation("years", "regret", "the least regret is above one that is reached, or below its bound")
    proofs = [proof for proof in seen.plan.proofs if proof.part == "years"]
    if len(proofs) != 1 or abs(proofs[0].objective - expected) > 1 or proofs[0].bound > expected + 1:
        yield Violation("proof", "years", "is not of the expected cost")
