"""Where a printer's name may lead: into the house's own network, but not to what belongs to the machine or its cloud.

Private and loopback addresses are what LAN printers have. Link-local ones and cloud metadata services are refused each
time of connecting, after the name was looked up, and the connection is made to the address that was looked at.
"""

import ipaddress
import re
import socket
from concurrent.futures import ThreadPoolExecutor
from typing import Final
from urllib.parse import urlsplit

from config.core.errors import Invalid

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
METADATA: Final = frozenset(
    ipaddress.ip_address(text)
    for text in (
        *("169.254.169.254", "fd00:ec2::254", "fd20:ce::254"),  # most clouds; AWS and Google by IPv6
        *("100.100.100.200", "168.63.129.16", "192.0.0.192"),  # Alibaba, Azure, Oracle
    )
)
# What carries an IPv4 address inside.
NAT64, SIX_TO_FOUR = ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("2002::/16")
HOST: Final = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)(?:\.(?!-)[A-Za-z0-9_-]{1,63}(?<!-))*\.?")
DEFAULT_PORT: Final = 8883
NAME_SECONDS: Final = 10.0
"""The system's resolver may take longer, and cannot be told."""
MOST_ADDRESSES: Final = 4
"""That are tried of one name."""
_names = ThreadPoolExecutor(16, "names")
REFUSED: Final = "Printers are not reached at this address."


class HostRefused(OSError):
    """The address is none that a printer may have."""


def host_and_port(text: str, *, field: str = "api_url") -> tuple[str, int]:
    """Of an address such as http://192.168.1.100 or printer.local:8883; nothing else of it counts. Raises Invalid."""
    text = text.strip()
    wrong = Invalid("Give the printer's address, such as http://192.168.1.100.", field=field)
    try:
        parts = urlsplit(text if "//" in text else f"//{text}")
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise wrong from None
    if port == 0:
        raise wrong
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        # Numbers in other spellings (0x7f.1, 2130706433) are addresses to the system's resolver.
        if len(host) > 253 or not HOST.fullmatch(host) or re.fullmatch(r"[0-9.]+|.*0[xX][0-9A-Fa-f.xX]*", host):
            raise wrong from None
    else:
        if is_refused(address):
            raise Invalid(REFUSED, field=field)
    return host, port or DEFAULT_PORT


def is_refused(address: Address) -> bool:
    if isinstance(address, ipaddress.IPv6Address):
        address = _inside(address)
    return (
        address in METADATA
        or address.is_link_local
        or address.is_multicast
        or address.is_unspecified
        or (address.is_reserved and not address.is_loopback)
    )


def _inside(address: ipaddress.IPv6Address) -> Address:
    number = int(address)
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in NAT64:
        return ipaddress.IPv4Address(number & 0xFFFFFFFF)
    if address in SIX_TO_FOUR:
        return ipaddress.IPv4Address(number >> 80 & 0xFFFFFFFF)
    return address


def resolved(host: str, port: int) -> list[tuple[socket.AddressFamily, tuple[str, int]]]:
    """What may be connected to, looked up now. Raises HostRefused and OSError."""
    found = []
    for family, _kind, _protocol, _name, place in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        text = str(place[0])
        if is_refused(ipaddress.ip_address(text.partition("%")[0])):
            raise HostRefused(REFUSED)
        found.append((family, (text, port)))
    return found[:MOST_ADDRESSES]


def is_address(host: str) -> bool:
    """Nothing has to be asked for what it stands for."""
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


def _found(host: str, port: int) -> list[tuple[socket.AddressFamily, tuple[str, int]]]:
    if is_address(host):
        return resolved(host, port)
    looking = _names.submit(resolved, host, port)
    try:
        return looking.result(NAME_SECONDS)
    finally:
        looking.cancel()


def connected(host: str, port: int, *, seconds: float) -> socket.socket:
    """A TCP connection to a printer. Raises HostRefused and OSError."""
    trouble: OSError = OSError("The name has no address.")
    for family, place in _found(host, port):
        connection = socket.socket(family, socket.SOCK_STREAM)
        try:
            connection.settimeout(seconds)
            connection.connect(place)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return connection
        except OSError as error:
            connection.close()
            trouble = error
    raise trouble
