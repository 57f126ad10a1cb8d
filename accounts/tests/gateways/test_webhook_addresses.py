"""Where messages to other programs may go."""

import socket

import pytest

from accounts.gateways.webhook_addresses import AddressRefused, address_check, resolved, target_of
from config.core.errors import Invalid

INSIDE = "The address leads into a private network."
NONE = "This is no address."
HTTPS = "An address begins with https://."


def refusal_of(url: str) -> str:
    with pytest.raises(AddressRefused) as refusal:
        target_of(url)
    return str(refusal.value)


@pytest.mark.parametrize(
    ("url", "host", "port", "path"),
    [
        ("https://example.com/webhook", "example.com", 443, "/webhook"),
        ("https://EXAMPLE.com", "example.com", 443, "/"),
        ("https://example.com.:8443/a?b=c#d", "example.com", 8443, "/a?b=c"),
        ("https://bücher.example/", "xn--bcher-kva.example", 443, "/"),
        ("https://93.184.216.34/x", "93.184.216.34", 443, "/x"),
        ("https://[2606:2800:220:1:248:1893:25c8:1946]/x", "2606:2800:220:1:248:1893:25c8:1946", 443, "/x"),
    ],
)
def test_public_addresses(url, host, port, path):
    target = target_of(url)
    assert (target.host, target.port, target.path) == (host, port, path)


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LOCALHOST.",
        "printer.local",
        "db.internal",
        "metadata.google.internal",
        "box.home.arpa",
        "redis",  # a name without a dot is looked up inside
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0x7f.0.0.1",
        "0177.0.0.1",
        "017700000001",
        "127.0.0.1.",
        "１２７.０.０.１",  # wide digits
        "127。0。0。1",
        "ⓛocalhost",
        "0.0.0.0",
        "0",
        "10.1.2.3",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.100",
        "169.254.169.254",
        "2852039166",  # the same
        "100.64.0.1",
        "100.100.100.200",
        "192.0.0.192",
        "192.88.99.1",
        "198.18.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::ffff:169.254.169.254]",
        "[::127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "[2001:0:7f00:1::]",
        "[fe80::1]",
        "[fd00:ec2::254]",
        "[fc00::1]",
        "[fec0::1]",
        "[ff02::1]",
        "[2001:db8::1]",
    ],
)
def test_addresses_that_lead_inside(host):
    assert refusal_of(f"https://{host}/hook") == INSIDE


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://example.com/hook", HTTPS),
        ("ftp://example.com/hook", HTTPS),
        ("file:///etc/passwd", HTTPS),
        ("gopher://example.com/", HTTPS),
        ("javascript:alert(1)", HTTPS),
        ("//example.com/hook", HTTPS),
        ("example.com/hook", HTTPS),
        ("https:///hook", HTTPS),
        ("", HTTPS),
        ("https://user:word@example.com/", "An address holds no user name or password."),
        ("https://example.com@127.0.0.1/", "An address holds no user name or password."),
        ("https://@example.com/", "An address holds no user name or password."),
        ("https://example.com\\@127.0.0.1/", NONE),
        ("https://example.com\r\nX: y/", NONE),
        ("https://example.com/a b", NONE),
        ("https://example.com\0/", NONE),
        ("https://example.com:0/", NONE),
        ("https://example.com:99999/", NONE),
        ("https://example.com:port/", NONE),
        ("https://[::1/", NONE),
        ("https://[fe80::1%25eth0]/", INSIDE),
        ("https://exa_mple..com/", NONE),
        ("https://-a.com/", NONE),
        (f"https://{'a' * 64}.com/", NONE),
        ("https://example.com/%s" % ("x" * 500), "An address has at most 500 characters."),
        ("https://example.com/é", "Write what is not ASCII in the path as %…"),
    ],
)
def test_addresses_that_are_none(url, words):
    assert refusal_of(url) == words


def test_a_refusal_names_the_field():
    with pytest.raises(Invalid) as refusal:
        address_check("https://localhost/", field="webhook_url")
    assert (refusal.value.field, refusal.value.message) == ("webhook_url", INSIDE)


def test_what_is_allowed(settings):
    settings.DEBUG = True
    assert target_of("http://example.com/").port == 80
    assert refusal_of("http://127.0.0.1/") == INSIDE
    settings.DEBUG, settings.WEBHOOK_ALLOW_PRIVATE = False, True
    assert target_of("http://127.0.0.1:9/").host_header == "127.0.0.1:9"
    assert target_of("http://[::1]:9/").host_header == "[::1]:9"
    assert refusal_of("ftp://127.0.0.1/") == HTTPS
    assert refusal_of("http://a@127.0.0.1/") == "An address holds no user name or password."


@pytest.mark.parametrize(
    "found",
    [["127.0.0.1"], ["93.184.216.34", "10.0.0.1"], ["::1"], ["::ffff:10.0.0.1"], ["fe80::1%eth0"], ["169.254.169.254"]],
)
def test_a_name_that_leads_inside_is_refused_when_it_is_sent_to(monkeypatch, found):
    answers = [(0, 0, 0, "", (address, 443)) for address in found]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_options: answers)
    with pytest.raises(AddressRefused, match="private network"):
        resolved(target_of("https://hooks.example.com/"))


def test_where_a_name_leads(monkeypatch):
    answers = [(0, 0, 0, "", (address, 443)) for address in ("2606:2800::1", "93.184.216.34", "93.184.216.34")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_options: answers)
    assert resolved(target_of("https://hooks.example.com/")) == ["2606:2800::1", "93.184.216.34"]
