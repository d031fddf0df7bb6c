"""Secrets of the state: Pulumi's passphrase manager, so that either engine reads what the other wrote.

Key = PBKDF2-HMAC-SHA256(passphrase, 8-byte salt, 1,000,000 rounds), 32 bytes; value = AES-256-GCM, written
``v1:<nonce>:<ciphertext and tag>`` in base 64; the salt is kept in the state together with the encrypted word
``pulumi``, by which a wrong passphrase is known. Imports only errors.py.
"""

from __future__ import annotations

import base64
import os
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

from stacks.engine.errors import Code, StateError

ROUNDS = 1_000_000
_CHECK_WORD = "pulumi"


def passphrase_from_environment() -> str | None:
    """Return the passphrase that ``PULUMI_CONFIG_PASSPHRASE`` or ``PULUMI_CONFIG_PASSPHRASE_FILE`` gives, if any."""
    if (direct := os.environ.get("PULUMI_CONFIG_PASSPHRASE")) is not None:
        return direct
    if path := os.environ.get("PULUMI_CONFIG_PASSPHRASE_FILE"):
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise StateError(
                Code.PASSPHRASE,
                f"the passphrase file {path} cannot be read: {error.strerror}",
                "correct PULUMI_CONFIG_PASSPHRASE_FILE",
            ) from error
    return None


class Crypter:
    """Encrypts and decrypts the secrets of one stack. The key is derived only when first needed (about 0.4 s).

    Parameters
    ----------
    passphrase
        None when the user gave none: then any secret is refused with a clear error.
    salt
        ``secrets_providers.state.salt`` of the state, None for a stack that holds no secret yet.
    """

    def __init__(self, passphrase: str | None, salt: str | None) -> None:
        self._passphrase = passphrase
        self._salt = salt
        self._aead: AESGCM | None = None

    @property
    def salt(self) -> str | None:
        """What the state keeps as ``secrets_providers.state.salt``; None as long as no secret was ever written."""
        return self._salt

    def encrypt(self, text: str) -> str:
        """Encrypt a text under a fresh nonce."""
        return _seal(self._unlocked(), text)

    def decrypt(self, sealed: str) -> str:
        """Decrypt what ``encrypt``, or the genuine engine with the same passphrase, wrote."""
        return _open(self._unlocked(), sealed)

    def _unlocked(self) -> AESGCM:
        if self._aead is not None:
            return self._aead
        if self._passphrase is None:
            raise StateError(
                Code.PASSPHRASE,
                "the stack holds secrets and no passphrase was given",
                "set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE",
            )
        if self._salt is None:
            raw = os.urandom(8)
            aead = AESGCM(_key(self._passphrase, raw))
            self._salt = f"v1:{base64.b64encode(raw).decode()}:{_seal(aead, _CHECK_WORD)}"
        else:
            aead = _checked(self._passphrase, self._salt)
        self._aead = aead
        return aead


def _checked(passphrase: str, salt: str) -> AESGCM:
    """Derive the key and prove it on the check word."""
    wrong = StateError(Code.PASSPHRASE, "the passphrase is not the one of this stack", "give the stack's passphrase")
    try:
        version, raw, word = salt.split(":", 2)
        aead = AESGCM(_key(passphrase, base64.b64decode(raw)))
        if version != "v1" or _open(aead, word) != _CHECK_WORD:
            raise wrong
    except ValueError as error:
        raise wrong from error
    return aead


@lru_cache(maxsize=16)
def _key(passphrase: str, salt: bytes) -> bytes:
    return PBKDF2HMAC(SHA256(), 32, salt, ROUNDS).derive(passphrase.encode())


def _seal(aead: AESGCM, text: str) -> str:
    nonce = os.urandom(12)
    sealed = aead.encrypt(nonce, text.encode(), None)
    return f"v1:{base64.b64encode(nonce).decode()}:{base64.b64encode(sealed).decode()}"


def _open(aead: AESGCM, sealed: str) -> str:
    try:
        nonce, ciphertext = sealed.removeprefix("v1:").split(":")
        return aead.decrypt(base64.b64decode(nonce), base64.b64decode(ciphertext), None).decode()
    except (InvalidTag, ValueError) as error:
        raise StateError(
            Code.PASSPHRASE,
            "a secret of the state does not open with this passphrase",
            "give the stack's passphrase, or restore an earlier generation of the state",
        ) from error
