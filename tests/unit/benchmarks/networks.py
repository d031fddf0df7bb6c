"""Random SNDlib networks of every model, and their optimum by one program over modules and all flows of all states."""

import math
import random
from collections import defaultdict
from itertools import pairwise

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array

from planner.survivable.instance import Instance, Link

SIZES = ([1], [2], [1, 3], [1, 4], [2, 5, 8], [1, 2, 4, 8], [1.5, 4], [155, 622], [3, 3])
FREE = -math.inf


def random_network(seed: int) -> tuple[str, str]:
    """Return the text of an SNDlib file with three to five nodes, and a model for it."""
    chance = random.Random(seed)
    nodes = [f"n{number}" for number in range(chance.choice((3, 4, 4, 5)))]
    chance.shuffle(nodes)
    pairs = list(pairwise((*nodes, nodes[0])))
    apart = [(a, b) for a in nodes for b in nodes if a < b and not {(a, b), (b, a)} & set(pairs)]
    chance.shuffle(apart)
    pairs += apart[: chance.randint(0, 2)]
    if chance.random() < 0.25:
        pairs.append(chance.choice(pairs)[::-1])
    if chance.random() < 0.1:
        pairs.pop(chance.randrange(len(pairs)))
    letters = chance.choice("UD") + chance.choice("UUBD") + chance.choice("MMMESL")
    survives = chance.choice("UUN")
    if letters[1] == "D":
        pairs += [pair[::-1] for pair in pairs if chance.random() < 0.9]
    model = f"{letters} {survives}; random"
    model += " incl. fixed charge" if chance.random() < 0.3 else ""
    model += " incl. routing cost" if survives == "N" and chance.random() < 0.3 else ""
    sizes = chance.choice(SIZES)
    unit = sizes[0] if sizes[0] > 10 else 1
    links = "".join(_link(chance, f"l{at}", *pair, sizes, unit) for at, pair in enumerate(pairs))
    demands = "".join(
        f'<demand id="{a}{b}"><source>{a}</source><target>{b}</target><routingUnit>{chance.choice((1, 1, 2))}'
        f"</routingUnit><demandValue>{chance.choice((0.5, 1, 2, 2.5, 3, 4)) * unit}</demandValue></demand>"
        for a in nodes
        for b in nodes
        if a != b and chance.random() < 0.35
    )
    listed = "".join(f'<node id="{node}"/>' for node in nodes)
    text = (
        f'<network xmlns="http://sndlib.zib.de/network"><networkStructure><nodes>{listed}</nodes><links>{links}</links>'
        f"</networkStructure><demands>{demands}</demands></network>"
    )
    return text, model


def _link(chance: random.Random, name: str, a: str, b: str, sizes: list[float], unit: float) -> str:
    modules = "".join(
        f"<addModule><capacity>{size}</capacity><cost>{chance.randint(5, 20) * (size / unit) ** 0.6:.3f}</cost>"
        "</addModule>"
        for size in sizes
    )
    there = ""
    if chance.random() < 0.2:
        there = f"<preInstalledModule><capacity>{chance.choice((0, 1, 2)) * unit}</capacity><cost>3</cost>"
        there += "</preInstalledModule>"
    return (
        f'<link id="{name}"><source>{a}</source><target>{b}</target>{there}<setupCost>{chance.randint(0, 12)}'
        f"</setupCost><routingCost>{chance.choice((0, 1, 2))}</routingCost>"
        f"<additionalModules>{modules}</additionalModules></link>"
    )


class Program:
    """A mixed-integer program for scipy, grown row by row."""

    def __init__(self) -> None:
        self.cost: list[float] = []
        self.whole: list[int] = []
        self.most: list[float] = []
        self.rows: list[list[tuple[int, float]]] = []
        self.low: list[float] = []
        self.high: list[float] = []

    def variable(self, cost: float, *, whole: bool, most: float = math.inf) -> int:
        """Add a variable ≥ 0."""
        self.cost.append(cost)
        self.whole.append(int(whole))
        self.most.append(most)
        return len(self.cost) - 1

    def row(self, terms: list[tuple[int, float]], low: float, high: float) -> None:
        """Add low ≤ terms ≤ high."""
        self.rows.append(terms)
        self.low.append(low)
        self.high.append(high)

    def least(self) -> float | None:
        """Return the optimum, None if there is no solution."""
        if not self.cost:
            return 0.0
        entries = [(at, *term) for at, terms in enumerate(self.rows) for term in terms]
        row, column, value = zip(*entries, strict=True) if entries else ((), (), ())
        matrix = coo_array((value, (row, column)), shape=(len(self.rows), len(self.cost)))
        found = milp(
            np.array(self.cost),
            constraints=LinearConstraint(matrix.tocsr(), self.low, self.high),
            integrality=self.whole,
            bounds=Bounds(0, self.most),
            options={"mip_rel_gap": 0.0},
        )
        assert found.status in (0, 2)
        return None if found.status == 2 else float(found.fun)


def extensive(instance: Instance) -> float | None:
    """Return the least cost of an instance of single-link failures without hop limits, None if nothing survives."""
    program = Program()
    total = sum(demand.value for demand in instance.demands)
    capacity = [_bought(program, link, instance.sizing, total) for link in instance.links]
    wanted: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for demand in instance.demands:
        wanted[demand.source][demand.target] += demand.value
    for state in instance.states:
        arcs = []
        for at, link in enumerate(instance.links):
            if link.id not in state.links:
                arcs.append((link.source, link.target, at, ""))
                if instance.sense != "directed":
                    arcs.append((link.target, link.source, at, "" if instance.sense == "undirected" else "back"))
        filled: dict[tuple[int, str], list[tuple[int, float]]] = defaultdict(list)
        for source, targets in sorted(wanted.items()):
            price = [0.0 if state.links else instance.links[at].routing_cost for _, _, at, _ in arcs]
            flows = [program.variable(cost, whole=False) for cost in price]
            for node in instance.nodes:
                if node != source:
                    into = [(flow, 1.0) for flow, arc in zip(flows, arcs, strict=True) if arc[1] == node]
                    out = [(flow, -1.0) for flow, arc in zip(flows, arcs, strict=True) if arc[0] == node]
                    program.row(into + out, targets[node], targets[node])
            for flow, (_, _, at, way) in zip(flows, arcs, strict=True):
                filled[at, way].append((flow, 1.0))
        for (at, _), terms in filled.items():
            held = [(column, -size) for column, size in capacity[at]]
            program.row(terms + held, FREE, instance.links[at].existing)
    least = program.least()
    return None if least is None else least + instance.constant_cost


def _bought(program: Program, link: Link, sizing: str, total: float) -> list[tuple[int, float]]:
    """Add what can be bought on a link; return (variable, capacity of one)."""
    if sizing == "linear":
        kinds = [] if link.unit_cost is None else [(1.0, link.unit_cost, total)]
    else:
        kinds = [
            (m.capacity, m.cost, 1 if sizing == "explicit" else math.ceil(total / m.capacity)) for m in link.modules
        ]
    terms = [(program.variable(cost, whole=sizing != "linear", most=most), size) for size, cost, most in kinds]
    if sizing == "explicit":
        program.row([(column, 1.0) for column, _ in terms], FREE, 1.0)
    if link.fixed_charge > 0:
        opening = program.variable(link.fixed_charge, whole=True, most=1.0)
        for (column, _), (_, _, most) in zip(terms, kinds, strict=True):
            program.row([(column, 1.0), (opening, -float(most))], FREE, 0.0)
    return terms
