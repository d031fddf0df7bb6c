"""The cheapest network of a tiny province by trying everything; shares no code with the planner but the annuity."""

from collections import defaultdict
from functools import cache
from itertools import product
from math import ceil, inf

from planner.money import Money
from topology.model import Network


def kbps(mbps):
    return ceil(mbps * 1000 - 1e-6)


def cheapest_cost(network: Network, allowed=None, accepted=None) -> float:
    """Return the present value of the cheapest network, infinite when there is none.

    `allowed` says of (site, own line, backup's own line or None) whether it may be; `accepted` of the whole choice,
    site → (exchanges passed, whether the backup is mobile).
    """
    records = network.records
    money = Money.of(records.money.discount_rate.value, records.money.horizon_years)
    rho = records.network_policy.max_occupancy.value
    links = {link.id: link for link in network.links}
    classes = {site.id: records.classes[site.site_class] for site in records.sites}
    most_trunks = records.network_policy.max_hops - 1
    survived = {kind for site in network.demands for kind in classes[site].survive}
    states = [state for state in network.states if state.kind in survived]

    @cache
    def price(name: str, needed_kbps: float) -> float:
        best = inf
        modules = links[name].modules
        for counts in product(*(range(m.max_count + 1) for m in modules)):
            carried = sum(n * m.capacity_mbps * 1000 for n, m in zip(counts, modules, strict=True))
            if any(counts) and carried * (1 + 1e-9) >= needed_kbps:
                once = sum(m.one_off_vnd * max(0, n - m.existing) for n, m in zip(counts, modules, strict=True))
                month = sum(m.monthly_vnd * n for n, m in zip(counts, modules, strict=True))
                best = min(best, money.present_value(once, month))
        return best

    trunks = [link for link in network.links if link.kind == "trunk"]

    def onward(at: str, nodes: tuple[str, ...]):
        if at == network.core:
            yield (), nodes
        elif len(nodes) <= most_trunks:
            for trunk in trunks:
                if at in (trunk.a, trunk.b):
                    to = trunk.b if trunk.a == at else trunk.a
                    if to not in nodes:
                        for rest, seen in onward(to, nodes if to == network.core else (*nodes, to)):
                            yield ((trunk.id, trunk.a == at), *rest), seen

    def routes(site: str, kind: str):
        for link in network.links:
            if link.kind == kind and link.a == site:
                start = () if link.b == network.core else (link.b,)
                for walk, nodes in onward(link.b, start):
                    yield link.id, walk, nodes

    def cut(route, state) -> bool:
        access, walk, nodes = route
        return bool(state.links & {access, *(name for name, _ in walk)} or state.exchanges & set(nodes))

    def options(site: str):
        policy, demand = classes[site], network.demands[site]
        share = policy.degraded_share.value
        realtime = max(sum(demand.by_class.get(name, (0.0, 0.0))[way] for name in ("ef", "af41")) for way in (0, 1))
        theta = policy.realtime_share_max.value
        busy = kbps(max(demand.down_mbps, demand.up_mbps))
        first_kbps = max(kbps(policy.access_mbps.value), ceil(busy / rho - 1e-6), ceil(kbps(realtime) / theta - 1e-6))
        less = max(kbps(demand.down_mbps * share), kbps(demand.up_mbps * share))
        rates = {"access": max(ceil(less / rho - 1e-6), ceil(kbps(realtime * share) / theta - 1e-6))}
        rates["mobile"] = ceil(less / rho - 1e-6)
        kinds = {"fixed": ("access",), "mobile": ("mobile",), "any": ("access", "mobile"), "none": ()}[policy.backup]
        asked = [state for state in states if state.kind in policy.survive]
        for first in routes(site, "access"):
            if not kinds and not any(cut(first, state) for state in asked):
                yield price(first[0], first_kbps), first, None
            for kind in kinds:
                for second in routes(site, kind):
                    used = {first[0], *(name for name, _ in first[1])} & {second[0], *(name for name, _ in second[1])}
                    if not used and not any(cut(first, state) and cut(second, state) for state in asked):
                        yield price(first[0], first_kbps) + price(second[0], rates[kind]), first, second

    def may(site: str, option) -> bool:
        return allowed is None or allowed(site, option[1][0], option[2][0] if option[2] else None)

    def summed(chosen):
        return {
            site: (
                {n for route in both if route for n in route[2]},
                bool(both[1] and links[both[1][0]].kind == "mobile"),
            )
            for site, (_, *both) in chosen.items()
        }

    def shared_cost(chosen) -> float:
        worst: dict[str, int] = defaultdict(int)
        for state in (None, *states):
            loads: dict[tuple[str, bool], int] = defaultdict(int)
            for site, (_, first, second) in chosen.items():
                demand, share = network.demands[site], classes[site].degraded_share.value
                down, up, route = kbps(demand.down_mbps), kbps(demand.up_mbps), first
                if state and cut(first, state):
                    if second is None or cut(second, state):
                        continue
                    down, up, route = kbps(demand.down_mbps * share), kbps(demand.up_mbps * share), second
                for name, forward in (*route[1], *((node, True) for node in route[2])):
                    loads[name, forward] += up
                    loads[name, not forward] += down
            for (name, _), load in loads.items():
                worst[name] = max(worst[name], load)
        total = 0.0
        for name in {n for _, *both in chosen.values() for route in both if route for n, _ in route[1]}:
            total += price(name, worst[name] / rho * (1 - 1e-9))
        for name in {n for _, *both in chosen.values() for route in both if route for n in route[2]}:
            point = next(e for e in records.exchanges if e.id == name)
            if worst[name] > point.max_trunk_mbps * 1000:
                return inf
            total += money.present_value(point.concentration_one_off_vnd, point.concentration_monthly_vnd)
        return total

    each = {
        site: sorted((o for o in options(site) if may(site, o)), key=lambda option: option[0])
        for site in network.demands
    }
    if not all(each.values()):
        return inf
    order = sorted(each, key=lambda site: len(each[site]))
    rest = [sum(each[site][0][0] for site in order[place:]) for place in range(len(order) + 1)]
    best = inf

    def search(place: int, own: float, chosen: dict) -> None:
        nonlocal best
        if own + rest[place] >= best:
            return
        shared = shared_cost(chosen)  # what is shared never gets cheaper when another site joins
        if own + rest[place] + shared >= best:
            return
        if place == len(order) and accepted is not None and not accepted(summed(chosen)):
            return
        if place == len(order):
            best = own + shared
            return
        for option in each[order[place]]:
            search(place + 1, own + option[0], {**chosen, order[place]: option})

    search(0, 0.0, {})
    return best
