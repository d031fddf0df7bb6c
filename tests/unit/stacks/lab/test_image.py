"""The recipe of the base image: its digest changes with everything that goes into it, and with nothing else."""

import dataclasses
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from stacks.lab import image
from stacks.lab.image import HOOK, ROOTFS, Recipe

RECIPE = Recipe(
    "bookworm", "amd64", ("a", "b"), ("x.service",), {"u.service": "t.target"}, ("/m/*",), "hook", {"f": "1"}
)


@pytest.mark.parametrize(
    "changes",
    [
        {"suite": "trixie"},
        {"architecture": "arm64"},
        {"packages": ("a",)},
        {"masked": ()},
        {"enabled": {}},
        {"left_out": ()},
        {"hook": "other"},
        {"files": {"f": "2"}},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_every_part_of_the_recipe_names_the_image(changes: dict[str, object]) -> None:
    assert dataclasses.replace(RECIPE, **changes).image != RECIPE.image  # type: ignore[arg-type]
    assert dataclasses.replace(RECIPE).image == RECIPE.image


def test_the_recipe_holds_every_file_and_no_path_of_this_computer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image, "suite", lambda: "bookworm")
    monkeypatch.setattr(image, "architecture", lambda: "amd64")
    made = image.recipe()
    assert set(made.files) == {str(path.relative_to(ROOTFS)) for path in ROOTFS.rglob("*") if path.is_file()}
    assert str(ROOTFS) not in str(made)


def test_a_unit_of_ours_is_enabled() -> None:
    units = {path.name for path in (ROOTFS / "etc/systemd/system").glob("provdc-*.service")}
    assert units == set(image.ENABLED)


def test_the_hook_is_a_shell_program(tmp_path: Path) -> None:
    script = tmp_path / "hook"
    script.write_text(HOOK.format(rootfs="/r", units="true"))
    subprocess.run(["sh", "-n", str(script)], check=True)


def test_an_image_that_is_there_is_not_built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image, "recipe", lambda: RECIPE)
    monkeypatch.setattr(image, "image_exists", lambda name: name == RECIPE.image)
    said: list[str] = []
    assert image.ensure_image(tmp_path, said.append) == RECIPE
    assert said == []


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Stand in for mmdebstrap, apt and podman; the commands that were given."""
    calls: list[list[str]] = []
    monkeypatch.setattr(image, "recipe", lambda: RECIPE)
    monkeypatch.setattr(image, "prepare", lambda home: image.Apt(home, home / "c", home / "s"))
    monkeypatch.setattr(image, "fetching_options", lambda _: ['Acquire::Retries "3";'])
    monkeypatch.setattr(image, "long_run", lambda argv, **_: calls.append(argv))
    monkeypatch.setattr(image, "podman", lambda *argv, **_: calls.append(["podman", *argv]))
    monkeypatch.setattr(image, "image_exists", lambda name: any(call[-1] == name for call in calls))
    return calls


def test_a_build_that_fails_leaves_nothing_and_the_next_starts_anew(
    tmp_path: Path, store: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(argv: list[str], *, env: dict[str, str], **_: object) -> str:
        store.append(argv)
        Path(env["TMPDIR"], "half").write_text("half")
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(image, "long_run", interrupted)
        for _ in range(2):
            with pytest.raises(KeyboardInterrupt):
                image.ensure_image(tmp_path, lambda _: None)
    assert [argv[0] for argv in store] == ["mmdebstrap", "mmdebstrap"]
    assert not list(tmp_path.glob("image-*"))

    (tmp_path / "image-killed").mkdir()
    (tmp_path / "image-killed" / "base.tar").write_text("half")
    image.ensure_image(tmp_path, lambda _: None)
    assert store[-1][:2] == ["podman", "import"]
    assert store[-1][-1] == RECIPE.image
    assert not list(tmp_path.glob("image-*"))


def test_of_two_at_once_one_builds_and_the_other_waits(
    tmp_path: Path, store: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    building, finish = threading.Event(), threading.Event()

    def slowly(argv: list[str], **_: object) -> str:
        store.append(argv)
        building.set()
        assert finish.wait(10)
        return ""

    monkeypatch.setattr(image, "long_run", slowly)
    said: list[str] = []
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(image.ensure_image, tmp_path, lambda _: None)
        assert building.wait(10)
        second = pool.submit(image.ensure_image, tmp_path, said.append)
        while not said:
            time.sleep(0.01)
        finish.set()
        assert first.result(10) == second.result(10) == RECIPE
    assert said == [f"waiting for another process that builds in {tmp_path}"]
    assert [call[0] for call in store] == ["mmdebstrap", "podman"]


def test_a_path_with_a_space_is_one_word_to_the_shell(
    tmp_path: Path, store: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    hooks: list[str] = []

    def read(argv: list[str], **_: object) -> str:
        hook = next(word for word in argv if word.startswith("--customize-hook="))
        hooks.append(Path(hook.partition("=")[2]).read_text())
        return ""

    monkeypatch.setattr(image, "recipe", lambda: dataclasses.replace(RECIPE, hook="cp {rootfs}/."))
    monkeypatch.setattr(image, "ROOTFS", Path("/a b/rootfs"))
    monkeypatch.setattr(image, "long_run", read)
    image.ensure_image(tmp_path / "c d", lambda _: None)
    assert "cp '/a b/rootfs'/." in hooks[0]
