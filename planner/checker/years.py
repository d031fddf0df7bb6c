"""Checks the purchases of the years from the plan and the records alone: needs, room, money, every sum.

Each month is discounted by itself, each host followed through its life, each link in every state: nobody else's code.
"""

from collections import Counter
from collections.abc import Iterator

from planner.checker.examined import RESOURCES
from planner.checker.growth import Grown
from planner.checker.trends import When
from planner.checker.violation import Violation
from planner.checker.years_money import books, sums
from planner.checker.years_seen import Checked
from planner.plan import BandPlan, Plan
from topology.model import Network
from topology.schema.base import counted, stated

SLACK = 1e-5


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
    found = [*sums(seen), *_dates(seen), *_outgrown(seen)]
    for index, band in enumerate(years.bands):
        at = index * years.horizon_years
        found += [*_first(seen, band), *_hosts(seen, band, at), *_links(seen, band, at), *_boxes(seen, band, at)]
        found += [*_room(seen, band), *books(seen, band)]
    made = len(years.bands) * years.horizon_years * (4 * len(RESOURCES) + 12 + len(plan.network.links))
    return made + 4 * len(years.remaining), found


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
        if host.bought_year + seen.seen.models[host.model].life_years.value <= first:
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
        for pool, replicas in seen.apart.items():
            there: Counter[str] = Counter()
            for key, n in alive.items():
                there[key[2]] += n if key[0] == pool else 0
            gone = [sum(there[rack] for rack in racks) for racks in seen.losses()] + [int(alone)]
            if there.total() - max(gone) < replicas and not excused:
                text = f"{there.total() - max(gone)} hosts of {pool} are left for {replicas} replicas apart"
                yield Violation("years", band.band, f"{text} in {seen.years.first_year + y}")
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


def _outgrown(seen: Checked) -> Iterator[Violation]:
    """Appliances that outgrow a rating which more units do not relieve are told, and no others."""
    true = {name for name, share in seen.whole.items() if (share > 1 + SLACK).any()}
    told = {text.removeprefix("appliance ") for text in seen.years.short if text.startswith("appliance ")}
    for name in sorted(true ^ told):
        yield Violation("years", name, "outgrows a rating and is not told" if name in true else "outgrows no rating")


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
            watts = base[1] + sum(m.power_w.value * n for m, n in here) + sum(stated(w.power_w) * n for w, n in more)
            weight = (
                base[2] + sum(m.weight_kg.value * n for m, n in here) + sum(stated(w.weight_kg) * n for w, n in more)
            )
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
            if watts_of[room.id] > limit * (1 + SLACK) or bought > counted(room.spare_racks):
                yield Violation("years", band.band, f"{room.id} holds {watts_of[room.id]:g} of {limit:g} W in {year}")


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
