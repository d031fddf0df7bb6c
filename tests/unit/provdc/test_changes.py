"""Differences between plans are said in words, never in braces."""

import json

import pytest

from planner.plan_io import Change, compare
from provdc.changes import line
from provdc.text import LANGS
from tests.fixtures.plans import build


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({"fibre-20m": 1}, {"fibre-100m": 2}, "1 × fibre-20m → 2 × fibre-100m"),
        ({"one_off_vnd": 1, "monthly_vnd": 2, "present_value_vnd": 3_000_000}, None, "3.0 m VND → –"),
        ({"links": ["a", "b"], "nodes": ["x"], "length_km": 1.5}, [], "a + b (1.5 km) → –"),
        (["a", "b", "c"], ["c", "d"], "− a, − b, + d"),
        (20.0, 100.0, "20 → 100"),
        (["feed-a", "feed-b"], {}, "feed-a, feed-b → –"),
        (True, False, "true → false"),
        ([["link-x", "duct:y", 0.75]], [["link-x", "normal", 0.5]], "link-x 75 % (duct:y) → link-x 50 % (normal)"),
    ],
)
def test_structures_are_said_in_a_few_words(before: object, after: object, expected: str) -> None:
    change = Change("link", "link-x", "some_field", json.dumps(before), json.dumps(after))
    assert line("en", change).replace("\u00a0", " ") == f"~ link link-x  some field: {expected}"


def test_added_and_removed_have_marks() -> None:
    assert line("en", Change("link", "a", "added", "", "")) == "+ link a"
    assert line("vi", Change("link", "a", "removed", "", "")) == "− link a"


@pytest.mark.parametrize("lang", LANGS)
def test_every_difference_of_two_plans_can_be_said(lang) -> None:
    changes = compare(build(12), build(30))
    assert len(changes) > 50
    lines = [line(lang, change) for change in changes]
    assert not any("{" in text for text in lines)
