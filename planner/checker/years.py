"""Checks the purchases of the years from the plan and the records alone: needs, room, money, every sum.

Each month is discounted by itself, each host followed through its life, each link in every state: nobody else's code.
"""

import math
from collections import Counter
from collections.abc import Iterator

from planner.checker.examined import RESOURCES, Examined
from planner.checker.growth import Grown, When
from planner.checker.violation import Violation
from planner.plan import BandPlan, Buy, Plan, Years
from topology.model import Network
from topology.schema.facility import Rack, Room

SLACK = 1e-5
VND = 5_000
"""Roundings of a band's present value."""


def verify_years(plan: Plan, network: Network) -> tuple[int, list[Violation]]:
    """Return the number of checks made and all violations; a plan without years has nothing to check."""
    if plan.years is None:
        return 0, []
    years = plan.years
    times = [When(band.band, y + 1.0) for band in years.bands for y in range(years.horizon_years)]
    grown = Grown(plan, network, times)
    seen = Checked(plan, network, years, grown)
    unknown = list(_unknown(seen))
    if unknown:
        return 1, unknown
    found = [*_sums(seen), *_dates(seen)]
    for index, band in enumerate(years.bands):
        at = index * years.horizon_years
        found += [*_first(seen, band), *_hosts(seen, band, at), *_links(seen, band, at), *_boxes(seen, band, at)]
        found += [*_room(seen, band), *_books(seen, band)]
    made = len(years.bands) * years.horizon_years * (4 * len(RESOURCES) + 12 + len(plan.network.links))
    return made + 4 * len(years.remaining), found


class Checked:
    """What the checks read."""

    def __init__(self, plan: Plan, network: Network, years: Years, grown: Grown) -> None:
        self.plan, self.network, self.years, self.grown = plan, network, years, grown
        self.records, self.money = network.records, network.records.money
        self.seen = Examined(plan, network.records)
        self.pools, self.loads, self.units = grown.pools(), grown.links(), grown.boxes()
        self.spaces: dict[str, tuple[Room, Rack, bool]] = {
            rack.id: (room, rack, False) for room in self.records.rooms for rack in room.racks
        }
        rooms = {room.id: room for room in self.records.rooms}
        for buy in (buy for band in years.bands for buy in band.buys if buy.kind == "rack"):
            if buy.what in rooms:
                first = min(rooms[buy.what].racks, key=lambda rack: _natural(rack.id))
                self.spaces.setdefault(buy.where, (rooms[buy.what], first, True))

    def existing(self) -> Iterator[tuple[str, str, str, int, int]]:
        """Pool, model, rack, first and last year (exclusive, from 0) of hosts that are there and kept."""
        pool = self.pool_of_hosts()
        for host in self.records.existing_hosts:
            left = host.bought_year - self.records.province.plan_year + self.seen.models[host.model].life_years
            if left > 0:
                yield pool[host.id], host.model, host.rack, 0, left

    def pool_of_hosts(self) -> dict[str, str]:
        """Host → pool of what runs on it."""
        return {
            host.id: next((self.grown.pool(machine) for machine in host.machines), "shared")
            for host in self.plan.datacentre.hosts
        }

    def alive(self, band: BandPlan, y: int) -> Counter[tuple[str, str, str]]:
        """Count the hosts of a year by pool, model and rack."""
        found: Counter[tuple[str, str, str]] = Counter()
        for buy in band.buys:
            if buy.kind == "host":
                bought = buy.year - self.years.first_year
                if bought <= y < bought + self.seen.models[buy.what].life_years:
                    found[buy.pool, buy.what, buy.where] += buy.count
        for pool, model, rack, first, end in self.existing():
            found[pool, model, rack] += first <= y < end
        return found

    def boxes(self, band: BandPlan, y: int) -> Counter[tuple[str, str]]:
        """Count the appliances of a year by workload and rack; a replacement takes the place of what it replaces."""
        found: Counter[tuple[str, str]] = Counter()
        for buy in band.buys:
            if buy.kind == "appliance" and buy.reason != "replacement" and buy.year <= self.years.first_year + y:
                found[buy.what, buy.where] += buy.count
        return found

    def losses(self) -> list[set[str]]:
        """Return the racks that go together, one set for each loss of a rack or a lone feed."""
        survive = self.records.placement.survive
        found = [{rack} for rack in self.spaces] if "rack" in survive else []
        lone = {room.id for room in self.records.rooms if "feed" in survive and len(room.feeds) == 1}
        return found + [{rack for rack, (where, _, _) in self.spaces.items() if where.id == room} for room in lone]

    def offer(self, model: str, resource: str) -> float:
        """Return what a host of a model gives after overcommitment and reserves."""
        m, policy = self.seen.models[model], self.records.placement
        match resource:
            case "vcpu":
                return m.threads.value * policy.vcpu_per_thread.value
            case "memory_gib":
                return m.memory_gib.value * (1 - policy.memory_reserve_share.value)
            case "disk_gib":
                return m.disk_gib.value * (1 - policy.disk_reserve_share.value)
            case "iops":
                return m.iops.value
            case _:
                return m.network_mbps.value


