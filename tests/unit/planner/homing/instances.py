"""Small provinces for dual homing, made from a seed: hubs around a sink, communes that lead each other's traffic."""

import random
from itertools import combinations
from math import hypot, inf


def instance(seed, hubs=2, communes=2, *, chaining=True, groups=2):
    rng = random.Random(seed)
    at = [(50.0, 50.0), *((rng.uniform(0, 100), rng.uniform(0, 100)) for _ in range(hubs + communes))]
    tiers = [0, *([1] * hubs), *([2] * communes)]
    sites = [
        {
            "id": f"S{k}",
            "tier": tier,
            "d": 0 if tier == 0 else rng.choice((20, 40, 60, 80) if tier == 2 else (100, 150)),
        }
        for k, tier in enumerate(tiers)
    ]
    links = []
    for u, v in combinations(range(len(at)), 2):
        both = {tiers[u], tiers[v]}
        joined = both in ({0, 1}, {1}, {1, 2}) or (both == {2} and chaining) or (both == {0, 2} and not chaining)
        for carrier in ("M", "V") if joined else ():
            km = hypot(at[u][0] - at[v][0], at[u][1] - at[v][1])
            if rng.random() < 0.9:
                cost = [round(40 + 0.8 * km, 2), round(90 + 2 * km, 2), round(300 + 6 * km, 2)]
                links.append({"u": u, "v": v, "carrier": carrier, "km": km, "cost": cost})
    srlg = {f"duct:{k}": [k] for k in range(len(links))}
    for number in range(groups if len(links) > 1 else 0):
        srlg[f"corr:{number}"] = sorted(rng.sample(range(len(links)), 2))
    return {"sites": sites, "links": links, "srlg": srlg, "mods": [100, 1000, 10000]}


def cheapest(data, max_hops=3):
    """Return the least cost by trying all pairs of paths of all sites; infinite when there is none."""
    sites, links, mods = data["sites"], data["links"], data["mods"]

    def ways(at, path, seen):
        for e, link in enumerate(links):
            if at in (link["u"], link["v"]) and len(path) < max_hops:
                to = link["u"] + link["v"] - at
                if to == 0:
                    yield (*path, e), seen[1:]
                elif to not in seen and not (sites[to]["tier"] == 2 and sites[at]["tier"] != 2):
                    yield from ways(to, (*path, e), (*seen, to))

    def apart(one, two):
        if set(one[0]) & set(two[0]) or set(one[1]) & set(two[1]):
            return False
        return not any(set(group) & set(one[0]) and set(group) & set(two[0]) for group in data["srlg"].values())

    each = []
    for s in range(1, len(sites)):
        own = list(ways(s, (), (s,)))
        each.append([(s, a[0] + b[0]) for a, b in combinations(own, 2) if apart(a, b)])
    best = inf

    def price(load):
        total = 0.0
        for e, carried in load.items():
            total += min((c for c, m in zip(links[e]["cost"], mods, strict=True) if m >= carried), default=inf)
        return total

    def search(k, load):
        nonlocal best
        now = price(load)
        if now >= best - 1e-9:
            return
        if k == len(each):
            best = now
            return
        for s, used in each[k]:
            more = dict(load)
            for e in used:
                more[e] = more.get(e, 0) + sites[s]["d"]
            search(k + 1, more)

    if all(each):
        for options in each:
            options.sort(key=lambda option: price(dict.fromkeys(option[1], sites[option[0]]["d"])))
        each.sort(key=len)
        search(0, {})
    return best


def shuffled(data, seed):
    """Return the same instance with its sites (but the sink), links and groups in another order."""
    rng = random.Random(seed)
    place = [0, *rng.sample(range(1, len(data["sites"])), len(data["sites"]) - 1)]
    order = rng.sample(range(len(data["links"])), len(data["links"]))
    new = {old: k for k, old in enumerate(place)}
    moved = {old: k for k, old in enumerate(order)}
    names = rng.sample(sorted(data["srlg"]), len(data["srlg"]))
    return {
        "sites": [data["sites"][old] for old in place],
        "links": [
            {**data["links"][old], "u": new[data["links"][old]["v"]], "v": new[data["links"][old]["u"]]}
            for old in order
        ],
        "srlg": {name: [moved[e] for e in data["srlg"][name]] for name in names},
        "mods": data["mods"],
    }
