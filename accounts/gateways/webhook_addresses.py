"""Which addresses messages to other programs may go to: those of the public internet.

An address that shows by itself that it leads inside is refused when it is set; where it really leads is looked at
again each time a message is sent, after its name was resolved. WEBHOOK_ALLOW_PRIVATE lets everything through that is
an http or https address.
"""

import ipaddress
import re
import socket
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings

from config.core.errors import Invalid

LONGEST: Final = 500
INSIDE_NAMES: Final = ("localhost", "local", "internal", "intranet", "lan", "home.arpa", "onion", "test", "invalid")
"""Ends of names that no public address has."""
REFUSED: Final = [
    ipaddress.ip_network(network)
    for network in (
        "100.64.0.0/10",  # between a provider and its customers; a cloud's metadata too
        "192.0.0.0/24",
        "192.88.99.0/24",
        "2001::/23",  # among them Teredo, which holds an IPv4 address
        "2001:db8::/32",
        "2002::/16",  # 6to4, which holds an IPv4 address
        "3fff::/20",
    )
]
PUBLIC_V6: Final = ipaddress.ip_network("2000::/3")
NAME: Final = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)(\.(?!-)[a-z0-9_-]{1,63}(?<!-))*", re.ASCII)

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class AddressRefused(Exception):
    """In words for whoever gave the address."""


@dataclass(frozen=True, slots=True)
class Target:
    """An address in its parts. `host` is lower-case ASCII, an IPv6 address without brackets."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def is_https(self) -> bool:
        return self.scheme == "https"

    @property
    def host_header(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.is_https else 80) else f"{host}:{self.port}"


def address_check(url: str, *, field: str) -> None:
    """Raises Invalid for what `target_of` refuses."""
    try:
        target_of(url)
    except AddressRefused as refusal:
        raise Invalid(str(refusal), field=field) from None


def target_of(url: str) -> Target:
    """Read an address and refuse what it shows by itself. Nothing is resolved. Raises AddressRefused."""
    if len(url) > LONGEST:
        raise AddressRefused(f"An address has at most {LONGEST} characters.")
    # What parsers of addresses read differently is in none of ours.
    if not url.isprintable() or any(sign in url for sign in ' "<>\\^`{|}'):
        raise AddressRefused("This is no address.")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise AddressRefused("This is no address.") from None
    if parts.scheme not in ("http", "https") or not host:
        raise AddressRefused("An address begins with https://.")
    if "@" in parts.netloc:
        raise AddressRefused("An address holds no user name or password.")
    if port == 0:
        raise AddressRefused("This is no address.")
    allowed = settings.WEBHOOK_ALLOW_PRIVATE
    if parts.scheme == "http" and not (settings.DEBUG or allowed):
        raise AddressRefused("An address begins with https://.")
    host = _plain(host)
    if not allowed:
        _refuse_inside(host)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not path.isascii():
        raise AddressRefused("Write what is not ASCII in the path as %…")
    return Target(parts.scheme, host, port or (443 if parts.scheme == "https" else 80), path)


def resolved(target: Target) -> list[str]:
    """Where the name leads now: IP addresses to connect to. Raises AddressRefused when it leads inside, also with one
    of several addresses, and OSError when it leads nowhere."""
    found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    if not settings.WEBHOOK_ALLOW_PRIVATE:
        for address in addresses:
            if not is_public(ipaddress.ip_address(address.partition("%")[0])):
                raise AddressRefused("The address leads into a private network.")
    return addresses


def is_public(address: Address) -> bool:
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped)
        if address not in PUBLIC_V6:
            return False
    if any(address.version == network.version and address in network for network in REFUSED):
        return False
    return address.is_global and not address.is_multicast


def _plain(host: str) -> str:
    """As it is asked for in DNS: letters of other scripts, and wide digits and dots, become what they stand for."""
    if ":" in host:
        return host
    try:
        return host.encode("idna").decode().lower().rstrip(".")
    except UnicodeError:
        raise AddressRefused("This is no address.") from None


def _refuse_inside(host: str) -> None:
    address = _address_in(host)
    if address is not None:
        if not is_public(address):
            raise AddressRefused("The address leads into a private network.")
        return
    if not NAME.fullmatch(host):
        raise AddressRefused("This is no address.")
    if "." not in host or any(host == name or host.endswith(f".{name}") for name in INSIDE_NAMES):
        raise AddressRefused("The address leads into a private network.")


def _address_in(host: str) -> Address | None:
    """The IP address that a host is. Also of the spellings that only old C functions read (`127.1`, `0x7f000001`,
    `0177.0.0.1`, `2130706433`), since a resolver is one of them."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        pass
    if ":" in host:  # also fe80::1%eth0, which ip_address reads: what it does not read is none
        raise AddressRefused("This is no address.")
    try:
        return ipaddress.IPv4Address(socket.inet_aton(host))
    except OSError:
        return None
