"""The attacker's view: what a stranger, a customer or a web page tries that the documents never meant."""

import json
import logging
import subprocess
import sys
import uuid
from datetime import timedelta
from typing import Any

import jwt
import pytest
import time_machine
from django.conf import settings
from django.core import signing
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from accounts.services.sessions import token_issue
from accounts.tests.factories import PASSWORD
from accounts.tests.people import totp_of
from commerce.models import IdempotentCall, Order, Payment
from config.core.storage import FILE_LINK_SALT, signed_link
from config.dialects.credentials import access_token
from config.launcher.environment import PROJECT_DIR
from marketplace.choices import Status
from marketplace.models import Artwork
from tests.roles.caller import ROUTES, call, send
from tests.roles.requests import REQUESTS
from tests.roles.requests.cultureup import REGISTRATION, artwork_form, order_body, payment_body
from tests.roles.world import World
from tests.services import clean_environ

pytestmark = pytest.mark.django_db
POWERS = {
    "user_type": "admin",
    "is_staff": True,
    "is_superuser": True,
    "is_admin": True,
    "is_verified": True,
    "email_verified_at": "2020-01-01T00:00:00Z",
    "groups": [1],
    "id": 1,
    "spent": "9999.00",
    "earned": "9999.00",
    "credentials_version": 99,
}


@pytest.fixture
def bob(world: World) -> APIClient:
    return world.bearer("buyer")


@pytest.fixture
def alice(world: World) -> APIClient:
    return world.bearer("artist")


def state_of(person: User) -> dict[str, Any]:
    names = ("user_type", "is_staff", "is_superuser", "is_verified", "spent", "earned", "credentials_version")
    return dict(User.objects.filter(pk=person.pk).values(*names).get())


# ---------------------------------------------------------------- what a client says about itself
@pytest.mark.parametrize(
    ("address", "sent"),
    [
        ("/api/auth/register/", REGISTRATION),
        ("/api/auth/register", {"username": "newcomer", "email": "n@example.com", "password": PASSWORD}),
        (
            "/api/v1/register",
            {"username": "newcomer", "email": "n@example.com", "password": PASSWORD, "full_name": "New Comer"},
        ),
    ],
    ids=["cultureup", "nexus", "v1"],
)
def test_nobody_registers_with_powers(world, address, sent):
    claims = {name: value for name, value in POWERS.items() if name != "user_type"}
    answer = send(APIClient(), "POST", address, claims | sent)
    assert answer.status_code == 201
    made = User.objects.get(username="newcomer")
    assert not (
        made.is_staff or made.is_superuser or made.is_verified or made.email_verified_at or made.groups.exists()
    )
    assert (made.spent, made.earned, made.credentials_version) == (0, 0, 1)
    # As an administrator: refused, or (in v1, which has no such field) not heard.
    other = {name: f"x{value}" if name in {"username", "email"} else value for name, value in sent.items()}
    send(APIClient(), "POST", address, other | {"user_type": "admin"})
    assert not User.objects.filter(username="xnewcomer", user_type="admin").exists()


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_nobody_gives_himself_powers(world, bob, method):
    before = state_of(world.people["buyer"])
    sent = {"first_name": "Bob", "last_name": "Example", "email": "bob@example.com"} | POWERS
    answer = send(bob, method, "/api/auth/profile/", sent)
    assert answer.status_code == 200
    assert state_of(world.people["buyer"]) == before
    assert answer.json()["id"] == world.people["buyer"].pk


def test_profiles_take_no_totals_and_no_owner(world):
    eve = APIClient(HTTP_AUTHORIZATION=f"Bearer {access_token(world.people['other_artist'])}")
    sent = {
        "user": world.people["artist"].pk,
        "user_id": world.people["artist"].pk,
        "experience_level": "expert",
        "hourly_rate": "50.00",
        "rating": 5.0,
        "total_earnings": "99999.00",
        "total_reviews": 100,
        "completion_rate": 100,
    }
    made = send(eve, "POST", "/api/artist-profiles/", sent).json()
    assert made["user"]["id"] == world.people["other_artist"].pk
    assert (made["rating"], made["total_reviews"], made["total_earnings"]) == (0.0, 0, "0.00")


