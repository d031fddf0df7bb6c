"""The package repository of the province's mirror machine: exactly what the roles need beyond the base image.

Fetched by the computer's own apt as if it were the base image, indexed and signed with a key of this project. The
mirror machine sees the directory `repository/` read-only; `repository/current` is the one to use.
"""

import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from stacks.lab.apt import Apt, alone, prepare
from stacks.lab.files import private_directory, sync_tree, write_atomic
from stacks.lab.image import Recipe
from stacks.lab.podman import limits, podman
from stacks.lab.shell import LabError, Progress, long_run, run, try_run

PACKAGES = Path(__file__).parents[2] / "playbooks" / "packages.yml"
SIGNER = "provdc package mirror"
KEY = "repository.asc"
LAYOUT = 1  # raised when the same packages would be laid out or signed in another way


def packages_of_roles(path: Path = PACKAGES) -> dict[str, tuple[str, ...]]:
    """Read which packages each role installs.

    Raises
    ------
    LabError
        E-LAB-030 when the file is not a mapping of roles to lists of Debian package names.
    """
    loaded: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    name = re.compile(r"[a-z0-9][a-z0-9+.-]+")
    if not isinstance(loaded, dict):
        raise LabError("E-LAB-030", f"{path.name}: a mapping of roles to lists of packages is expected")
    for role, packages in loaded.items():
        if not isinstance(packages, list) or not all(isinstance(p, str) and name.fullmatch(p) for p in packages):
            raise LabError("E-LAB-030", f"{path.name}: '{role}' must be a list of Debian package names")
    return {str(role): tuple(sorted(packages)) for role, packages in sorted(loaded.items())}


def ensure_repository(home: Path, cache: Path, secrets: Path, image: Recipe, progress: Progress) -> Path:
    """Fetch, index and sign the repository unless it is there; return the directory that holds `current`.

    A repository is named after what it is made of and appears whole; `current` then moves to it in one step.

    Parameters
    ----------
    home, cache, secrets : Path
        Directories of the repositories, of things that can be fetched again, and of keys.
    image : Recipe
        Base image that the packages are installed on.
    progress : callable
        Told each step.

    Raises
    ------
    LabError
        E-LAB-011 no package list, E-LAB-030 and 031 a wrong list of packages, E-LAB-002 and 003 when a program fails.
    """
    home.mkdir(parents=True, exist_ok=True)
    roles = packages_of_roles()
    key = secrets / KEY
    if not key.exists() or not (home / _digest(image, roles, key)).is_dir():
        with alone(cache, progress):
            _ensure_key(key)
            digest = _digest(image, roles, key)
            if not (home / digest).is_dir():
                progress(f"package repository {digest}: fetching package lists")
                debs = _fetch(prepare(cache / "apt"), image, roles, cache / "archives", progress)
                progress(f"package repository {digest}: signing {len(debs)} packages")
                _publish(home, digest, debs, image, key)
    digest = _digest(image, roles, key)
    _point(home / "current", digest)
    if former := [path for path in home.iterdir() if path.name not in (digest, "current")]:
        with alone(cache, progress):
            for path in former:
                shutil.rmtree(path, ignore_errors=True)
    return home


def _digest(image: Recipe, roles: Mapping[str, Sequence[str]], key: Path) -> str:
    made_of = [LAYOUT, image.digest, roles, hashlib.sha256(key.read_bytes()).hexdigest()]
    return hashlib.sha256(json.dumps(made_of, sort_keys=True).encode()).hexdigest()[:16]


def _ensure_key(key: Path) -> None:
    private_directory(key.parent)
    if not key.exists():
        with _gnupg() as gpg:
            run([*gpg, "--passphrase", "", "--quick-gen-key", SIGNER, "ed25519", "sign", "never"])
            write_atomic(key, run([*gpg, "--armor", "--export-secret-keys", SIGNER]), mode=0o600)


