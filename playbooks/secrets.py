"""Certificates and shared secrets of a province: made once, kept under one private folder, never in plan or inventory.

The authority's key stays on this computer; a machine gets its own certificate and key only. Imports nothing of ours.
"""

import datetime as dt
import ipaddress
import os
import secrets
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

AUTHORITY_DAYS = 3650
HOST_DAYS = 825
RENEW_DAYS = 60
"""A certificate that ends sooner is made again."""

SHARED = ("turn",)
"""Secrets that more than one program must know, by file name."""


def ensure_certificates(folder: Path, names: Mapping[str, tuple[str, Iterable[str]]], organisation: str) -> Path:
    """Make what is missing or ends soon: the authority, and one certificate per machine.

    Parameters
    ----------
    folder : Path
        Private folder; gets `ca.crt`, `ca.key`, `<machine>.crt`, `<machine>.key`, keys readable by the owner alone.
    names : mapping
        Machine id → (full name, addresses) that its certificate must hold.
    organisation : str
        Name that the authority carries.

    Returns
    -------
    Path
        The folder.

    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)
    now = dt.datetime.now(dt.UTC)
    authority, key = _authority(folder, organisation, now)
    for machine, (fqdn, addresses) in sorted(names.items()):
        wanted = _names(fqdn, machine, addresses)
        if not _good(folder / f"{machine}.crt", folder / f"{machine}.key", wanted, authority, now):
            own = ec.generate_private_key(ec.SECP256R1())
            certificate = _sign(fqdn, own.public_key(), wanted, authority, key, now)
            _write(folder / f"{machine}.key", _private_pem(own), 0o600)
            _write(folder / f"{machine}.crt", certificate.public_bytes(serialization.Encoding.PEM), 0o644)
    return folder


def ensure_shared(folder: Path) -> Path:
    """Make the shared secrets that are missing and return their folder."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)
    for name in SHARED:
        if not (folder / name).exists():
            _write(folder / name, secrets.token_hex(24).encode(), 0o600)
    return folder


def _authority(
    folder: Path, organisation: str, now: dt.datetime
) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    certificate_file, key_file = folder / "ca.crt", folder / "ca.key"
    if certificate_file.exists() and key_file.exists():
        certificate = x509.load_pem_x509_certificate(certificate_file.read_bytes())
        key = serialization.load_pem_private_key(key_file.read_bytes(), None)
        own = isinstance(key, ec.EllipticCurvePrivateKey) and key.public_key() == certificate.public_key()
        if own and _lasts(certificate, now):
            assert isinstance(key, ec.EllipticCurvePrivateKey)  # asked above
            return certificate, key
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"provdc {organisation}")])
    certificate = (
        _builder(name, name, key.public_key(), now, AUTHORITY_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .sign(key, hashes.SHA256())
    )
    _write(key_file, _private_pem(key), 0o600)
    _write(certificate_file, certificate.public_bytes(serialization.Encoding.PEM), 0o644)
    return certificate, key


def _sign(
    fqdn: str,
    public: ec.EllipticCurvePublicKey,
    names: list[x509.GeneralName],
    authority: x509.Certificate,
    key: ec.EllipticCurvePrivateKey,
    now: dt.datetime,
) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, fqdn)])
    usages = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
    return (
        _builder(subject, authority.subject, public, now, HOST_DAYS)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage(usages), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )


def _builder(
    subject: x509.Name, issuer: x509.Name, public: ec.EllipticCurvePublicKey, now: dt.datetime, days: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _names(fqdn: str, machine: str, addresses: Iterable[str]) -> list[x509.GeneralName]:
    found = [ipaddress.ip_address(address) for address in sorted(set(addresses))]
    return [x509.DNSName(fqdn), x509.DNSName(machine), *(x509.IPAddress(address) for address in found)]


def _good(
    certificate_file: Path, key_file: Path, names: list[x509.GeneralName], authority: x509.Certificate, now: dt.datetime
) -> bool:
    if not (certificate_file.exists() and key_file.exists()):
        return False
    certificate = x509.load_pem_x509_certificate(certificate_file.read_bytes())
    held = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    try:
        certificate.verify_directly_issued_by(authority)
    except Exception:  # whatever is wrong with it, it is made again
        return False
    return list(held) == names and _lasts(certificate, now)


def _lasts(certificate: x509.Certificate, now: dt.datetime) -> bool:
    return certificate.not_valid_after_utc - now > dt.timedelta(days=RENEW_DAYS)


def _private_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _write(path: Path, content: bytes, mode: int) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(handle, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    Path(name).chmod(mode)
    Path(name).replace(path)
