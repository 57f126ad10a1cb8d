"""Certificates as printers have them: issued by a CA of the maker's, made out to the serial number, with no other name.

An A1 mini's is of X.509 version 1.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

DAYS = 3650
_VERSION_3 = bytes.fromhex("a003020102")
"""How the signed part of a certificate of version 3 begins; one of version 1 says nothing."""


@dataclass(frozen=True)
class Authority:
    """The CA of one farm; stands for Bambu's."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    def issue(self, name: str, *, version: int = 3, is_server_name: bool = False) -> bytes:
        """Key and certificate for `name`, as PEM. `is_server_name`: the name is also said as browsers want it."""
        key = ec.generate_private_key(ec.SECP256R1())
        builder = _builder(name, self.certificate.subject, key)
        if is_server_name:
            builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        signed = builder.sign(self.key, hashes.SHA256())
        encoded = signed.public_bytes(serialization.Encoding.DER) if version == 3 else _version_1(signed, self.key)
        certificate = x509.load_der_x509_certificate(encoded)
        return _pem_of(key) + certificate.public_bytes(serialization.Encoding.PEM)


def authority_in(folder: Path) -> Authority:
    """The one kept in `folder` (`ca.pem`, `ca.key`), made on first use."""
    file, key_file = folder / "ca.pem", folder / "ca.key"
    if file.exists() and key_file.exists():
        key = serialization.load_pem_private_key(key_file.read_bytes(), None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)  # noqa: S101 (we wrote it)
        return Authority(x509.load_pem_x509_certificate(file.read_bytes()), key)
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Simulated BBL CA")])
    certificate = (
        _builder("Simulated BBL CA", name, key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    write_secret(key_file, _pem_of(key))
    return Authority(certificate, key)


def write_secret(file: Path, content: bytes) -> None:
    """Readable by its owner alone."""
    file.touch(mode=0o600)
    file.write_bytes(content)


def _builder(name: str, issuer: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=DAYS))
    )


def _pem_of(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _version_1(certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> bytes:
    """The same certificate, signed as one of version 1, which no library makes any more."""
    signed = certificate.tbs_certificate_bytes
    content = signed[signed.index(_VERSION_3) + len(_VERSION_3) :]
    part = _sequence(content)
    algorithm = _sequence(bytes.fromhex("06082a8648ce3d040302"))  # ecdsa-with-SHA256
    signature = b"\x00" + key.sign(part, ec.ECDSA(hashes.SHA256()))
    return _sequence(part + algorithm + b"\x03" + _length(len(signature)) + signature)


def _sequence(content: bytes) -> bytes:
    return b"\x30" + _length(len(content)) + content


def _length(length: int) -> bytes:
    if length < 0x80:
        return bytes([length])
    digits = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([0x80 | len(digits)]) + digits