def _natural(name: str) -> tuple[tuple[int, int, str], ...]:
    from topology.order import natural_key

    return natural_key(name)


def _unknown(seen: Checked) -> Iterator[Violation]:
    """Purchases of what nobody knows, or outside the horizon: nothing more can be said of such a plan."""
    years = range(seen.years.first_year, seen.years.first_year + seen.years.horizon_years)
    known = {
        "host": set(seen.seen.models),
        "appliance": set(seen.seen.workloads),
        "rack": {room.id for room in seen.records.rooms},
        "link": {link.id for link in seen.plan.network.links} & {link.id for link in seen.network.links},
    }
    if seen.years.horizon_years != seen.money.horizon_years or seen.years.first_year != seen.records.province.plan_year:
        yield Violation("years", "horizon", "is not that of the records")
    for band in seen.years.bands:
        if len(band.money) != len(years) or any(
            len(band.use.get(resource, ())) != len(years) for resource in RESOURCES
        ):
            yield Violation("years", band.band, "does not tell every year")
        for buy in band.buys:
            placed = buy.kind in ("link", "rack") or buy.where in seen.spaces
            if buy.what not in known[buy.kind] or buy.year not in years or not placed or buy.count < 1:
                yield Violation("years", band.band, f"buys {buy.count} {buy.what} for {buy.where} in {buy.year}")


def _first(seen: Checked, band: BandPlan) -> Iterator[Violation]:
    """Look for what the plan decided in the first year, which is the same in every band."""
    first = seen.years.first_year
    now = [buy for buy in band.buys if buy.year == first]
    if sorted(map(str, now)) != sorted(str(buy) for buy in seen.years.bands[0].buys if buy.year == first):
        yield Violation("years", band.band, "the first year's purchases are not those of the other bands")
    if sorted(str(buy) for buy in now if buy.reason != "plan") != sorted(map(str, seen.years.now)):
        yield Violation("years", band.band, "what to buy now is not what is bought in the first year")
    pool, overdue = seen.pool_of_hosts(), set()
    for host in seen.records.existing_hosts:
        if host.bought_year + seen.seen.models[host.model].life_years <= first:
            overdue.add(host.id)
    asked = Counter(
        (pool[host.id], host.model, host.rack)
        for host in seen.plan.datacentre.hosts
        if not host.existing or host.id in overdue
    )
    told: Counter[tuple[str, str, str]] = Counter()
    for buy in now:
        if buy.kind == "host" and buy.reason == "plan":
            told[buy.pool, buy.what, buy.where] += buy.count
    if asked != told:
        yield Violation("years", band.band, "the hosts of the plan are not bought in the first year")
    boxes = Counter(
        (seen.seen.workload_of[name], machine.rack or "")
        for name, machine in seen.seen.machines.items()
        if machine.form == "appliance"
    )
    bought: Counter[tuple[str, str]] = Counter()
    for buy in now:
        if buy.kind == "appliance" and buy.reason == "plan":
            bought[buy.what, buy.where] += buy.count
    if boxes != bought:
        yield Violation("years", band.band, "the appliances of the plan are not bought in the first year")


