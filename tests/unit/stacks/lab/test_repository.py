"""The package list of the roles, and the repository's making without an archive."""

import hashlib
import subprocess
from pathlib import Path

import pytest

from stacks.lab import repository
from stacks.lab.apt import Apt
from stacks.lab.image import Recipe
from stacks.lab.repository import packages_of_roles
from stacks.lab.shell import LabError, missing

RECIPE = Recipe("bookworm", "amd64", (), (), {}, (), "", {})


def test_the_projects_list_is_read_and_sorted() -> None:
    roles = packages_of_roles()
    assert list(roles) == sorted(roles)
    assert "chrony" in roles["base"]
    assert all(list(packages) == sorted(packages) for packages in roles.values())


@pytest.mark.parametrize("text", ["- a\n", "base: chrony\n", "base: [Chrony]\n", "base: ['-o', x]\n", "base: [1]\n"])
def test_a_wrong_list_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "packages.yml"
    path.write_text(text)
    with pytest.raises(LabError, match="E-LAB-030"):
        packages_of_roles(path)


def test_the_name_of_a_file_says_package_and_version() -> None:
    named = repository._package_and_version("clamav-daemon_1%3a1.4.6+dfsg-0+deb12u1_amd64.deb")
    assert named == "clamav-daemon=1:1.4.6+dfsg-0+deb12u1"


def deb(folder: Path, name: str) -> Path:
    tree = folder / name / "DEBIAN"
    tree.mkdir(parents=True)
    (tree / "control").write_text(
        f"Package: {name}\nVersion: 1.0\nArchitecture: all\nMaintainer: x <x@example>\nDescription: x\n"
    )
    path = folder / f"{name}_1.0_all.deb"
    subprocess.run(
        ["dpkg-deb", "--build", "--root-owner-group", str(tree.parent), str(path)], check=True, capture_output=True
    )
    return path


needs_tools = pytest.mark.skipif(
    bool(missing(["gpg", "apt-ftparchive", "dpkg-deb", "gpgv"])), reason="gpg, apt-utils and dpkg are needed"
)


@needs_tools
def test_the_repository_is_signed_once_and_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fetched = []

    def fetch(*_: object) -> list[Path]:
        fetched.append(1)
        return [deb(tmp_path / f"debs{len(fetched)}", "hello")]

    monkeypatch.setattr(repository, "prepare", lambda _: None)
    monkeypatch.setattr(repository, "_fetch", fetch)
    monkeypatch.setattr(repository, "packages_of_roles", lambda: {"base": ("hello",)})

    def ensure() -> Path:
        return repository.ensure_repository(
            tmp_path / "repository", tmp_path / "cache", tmp_path / "secrets", RECIPE, lambda _: None
        )

    (tmp_path / "cache").mkdir()
    home = ensure()
    current = home / "current"
    assert "Package: hello" in (current / "dists/bookworm/main/binary-amd64/Packages").read_text()
    subprocess.run(
        ["gpgv", "--keyring", str(current / "provdc.gpg"), str(current / "dists/bookworm/InRelease")],
        check=True,
        capture_output=True,
    )
    assert (tmp_path / "secrets/repository.asc").stat().st_mode & 0o777 == 0o600
    first = current.resolve()
    ensure()
    assert fetched == [1]

    monkeypatch.setattr(repository, "packages_of_roles", lambda: {"base": ("hello", "more")})
    ensure()
    assert fetched == [1, 1]
    assert current.resolve() != first
    assert sorted(path.name for path in home.iterdir()) == sorted(["current", current.resolve().name])


@needs_tools
def test_a_failure_half_way_leaves_the_former_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repository, "prepare", lambda _: None)
    monkeypatch.setattr(repository, "_fetch", lambda *_: [tmp_path / "gone.deb"])
    (tmp_path / "cache").mkdir()
    with pytest.raises(FileNotFoundError):
        repository.ensure_repository(
            tmp_path / "repository", tmp_path / "cache", tmp_path / "secrets", RECIPE, lambda _: None
        )
    assert list((tmp_path / "repository").iterdir()) == []


def test_a_damaged_package_is_fetched_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archives = tmp_path / "archives"
    archives.mkdir()
    good = {"a_1_all.deb": b"good a", "b_1_all.deb": b"good b", "c_1_all.deb": b"good c"}
    (archives / "a_1_all.deb").write_bytes(b"good a")
    (archives / "b_1_all.deb").write_bytes(b"zero b")  # the right size, and nothing else right
    (archives / "old_1_all.deb").write_bytes(b"old")
    fetched: list[str] = []

    def show(_: Apt, *argv: str, **__: object) -> str:
        lines = [f"'x:/{name}' {name} 6 SHA256:{hashlib.sha256(text).hexdigest()}" for name, text in good.items()]
        return "\n".join(lines) if argv[-1] == "a" else ""

    def fetch(argv: list[str], **_: object) -> str:
        fetched.extend(name for name in good if not (archives / name).exists())
        for name in fetched:
            (archives / name).write_bytes(good[name])
        return ""

    monkeypatch.setattr(Apt, "run", show)
    monkeypatch.setattr(repository, "long_run", fetch)
    monkeypatch.setattr(repository, "podman", lambda *_, **__: "status")
    apt = Apt(tmp_path, tmp_path / "apt.conf", tmp_path / "sources.list")
    debs = repository._fetch(apt, RECIPE, {"base": ("a",), "log": ()}, archives, lambda _: None)
    assert [path.name for path in debs] == sorted(good)
    assert fetched == ["b_1_all.deb", "c_1_all.deb"]
    assert {path.name: path.read_bytes() for path in archives.iterdir()} == good


def test_packages_that_exclude_each_other_are_refused_by_role(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> str:
        raise LabError("E-LAB-002", "a conflicts with b")

    monkeypatch.setattr(Apt, "run", refuse)
    monkeypatch.setattr(repository, "podman", lambda *_, **__: "status")
    apt = Apt(tmp_path, tmp_path / "apt.conf", tmp_path / "sources.list")
    with pytest.raises(LabError, match="E-LAB-031  packages of role 'base' cannot be installed: a conflicts with b"):
        repository._fetch(apt, RECIPE, {"base": ("a", "b")}, tmp_path / "archives", lambda _: None)


@needs_tools
def test_what_a_killed_run_left_is_taken_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repository, "prepare", lambda _: None)
    monkeypatch.setattr(repository, "_fetch", lambda *_: [deb(tmp_path / "debs", "hello")])
    home = tmp_path / "repository"
    for left in (home / ".half" / "pool", home / "0123456789abcdef" / "pool"):
        left.mkdir(parents=True)

    def ensure() -> Path:
        return repository.ensure_repository(home, tmp_path / "cache", tmp_path / "secrets", RECIPE, lambda _: None)

    made = (ensure() / "current").readlink()
    assert sorted(path.name for path in home.iterdir()) == sorted(["current", str(made)])
    (home / "current").unlink()  # killed before the link was set
    (home / ".half").mkdir()
    ensure()
    assert (home / "current").readlink() == made
    assert sorted(path.name for path in home.iterdir()) == sorted(["current", str(made)])