FORGED_ARTWORK = {
    "status": "approved",
    "moderation_status": "APPROVED",
    "is_featured": True,
    "seller": 1,
    "seller_id": 1,
    "artist": 1,
    "views_count": 10_000,
    "likes_count": 10_000,
    "rekognition_checked": True,
    "verdict": "passed",
    "similarity_score": "0.00",
    "currency": "USD",
    "channel": "nexus",
    "stock": 5,
}


def test_an_artist_uploads_nothing_that_is_approved_featured_or_popular(world, alice):
    made = alice.post("/api/artworks/", artwork_form(world, "artist") | FORGED_ARTWORK, format="multipart")
    assert made.status_code == 201
    artwork = Artwork.objects.get(pk=made.json()["artwork"]["id"])
    assert (artwork.status, artwork.is_featured, artwork.seller_id) == ("pending", False, world.people["artist"].pk)
    assert (artwork.views_count, artwork.likes_count, artwork.currency) == (0, 0, settings.CURRENCIES["cultureup"])
    assert (artwork.channel, artwork.stock) == ("cultureup", None)


def test_an_edit_moderates_and_gives_away_nothing(world, alice):
    answer = send(alice, "PATCH", f"/api/artworks/{world.held.pk}/", FORGED_ARTWORK | {"title": "Dusk, again"})
    assert answer.status_code == 200
    artwork = Artwork.objects.get(pk=world.held.pk)
    assert (artwork.title, artwork.status, artwork.is_featured) == ("Dusk, again", Status.PENDING, False)
    assert (artwork.seller_id, artwork.stock) == (world.people["artist"].pk, None)


def test_the_price_of_an_order_is_the_catalogues(world, bob):
    forged = {"total_amount": "0.01", "status": "delivered", "buyer": world.people["other_buyer"].pk, "currency": "JPY"}
    body = order_body(world, "buyer")
    body["artwork_items"][0] |= {"price": "0.01", "total_price": "0.01", "unit_price": "0.01"}
    body["equipment_items"] = []
    made = send(bob, "POST", "/api/orders/", body | forged)
    assert made.status_code == 201
    order = Order.objects.get(pk=made.json()["id"])
    assert (str(order.total_amount), order.status, order.buyer.username) == ("299.990", "pending", "bob")
    send(bob, "PATCH", f"/api/orders/{order.pk}/", {"total_amount": "0.01", "shipping_address": "3 Example Street"})
    order.refresh_from_db()
    assert (str(order.total_amount), order.shipping_address) == ("299.990", "3 Example Street")


def test_a_payment_is_not_completed_by_saying_so(world, bob):
    forged = {
        "status": "completed",
        "payer": world.people["other_buyer"].pk,
        "platform_fee": "0.00",
        "artist_earning": "299.99",
        "hire_status": "released",
        "gateway": "sandbox",
        "gateway_reference": world.paid.gateway_reference,
        "transaction_id": "TXN1",
    }
    made = send(bob, "POST", "/api/payments/", payment_body(world, "buyer") | forged)
    assert made.status_code == 201
    payment = Payment.objects.get(pk=made.json()["id"])
    assert (payment.status, payment.payer.username, str(payment.platform_fee)) == ("pending", "bob", "30.000")
    assert (payment.gateway, payment.gateway_reference) == ("", "")
    assert payment.transaction_id != "TXN1"


def test_a_key_of_somebody_else_replays_nothing(world, bob):
    key = {"HTTP_IDEMPOTENCY_KEY": "the same key"}
    body = json.dumps(order_body(world, "buyer"))
    mine = bob.generic("POST", "/api/orders/", body, content_type="application/json", **key)
    his = world.bearer("other_buyer").generic("POST", "/api/orders/", body, content_type="application/json", **key)
    assert (mine.status_code, his.status_code) == (201, 201)
    assert his.json()["buyer"]["username"] == "charlie"
    assert his.json()["id"] != mine.json()["id"]


