"""A home keeps its name when it is moved, and a copy of it is no second home of the same machines."""

import shutil
from pathlib import Path

import pytest

from stacks import apply as stacks
from stacks.lab.home import claim, name_of
from stacks.lab.shell import LabError
from tests.fixtures.lab import slice_plan


def test_a_home_is_claimed_once(tmp_path: Path) -> None:
    home = tmp_path / "mini" / "stacks"
    assert name_of(home) is None
    name = claim(home, "mini")
    assert name.startswith("provdc-mini-")
    assert claim(home, "mini") == name_of(home) == name
    assert home.stat().st_mode & 0o777 == 0o700


def test_a_home_that_was_moved_keeps_its_name(tmp_path: Path) -> None:
    name = claim(tmp_path / "here", "mini")
    (tmp_path / "here").rename(tmp_path / "there")
    assert name_of(tmp_path / "there") == name
    assert claim(tmp_path / "there", "mini") == name
    assert claim(tmp_path / "here", "mini") != ""  # the place is free again, and what moved away is no copy of it
    assert name_of(tmp_path / "there") == name


def test_a_copy_is_refused_by_everything_that_would_touch_machines(tmp_path: Path) -> None:
    claim(tmp_path / "one", "slice")
    shutil.copytree(tmp_path / "one", tmp_path / "copy")
    plan = slice_plan("mirror")
    for refused in (
        lambda: claim(tmp_path / "copy", "slice"),
        lambda: stacks.apply(plan, tmp_path / "copy", cache=tmp_path / "cache"),
        lambda: stacks.preview(plan, tmp_path / "copy"),
        lambda: stacks.destroy(tmp_path / "copy"),
        lambda: stacks.leftovers(tmp_path / "copy"),
    ):
        with pytest.raises(LabError, match="E-LAB-022"):
            refused()
    assert not (tmp_path / "cache").exists()


def test_where_nothing_was_made_there_is_nothing_to_take_away(tmp_path: Path) -> None:
    assert stacks.destroy(tmp_path / "none") == 0
    assert stacks.leftovers(tmp_path / "none") == []
    with pytest.raises(FileNotFoundError):
        stacks.standing(tmp_path / "none")
    assert list(tmp_path.iterdir()) == []
