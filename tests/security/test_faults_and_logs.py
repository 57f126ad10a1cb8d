"""Faults tell nothing, and logs hold no secret."""

import io
import logging
import uuid
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.test import Client
from django.utils.module_loading import import_string
from rest_framework.test import APIClient

from accounts.tests.factories import PASSWORD
from accounts.tests.people import totp_of
from config.core.logs import formatter
from tests.roles.requests.cultureup import payment_body

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("table", "address"),
    [
        ("marketplace_category", "/api/categories/"),
        ("marketplace_category", "/api/categories"),
        ("accounts_user", "/api/v1/login"),
        ("knox_authtoken", "/api/printshop/auth/user"),
        ("django_session", "/admin/"),
    ],
    ids=["cultureup", "nexus", "v1", "printshop", "a page"],
)
def test_a_fault_of_ours_tells_nothing(world, table, address):
    """A table that is gone is as real a fault as any."""
    client = Client(raise_request_exception=False)
    client.cookies["sessionid"] = "x" * 32
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(f'ALTER TABLE "{table}" RENAME TO "gone"')
        if address.endswith("login"):
            answer = client.post(address, {"username": "bob", "password": PASSWORD})
        else:
            credential = {"HTTP_AUTHORIZATION": f"Token {'0' * 64}"} if table == "knox_authtoken" else {}
            answer = client.get(address, **credential)
        transaction.set_rollback(True)
    assert answer.status_code == 500
    text = answer.content.decode()
    for word in ("Traceback", table, "SELECT", "psycopg", ".py", settings.SECRET_KEY, PASSWORD):
        assert word not in text
    assert ("json" in answer["Content-Type"]) == address.startswith("/api/")


def test_a_whole_sign_in_and_payment_leave_no_secret_in_the_logs(world, caplog):
    caplog.set_level(logging.DEBUG)
    browser, secrets = APIClient(), {PASSWORD}

    def post(address: str, body: dict[str, Any] | None = None, **headers: Any) -> dict[str, Any]:
        answer = browser.post(address, body or {}, format="json", **headers)
        assert answer.status_code in {200, 201}, answer.content
        return dict(answer.json())

    name = {"username": "bob", "password": PASSWORD}
    first = post("/api/auth/login/", name)["token"]
    browser.credentials(HTTP_AUTHORIZATION=f"Token {first}")
    setup = browser.get("/api/auth/2fa/setup/").json()
    codes = post("/api/auth/2fa/enable/", {"totp_code": totp_of(setup["secret_key"])})["backup_codes"]
    browser.credentials()
    waiting = post("/api/auth/login/", name)["session_token"]
    wrong = browser.post(
        "/api/auth/2fa/verify/", {"session_token": waiting, "backup_code": "not-a-code-4711"}, format="json"
    )
    assert wrong.status_code == 400
    signed_in = post("/api/auth/2fa/verify/", {"session_token": waiting, "backup_code": codes[0]})
    browser.credentials(HTTP_AUTHORIZATION=f"Bearer {signed_in['access_token']}")
    payment = post("/api/payments/", payment_body(world, "buyer"), HTTP_IDEMPOTENCY_KEY="my own key 4711")
    opened = post(f"/api/payments/{payment['id']}/process/")
    post(f"/api/payments/{payment['id']}/confirm/", {"payment_method_id": "pm_card_visa"})
    line = world.paid_order.lines.get()
    link = post(f"/api/orders/{world.paid_order.pk}/items/{line.pk}/download/")["download_url"]
    assert Client().get(link).status_code == 200

    secrets |= {first, setup["secret_key"], *codes, waiting, "not-a-code-4711"}
    secrets |= {signed_in["token"], signed_in["access_token"], opened["client_secret"], "my own key 4711"}
    secrets |= {link.rpartition("/")[2], "bob@example.com"}
    records = [record for record in caplog.records if not record.name.startswith("faker")]
    written = "\n".join(
        [record.getMessage() for record in records] + [caplog.handler.format(record) for record in records]
    )
    assert "POST /api/payments/ 201" in written
    assert [secret for secret in secrets if secret in written] == []


@pytest.mark.parametrize("address", ["/files/{}", "/verify-email/{}/", "/sandbox/3d-secure/{}/"])
def test_addresses_that_are_secrets_are_in_no_log(world, caplog, address):
    caplog.set_level(logging.DEBUG)
    secret = str(uuid.uuid4())
    Client().get(address.format(secret), {"also": "4711-secret"})
    written = "\n".join(caplog.handler.format(record) for record in caplog.records)
    assert f"GET {address.partition('{')[0]}… " in written
    assert secret not in written
    assert "4711-secret" not in written


class TestStrangeRequests:
    """What anybody can send and is refused is one line in the log, without a traceback."""

    @pytest.fixture
    def lines(self, settings):
        """What really comes out of the handlers, as settings.LOGGING makes them."""
        written = io.StringIO()
        loggers = [logging.getLogger(), logging.getLogger("django.security")]
        handlers = []
        for logger, name in zip(loggers, ("stream", "refusals"), strict=True):
            handler = logging.StreamHandler(written)
            handler.setFormatter(formatter(json=False))
            for label in settings.LOGGING["handlers"][name].get("filters", []):
                handler.addFilter(import_string(settings.LOGGING["filters"][label]["()"])())
            logger.addHandler(handler)
            handlers.append((logger, handler))
        yield lambda: written.getvalue().splitlines()
        for logger, handler in handlers:
            logger.removeHandler(handler)

    @pytest.mark.parametrize("path", ["/api/artworks/", "/admin/", "/healthz", "/nowhere%0Aforged line"])
    @pytest.mark.parametrize("secure", [True, False])
    @pytest.mark.parametrize("host", ["evil.example", "evil.example\r\nforged: line", "a b", "[", "x" * 500])
    def test_a_strange_host(self, settings, lines, path, secure, host):
        settings.SECURE_SSL_REDIRECT = True
        answer = Client().get(path, headers={"host": host}, secure=secure)
        assert (answer.status_code, answer.content) == (400, b"This host is not served here.\n")
        (line,) = lines()
        assert "the host 'evil.example' is not in ALLOWED_HOSTS" in line or host != "evil.example"
        assert line.endswith("[atelier.request]")
        assert len(line) < 320

    def test_a_form_of_too_many_fields(self, lines):
        form = "&".join(f"f{number}=1" for number in range(1001))
        answer = Client().post("/admin/login/", form, content_type="application/x-www-form-urlencoded")
        assert answer.status_code == 400
        refusal, request = lines()
        assert "[warning  ] The number of GET/POST parameters exceeded" in refusal
        assert "POST /admin/login/ 400" in request
