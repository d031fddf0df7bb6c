"""Removing one thing from the records changes exactly what it should: whole differences, held as golden files."""

import pytest

from tests.unit.provdc.removals import DIRECTORY, REMOVALS, changes, words

TOUCHED = {
    "site": {"site", "link", "machine", "segment", "zone", "service", "purchase", "cost"},
    "duct": {"site", "link", "cost"},
    # dearer hosts: the small data centre stays where it is, and its line stays small
    "server-model": {"host", "machine", "site", "link", "room", "purchase", "cost"},
    "server-model-not-chosen": set(),
    "flow": {"flow"},
}


@pytest.mark.parametrize("name", sorted(REMOVALS))
def test_the_difference_is_exactly_this(name: str) -> None:
    golden = (DIRECTORY / f"without-{name}.txt").read_text(encoding="utf-8")
    assert words(name) == golden, "python -m tests.unit.provdc.removals"
    assert {change.kind for change in changes(name)} == TOUCHED[name]


def test_a_site_takes_only_what_is_its_own() -> None:
    gone = {(change.kind, change.id) for change in changes("site") if change.what == "removed"}
    assert gone == {
        ("site", "commune-06"),
        ("link", "link-06-core-beta"),
        ("link", "mobile-06-gamma"),
        ("machine", "gw-06"),
        *(("segment", f"seg-06-{zone}") for zone in ("lan", "vc", "voice", "mgmt")),
        *(("purchase", f"{band} link-06-core-beta") for band in ("p50 2029", "p90 2027")),
    }
    assert not [change for change in changes("site") if change.what == "added" or change.kind == "host"]


def test_a_duct_moves_those_who_ran_through_it_and_nobody_else() -> None:
    moved = {change.id for change in changes("duct") if change.kind == "site"}
    assert moved == {"commune-05", "district-dong"}


def test_no_golden_file_is_left_over() -> None:
    assert {path.name for path in DIRECTORY.iterdir()} == {f"without-{name}.txt" for name in REMOVALS}
