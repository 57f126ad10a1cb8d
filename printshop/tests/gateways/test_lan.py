"""Where printers may be."""

import socket

import pytest

from config.core.errors import Invalid
from printshop.gateways import lan


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("http://192.168.1.100", ("192.168.1.100", 8883)),
        ("https://10.0.0.7:18883/x?y#z", ("10.0.0.7", 18883)),
        ("printer.local", ("printer.local", 8883)),
        (" Printer_1:9000 ", ("printer_1", 9000)),
        ("http://user:word@127.0.0.1", ("127.0.0.1", 8883)),
        ("http://[fd12::7]:8884", ("fd12::7", 8884)),
        ("http://localhost", ("localhost", 8883)),
    ],
)
def test_host_and_port_of_an_address(text, found):
    assert lan.host_and_port(text) == found


@pytest.mark.parametrize(
    "text",
    [
        *("", "http://", "http://:8883", "http://a b", "http://a:0", "http://a:70000", "http://a:x", "http://-a"),
        *("http://127.1", "http://0x7f000001", "http://2852039166", "http://a..b", "http://é.example", "http://[::"),
        *("http://169.254.1.1", "http://169.254.169.254", "http://100.100.100.200", "http://[fe80::1]"),
        *("http://[fd00:ec2::254]", "http://224.0.0.1", "http://0.0.0.0", "http://[::]", "http://255.255.255.255"),
        *(
            "http://[fd20:ce::254]",
            "http://192.0.0.192",
            "http://[::ffff:192.0.0.192]",
            "http://[64:ff9b:1::a9fe:a9fe]",
        ),
        *("http://[::ffff:a9fe:a9fe]", "http://[64:ff9b::a9fe:a9fe]", "http://[2002:a9fe:a9fe::1]", "a" * 300),
    ],
)
def test_what_can_be_no_printer(text):
    with pytest.raises(Invalid) as refusal:
        lan.host_and_port(text)
    assert refusal.value.field == "api_url"


def test_a_name_that_leads_elsewhere_is_refused_each_time(monkeypatch):
    places = iter(["192.168.1.100", "169.254.169.254"])

    def looked_up(host, port, **_options):
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(places), port))]

    monkeypatch.setattr(socket, "getaddrinfo", looked_up)
    assert lan.resolved("printer.example", 8883) == [(socket.AF_INET, ("192.168.1.100", 8883))]
    with pytest.raises(lan.HostRefused):
        lan.resolved("printer.example", 8883)