@pytest.mark.parametrize("address", ["/api/orders/", "/api/v1/commerce/payouts"])
@pytest.mark.parametrize("levels", [70, 300, 900, 2000])
def test_a_body_nested_too_deeply_is_refused(world, bob, address, levels):
    """JSON is read deeper than it can be validated, or written again to be compared under a key."""
    nested = '{"amount":' + '[{"a":' * (levels // 2) + "1" + "}]" * (levels // 2) + "}"
    for headers in ({}, {"HTTP_IDEMPOTENCY_KEY": "deep"}):
        answer = bob.generic("POST", address, nested, content_type="application/json", **headers)
        assert answer.status_code in {400, 422}, answer.content
        assert b"nested too deeply" in answer.content or levels > 1024
    assert not IdempotentCall.objects.exists()


# ---------------------------------------------------------------- credentials
@pytest.mark.parametrize("name", ["token", "access_token", "Authorization", "authorization", "jwt", "auth_token"])
def test_a_token_in_the_address_is_none(world, name):
    for credential in (token_issue(world.people["buyer"]), access_token(world.people["buyer"])):
        for value in (credential, f"Token {credential}", f"Bearer {credential}"):
            assert APIClient().get("/api/auth/profile/", {name: value}).status_code == 401
            assert APIClient().get("/api/users/me", {name: value}).status_code == 401


def forged_tokens(person: User) -> dict[str, str]:
    real = access_token(person)
    claims = jwt.decode(real, options={"verify_signature": False})
    header, _claims, signature = real.split(".")
    stranger = jwt.encode(claims | {"sub": str(person.pk + 1)}, "another key that is long enough for it", "HS256")
    return {
        "unsigned": jwt.encode(claims, "", algorithm="none"),
        "signed with another key": jwt.encode(claims, "another key that is long enough for it", algorithm="HS256"),
        "another person under the old signature": f"{header}.{stranger.split('.')[1]}.{signature}",
        "without a signature": real.rpartition(".")[0] + ".",
        "expired": jwt.encode(claims | {"exp": 1}, settings.SECRET_KEY, algorithm="HS256"),
        "another kind": jwt.encode(claims | {"token_type": "refresh"}, settings.SECRET_KEY, algorithm="HS256"),
        "of an earlier version": jwt.encode(claims | {"ver": 0}, settings.SECRET_KEY, algorithm="HS256"),
        "of nobody": jwt.encode(claims | {"sub": "' OR 1=1 --"}, settings.SECRET_KEY, algorithm="HS256"),
        "with NUL characters": jwt.encode(claims | {"sub": "1\0", "jti": "\0"}, settings.SECRET_KEY, algorithm="HS256"),
    }


def test_forged_tokens_open_nothing(world):
    for what, token in forged_tokens(world.people["superuser"]).items():
        client = APIClient(HTTP_AUTHORIZATION=f"Bearer {token}")
        answers = [client.get(address).status_code for address in ("/api/auth/profile/", "/api/users/me")]
        assert (what, answers) == (what, [401, 401])
    for credential in (
        "Token",
        "Token a b",
        "Token \xff",
        f"Token {'0' * 64}",
        "Basic Ym9iOmI=",
        "Bearer",
        "Bearer a.b.c",
    ):
        assert APIClient(HTTP_AUTHORIZATION=credential).get("/api/auth/profile/").status_code == 401


def test_a_deactivated_person_is_out_at_once(world, bob):
    by_token = world.client("buyer")
    User.objects.filter(username="bob").update(is_active=False)
    assert [client.get("/api/auth/profile/").status_code for client in (bob, by_token)] == [401, 401]


def test_a_browsers_session_opens_no_api(world):
    """So a page of another site, whose requests carry its cookies, has nothing to forge."""
    browser = Client()
    browser.force_login(world.people["superuser"])
    assert browser.get("/api/auth/profile/").status_code == 401
    assert browser.post("/api/orders/", "{}", content_type="application/json").status_code == 401


def test_no_header_turns_a_read_into_a_write(world, alice):
    for name in ("HTTP_X_HTTP_METHOD_OVERRIDE", "HTTP_X_METHOD_OVERRIDE"):
        assert alice.get(f"/api/artworks/{world.artwork.pk}/", **{name: "DELETE"}).status_code == 200
        alice.post(f"/api/artworks/{world.artwork.pk}/", {"_method": "DELETE"}, format="json", **{name: "DELETE"})
    assert Artwork.objects.filter(pk=world.artwork.pk, status=Status.APPROVED).exists()


# ---------------------------------------------------------------- what strangers read
READS = [(dialect, route.name) for dialect, routes in ROUTES.items() for route in routes if route.method == "GET"]


@pytest.mark.parametrize(("dialect", "name"), READS, ids=[f"{dialect}.{name}" for dialect, name in READS])
def test_strangers_read_no_addresses_and_no_originals(world, dialect, name):
    private = {picture.original.name for picture in (w.picture for w in Artwork.objects.select_related("picture"))}
    for role in ("anonymous", "other_buyer", "other_artist"):
        me = world.people[role].email if role in world.people else ""
        others = {person.email for person in User.objects.all()} - {me}
        with transaction.atomic():
            text = call(world, role, dialect, name).content.decode()
            transaction.set_rollback(True)
        assert [address for address in others if address in text] == []
        assert [original for original in private if original.rpartition("/")[2] in text] == []
        assert "/files/" not in text


def test_passwords_and_secrets_are_no_fields(world):
    for dialect, name in READS:
        with transaction.atomic():
            text = call(world, "superuser", dialect, name).content.decode()
            transaction.set_rollback(True)
        for word in ("argon2", '"password"', '"digest"', "gateway_reference", '"credentials_version"'):
            assert word not in text, (dialect, name)
    assert set(REQUESTS) == set(ROUTES)


# ---------------------------------------------------------------- files
def test_an_original_is_reached_by_its_link_alone(world):
    original = world.sold.picture.original.name
    link = signed_link(original)
    assert Client().get(link).status_code == 200
    assert Client().get(world.sold.picture.watermarked.url).status_code == 200
    unsigned = signing.dumps({"name": original, "as": None}, salt="another salt")
    for address in (
        f"/media/{original}",
        f"/media/private/{original}",
        f"/media/../private/{original}",
        f"/media/%2e%2e/private/{original}",
        f"/media/..%2fprivate%2f{original}",
        f"/media/....//private/{original}",
        f"/media/{settings.MEDIA_ROOT}/private/{original}",
        f"/files/{original}",
        f"/files/{unsigned}",
        link[:-1] + ("a" if link[-1] != "a" else "b"),
        "/media/../../db.sqlite3",
        "/media/%00",
        "/media/" + "a" * 5000,
        f"/static/../media/private/{original}",
    ):
        assert Client().get(address).status_code in {400, 404}, address
    with time_machine.travel(timezone.now() + timedelta(seconds=settings.FILE_LINK_SECONDS + 5)):
        assert Client().get(link).status_code == 404


def test_a_link_leads_nowhere_but_into_the_store(world):
    for name in ("../../../etc/passwd", "/etc/passwd", "..", "", "artworks", "a\0b"):
        signed = signing.dumps({"name": name, "as": None}, salt=FILE_LINK_SALT)
        assert Client().get(f"/files/{signed}").status_code in {400, 404}, name


def test_no_file_runs_in_a_browser(world):
    answer = Client().get(world.sold.picture.watermarked.url)
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"].startswith("sandbox; default-src 'none'")


# ---------------------------------------------------------------- other sites, other hosts
def test_other_sites_are_not_let_in(world):
    for origin in ("https://evil.example", "null", f"{settings.FRONTEND_URL}.evil.example", "http://localhost:3001"):
        answer = Client().get("/api/categories/", HTTP_ORIGIN=origin)
        assert "Access-Control-Allow-Origin" not in answer, origin
        asked = Client().options("/api/orders/", HTTP_ORIGIN=origin, HTTP_ACCESS_CONTROL_REQUEST_METHOD="POST")
        assert "Access-Control-Allow-Origin" not in asked, origin


def test_our_own_front_end_is(world):
    asked = Client().options(
        "/api/orders/",
        HTTP_ORIGIN=settings.FRONTEND_URL,
        HTTP_ACCESS_CONTROL_REQUEST_METHOD="POST",
        HTTP_ACCESS_CONTROL_REQUEST_HEADERS="authorization, idempotency-key, content-type",
    )
    assert asked["Access-Control-Allow-Origin"] == settings.FRONTEND_URL
    assert {"authorization", "idempotency-key"} <= set(asked["Access-Control-Allow-Headers"].split(", "))
    # A refusal is readable there as well.
    refused = Client().get("/api/auth/profile/", HTTP_ORIGIN=settings.FRONTEND_URL)
    assert (refused.status_code, refused["Access-Control-Allow-Origin"]) == (401, settings.FRONTEND_URL)


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "localhost@evil.example", "", "a b"])
def test_an_unknown_host_is_refused(world, host):
    address = "/api/auth/register/"
    answer = Client(raise_request_exception=False).post(address, REGISTRATION, "application/json", HTTP_HOST=host)
    assert answer.status_code == 400
    assert b"evil.example" not in answer.content
    assert not User.objects.filter(username="newcomer").exists()