def _hosts(seen: Checked, band: BandPlan, at: int) -> Iterator[Violation]:
    """Each year's hosts carry each pool after every loss, and the shares told are true."""
    full = seen.records.placement.full_share.value
    excused = any(text.startswith("needs") for text in seen.years.short)
    alone = "host" in seen.records.placement.survive
    for y in range(seen.years.horizon_years):
        alive = seen.alive(band, y)
        for resource in RESOURCES:
            worst = 0.0
            for pool, needs in seen.pools.items():
                need = float(needs[resource][at + y])
                offers = {key: n * seen.offer(key[1], resource) for key, n in alive.items() if key[0] == pool and n}
                lost = [sum(offer for key, offer in offers.items() if key[2] in gone) for gone in seen.losses()]
                lost += [seen.offer(key[1], resource) for key in offers] if alone else []
                left = sum(offers.values()) - max(lost, default=0.0)
                share = need / left if left else float(need > 0)
                worst = max(worst, share)
                if share > full * (1 + SLACK) and not excused:
                    text = f"{resource} {share:.4f} of what is left of {pool} in {seen.years.first_year + y}"
                    yield Violation("years", band.band, text)
            if abs(worst - band.use[resource][y]) > 1e-3:
                yield Violation(
                    "years", band.band, f"use of {resource} is told as {band.use[resource][y]}, not {worst}"
                )


def _links(seen: Checked, band: BandPlan, at: int) -> Iterator[Violation]:
    """Each link carries its worst load of each year with the modules leased then."""
    limit = seen.records.network_policy.max_occupancy.value
    excused = {text.split(" ")[1] for text in seen.years.short if text.startswith("link")}
    candidates = {link.id: {module.id: module for module in link.modules} for link in seen.network.links}
    for link in seen.plan.network.links:
        modules = dict(link.modules)
        for y in range(seen.years.horizon_years):
            for buy in band.buys:
                if (buy.kind, buy.what, buy.year) == ("link", link.id, seen.years.first_year + y):
                    modules = dict(buy.modules)
            kinds = candidates[link.id]
            if any(name not in kinds or not 0 < n <= kinds[name].max_count for name, n in modules.items()):
                yield Violation("years", band.band, f"{link.id} cannot hold {modules}")
                break
            have = sum(kinds[name].capacity_mbps * n for name, n in modules.items())
            load = float(seen.loads[link.id][at + y]) if link.id in seen.loads else 0.0
            if load > limit * have * (1 + SLACK) and link.id not in excused:
                text = f"{link.id} carries {load:.2f} of {have:g} Mbit/s in {seen.years.first_year + y}"
                yield Violation("years", band.band, text)


def _boxes(seen: Checked, band: BandPlan, at: int) -> Iterator[Violation]:
    excused = any(text.startswith("needs") for text in seen.years.short)
    for y in range(seen.years.horizon_years):
        there: Counter[str] = Counter()
        for (name, _), count in seen.boxes(band, y).items():
            there[name] += count
        for name, wanted in seen.units.items():
            if there[name] < wanted[at + y] and not excused:
                text = f"{there[name]} units of {name}, {wanted[at + y]:g} needed in {seen.years.first_year + y}"
                yield Violation("years", band.band, text)


def _room(seen: Checked, band: BandPlan) -> Iterator[Violation]:
    """Racks and rooms hold what stands in them each year, and further racks are bought before they are used."""
    survive, models = seen.records.placement.survive, seen.seen.models
    for y in range(seen.years.horizon_years):
        year, watts_of = seen.years.first_year + y, Counter[str]()
        racks = {b.where for b in band.buys if b.kind == "rack" and b.year <= year}
        hosts, boxes = seen.alive(band, y), seen.boxes(band, y)
        for name, (room, rack, new) in seen.spaces.items():
            here = [(models[m], n) for (_, m, where), n in hosts.items() if where == name and n]
            more = [(seen.seen.workloads[w][2], n) for (w, where), n in boxes.items() if where == name and n]
            if new and name not in racks and (here or more):
                yield Violation("years", band.band, f"{name} is used in {year} and not bought")
            base = (0, 0.0, 0.0) if new else (rack.reserved_u, rack.reserved_w.value, rack.reserved_kg.value)
            units = base[0] + sum(m.height_u * n for m, n in here) + sum(w.height_u * n for w, n in more)
            watts = base[1] + sum(m.power_w.value * n for m, n in here) + sum(w.power_w * n for w, n in more)
            weight = base[2] + sum(m.weight_kg.value * n for m, n in here) + sum(w.weight_kg * n for w, n in more)
            ports = sum(m.ports.value * n for m, n in here) + sum(w.ports * n for w, n in more)
            feeds = 1 if "feed" in survive else len(room.feeds)
            for what, used, limit in (
                ("units", units, rack.height_u),
                ("watts", watts, feeds * rack.feed_limit_w.value),
                ("heat", watts, rack.cooling_w.value),
                ("weight", weight, rack.max_weight_kg.value),
                ("ports", ports, rack.switch_ports.value),
            ):
                if used > limit * (1 + SLACK):
                    yield Violation("years", band.band, f"{name}: {what} {used:g} of {limit:g} in {year}")
            watts_of[room.id] += watts  # type: ignore[assignment]
        for room in seen.records.rooms:
            shared = 1 if "feed" in survive else len(room.feeds)
            limit = min([shared * feed.capacity_w.value for feed in room.feeds] + [room.cooling_w.value])
            bought = sum(b.kind == "rack" and b.what == room.id for b in band.buys)
            if watts_of[room.id] > limit * (1 + SLACK) or bought > room.spare_racks:
                yield Violation("years", band.band, f"{room.id} holds {watts_of[room.id]:g} of {limit:g} W in {year}")


