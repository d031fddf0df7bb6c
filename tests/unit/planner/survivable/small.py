"""Small instances and their optimum by brute force: every capacity of every link, every state routed by scipy."""

import math
import random
from dataclasses import replace
from itertools import pairwise, product

from planner.checker.survivable import verify_survivable
from planner.survivable.design import Bought, Design
from planner.survivable.instance import NORMAL, Demand, Instance, Link, Module, single_links


def ring(
    values: dict[str, float], chords: tuple[str, ...] = (), modules: tuple[Module, ...] = (Module(1, 3), Module(4, 7))
) -> Instance:
    """A ring a-b-c-d with chords; demands by two letters; every single link may fail."""
    pairs = ["ab", "bc", "cd", "da", *chords]
    links = tuple(Link(pair, pair[0], pair[1], modules) for pair in pairs)
    demands = tuple(Demand(pair, pair[0], pair[1], value) for pair, value in values.items())
    instance = Instance(tuple("abcd"), links, demands)
    return instance.surviving(single_links(instance))


def random_instance(seed: int) -> Instance:
    """Three or four nodes, few links and modules: small enough for brute force."""
    chance = random.Random(seed)
    nodes = tuple("abcd"[: chance.choice((3, 4))])
    pairs = [a + b for a, b in pairwise((*nodes, nodes[0]))]
    if len(nodes) == 4 and chance.random() < 0.5:
        pairs.append("ac")
    if chance.random() < 0.3:
        pairs.append(pairs[0][::-1])
    sense = chance.choice(("undirected", "undirected", "bidirected", "directed"))
    if sense == "directed":
        pairs = (pairs + [pair[::-1] for pair in pairs])[: 2 * len(nodes)]
    sizes = chance.choice(([2], [1, 3], [3]))
    links = tuple(
        Link(
            f"{pair}{number}",
            pair[0],
            pair[1],
            tuple(Module(size, chance.randint(2, 5) * size**0.5 // 1 + size) for size in sizes),
            existing=float(chance.choice((0, 0, 0, 1))),
            fixed_charge=float(chance.choice((0, 0, 2))),
        )
        for number, pair in enumerate(pairs)
    )
    demands = tuple(
        Demand(f"{a}{b}", a, b, chance.choice((0.5, 1, 2, 2.5)))
        for a, b in product(nodes, nodes)
        if a != b and chance.random() < 0.4
    )
    instance = Instance(nodes, links, demands, sense=sense, sizing=chance.choice(("modular", "explicit")))
    return instance.surviving(single_links(instance)) if chance.random() < 0.8 else instance


def brute_force(instance: Instance) -> float | None:
    """Return the least cost, None if nothing works: purchases in order of cost, the first that survives."""
    total = sum(demand.value for demand in instance.demands)
    options = []
    for link in instance.links:
        counts = [
            range(2 if instance.sizing == "explicit" else math.ceil(total / m.capacity) + 1) for m in link.modules
        ]
        bundles = {}
        for count in product(*counts):
            if instance.sizing == "explicit" and sum(count) > 1:
                continue
            capacity = min(total, sum(c * m.capacity for c, m in zip(count, link.modules, strict=True)))
            cost = sum(c * m.cost for c, m in zip(count, link.modules, strict=True)) + (
                link.fixed_charge if any(count) else 0
            )
            if cost < bundles.get(capacity, (math.inf,))[0]:
                bundles[capacity] = (cost, count)
        best: list[tuple[float, tuple[int, ...]]] = []
        most = -1.0
        for cost, capacity, count in sorted((cost, -capacity, count) for capacity, (cost, count) in bundles.items()):
            if -capacity > most:
                most = -capacity
                best.append((cost, count))
        options.append(best)
    purchases = sorted(product(*options), key=lambda chosen: sum(cost for cost, _ in chosen))
    refused: list[tuple[float, ...]] = []
    for chosen in purchases:
        held = tuple(
            sum(c * m.capacity for c, m in zip(count, link.modules, strict=True))
            for (_, count), link in zip(chosen, instance.links, strict=True)
        )
        if not _cuts_hold(instance, held):
            continue
        if any(all(mine <= theirs for mine, theirs in zip(held, other, strict=True)) for other in refused):
            continue
        cost = sum(cost for cost, _ in chosen)
        bought = tuple(
            Bought(link.id, count, capacity, cost)
            for (cost, count), link, capacity in zip(chosen, instance.links, held, strict=True)
            if any(count)
        )
        design = Design("feasible", cost + instance.constant_cost, None, links=bought)
        if not verify_survivable(design, instance)[1]:
            return cost + instance.constant_cost
        refused.append(held)
    return None


def _cuts_hold(instance: Instance, held: tuple[float, ...]) -> bool:
    """Whether every node set has enough capacity around it in every state: cheap, and never wrong to refuse by."""
    room = {link.id: link.existing + more for link, more in zip(instance.links, held, strict=True)}
    for bits in range(1, 2 ** len(instance.nodes) - 1):
        inside = {node for at, node in enumerate(instance.nodes) if bits >> at & 1}
        out = sum(d.value for d in instance.demands if d.source in inside and d.target not in inside)
        back = sum(d.value for d in instance.demands if d.target in inside and d.source not in inside)
        across = [
            link
            for link in instance.links
            if (link.source in inside and link.target not in inside)
            or (instance.sense != "directed" and link.target in inside and link.source not in inside)
        ]
        need = {"undirected": out + back, "bidirected": max(out, back), "directed": out}[instance.sense]
        for state in instance.states:
            if not state.nodes and sum(room[link.id] for link in across if link.id not in state.links) < need - 1e-9:
                return False
    return True


def relabelled(instance: Instance, seed: int) -> Instance:
    """The same question with other names, in another order, links and demands turned round where that means nothing."""
    chance = random.Random(seed)
    names = [f"n{number}" for number in range(len(instance.nodes))]
    chance.shuffle(names)
    new = dict(zip(instance.nodes, names, strict=True))
    links = [
        replace(link, id=f"x{link.id}", source=new[link.source], target=new[link.target]) for link in instance.links
    ]
    demands = [replace(d, id=f"y{d.id}", source=new[d.source], target=new[d.target]) for d in instance.demands]
    if instance.sense == "undirected":
        links = [replace(link, source=link.target, target=link.source) for link in links]
    states = [
        replace(
            s, id=f"z{s.id}", links=frozenset(f"x{link}" for link in s.links), nodes=frozenset(new[n] for n in s.nodes)
        )
        for s in instance.states
    ]
    for items in (links, demands, states):
        chance.shuffle(items)
    return replace(
        instance,
        nodes=tuple(sorted(names)),
        links=tuple(links),
        demands=tuple(demands),
        states=tuple(states or [NORMAL]),
    )
