"""A network of five nodes: the core, two exchanges, a district, a commune; their lines, three trunks, three gateways.

district ─ exchange-a ─ core         every line and trunk has a duct of its own,
   ╲  ╱        │         │           but d-both, which carries two of the commune's lines
   ╱  ╲        │         │
commune ─ exchange-b ────┘
"""

from dataclasses import replace
from functools import cache
from math import inf

from planner.limits import Limits
from planner.network.candidates import Candidates
from planner.network.columns import Choices, Column
from planner.network.ends import Terms, terms
from planner.network.hubs import Hubs
from planner.network.loads import NORMAL
from planner.network.master import FAMILIES, Master, RowId
from planner.network.paths import TrunkPath, accesses, trunk_paths
from planner.network.pricing import Pricer
from planner.network.relax import first_prices
from planner.network.solve import NetworkAnswer, solve
from tests.unit.planner.network.provinces import choices, class_policy, failure_states, records_of
from topology.model import CandidateLink, ModuleChoice, Network, SiteDemand

AT = {
    "core": (50.0, 50.0),
    "district": (20.0, 60.0),
    "commune": (20.0, 40.0),
    "exchange-a": (35.0, 60.0),
    "exchange-b": (35.0, 40.0),
}
CLASS = {"core": "core", "district": "district", "commune": "commune"}
HUBS = {"exchange-a": "district", "exchange-b": "commune"}
FACTOR = {"carrier-a": 1.0, "carrier-b": 1.1}
CLASSES = {
    "core": class_policy("none", ()),
    "department": class_policy("any", ("link", "duct"), 100),
    "district": class_policy("fixed", ("link", "duct", "exchange"), 100),
    "commune": class_policy("any", ("link", "duct"), 30, 0.5),
}
LINES = (
    ("access", "district", "exchange-a", "carrier-a", ("d-1",), 15.0),
    ("access", "district", "exchange-b", "carrier-b", ("d-2",), 25.0),
    ("access", "commune", "exchange-a", "carrier-a", ("d-both",), 25.0),
    ("access", "commune", "exchange-b", "carrier-a", ("d-3",), 15.0),
    ("access", "commune", "exchange-b", "carrier-b", ("d-both",), 16.0),
    ("trunk", "exchange-a", "core", "carrier-a", ("d-4",), 18.0),
    ("trunk", "exchange-b", "core", "carrier-b", ("d-5",), 18.0),
    ("trunk", "exchange-a", "exchange-b", "carrier-a", ("d-6",), 20.0),
    ("internet", "core", "gateway", "carrier-a", ("d-7",), 5.0),
    ("internet", "core", "gateway", "carrier-b", ("d-7",), 5.0),
    ("internet", "core", "gateway", "carrier-b", ("d-8",), 9.0),
)
MOBILE = ModuleChoice(id="lte", capacity_mbps=30, one_off_vnd=5_000_000, monthly_vnd=900_000, max_count=1)


def _line(kind: str, a: str, b: str, carrier: str, ducts: tuple[str, ...], km: float) -> CandidateLink:
    use = "access" if kind == "access" else "trunk"
    name = f"{kind}-{a}-{b}-{carrier[-1]}" + ("-2" if ducts == ("d-8",) else "")
    return CandidateLink(name, kind, a, b, carrier, ducts, km, choices(use, km, FACTOR[carrier]))


@cache
def network() -> Network:
    """Return the network as the planner reads it."""
    links = [_line(*line) for line in LINES]
    links.append(CandidateLink("mobile-commune-x", "mobile", "commune", "core", "mobile-x", (), 0.0, (MOBILE,)))
    ordered = tuple(sorted(links, key=lambda link: link.id))
    ducts = {d: (link.a, link.b, link.length_km, tuple(FACTOR)) for link in ordered for d in link.ducts}
    present = dict.fromkeys(HUBS, tuple(FACTOR))
    records = records_of(AT, CLASS, HUBS, present, ducts, tuple(FACTOR), FACTOR, CLASSES, 3, 2, 0.9, ordered)
    records = replace(records, figures={"internet_mbps": 300.0})
    demands = {
        "district": SiteDemand("district", 150.0, 90.0, {"af41": (30.0, 30.0)}, {"mail": (150.0, 90.0)}),
        "commune": SiteDemand("commune", 80.0, 40.0, {"af41": (10.0, 10.0)}, {"mail": (80.0, 40.0)}),
    }
    states = failure_states(ordered, ducts, HUBS, tuple(FACTOR), ("link", "duct", "exchange"))
    return Network(records, "core", ordered, demands, states)


@cache
def planned() -> NetworkAnswer:
    """Return its plan."""
    return solve(network(), Limits(time_limit_s=60))


@cache
def candidates() -> Candidates:
    """Return what the models read."""
    return Candidates(network())


@cache
def paths() -> dict[str, tuple[TrunkPath, ...]]:
    """Return its trunk paths."""
    return trunk_paths(candidates(), candidates().policy.max_hops - 1)


@cache
def site_choices() -> dict[str, Choices]:
    """Return what each site may choose from."""
    return {site: Choices(candidates(), site, own) for site, own in accesses(candidates()).items()}


def columns(most: int) -> list[Column]:
    """Return the first columns of each site, the best before prices are known first."""
    pricer = Pricer(candidates(), site_choices(), paths())
    found = pricer.run(first_prices(candidates()), float("inf"), most)
    return [column for _, own in found for _, column in own.columns]


def master(family: str, most: int = 4) -> Master:
    """Return the model with the rows of choice and of one family."""
    model = Master(candidates())
    for column in columns(most):
        model.add_column(column)
    for row in _rows(family, list(model.columns.values())):
        model.add_row(row)
    model.integral(True)
    return model


def _rows(family: str, own: list[Column]) -> list[RowId]:
    keys = {key for column in own for key in FAMILIES[family].keys(column)}
    states = (NORMAL, "duct:d-both", "link:access-district-exchange-a-a")
    if family == "capacity":
        keys |= {(t.id, state, way) for t in candidates().trunks for state in states for way in ("forward", "reverse")}
    if family == "equipment":
        keys |= {(e, state, way) for e in HUBS for state in states for way in ("forward", "reverse")}
    return [RowId(family, key) for key in sorted(keys)]


@cache
def offers() -> dict[str, tuple[Terms, ...]]:
    """Return each site's prices by ends."""
    return {site: terms(candidates(), own, paths()) for site, own in site_choices().items()}


@cache
def hubs(share: float | None = inf) -> Hubs:
    """Return the relaxation that chooses concentration points; sites from this share of a trunk on told apart."""
    return Hubs(candidates(), offers(), paths(), share=share)