def test_links_do_not_follow_a_forwarded_host(world, bob):
    evil = {
        "HTTP_X_FORWARDED_HOST": "evil.example",
        "HTTP_FORWARDED": "host=evil.example",
        "HTTP_X_HOST": "evil.example",
    }
    shown = bob.get(f"/api/artworks/{world.artwork.pk}/", **evil)
    page = bob.get("/api/artworks/", {"page_size": 1}, **evil)
    step = bob.post(
        f"/api/payments/{world.payment.pk}/confirm/",
        {"payment_method_id": "pm_card_threeDSecure2Required"},
        format="json",
        **evil,
    )
    for answer in (shown, page, step):
        assert answer.status_code == 200
        assert b"evil.example" not in answer.content


def test_every_answer_tells_browsers_to_be_careful(world):
    for address in ("/api/categories/", "/api/categories", "/admin/login/", "/api/nothing"):
        answer = Client().get(address)
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["X-Frame-Options"] == "DENY"
        assert answer["Referrer-Policy"] == "same-origin"


# ---------------------------------------------------------------- faults and logs
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


# ---------------------------------------------------------------- the admin site, and the start
def test_the_admin_site_is_for_staff(world):
    for role in ("buyer", "artist"):
        browser = Client()
        browser.force_login(world.people[role])
        answer = browser.get("/admin/")
        assert (answer.status_code, answer["Location"].partition("?")[0]) == (302, "/admin/login/")
        assert browser.get("/admin/accounts/user/").status_code == 302
    assert Client().get("/admin/").status_code == 302
    by_token = Client(HTTP_AUTHORIZATION=f"Token {token_issue(world.people['superuser'])}")
    assert by_token.get("/admin/").status_code == 302


