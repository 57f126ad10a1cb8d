"""One message over real HTTP: where it goes, what it carries, when it is given back as not taken."""

import socket
import ssl
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from accounts.gateways import webhook_addresses, webhooks
from accounts.gateways.webhooks import NotTaken, webhook_post
from tests.receiver import dripping, receiving

NAME = "hooks.example.com"


def post(url: str) -> int:
    return webhook_post(url, body=b'{"a":1}', headers={"Content-Type": "application/json", "webhook-id": "msg_1"})


def failure_of(url: str) -> NotTaken:
    with pytest.raises(NotTaken) as failure:
        post(url)
    return failure.value


@pytest.fixture
def private(settings):
    settings.WEBHOOK_ALLOW_PRIVATE = True


@pytest.fixture
def names(settings, monkeypatch):
    """DNS: the addresses that each name has now. Of this machine's, 127.0.0.2 counts as public and nothing else."""
    settings.DEBUG = True
    found: dict[str, list[str]] = {}
    asked: list[str] = []
    really = socket.getaddrinfo

    def getaddrinfo(host: str, port: int, *args: object, **options: object) -> list[Any]:
        if host not in found:
            return really(host, port, *args, **options)
        asked.append(host)
        return [(0, 0, 0, "", (address, port)) for address in found[host]]

    monkeypatch.setattr(webhook_addresses.socket, "getaddrinfo", getaddrinfo)
    monkeypatch.setattr(webhook_addresses, "is_public", lambda address: str(address) == "127.0.0.2")
    found["asked"] = asked
    return found


def test_what_arrives(private):
    with receiving() as receiver:
        assert post(receiver.url) == 204
    path, headers, body = receiver.took[0]
    assert (path, body) == ("/hook?a=1", b'{"a":1}')
    assert headers["host"] == f"127.0.0.1:{receiver.port}"
    assert headers["content-type"] == "application/json"
    assert headers["webhook-id"] == "msg_1"
    assert "cookie" not in headers
    assert "authorization" not in headers


def test_a_name_is_connected_to_where_it_was_found_to_lead(names):
    with receiving("127.0.0.2") as public, receiving("127.0.0.3", port=public.port) as inside:
        names[NAME] = ["127.0.0.2"]
        assert post(f"http://{NAME}:{public.port}/hook") == 204
        assert public.took[0][1]["host"] == f"{NAME}:{public.port}"

        names[NAME] = ["127.0.0.3"]  # the name leads inside by now
        assert str(failure_of(f"http://{NAME}:{public.port}/hook")) == (
            "refused: The address leads into a private network."
        )
        names[NAME] = ["127.0.0.2", "127.0.0.3"]
        failure_of(f"http://{NAME}:{public.port}/hook")
    assert (len(public.took), len(inside.took)) == (1, 0)
    assert names["asked"].count(NAME) == 3  # once for each message: nobody asks again between look and connection


def test_the_next_address_is_tried_when_one_does_not_answer(names, monkeypatch):
    monkeypatch.setattr(webhook_addresses, "is_public", lambda address: True)
    with receiving("127.0.0.2") as receiver:
        names[NAME] = ["127.0.0.9", "127.0.0.2"]
        assert post(f"http://{NAME}:{receiver.port}/hook") == 204


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_gets_the_message_too(private, status):
    with receiving() as first, receiving() as second:
        first.statuses, first.headers = [status], {"Location": second.url}
        assert post(first.url) == 204
    assert first.took[0][2] == second.took[0][2] == b'{"a":1}'
    assert second.took[0][1]["host"] == f"127.0.0.1:{second.port}"


@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.1:{port}/hook",
        "http://2130706433:{port}/hook",
        "http://[::ffff:127.0.0.1]:{port}/hook",
        "http://inside.example.com:{port}/hook",
        "//localhost:{port}/hook",
        "http://user@hooks.example.com:{port}/hook",
        "file:///etc/passwd",
    ],
)
def test_a_redirect_that_leads_inside_is_not_followed(names, location):
    names[NAME], names["inside.example.com"] = ["127.0.0.2"], ["127.0.0.1"]
    with receiving("127.0.0.2") as public, receiving("127.0.0.1") as inside:
        public.statuses, public.headers = [307], {"Location": location.format(port=inside.port)}
        assert str(failure_of(f"http://{NAME}:{public.port}/hook")).startswith("refused: ")
    assert (len(public.took), len(inside.took)) == (1, 0)


def test_redirects_have_an_end(private):
    with receiving() as receiver:
        receiver.statuses, receiver.headers = [307], {"Location": "/again"}
        assert str(failure_of(receiver.url)) == "redirected too often"
    assert len(receiver.took) == 4


@pytest.mark.parametrize("status", [303, 304, 400, 404, 410, 429, 500, 503])
def test_other_answers_are_failures(private, status):
    with receiving() as receiver:
        receiver.statuses, receiver.headers = [status], {"Retry-After": "120"}
        failure = failure_of(receiver.url)
    assert (str(failure), failure.status, failure.retry_after) == (f"answered {status}", status, 120)


@pytest.mark.parametrize("wait", ["-5", "soon", "1e9", "99999999999", "²"])
def test_an_odd_retry_after_is_none(private, wait):
    with receiving() as receiver:
        receiver.statuses = [503]
        receiver.answer = lambda handler: handler.wfile.write(
            f"HTTP/1.1 503 No\r\nRetry-After: {wait}\r\nContent-Length: 0\r\n\r\n".encode()
        )
        assert failure_of(receiver.url).retry_after == 0


def test_nobody_there(private):
    with receiving() as receiver:
        url = receiver.url
    failure = failure_of(url)
    assert (str(failure), failure.status) == ("not reached: ConnectionRefusedError", None)


def test_no_answer_takes_longer_than_its_time(private, monkeypatch):
    monkeypatch.setattr(webhooks, "SECONDS", 0.3)
    with receiving() as receiver:
        receiver.answer = dripping
        began = datetime.now(UTC)
        assert failure_of(receiver.url).status is None
    assert datetime.now(UTC) - began < timedelta(seconds=5)


def test_what_is_no_http(private):
    with receiving() as receiver:
        receiver.answer = lambda handler: handler.wfile.write(b"\0\xff" * 2000)
        assert str(failure_of(receiver.url)).startswith("not reached: ")


def test_a_long_answer_is_not_read_to_its_end(private):
    with receiving() as receiver:
        receiver.answer = lambda handler: handler.wfile.write(
            b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n" + b"x" * 100_000
        )
        assert post(receiver.url) == 200


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """Of hooks.example.com, signed by itself: the path of a file with certificate and key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + signed.public_bytes(serialization.Encoding.PEM)
    )
    return path


def test_over_tls_the_name_is_asked_for_and_proved(names, certificate, monkeypatch):
    names[NAME] = names["other.example.com"] = ["127.0.0.2"]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with receiving("127.0.0.2", context=context) as receiver:
        # Nobody vouches for it yet.
        assert str(failure_of(f"https://{NAME}:{receiver.port}/hook")) == "not reached: SSLCertVerificationError"
        monkeypatch.setattr(webhooks.certifi, "where", lambda: str(certificate))
        assert post(f"https://{NAME}:{receiver.port}/hook") == 204
        assert str(failure_of(f"https://other.example.com:{receiver.port}/hook")).startswith("not reached: ")
    assert len(receiver.took) == 1
    assert receiver.took[0][1]["host"] == f"{NAME}:{receiver.port}"
    assert receiver.server_names == [NAME, NAME, "other.example.com"]
