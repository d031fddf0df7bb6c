"""Files that are whole or not there, keys that only we can read, an ssh configuration that pins."""

import stat
from pathlib import Path

import pytest

from stacks.lab import files
from stacks.lab.files import private_directory, write_atomic
from stacks.lab.transport import ensure_key, public_key, write_ssh_config


def test_a_file_is_written_once_and_says_when_it_changed(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "file"
    assert write_atomic(path, "một\n") is True
    before = path.stat().st_ino
    assert write_atomic(path, "một\n") is False
    assert path.stat().st_ino == before
    assert write_atomic(path, "hai\n", mode=0o600) is True
    assert path.read_text() == "hai\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    write_atomic(path, "old")

    def broken(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", broken)
    with pytest.raises(OSError, match="No space"):
        write_atomic(path, "new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_the_key_is_made_once_and_private(tmp_path: Path) -> None:
    secrets = tmp_path / "secrets"
    assert public_key(secrets) == ""
    private, public = ensure_key(secrets)
    assert ensure_key(secrets) == (private, public)
    assert public.startswith("ssh-ed25519 ")
    assert stat.S_IMODE(private.stat().st_mode) == 0o600
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o700
    assert list(secrets.iterdir()) == [private]


def test_the_ssh_configuration_reaches_by_exec_and_pins_host_keys(tmp_path: Path) -> None:
    config = write_ssh_config(
        tmp_path,
        Path("/k"),
        {"fw-a": "provdc-x-0000-fw-a", "mail": "provdc-x-0000-mail"},
        {"fw-a": "ssh-ed25519 AAA", "mail": "ssh-ed25519 BBB"},
    )
    text = config.read_text()
    assert "ProxyCommand podman --runtime runc exec -i provdc-x-0000-fw-a /usr/sbin/sshd -i" in text
    assert "StrictHostKeyChecking yes" in text
    assert "ControlPersist 60s" in text
    assert (tmp_path / "known_hosts").read_text() == "fw-a ssh-ed25519 AAA\nmail ssh-ed25519 BBB\n"
    assert stat.S_IMODE(config.stat().st_mode) == 0o600


def test_connections_are_not_shared_where_a_socket_would_have_too_long_a_path(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 90)
    config = write_ssh_config(private_directory(deep), Path("/k"), {"fw-a": "c"}, {"fw-a": "ssh-ed25519 AAA"})
    assert "ControlPath" not in config.read_text()