PRODUCTION = {
    "DEBUG": "0",
    "SECRET_KEY": "kP3x" * 16 + "-Zq7",
    "FIELD_ENCRYPTION_KEY": "uV9w" * 8,
    "ALLOWED_HOSTS": "atelier.example",
    "FRONTEND_URL": "https://atelier.example",
    "PUBLIC_URL": "https://atelier.example",
    "DATABASE_URL": "postgres://atelier:word@localhost/atelier",
    "REDIS_URL": "redis://localhost:6379/0",
    "STRIPE_SECRET_KEY": "sk_live_word",
    "STRIPE_WEBHOOK_SECRET": "whsec_word",
    "EMAIL_URL": "smtp+tls://user:word@localhost:587",
}


def deploy_check(tmp_path, **changes: str) -> subprocess.CompletedProcess[str]:
    environ = clean_environ() | PRODUCTION | changes | {"DATA_DIR": str(tmp_path)}
    return subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=PROJECT_DIR,
        env={name: value for name, value in environ.items() if value},
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_the_deploy_check_has_nothing_to_say(tmp_path):
    done = deploy_check(tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", ["SECRET_KEY", "FIELD_ENCRYPTION_KEY"])
def test_production_does_not_start_without_its_secrets(tmp_path, name):
    done = deploy_check(tmp_path, **{name: ""})
    assert done.returncode != 0
    assert name in done.stdout + done.stderr
