"""Networks without a plan and what is said of them; `python -m tests.unit.planner.network.refusals` writes it."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from planner.errors import PlanningError
from planner.limits import Limits
from planner.network.solve import solve
from tests.unit.planner.network import five
from tests.unit.planner.network.provinces import class_policy
from topology.model import Network

DIRECTORY = Path(__file__).with_name("golden") / "refusals"


def commune(backup: str, survive: tuple[str, ...]) -> Network:
    """Promise other things to the commune."""
    network = five.network()
    classes = {**network.records.classes, "commune": class_policy(backup, survive, 30, 0.5)}
    return replace(network, records=replace(network.records, classes=classes))


def without(*links: str) -> Network:
    """Leave links out."""
    network = five.network()
    return replace(network, links=tuple(link for link in network.links if link.id not in links))


def equipment(**mbps: int) -> Network:
    """Limit exchanges, by the last letter of their name."""
    network = five.network()
    exchanges = tuple(
        exchange.model_copy(update={"max_trunk_mbps": mbps.get(exchange.id[-1], exchange.max_trunk_mbps)})
        for exchange in network.records.exchanges
    )
    return replace(network, records=replace(network.records, exchanges=exchanges))


def one_module(trunk: str, name: str) -> Network:
    """Let a trunk hold one module, and take the others from the network."""
    network = five.network()
    only = tuple(replace(m, max_count=1) for m in five.candidates().links[trunk].modules if m.id == name)
    kept = [link for link in network.links if link.kind != "trunk" or link.id == trunk]
    narrow = tuple(replace(link, modules=only) if link.id == trunk else link for link in kept)
    return replace(network, links=narrow)


def one_way_in() -> Network:
    """Ask for no backup, and leave one trunk with one module: everything passes it."""
    network = one_module("trunk-exchange-a-core-a", "fibre-200m")
    classes = {name: class_policy("none", ()) for name in network.records.classes}
    return replace(network, records=replace(network.records, classes=classes))


def whole() -> Network:
    """Give exchanges enough room for all traffic together, but neither enough for the larger site: paths are whole."""
    network = equipment(a=120, b=120)
    classes = {name: class_policy("none", ()) for name in network.records.classes}
    kept = tuple(x for x in network.links if x.kind != "access" or x.b != "core")
    return replace(network, links=kept, records=replace(network.records, classes=classes))


def internet(*kept: tuple[str, tuple[str, ...]], mbps: float = 300.0) -> Network:
    """Leave these Internet links, carrier and ducts, for so much traffic."""
    network = five.network()
    some = next(link for link in network.links if link.kind == "internet")
    links = [link for link in network.links if link.kind != "internet"]
    links += [
        replace(some, id=f"internet-{number}", carrier=carrier, ducts=ducts)
        for number, (carrier, ducts) in enumerate(kept, 1)
    ]
    records = replace(network.records, figures={"internet_mbps": mbps})
    return replace(network, links=tuple(links), records=records)


INTERNET: dict[str, Callable[[], Network]] = {
    "internet-none": lambda: internet(),
    "internet-one": lambda: internet(("carrier-a", ("d-7",))),
    "internet-one-carrier": lambda: internet(("carrier-a", ("d-7",)), ("carrier-a", ("d-8",))),
    "internet-one-duct": lambda: internet(("carrier-a", ("d-7",)), ("carrier-b", ("d-7", "d-8"))),
    "internet-too-much": lambda: internet(("carrier-a", ("d-7",)), ("carrier-b", ("d-8",)), mbps=10**6),
    "internet-two-promises": lambda: internet(
        ("carrier-a", ("d-7",)), ("carrier-a", ("d-8",)), ("carrier-b", ("d-7", "d-8"))
    ),
}
"""Name → a network without two Internet links."""

REFUSALS: dict[str, Callable[[], Network]] = {
    "no-backup": lambda: commune("none", ("duct",)),
    "mobile-only": lambda: commune("mobile", ("duct", "exchange")),
    "one-duct": lambda: without("access-commune-exchange-b-a"),
    "one-line": lambda: without("access-commune-exchange-b-a", "access-commune-exchange-b-b"),
    "equipment-normal": lambda: equipment(a=150, b=50),
    "equipment-after-a-cut": lambda: equipment(a=210, b=100),
    "one-trunk": one_way_in,
    "whole": whole,
}
"""Name → a network that has no plan."""


def words(name: str) -> str:
    """Return what the planner says."""
    try:
        solve((REFUSALS | INTERNET)[name](), Limits(time_limit_s=60))
    except PlanningError as refused:
        return "\n".join(str(problem) for problem in refused.problems) + "\n"
    return "There is a plan.\n"


def main() -> None:
    """Write all golden files."""
    DIRECTORY.mkdir(exist_ok=True, parents=True)
    for name in REFUSALS | INTERNET:
        (DIRECTORY / f"{name}.txt").write_text(words(name), encoding="utf-8")


if __name__ == "__main__":
    main()
