"""The checker catches a network plan that was tampered with, whatever was changed."""

from collections.abc import Callable
from typing import Any

import pytest

from planner import checker
from planner.plan import Plan
from topology.model import Network

Document = dict[str, Any]


def first(d: Document, kind: str) -> Document:
    return next(link for link in d["network"]["links"] if link["kind"] == kind)


def site(d: Document, wanted: str = "district") -> Document:
    return next(site for site in d["network"]["sites"] if site["site_class"] == wanted)


def drop_site(d: Document) -> None:
    d["network"]["sites"].pop()


def drop_backup(d: Document) -> None:
    site(d)["backup"] = None


def same_path_twice(d: Document) -> None:
    site(d)["backup"] = site(d)["primary"]


def cheaper_link(d: Document) -> None:
    first(d, "access")["cost"]["monthly_vnd"] -= 1


def wider_link(d: Document) -> None:
    first(d, "access")["capacity_mbps"] *= 10


def too_many_modules(d: Document) -> None:
    link = first(d, "access")
    link["modules"] = dict.fromkeys(link["modules"], 60)


def unknown_link(d: Document) -> None:
    first(d, "access")["id"] = "link-nowhere"


def moved_duct(d: Document) -> None:
    link = next(link for link in d["network"]["links"] if len(link["ducts"]) > 1)
    link["ducts"] = link["ducts"][1:]


def broken_walk(d: Document) -> None:
    site(d)["primary"]["nodes"][-1] = site(d)["id"]


def closed_point(d: Document) -> None:
    used = {node for s in d["network"]["sites"] for route in (s["primary"], s["backup"]) if route
            for node in route["nodes"][1:-1]}  # fmt: skip
    if used:
        d["network"]["concentration_points"] = []
    else:
        d["network"]["links"] = []


def one_internet_link(d: Document) -> None:
    gone = first(d, "internet")["id"]
    d["network"]["links"] = [link for link in d["network"]["links"] if link["id"] != gone]


def wrong_load(d: Document) -> None:
    first(d, "access")["normal_mbps"] += 5


def wrong_total(d: Document) -> None:
    d["costs"]["network"]["present_value_vnd"] += 1


def bound_above(d: Document) -> None:
    d["proofs"][0]["bound"] = d["proofs"][0]["objective"] * 1.01


def other_records(d: Document) -> None:
    d["digest"] = "0" * 64


TAMPERINGS: list[Callable[[Document], None]] = [
    drop_site, drop_backup, same_path_twice, cheaper_link, wider_link, too_many_modules, unknown_link, moved_duct,
    broken_walk, closed_point, one_internet_link, wrong_load, wrong_total, bound_above, other_records,
]  # fmt: skip


def test_the_plan_itself_passes(mini_plan: Plan, mini: Network) -> None:
    verdict, violations = checker.verify(mini_plan, mini)
    assert violations == []
    assert verdict == mini_plan.verdict
    assert verdict.states > 20


@pytest.mark.parametrize("tamper", TAMPERINGS, ids=lambda tamper: tamper.__name__)
def test_tampering_is_caught(mini_plan: Plan, mini: Network, tamper: Callable[[Document], None]) -> None:
    document = mini_plan.model_dump(mode="json")
    tamper(document)
    _, violations = checker.verify(Plan.model_validate(document), mini)
    assert violations