@contextmanager
def _gnupg(key: Path | None = None) -> Iterator[list[str]]:
    """Yield the start of a gpg command in a home of its own, which is gone afterwards with its agent."""
    with tempfile.TemporaryDirectory(prefix="provdc-gpg-") as home:
        gpg = ["gpg", "--homedir", home, "--batch", "--quiet", "--no-tty", "--pinentry-mode", "loopback"]
        try:
            if key is not None:
                run([*gpg, "--import", str(key)])
            yield gpg
        finally:
            try_run(["gpgconf", "--homedir", home, "--kill", "all"])


def _fetch(
    apt: Apt, image: Recipe, roles: Mapping[str, Sequence[str]], archives: Path, progress: Progress
) -> list[Path]:
    """Fetch what each role lacks on the base image; each role by itself, since two roles may exclude each other."""
    status = apt.home / "status"
    shown = podman("run", "--rm", "--network", "none", *limits(), image.image, "cat", "/var/lib/dpkg/status")
    write_atomic(status, shown)
    wanted: dict[str, str] = {}
    for role, packages in roles.items():
        if not packages:
            continue
        try:
            listed = apt.run(
                *("apt-get", "install", "--print-uris", "-qq", "--yes", "--no-install-recommends"),
                *("-o", f"Dir::State::Status={status}", "-o", "Dir::Cache::Archives=/nonexistent"),
                *("-o", "Acquire::ForceHash=SHA256", *packages),
            )
        except LabError as error:
            raise LabError("E-LAB-031", f"packages of role '{role}' cannot be installed: {error.message}") from None
        for line in listed.splitlines():
            _, name, _, digest = line.split()
            wanted[name] = digest.removeprefix("SHA256:")
    archives.mkdir(parents=True, exist_ok=True)
    for path in archives.iterdir():  # apt itself looks at the size only of what is there
        if wanted.get(path.name) != hashlib.sha256(path.read_bytes()).hexdigest():
            path.unlink()
    progress(f"package repository: fetching {len(wanted)} packages")
    asked = sorted(_package_and_version(name) for name in wanted)
    chdir = ["env", f"--chdir={archives}", "apt-get", "download", "-qq", *asked]
    long_run(chdir, timeout=900, env=apt.environment())
    return [archives / name for name in sorted(wanted)]


def _package_and_version(name: str) -> str:
    """Turn `python3_3.11%3a2_amd64.deb` into `python3=3.11:2`."""
    package, version, _ = name.split("_")
    return f"{package}={version.replace('%3a', ':')}"


def _publish(home: Path, digest: str, debs: Sequence[Path], image: Recipe, key: Path) -> None:
    work = Path(tempfile.mkdtemp(prefix=".", dir=home))
    try:
        work.chmod(0o755)
        pool = work / "pool"
        lists = work / "dists" / image.suite / "main" / f"binary-{image.architecture}"
        for directory in (pool, lists):
            directory.mkdir(parents=True)
        for deb in debs:
            os.link(deb, pool / deb.name)
            (pool / deb.name).chmod(0o644)
        index = run(["env", f"--chdir={work}", "apt-ftparchive", "packages", "pool"])
        (lists / "Packages").write_text(index, encoding="utf-8")
        facts = {
            "Origin": "provdc",
            "Label": "provdc",
            "Suite": image.suite,
            "Codename": image.suite,
            "Architectures": image.architecture,
            "Components": "main",
        }
        options = [part for key, value in facts.items() for part in ("-o", f"APT::FTPArchive::Release::{key}={value}")]
        dists = lists.parents[1]
        (dists / "Release").write_text(run(["apt-ftparchive", *options, "release", str(dists)]), encoding="utf-8")
        with _gnupg(key) as gpg:
            run([*gpg, "--clearsign", "--output", str(dists / "InRelease"), str(dists / "Release")])
            run([*gpg, "--output", str(work / "provdc.gpg"), "--export", SIGNER])
        for path in work.rglob("*"):
            path.chmod(0o755 if path.is_dir() else 0o644)
        sync_tree(work)
        work.rename(home / digest)
    except BaseException:
        shutil.rmtree(work, ignore_errors=True)
        raise


def _point(link: Path, target: str) -> None:
    if link.is_symlink() and str(link.readlink()) == target:
        return
    fresh = link.with_name(f".current-{os.getpid()}")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(target)
    fresh.rename(link)