def _books(seen: Checked, band: BandPlan) -> Iterator[Violation]:
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
            return seen.seen.workloads[buy.what][2].price_vnd
        case "rack":
            return next(room.rack_price_vnd for room in seen.records.rooms if room.id == buy.what)
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
        support += count * round(workload.price_vnd * seen.money.appliance_support_share.value / 12)
        kwh = workload.power_w / 1000 * room.pue.value * hours
        energy += count * round(kwh * seen.money.energy_vnd_per_kwh.value)
    return support, energy


def _worn(seen: Checked, band: BandPlan, y: int) -> tuple[float, float]:
    """Return straight-line depreciation of a year and what is left at its end."""
    worn = left = 0.0
    things = []
    for buy in band.buys:
        if buy.kind in ("host", "appliance"):
            life = seen.seen.models[buy.what].life_years if buy.kind == "host" else seen.money.appliance_life_years
            things.append((y - (buy.year - seen.years.first_year), life, buy.one_off_vnd))
    for host in seen.records.existing_hosts:
        model, age = seen.seen.models[host.model], seen.records.province.plan_year - host.bought_year
        if age < model.life_years:
            things.append((y + age, model.life_years, model.price_vnd.value))
    for used, life, price in things:
        if 0 <= used < life:
            worn += price / life
            left += price - price / life * (used + 1)
    return worn, left


def _sums(seen: Checked) -> Iterator[Violation]:
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


def _dates(seen: Checked) -> Iterator[Violation]:
    """No date is late: where one stands, the use at the start of its month is below its mark, today's use excepted."""
    order = {"resource": 0, "appliance": 1, "line": 2, "trunk": 2}
    rows = [row for row in seen.years.remaining if row.kind in order]
    asked = [
        (row, band, mark, date)
        for row in rows
        for band, kind, mark, date in (
            ("p50", "warn", row.warn, row.p50_warn), ("p50", "full", row.full, row.p50_full),
            ("p90", "warn", row.warn, row.p90_warn), ("p90", "full", row.full, row.p90_full),
        )
        if date
    ]  # fmt: skip
    first = seen.years.first_year
    months = [(int(date[:4]) - first) * 12 + int(date[5:]) - 1 for *_, date in asked]
    times = [When(band, month / 12) for (_, band, _, _), month in zip(asked, months, strict=True)]
    grown = Grown(seen.plan, seen.network, times)
    loads, pools = grown.links(), grown.pools()
    for index, ((row, _, mark, date), month) in enumerate(zip(asked, months, strict=True)):
        if row.kind in ("line", "trunk"):
            used = float(loads[row.id][index]) if row.id in loads else 0.0
        elif row.kind == "resource":
            resource, _, pool = row.id.partition(", ")
            used = float(pools[pool or "shared"][resource][index])
        else:
            continue
        if month and used > mark * row.limit * (1 + SLACK):
            yield Violation("years", row.id, f"reaches {mark:g} before {date}")
    for row in seen.years.remaining:
        if row.limit and abs(row.used / row.limit - row.share) > 1e-3:
            yield Violation("years", row.id, "share is not used over limit")
        pairs = [(row.p90_warn, row.p50_warn), (row.p90_full, row.p50_full)]
        if row.warn <= row.full:
            pairs += [(row.p50_warn, row.p50_full), (row.p90_warn, row.p90_full)]
        for early, late in pairs:
            if late and (early or "9999") > late:
                yield Violation("years", row.id, f"a date is out of order: {early} after {late}")
