"""TLS with printers: signed by Bambu's CA where its file is given, else the certificate that was seen first."""

import hashlib
import socket
import ssl
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.x509.oid import NameOID

HANDSHAKE_SECONDS: Final = 10.0


class CertificateRefused(OSError):
    """It is not signed by Bambu, or is of another printer. The words are for the printer's owner."""


class CertificateChanged(OSError):
    """Another certificate than the one that is kept; `offered` is its SHA-256."""

    def __init__(self, offered: str) -> None:
        super().__init__("The printer shows another certificate than before.")
        self.offered = offered


@dataclass(frozen=True)
class Shown:
    """The certificate that a printer showed: its SHA-256 and the serial number that it is made out to."""

    digest: str
    serial: str


@cache
def _context(ca_file: str, _changed_at: float, newest: int) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.maximum_version = ssl.TLSVersion(newest)
    # The name is compared below: a printer's certificate has no names but its CN, and one may be of X.509 version 1.
    context.check_hostname = False
    if ca_file:
        context.load_verify_locations(ca_file)
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    else:
        context.verify_mode = ssl.CERT_NONE
    return context


def context_for(ca_file: str, *, newest: ssl.TLSVersion = ssl.TLSVersion.MAXIMUM_SUPPORTED) -> ssl.SSLContext:
    """One for all printers; read anew when the file changes."""
    return _context(ca_file, Path(ca_file).stat().st_mtime if ca_file else 0.0, int(newest))


@cache
def cloud_context(ca_file: str) -> ssl.SSLContext:
    """For Bambu's cloud, whose certificate is a public CA's; `ca_file` may vouch for it as well."""
    context = ssl.create_default_context()
    if ca_file:
        context.load_verify_locations(ca_file)
    return context


def secured(
    connection: socket.socket, *, serial: str, certificate: str, ca_file: str, seconds: float = HANDSHAKE_SECONDS
) -> ssl.SSLSocket:
    """A connection for files under TLS: at most 1.2, where a session can be used again for the data (a P2S needs it).
    Raises CertificateRefused, CertificateChanged and OSError; the connection is closed then."""
    try:
        connection.settimeout(seconds)
        context = context_for(ca_file, newest=ssl.TLSVersion.TLSv1_2)
        wrapped = context.wrap_socket(connection, server_hostname=serial or None)
        judged(wrapped, serial=serial, certificate=certificate, ca_file=ca_file)
        return wrapped
    except ssl.SSLCertVerificationError as error:
        connection.close()
        raise refused_by(error) from None
    except BaseException:
        connection.close()
        raise


def refused_by(error: ssl.SSLCertVerificationError) -> CertificateRefused:
    return CertificateRefused(f"Its certificate is not signed by Bambu ({error.verify_message}).")


def judged(connection: ssl.SSLSocket, *, serial: str, certificate: str, ca_file: str) -> Shown:
    """What was shown in the handshake. When a CA vouches for it, it must be made out to `serial`, where that is known;
    else it must be `certificate` (SHA-256), where one is kept. Raises CertificateRefused and CertificateChanged."""
    shown = shown_by(connection)
    if ca_file and serial and shown.serial != serial:
        raise CertificateRefused(f"Its certificate is made out to {shown.serial or 'nobody'}, not to {serial}.")
    if not ca_file and certificate and shown.digest != certificate:
        raise CertificateChanged(shown.digest)
    return shown


def shown_by(connection: ssl.SSLSocket) -> Shown:
    encoded = connection.getpeercert(binary_form=True) or b""
    return Shown(hashlib.sha256(encoded).hexdigest(), _serial_in(encoded))


def _serial_in(encoded: bytes) -> str:
    try:
        names = x509.load_der_x509_certificate(encoded).subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        return str(names[0].value)[:40] if names else ""
    except (ValueError, x509.InvalidVersion):
        return ""
